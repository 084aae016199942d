//! genai-prices: the newest prices, with dates, hours and classes of service. The dump that is at hand writes them as
//! people read them (`$3/input MTok (+tiers)`): what the tiers are stands in `tiers.tsv`.

use serde_json::Value;
use wye_catalog::{Item, Rates, Service, When};
use wye_types::money::Price;

use crate::clause::{Clause, named};
use crate::row::{Offer, Offers, onto, pico};

/// Seconds in an hour.
const HOUR: f64 = 3600.0;

/// A row: which ids it is for, and its prices.
pub(crate) struct Model {
    pub(crate) id: String,
    /// Ids that it names whole.
    pub(crate) named: Vec<String>,
    pub(crate) clause: Clause,
    pub(crate) offers: Offers,
    pub(crate) context: Option<u64>,
    pub(crate) name: Option<String>,
    pub(crate) deprecated: bool,
}

/// The models of one of its providers. `weekdays` says that its hours are those of working days.
pub(crate) fn models(genai: &Value, provider: &str, weekdays: bool) -> Result<Vec<Model>, String> {
    let providers = genai["providers"].as_array().ok_or("genai-prices: no providers")?;
    let found = providers.iter().find(|one| one["id"] == provider);
    let models = found.ok_or_else(|| format!("genai-prices: no provider {provider}"))?["models"].as_array();
    models.into_iter().flatten().map(|raw| model(raw, weekdays)).collect()
}

fn model(raw: &Value, weekdays: bool) -> Result<Model, String> {
    let id = raw["id"].as_str().unwrap_or("").to_owned();
    let mut offers = offers(raw, weekdays).map_err(|error| format!("genai-prices: {id}: {error}"))?;
    if offers.all.is_empty() && id.ends_with(":free") {
        // The dump leaves noughts out; of what is called free that is the price, of anything else a hole.
        let (input, output) = (Some(0), Some(0));
        let rates = Rates::of_tokens(Price { input, output, ..Price::default() });
        offers.all.push(Offer { when: When::ALWAYS, rates });
    }
    Ok(Model {
        named: named(&raw["match"]),
        clause: Clause::read(&raw["match"])?,
        offers,
        context: raw["context_window"].as_u64(),
        name: raw["name"].as_str().map(str::to_owned),
        deprecated: raw["deprecated"].as_bool() == Some(true),
        id,
    })
}

fn offers(raw: &Value, weekdays: bool) -> Result<Offers, String> {
    let mut offers = Offers::default();
    let mut since = 0;
    match &raw["prices"] {
        Value::String(text) => push(&mut offers, When::ALWAYS, text)?,
        Value::Array(all) => {
            for one in all {
                let mut when = When::ALWAYS;
                let constraint = &one["constraint"];
                if let Some(date) = constraint["start_date"].as_str() {
                    since = midnight(date)?;
                    when.from = since;
                } else if let (Some(from), Some(until)) =
                    (constraint["start_time"].as_str(), constraint["end_time"].as_str())
                {
                    // The registry cannot say a date and an hour at once; its hours belong to its last date.
                    when.from = since;
                    when.minutes = (minute(from)?, minute(until)?);
                    when.days = if weekdays { 0b1_1111 } else { When::ALWAYS.days };
                } else if !constraint.is_null() {
                    return Err(format!("a circumstance that is not known: {constraint}"));
                }
                push(&mut offers, when, one["prices"].as_str().unwrap_or(""))?;
            }
        }
        other => return Err(format!("prices that are neither text nor list: {other}")),
    }
    let Some(base) = offers.all.last().filter(|last| last.when.minutes == (0, 0)).cloned() else {
        return Ok(offers);
    };
    for variant in raw["price_variants"].as_array().into_iter().flatten() {
        let service = match (variant["when"]["processing"].as_str(), variant["when"]["service_tier"].as_str())
        {
            (Some("batch"), _) => Service::Batch,
            (_, Some("flex")) => Service::Flex,
            (_, Some("priority")) => Service::Priority,
            _ => continue,
        };
        let (own, _) = rates(variant["prices"].as_str().unwrap_or(""))?;
        if !own.is_empty() {
            // Discounts were checked on a day, but are older: no date, or earlier requests would look unpriced.
            let when = When { service, ..When::ALWAYS };
            offers.all.push(Offer { when, rates: onto(&base.rates, &own) });
        }
    }
    Ok(offers)
}

fn push(offers: &mut Offers, when: When, text: &str) -> Result<(), String> {
    let (rates, tiers) = rates(text)?;
    offers.tiers_unsaid |= tiers;
    if !rates.is_empty() {
        offers.all.push(Offer { when, rates });
    }
    Ok(())
}

/// `$3/input MTok (+tiers), $12 / K requests`. The second value says whether there are tiers.
fn rates(text: &str) -> Result<(Rates, bool), String> {
    let mut rates = Rates::default();
    let mut tiers = false;
    for part in text.split(", ").filter(|part| !part.is_empty()) {
        let tiered = part.strip_suffix(" (+tiers)");
        tiers |= tiered.is_some();
        let part = tiered.unwrap_or(part);
        let (dollars, unit) = part.split_once('/').ok_or_else(|| format!("no price: {part}"))?;
        let dollars: f64 =
            dollars.trim().trim_start_matches('$').parse().map_err(|_| format!("no price: {part}"))?;
        let (item, per) = match unit.trim() {
            "input MTok" => (Item::Input, 1e6),
            "output MTok" => (Item::Output, 1e6),
            "input cache read MTok" => (Item::CacheRead, 1e6),
            "input cache write MTok" => (Item::CacheWrite, 1e6),
            "input 1h cache write MTok" => (Item::CacheWrite1h, 1e6),
            "input audio MTok" => (Item::AudioIn, 1e6),
            "output audio MTok" => (Item::AudioOut, 1e6),
            "input image MTok" => (Item::ImageIn, 1e6),
            "output image MTok" => (Item::ImageOut, 1e6),
            "output reasoning MTok" => (Item::Reasoning, 1e6),
            "web searches K" => (Item::Search, 1e3),
            "K requests" => (Item::Request, 1e3),
            "input characters M" => (Item::Character, 1e6),
            "input document pages K" => (Item::Page, 1e3),
            "input audio Hour" => (Item::Heard, HOUR),
            // Sound both ways of a conversation, stored files, films: nothing of ours is counted so.
            "audio Hour"
            | "storage searches K"
            | "input image cache read MTok"
            | "input audio cache read MTok"
            | "input annotated document pages K"
            | "input video MTok"
            | "output video MTok"
            | "input text messages K"
            | "output citation MTok" => continue,
            other => return Err(format!("a unit that is not known: {other}")),
        };
        *rates.price_mut(item) = Some(pico(dollars / per).ok_or_else(|| format!("no price: {part}"))?);
    }
    Ok((rates, tiers))
}

/// The first second of a day.
pub(crate) fn midnight(date: &str) -> Result<u64, String> {
    let text = format!("{}T00:00:00Z", &date[..date.len().min(10)]);
    moment(&text)
}

/// A moment as Unix seconds.
pub(crate) fn moment(text: &str) -> Result<u64, String> {
    let at: jiff::Timestamp = text.parse().map_err(|error| format!("{text}: {error}"))?;
    u64::try_from(at.as_second()).map_err(|_| format!("{text} is before 1970"))
}

/// `16:30:00+00:00` as a minute of the day.
fn minute(text: &str) -> Result<u16, String> {
    let wrong = || format!("no hour: {text}");
    let mut parts = text.split(':');
    let mut next = || parts.next().and_then(|part| part.parse::<u16>().ok()).ok_or_else(wrong);
    Ok((next()? * 60 + next()?) % 1440)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn prices_are_read_as_people_write_them() {
        let (rates, tiers) =
            super::rates("$1.25/input MTok (+tiers), $12 / K requests, $0.36/input audio Hour").unwrap();
        assert!(tiers);
        assert_eq!(rates.tokens.input, Some(1_250_000));
        assert_eq!(rates.request, Some(12_000_000_000));
        assert_eq!(rates.heard_second, Some(100_000_000));
        assert!(super::rates("$1/input parsec").is_err() && super::rates("$-1/input MTok").is_err());
    }

    #[test]
    fn hours_belong_to_the_last_date_and_to_working_days() {
        let raw = json!({"id": "m", "match": {"equals": "m"}, "prices": [
            {"prices": "$1/input MTok"},
            {"constraint": {"start_date": "2026-08-17"}, "prices": "$2/input MTok"},
            {"constraint": {"start_time": "01:00:00+00:00", "end_time": "04:00:00+00:00"}, "prices": "$4/input MTok"},
        ]});
        let model = model(&raw, true).unwrap();
        let whens: Vec<When> = model.offers.all.iter().map(|offer| offer.when).collect();
        let since = midnight("2026-08-17").unwrap();
        assert_eq!(whens[1], When { from: since, ..When::ALWAYS });
        assert_eq!(whens[2], When { from: since, minutes: (60, 240), days: 31, ..When::ALWAYS });
    }
}
