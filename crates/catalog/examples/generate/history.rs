//! model-prices: since when a price holds, and what it was before; tiers; schedules of working days.

use serde_json::Value;
use wye_catalog::{Item, Rates, When};

use crate::genai::moment;
use crate::row::{Offer, Offers, onto_tier, pico, without_holes};

/// Prices of a model, the older ones ending when the newer begin.
pub(crate) fn offers(history: &Value, provider: &str, model: &str) -> Result<Offers, String> {
    let all = history["prices"][provider][model]["standard"].as_array().map_or(&[][..], Vec::as_slice);
    let mut offers = Offers::default();
    for (at, one) in all.iter().enumerate() {
        let from = one["start"].as_str().map(moment).transpose()?.unwrap_or(0);
        let raw = &one["rates"];
        let base = without_holes(rates(raw));
        // What was only seen in a commit may have been a mistake that the next one mended.
        let documented = raw["valid_from_basis"] == "documented";
        if base.is_empty() || !documented && at + 1 < all.len() {
            continue;
        }
        offers.all.push(Offer { when: When { from, ..When::ALWAYS }, rates: base });
        for tier in raw["tiers"].as_array().into_iter().flatten() {
            if let Some(above) = tier["above"].as_u64() {
                let rates = onto_tier(&base, &without_holes(rates(tier)));
                offers.all.push(Offer { when: When { above, from, ..When::ALWAYS }, rates });
            }
        }
    }
    Ok(offers)
}

/// Whether a provider's peak hours are those of working days, on a day.
pub(crate) fn only_weekdays(history: &Value, provider: &str) -> bool {
    let schedules = history["schedules"]["schedule"].as_array();
    schedules.into_iter().flatten().any(|one| one["provider"] == provider && one["weekdays_only"] == true)
}

fn rates(raw: &Value) -> Rates {
    let mut rates = Rates::default();
    for (key, item) in [
        ("input", Item::Input),
        ("output", Item::Output),
        ("cache_read", Item::CacheRead),
        ("cache_write", Item::CacheWrite),
    ] {
        *rates.price_mut(item) = raw[key].as_f64().and_then(|dollars| pico(dollars / 1e6));
    }
    rates
}
