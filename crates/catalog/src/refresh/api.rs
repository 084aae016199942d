//! The shape of models.dev's `api.json`: providers by id, each with models by id. Every model is read by itself, so that
//! one that is wrong costs no other.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use wye_types::money::Price;

use super::Problem;
use crate::catalog::Entry;
use crate::facts::{Facts, Kind, Modalities, Status};
use crate::rates::{Prices, Rates, Rule};
use crate::when::When;

/// The longest id or name that is taken.
const LONGEST: usize = 256;
/// Pico-dollars of a dollar a million tokens.
const PICO: f64 = 1_000_000.0;
/// The threshold of the tier that older files write by name.
const OLD_TIER: u64 = 200_000;

/// A provider and those of its models that can be read.
pub(super) struct Provider {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) models: Vec<Entry>,
}

/// Reads a file. `Err` says why it is no such file at all.
pub(super) fn read(file: &[u8]) -> Result<(Vec<Provider>, Vec<Problem>), String> {
    let shape = "this is not the shape of models.dev's api.json: providers by id, each with models by id";
    let whole: Members<'_> = serde_json::from_slice(file).map_err(|error| format!("{shape} ({error})"))?;
    let mut problems = Vec::new();
    let mut providers = Vec::new();
    let twice = doubles(&whole);
    for (id, raw) in whole.0.iter().filter(|(id, _)| !twice.contains(&id.as_ref())) {
        let provider: RawProvider<'_> =
            serde_json::from_str(raw.get()).map_err(|error| format!("{shape} ({id}: {error})"))?;
        if !is_name(id) {
            problems.push(Problem { at: id.chars().take(80).collect(), message: NAME.to_owned() });
            continue;
        }
        let doubled = doubles(&provider.models);
        let mut models = Vec::new();
        for (model, raw) in provider.models.0.iter().filter(|(id, _)| !doubled.contains(&id.as_ref())) {
            match self::model(id, model, raw.get()) {
                Ok(entry) => models.push(entry),
                Err(problem) => problems.push(problem),
            }
        }
        problems.extend(doubled.iter().map(|model| Problem {
            at: format!("{id}/{model}"),
            message: "this id stands there twice; the old row is kept".to_owned(),
        }));
        let name = provider.name.filter(|name| is_name(name)).map_or_else(|| id.to_string(), Cow::into_owned);
        providers.push(Provider { id: id.to_string(), name, models });
    }
    problems.extend(twice.iter().map(|id| Problem {
        at: (*id).to_owned(),
        message: "this provider stands there twice; its old rows are kept".to_owned(),
    }));
    if providers.is_empty() {
        return Err(shape.to_owned());
    }
    Ok((providers, problems))
}

const NAME: &str = "an id has 1 to 256 letters and no control characters";

fn is_name(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= LONGEST && !text.chars().any(char::is_control)
}

/// The members of an object, all of them: a map would keep the last of two and say nothing.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut all = Vec::new();
                while let Some(key) = map.next_key::<Key<'de>>()? {
                    all.push((key.0, map.next_value()?));
                }
                Ok(Members(all))
            }
        }
        from.deserialize_map(All)
    }
}

#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// Ids that stand there more than once.
fn doubles<'m>(members: &'m Members<'_>) -> Vec<&'m str> {
    let mut seen = HashSet::new();
    let mut twice: Vec<&str> =
        members.0.iter().map(|(id, _)| id.as_ref()).filter(|id| !seen.insert(*id)).collect();
    twice.sort_unstable();
    twice.dedup();
    twice
}

#[derive(Deserialize)]
struct RawProvider<'a> {
    #[serde(borrow, default)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    models: Members<'a>,
}

#[derive(Deserialize)]
struct RawModel {
    name: Option<String>,
    reasoning: Option<bool>,
    tool_call: Option<bool>,
    structured_output: Option<bool>,
    temperature: Option<bool>,
    open_weights: Option<bool>,
    knowledge: Option<String>,
    status: Option<String>,
    modalities: Option<RawModalities>,
    limit: Option<RawLimit>,
    cost: Option<RawCost>,
}

#[derive(Deserialize)]
struct RawModalities {
    #[serde(default)]
    input: Vec<String>,
    #[serde(default)]
    output: Vec<String>,
}

#[derive(Deserialize)]
struct RawLimit {
    context: Option<u64>,
    input: Option<u64>,
    output: Option<u64>,
}

#[derive(Deserialize)]
struct RawCost {
    #[serde(flatten)]
    base: RawRates,
    context_over_200k: Option<RawRates>,
    #[serde(default)]
    tiers: Vec<RawTier>,
}

#[derive(Deserialize)]
struct RawRates {
    input: Option<f64>,
    output: Option<f64>,
    reasoning: Option<f64>,
    cache_read: Option<f64>,
    cache_write: Option<f64>,
    input_audio: Option<f64>,
    output_audio: Option<f64>,
}

#[derive(Deserialize)]
struct RawTier {
    #[serde(flatten)]
    rates: RawRates,
    tier: RawThreshold,
}

#[derive(Deserialize)]
struct RawThreshold {
    size: u64,
}

fn model(provider: &str, id: &str, raw: &str) -> Result<Entry, Problem> {
    let problem = |field: &str, message: String| Problem { at: format!("{provider}/{id}{field}"), message };
    if !is_name(id) {
        return Err(Problem {
            at: format!("{provider}/{:.80}", id.escape_debug()),
            message: NAME.to_owned(),
        });
    }
    let raw: RawModel = serde_json::from_str(raw).map_err(|error| problem("", error.to_string()))?;
    let mut facts = Facts::new(provider.to_owned(), id.to_owned());
    facts.name = raw.name.filter(|name| is_name(name)).unwrap_or_else(|| id.to_owned()).into();
    facts.tools = raw.tool_call;
    facts.reasoning = raw.reasoning;
    facts.structured = raw.structured_output;
    facts.temperature = raw.temperature;
    facts.open_weights = raw.open_weights;
    facts.knowledge = raw.knowledge.filter(|when| is_name(when)).unwrap_or_default().into();
    facts.status = match raw.status.as_deref() {
        Some("deprecated") => Status::Deprecated,
        Some("alpha" | "beta") => Status::Beta,
        _ => Status::Stable,
    };
    if let Some(modalities) = raw.modalities {
        let all = |names: &[String]| {
            names.iter().fold(Modalities::NONE, |all, name| all.with(Modalities::named(name)))
        };
        (facts.takes, facts.gives) = (all(&modalities.input), all(&modalities.output));
    }
    facts.kind = kind(&facts);
    if let Some(limit) = raw.limit {
        // Nought stands for "not known" in this registry.
        let known = |tokens: Option<u64>| tokens.filter(|tokens| *tokens > 0);
        facts.context = known(limit.context);
        facts.input_limit = known(limit.input);
        facts.output_limit = known(limit.output);
    }
    let prices = raw.cost.map(prices).transpose().map_err(|(field, message)| problem(field, message))?;
    let prices = prices.flatten().map(Arc::new);
    Ok(Entry { facts, prices, aliases: Vec::new(), facts_source: 0, price_source: 0 })
}

/// What a model is for, by what it makes. The registry has no word for it.
fn kind(facts: &Facts<'_>) -> Kind {
    let makes = |what: Modalities| facts.gives == what;
    let name = facts.id.to_ascii_lowercase();
    if name.contains("embed") {
        Kind::Embedding
    } else if name.contains("rerank") {
        Kind::Rerank
    } else if makes(Modalities::IMAGE) {
        Kind::Image
    } else if makes(Modalities::AUDIO) {
        Kind::Speech
    } else if makes(Modalities::VIDEO) {
        Kind::Video
    } else if facts.takes == Modalities::AUDIO && makes(Modalities::TEXT) {
        Kind::Transcription
    } else {
        Kind::Chat
    }
}

type Wrong = (&'static str, String);

fn prices(cost: RawCost) -> Result<Option<Prices>, Wrong> {
    let base = rates(&cost.base)?;
    if base.is_empty() {
        return Ok(None);
    }
    let mut tiers: Vec<(u64, Rates)> = Vec::new();
    for tier in &cost.tiers {
        tiers.push((tier.tier.size, rates(&tier.rates)?));
    }
    if let Some(over) = &cost.context_over_200k
        && tiers.is_empty()
    {
        tiers.push((OLD_TIER, rates(over)?));
    }
    tiers.sort_by_key(|(above, _)| *above);
    let mut rules = vec![Rule { when: When::ALWAYS, rates: base }];
    for (above, over) in tiers {
        // What a tier does not say is as below it.
        let mut all = base;
        for (item, _) in crate::rates::Item::ALL {
            let mut over = over;
            let place = all.price_mut(item);
            *place = over.price_mut(item).or(*place);
        }
        rules.push(Rule { when: When { above, ..When::ALWAYS }, rates: all });
    }
    Ok(Some(Prices { rules: rules.into() }))
}

fn rates(raw: &RawRates) -> Result<Rates, Wrong> {
    Ok(Rates::of_tokens(Price {
        input: pico(" cost.input", raw.input)?,
        output: pico(" cost.output", raw.output)?,
        reasoning: pico(" cost.reasoning", raw.reasoning)?,
        cache_read: pico(" cost.cache_read", raw.cache_read)?,
        cache_write: pico(" cost.cache_write", raw.cache_write)?,
        audio_in: pico(" cost.input_audio", raw.input_audio)?,
        audio_out: pico(" cost.output_audio", raw.output_audio)?,
        ..Price::default()
    }))
}

/// Dollars a million tokens as pico-dollars a token.
fn pico(field: &'static str, dollars: Option<f64>) -> Result<Option<u64>, Wrong> {
    let Some(dollars) = dollars else { return Ok(None) };
    let pico = (dollars * PICO).round();
    // Within these bounds a floating-point number is a whole one.
    if (0.0..1e15).contains(&pico) && dollars >= 0.0 {
        return Ok(Some(pico as u64));
    }
    Err((field, format!("{dollars} is no price; write dollars a million tokens, 0 or more")))
}
