//! Every model of every provider: models.dev's rows, then those that only genai-prices or LiteLLM know. Two rows for one
//! id are one: facts from the first of models.dev, LiteLLM, genai-prices that has them, its holes filled by the next.

use std::collections::{BTreeMap, HashMap};
use std::error::Error;

use serde_json::Value;
use wye_catalog::{Entry, Facts, Modalities, Status};

use crate::genai::{Model, midnight};
use crate::merge::{Said, price};
use crate::notices::{DEV, GENAI, LITELLM, SOURCES};
use crate::plan::{Provider, meant};
use crate::row::{Offers, Row};
use crate::{dev, genai, history, litellm, tiers};

/// What was read.
pub(crate) struct Registries {
    pub(crate) dev: Value,
    pub(crate) genai: Value,
    pub(crate) litellm: Value,
    pub(crate) history: Value,
    pub(crate) tiers: tiers::Tiers,
}

/// A model on its way: its facts, and what each registry charges.
struct Draft {
    facts: Facts<'static>,
    source: u8,
    aliases: Vec<String>,
    dev: Offers,
    litellm: Offers,
}

/// All entries.
pub(crate) fn entries(
    plan: &[Provider],
    registries: &Registries,
    report: &mut Vec<String>,
) -> Result<Vec<Entry>, Box<dyn Error>> {
    let now = SOURCES.iter().map(|source| midnight(source.date)).collect::<Result<Vec<_>, _>>()?;
    let now = now.into_iter().max().unwrap_or(0);
    let mut entries = Vec::new();
    let mut without_tiers = Vec::new();
    for provider in plan {
        let weekdays = provider.dev.iter().any(|id| history::only_weekdays(&registries.history, id));
        let mut models: Vec<Model> = Vec::new();
        for id in &provider.genai {
            models.extend(genai::models(&registries.genai, id, weekdays)?);
        }
        for (id, mut draft) in drafts(provider, registries, &models) {
            let small = id.to_lowercase();
            let priced = models.iter().find(|model| model.id == id || model.clause.takes(&small));
            if priced.is_some_and(|model| model.deprecated) {
                draft.facts.status = Status::Deprecated;
            }
            let mut past = Offers::default();
            for name in &provider.dev {
                let found = history::offers(&registries.history, name, &id)?;
                if !found.all.is_empty() {
                    past = found;
                }
            }
            let mut genai = priced.map(|model| model.offers.clone()).unwrap_or_default();
            if let Some(model) = priced {
                tiers::spell_out(&registries.tiers, &provider.genai, &model.id, &mut genai, now);
            }
            let said = Said { genai, litellm: draft.litellm, history: past, dev: draft.dev };
            let name = format!("{}/{id}", provider.id);
            let found = price((&name, draft.facts.kind), &said, now, report);
            draft.facts.vendor = vendor(plan, provider, &id).into();
            if found.as_ref().is_some_and(|found| found.tiers_unsaid) {
                without_tiers.push(entries.len());
            }
            entries.push(Entry {
                facts: draft.facts,
                price_source: found.as_ref().map_or(draft.source, |found| found.source),
                prices: found.map(|found| found.prices),
                aliases: draft.aliases,
                facts_source: draft.source,
            });
        }
    }
    made_by(plan, &mut entries);
    tiers::borrow(&mut entries, &without_tiers, now, report);
    negatives("", &registries.dev, report);
    negatives("", &registries.litellm, report);
    Ok(entries)
}

/// Reports prices below nought; whoever read them passed them over.
fn negatives(at: &str, value: &Value, report: &mut Vec<String>) {
    match value {
        Value::Object(all) => {
            all.iter().for_each(|(key, one)| negatives(&format!("{at}/{key}"), one, report))
        }
        Value::Array(all) => all.iter().for_each(|one| negatives(at, one, report)),
        Value::Number(number) if number.as_f64().is_some_and(|n| n < 0.0) && at.contains("cost") => {
            report.push(format!("{at}: {number} is below nought: dropped"));
        }
        _ => {}
    }
}

/// A provider's models by their ids.
fn drafts(provider: &Provider, registries: &Registries, models: &[Model]) -> BTreeMap<String, Draft> {
    let mut drafts: BTreeMap<String, Draft> = BTreeMap::new();
    let listed = provider.dev.iter().flat_map(|id| dev::rows(&registries.dev, id, &provider.id));
    for Row { facts, offers } in listed {
        let id = facts.id.to_string();
        let draft =
            Draft { facts, source: DEV, aliases: Vec::new(), dev: offers, litellm: Offers::default() };
        drafts.entry(id).or_insert(draft);
    }
    let listed =
        provider.litellm.iter().flat_map(|name| litellm::rows(&registries.litellm, name, &provider.id));
    for Row { facts, offers } in listed {
        match drafts.get_mut(facts.id.as_ref()) {
            Some(draft) => {
                fill(&mut draft.facts, &facts);
                draft.litellm = offers;
            }
            None => {
                let (id, aliases) = (facts.id.to_string(), Vec::new());
                let dev = Offers::default();
                drafts.insert(id, Draft { facts, source: LITELLM, aliases, dev, litellm: offers });
            }
        }
    }
    for model in models {
        add(provider, model, &mut drafts);
    }
    drafts
}

/// A model of genai-prices, and the other ids by which it is known.
fn add(provider: &Provider, model: &Model, drafts: &mut BTreeMap<String, Draft>) {
    let known = model.named.iter().find(|id| drafts.contains_key(*id)).cloned();
    let main = if drafts.contains_key(&model.id) { Some(model.id.clone()) } else { known };
    let main = main.unwrap_or_else(|| {
        let mut facts = Facts::new(provider.id.clone(), model.id.clone());
        facts.context = model.context;
        facts.name = model.name.clone().unwrap_or_else(|| model.id.clone()).into();
        let draft = Draft {
            facts,
            source: GENAI,
            aliases: Vec::new(),
            dev: Offers::default(),
            litellm: Offers::default(),
        };
        drafts.insert(model.id.clone(), draft);
        model.id.clone()
    });
    let others = model.named.iter().chain([&model.id]);
    let new: Vec<String> = others.filter(|id| !drafts.contains_key(*id)).cloned().collect();
    if let Some(draft) = drafts.get_mut(&main) {
        draft.aliases.extend(new);
        draft.facts.context = draft.facts.context.or(model.context);
    }
}

/// Fills the holes of one registry's facts with another's.
fn fill(to: &mut Facts<'static>, from: &Facts<'static>) {
    to.kind = from.kind;
    to.dimensions = from.dimensions;
    to.ends = from.ends;
    to.context = to.context.or(from.context);
    to.output_limit = to.output_limit.or(from.output_limit);
    to.tools = to.tools.or(from.tools);
    to.reasoning = to.reasoning.or(from.reasoning);
    to.structured = to.structured.or(from.structured);
    if to.takes == Modalities::NONE {
        (to.takes, to.gives) = (from.takes, from.gives);
    }
}

/// Who made a model, by what its id says: the word before a slash, or before a dot.
fn vendor(plan: &[Provider], provider: &Provider, id: &str) -> String {
    if provider.maker && !id.contains('/') {
        return provider.id.clone();
    }
    let bare = id.trim_start_matches("accounts/").trim_start_matches("@cf/").trim_start_matches("@hf/");
    if let Some((maker, _)) = bare.split_once('/')
        && bare == id.trim_start_matches("@cf/").trim_start_matches("@hf/")
    {
        return meant(plan, &maker.to_lowercase()).to_owned();
    }
    let mut parts =
        id.split('.').filter(|part| part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
    let maker = parts.find(|part| plan.iter().any(|one| one.maker && meant(plan, part) == one.id));
    maker.map_or_else(String::new, |maker| meant(plan, maker).to_owned())
}

/// Who made the others: whoever of the makers has a model of that id.
fn made_by(plan: &[Provider], entries: &mut [Entry]) {
    let makers: Vec<&str> = plan.iter().filter(|one| one.maker).map(|one| one.id.as_str()).collect();
    let own = entries.iter().filter(|entry| makers.contains(&entry.facts.provider.as_ref()));
    let by_id: HashMap<String, String> =
        own.map(|entry| (entry.facts.id.to_lowercase(), entry.facts.provider.to_string())).collect();
    for entry in entries.iter_mut().filter(|entry| entry.facts.vendor.is_empty()) {
        if let Some(maker) = by_id.get(&entry.facts.id.to_lowercase()) {
            entry.facts.vendor = maker.clone().into();
        }
    }
}
