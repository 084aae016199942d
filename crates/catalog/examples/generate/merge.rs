//! One price out of several registries'. The rules, in order:
//!
//! 1. What is negative is no price. A price of nought counts only if the id says "free", or two registries say so,
//!    or the model is for moderation, and none has a price: elsewhere it is a hole, and a hole must not let a model pass for free.
//! 2. Nobody asks more than a thousand dollars a million tokens: a unit was mistaken. If two registries differ by more than a hundredfold, none is believed.
//! 3. genai-prices is believed first; LiteLLM before it where an older registry agrees with LiteLLM; then LiteLLM,
//!    model-prices, models.dev.
//! 4. What the one that is believed leaves out (tiers, classes of service, caches, units) comes from those that agree with
//!    it about prompt and answer.

use std::sync::Arc;

use wye_catalog::{Item, Kind, Prices, Rates, Rule, Service, When, jumps};

use crate::notices::{DEV, GENAI, HISTORY, LITELLM};
use crate::row::{Offer, Offers, onto, onto_tier, scaled};

/// A thousand dollars a million tokens, in pico-dollars a token.
const DEAREST: u64 = 1_000_000_000;
/// How many of the items are tokens; they stand first.
const TOKENS: usize = 10;

/// What the registries say of one model, the one that is believed first in front.
pub(crate) struct Said {
    pub(crate) genai: Offers,
    pub(crate) litellm: Offers,
    pub(crate) history: Offers,
    pub(crate) dev: Offers,
}

/// A registry: its number, its offers, and its price of today.
#[derive(Clone, Copy)]
struct Voice<'a> {
    source: u8,
    offers: &'a Offers,
    today: &'a Rates,
}

/// The price of a model.
pub(crate) struct Priced {
    pub(crate) prices: Arc<Prices>,
    /// Where it comes from.
    pub(crate) source: u8,
    /// It has tiers that none of its own rows spells out.
    pub(crate) tiers_unsaid: bool,
}

/// The price of a model and where it comes from.
pub(crate) fn price(
    (name, kind): (&str, Kind),
    said: &Said,
    now: u64,
    report: &mut Vec<String>,
) -> Option<Priced> {
    let all = [(GENAI, &said.genai), (LITELLM, &said.litellm), (HISTORY, &said.history), (DEV, &said.dev)];
    let voices = all.into_iter().filter_map(|(source, offers)| {
        let today = offers.today(now)?;
        Some(Voice { source, offers, today })
    });
    let voices: Vec<Voice<'_>> = voices.collect();
    let dear =
        voices.iter().any(|v| v.today.each().into_iter().take(TOKENS).flatten().any(|rate| rate > DEAREST));
    if dear {
        report.push(format!("{name}: more than a thousand dollars a million tokens: dropped"));
        return None;
    }
    let (free, paid): (Vec<Voice<'_>>, Vec<Voice<'_>>) = voices.iter().partition(|v| v.today.is_free());
    if paid.is_empty() && !free.is_empty() {
        let proved = free.len() > 1 || name.contains("free") || kind == Kind::Moderation;
        let prices = Arc::new(Prices::flat(*free[0].today));
        return proved.then_some(Priced { prices, source: free[0].source, tiers_unsaid: false });
    }
    if let Some((item, from, to)) = far_apart(&paid) {
        report.push(format!("{name}: {} is {from} or {to} pico-dollars: dropped", item.name()));
        return None;
    }
    let chosen = believed(&paid)?;
    let others: Vec<&Voice<'_>> =
        paid.iter().filter(|v| v.source != chosen.source && agree(v.today, chosen.today)).collect();
    let mut base = others.iter().fold(*chosen.today, |base, other| onto(other.today, &base));
    once(&mut base, kind);
    let mut rules = standard(chosen, &base, &others, now);
    let mut tiers_unsaid = false;
    let tiers = if chosen.offers.tiers_unsaid {
        let known = others.iter().map(|other| other.offers.tiers(now)).find(|tiers| !tiers.is_empty());
        tiers_unsaid = known.is_none();
        known.unwrap_or_default()
    } else {
        chosen.offers.tiers(now)
    };
    let tiers: Vec<Offer> = tiers
        .into_iter()
        .map(|tier| Offer { when: tier.when, rates: onto_tier(&base, &tier.rates) })
        .collect();
    rules.extend(tiers.iter().map(rule));
    let silent = chosen.offers.all.iter().all(|offer| offer.when.service == Service::Standard);
    let services = others.iter().filter(|_| silent).map(|other| other.offers);
    for offers in [chosen.offers].into_iter().chain(services) {
        let own = offers.all.iter().filter(|offer| offer.when.service != Service::Standard);
        let before = rules.len();
        for offer in own.filter(|offer| offer.when.above == 0) {
            rules.push(rule(offer));
            rules.extend(tiers.iter().map(|tier| of_class(offer, tier, &base)));
        }
        if rules.len() > before {
            break;
        }
    }
    for one in &mut rules {
        once(&mut one.rates, kind);
    }
    Some(Priced { prices: Arc::new(Prices { rules: rules.into() }), source: chosen.source, tiers_unsaid })
}

/// The standard prices of short prompts: older ones, today's, and those of some hours.
fn standard(chosen: Voice<'_>, base: &Rates, others: &[&Voice<'_>], now: u64) -> Vec<Rule> {
    let own = chosen.offers.all.iter().filter(|o| o.when.service == Service::Standard && o.when.above == 0);
    let own = own.map(|offer| {
        let same = agree(&offer.rates, chosen.today) && offer.when.minutes == (0, 0);
        let rates = if same { onto(base, &offer.rates) } else { offer.rates };
        Rule { when: offer.when, rates }
    });
    let mut rules: Vec<Rule> = own.collect();
    // Since when today's price holds, and what it was before, where nobody else says it.
    let history = others.iter().find(|other| other.source == HISTORY);
    if let ([only], Some(history)) = (rules.as_mut_slice(), history) {
        let dated = |offer: &&Offer| offer.when.above == 0 && offer.when.from <= now;
        let past: Vec<&Offer> = history.offers.all.iter().filter(dated).collect();
        let began = past.iter().rposition(|offer| !agree(&offer.rates, chosen.today));
        if let Some(began) = began
            && let (Some(before), Some(since)) = (past.get(began), past.get(began + 1))
            && since.when.from > 0
        {
            only.when.from = since.when.from;
            let when = When { from: 0, ..When::ALWAYS };
            rules.insert(0, Rule { when, rates: before.rates });
        }
    }
    rules
}

/// A class of service in a tier: the tier's price, changed as the class changes the base.
fn of_class(class: &Offer, tier: &Offer, base: &Rates) -> Rule {
    let mut rates = tier.rates;
    let (mut of, mut from) = (class.rates, *base);
    for (item, _) in Item::ALL {
        let (own, below) = (*of.price_mut(item), *from.price_mut(item));
        let place = rates.price_mut(item);
        if let (Some(own), Some(below), Some(tier)) = (own, below, *place)
            && below > 0
        {
            *place = scaled(tier, below, own);
        }
    }
    Rule { when: When { above: tier.when.above, ..class.when }, rates }
}

const fn rule(offer: &Offer) -> Rule {
    Rule { when: offer.when, rates: offer.rates }
}

/// Whether two registries say the same of prompt and answer.
fn agree(a: &Rates, b: &Rates) -> bool {
    a.tokens.input == b.tokens.input && a.tokens.output.unwrap_or(0) == b.tokens.output.unwrap_or(0)
}

/// A price that two registries see a hundredfold apart.
fn far_apart(voices: &[Voice<'_>]) -> Option<(Item, u64, u64)> {
    let plain = |rates: &Rates| {
        let mut only = Rates::default();
        (only.tokens.input, only.tokens.output) = (rates.tokens.input, rates.tokens.output);
        // Embeddings have no answer; some registries price it at nought.
        only.tokens.output = only.tokens.output.filter(|rate| *rate > 0);
        only.tokens.input = only.tokens.input.filter(|rate| *rate > 0);
        only
    };
    let pairs = voices.iter().enumerate().flat_map(|(at, a)| voices[at + 1..].iter().map(move |b| (a, b)));
    pairs.into_iter().find_map(|(a, b)| jumps(&plain(a.today), &plain(b.today)))
}

/// Who is believed.
fn believed<'a>(voices: &[Voice<'a>]) -> Option<Voice<'a>> {
    let first = *voices.first()?;
    let by = |source: u8| voices.iter().find(|v| v.source == source);
    if first.source == GENAI
        && let Some(newer) = by(LITELLM)
        && !agree(newer.today, first.today)
        && [HISTORY, DEV].into_iter().filter_map(by).any(|older| agree(older.today, newer.today))
    {
        return Some(*newer);
    }
    Some(first)
}

/// Takes away the second of two ways to bill the same thing.
fn once(rates: &mut Rates, kind: Kind) {
    let t = rates.tokens;
    let some = |rate: Option<u64>| rate.is_some_and(|rate| rate > 0);
    match kind {
        Kind::Transcription if some(t.input) || some(t.audio_in) => rates.heard_second = None,
        Kind::Image if some(t.image_out) || some(t.output) => rates.image = None,
        Kind::Speech if some(t.audio_out) || some(t.output) => rates.character = None,
        _ => {}
    }
    if some(rates.request) {
        // The fee for a request is that for its search.
        rates.search = None;
    }
    if some(rates.heard_second) && !some(t.input) && kind != Kind::Transcription {
        rates.heard_second = None;
    }
}

#[cfg(test)]
mod tests {
    use wye_types::money::Price;

    use super::*;

    fn says(input: u64, output: u64) -> Offers {
        let tokens = Price { input: Some(input), output: Some(output), ..Price::default() };
        let rates = Rates::of_tokens(tokens);
        Offers { all: vec![Offer { when: When::ALWAYS, rates }], tiers_unsaid: false }
    }

    fn merged(genai: Offers, litellm: Offers, dev: Offers) -> (Option<(u64, u8)>, usize) {
        let said = Said { genai, litellm, history: Offers::default(), dev };
        let mut report = Vec::new();
        let priced = price(("a/model", Kind::Chat), &said, 0, &mut report);
        let input = priced.and_then(|p| Some((p.prices.rules.first()?.rates.tokens.input?, p.source)));
        (input, report.len())
    }

    #[test]
    fn the_rules_hold_in_their_order() {
        let none = Offers::default;
        assert_eq!(merged(says(3, 4), says(5, 6), none()), (Some((3, GENAI)), 0));
        assert_eq!(merged(says(3, 4), says(5, 6), says(5, 6)), (Some((5, LITELLM)), 0), "two against one");
        assert_eq!(merged(none(), none(), says(5, 6)), (Some((5, DEV)), 0));
        assert_eq!(merged(none(), says(0, 0), none()), (None, 0), "one nought proves nothing");
        assert_eq!(merged(none(), says(0, 0), says(0, 0)).0, Some((0, LITELLM)));
        assert_eq!(merged(none(), says(0, 0), says(5, 6)), (Some((5, DEV)), 0), "a price beats a nought");
        assert_eq!(
            merged(says(5, 6), says(501, 6), none()),
            (None, 1),
            "a hundredfold is believed by nobody"
        );
        assert_eq!(merged(none(), says(DEAREST + 1, 6), none()), (None, 1));
    }

    #[test]
    fn tiers_that_are_only_mentioned_come_from_whoever_agrees() {
        let vague = Offers { tiers_unsaid: true, ..says(3, 4) };
        let mut full = says(3, 4);
        let tier = says(6, 8).all[0].rates;
        full.all.push(Offer { when: When { above: 200, ..When::ALWAYS }, rates: tier });
        let said = |dev: Offers| Said {
            genai: vague.clone(),
            litellm: Offers::default(),
            history: Offers::default(),
            dev,
        };
        let priced = price(("a/m", Kind::Chat), &said(full), 0, &mut Vec::new()).unwrap();
        let aboves: Vec<u64> = priced.prices.rules.iter().map(|rule| rule.when.above).collect();
        assert_eq!((aboves, priced.tiers_unsaid), (vec![0, 200], false));
        let priced = price(("a/m", Kind::Chat), &said(says(3, 4)), 0, &mut Vec::new()).unwrap();
        assert!(priced.tiers_unsaid);
    }
}
