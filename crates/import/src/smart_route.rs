//! SmartRoute's `config.json`: three tiers of models become routes.

use serde_json::{Value as Json, json};
use wye_config::{Problem, Tree};

use crate::draft::{Body, Draft, plain};
use crate::field::{At, Fields};
use crate::{Fate, Kind};

mod provider;

use provider::Providers;

const TIERS: [&str; 3] = ["t1", "t2", "t3"];
const LATER: &str = "Wye does not choose by it yet";

/// Maps the whole file.
pub(crate) fn map(root: &Tree, draft: &mut Draft) -> Result<(), Vec<Problem>> {
    let top = At::root(root);
    if top.get("t1_models").is_some() {
        let message = "this is the layout of an early SmartRoute; start a later one with it once, which rewrites the file";
        return Err(vec![crate::problem(1, "t1_models", message)]);
    }
    let models = crate::demand(root, "models", Kind::SmartRoute)?;
    let mut fields = Fields::of(&top, draft);
    fields.take("models");
    draft.set(&["discover"], false);
    general(&mut fields, draft);
    let mut providers = Providers::read(&mut fields, draft);
    let mut settings = tiers(&mut fields, draft);
    refuse(&mut fields, draft);
    let judged = judge(&mut fields, draft);
    fields.finish(draft);
    let mut models_of = Fields::of(&models, draft);
    strategies(&mut models_of, draft);
    let mut names: Vec<(String, Vec<String>)> = Vec::new();
    for (tier, body) in &mut settings {
        let list = models_of.take(tier);
        let targets = list.as_ref().map(|at| tier_targets(at, (tier, &mut names), &mut providers, draft));
        let targets = targets.unwrap_or_default();
        if targets.is_empty() {
            continue;
        }
        let targets: Vec<Json> = targets.into_iter().map(Json::from).collect();
        let mut route = Body::from_iter([("targets".to_owned(), targets.into())]);
        route.append(body);
        draft.routes.push(((*tier).to_owned(), route));
    }
    models_of.finish(draft);
    if draft.routes.is_empty() {
        return Err(vec![crate::problem(
            models.line(),
            &models.path,
            "no tier has a model; nothing would be served",
        )]);
    }
    auto(judged, &models, draft);
    by_name(names, draft);
    Ok(())
}

fn general(fields: &mut Fields<'_>, draft: &mut Draft) {
    let Some(at) = fields.take("general") else { return };
    let mut fields = Fields::of(&at, draft);
    if let Some((at, days)) = fields.whole("log_retention_days", draft).filter(|(_, days)| *days > 0) {
        draft.set(&["log", "keep"], format!("{days}d"));
        draft.mapped(&at, format!("log.keep: {days}d"));
    }
    match fields.text("gateway_api_key", draft) {
        Some((at, key)) => {
            let reference = draft.secret(&at, key, "gateway_api_key");
            let name = draft.key("gateway", Body::from_iter([("key".to_owned(), reference.into())]));
            draft.mapped(&at, format!("the client key {name}"));
        }
        None => draft.changed(&at, "everybody might call; without client keys, Wye serves only this machine"),
    }
    fields.finish(draft);
}

/// Time limits and tries of each tier, as far as routes can say them.
fn tiers(fields: &mut Fields<'_>, draft: &mut Draft) -> Vec<(&'static str, Body)> {
    let (timeouts, retries) = (fields.take("timeouts"), fields.take("retries"));
    let mut of_tier: Vec<(&str, Body)> = Vec::new();
    for tier in TIERS {
        let number = |section: &Option<At<'_>>, key: &str| section.as_ref()?.get(key)?.get(tier)?.whole();
        let mut body = Body::new();
        let mut limits = Body::new();
        for (theirs, ours) in [("connect", "connect"), ("generation", "idle")] {
            let ms = number(&timeouts, theirs).filter(|ms| *ms > 0);
            limits.extend(ms.map(|ms| (ours.to_owned(), format!("{ms}ms").into())));
        }
        super::lite_llm::put(&mut body, "timeouts", limits);
        if let Some(rounds) = number(&retries, "rounds").filter(|rounds| *rounds > 1) {
            body.insert("retry".to_owned(), json!({"rounds": rounds.min(10)}));
        }
        of_tier.push((tier, body));
    }
    if let Some(at) = timeouts {
        let mut fields = Fields::of(&at, draft);
        if let Some(at) = fields.take("connect") {
            draft.changed(
                &at,
                "it is the time to connect; the answer may take timeouts.first_content until it begins",
            );
        }
        if let Some(at) = fields.take("generation") {
            draft.mapped(&at, "timeouts.idle of each tier's route");
        }
        fields.finish(draft);
    }
    if let Some(at) = retries {
        let mut fields = Fields::of(&at, draft);
        if let Some(at) = fields.take("rounds") {
            draft.mapped(&at, "retry.rounds of each tier's route");
        }
        fields.refuse(&["max_retries"], "every target of a route is tried, in each round once", draft);
        conditions(&mut fields, draft);
        fields.finish(draft);
    }
    of_tier
}

fn conditions(fields: &mut Fields<'_>, draft: &mut Draft) {
    let Some(at) = fields.take("conditions") else { return };
    let mut fields = Fields::of(&at, draft);
    if let Some(at) = fields.take("status_codes") {
        let statuses: Vec<u64> =
            at.items().iter().filter_map(At::whole).filter(|s| (400..=599).contains(s)).collect();
        draft.set(&["defaults", "retry", "statuses"], statuses);
        draft.changed(&at, "any failure led to the next model; here these and 401 to 404 do, and a request at fault is not repeated");
    }
    if let Some((at, empty)) = fields.flag("retry_on_empty", draft) {
        draft.set(&["defaults", "retry", "empty"], empty);
        draft.mapped(&at, "defaults.retry.empty");
    }
    let why = "they were looked for in failures only, and a failure leads on anyway; in Wye retry.keywords are looked for \
               in good answers, where words such as these may stand for themselves";
    fields.refuse(&["error_keywords"], why, draft);
    fields.finish(draft);
}

fn refuse(fields: &mut Fields<'_>, draft: &mut Draft) {
    for (names, why) in [
        (
            &["security"][..],
            "sessions of the admin API have a length of their own; its users are made by wye admin create",
        ),
        (&["health", "adaptive_weights"], LATER),
    ] {
        fields.refuse(names, why, draft);
    }
}

/// Whether a model chose the tier.
fn judge(fields: &mut Fields<'_>, draft: &mut Draft) -> bool {
    let Some(at) = fields.take("router") else { return false };
    let enabled = at.get("enabled").and_then(|at| at.flag()).unwrap_or(false);
    if enabled {
        draft.impossible(
            &at,
            "no model is asked which tier fits yet; clients may name t1, t2 or t3 themselves",
        );
    } else {
        draft.mapped(&at, "it was switched off");
    }
    enabled
}

fn strategies(fields: &mut Fields<'_>, draft: &mut Draft) {
    for (tier, at) in fields.take("strategies").map(|at| at.entries()).unwrap_or_default() {
        match at.text() {
            Some("sequential") => draft.mapped(&at, format!("{tier} is ordered")),
            Some(other) => {
                draft.changed(&at, format!("{other} becomes ordered: {tier} asks its targets as they stand"))
            }
            None => draft.impossible(&at, "this is no strategy"),
        }
    }
}

/// The targets of a tier; notes them under the models' names, too.
fn tier_targets(
    list: &At<'_>,
    (tier, names): (&str, &mut Vec<(String, Vec<String>)>),
    providers: &mut Providers<'_>,
    draft: &mut Draft,
) -> Vec<String> {
    let mut targets = Vec::new();
    for at in list.items() {
        let Some((model, target)) = entry(&at, providers, draft) else { continue };
        draft.mapped(&at, format!("{tier} → {target}"));
        if !targets.contains(&target) {
            targets.push(target.clone());
        }
        match names.iter_mut().find(|(name, _)| *name == model) {
            Some((_, of_name)) if of_name.contains(&target) => {}
            Some((_, of_name)) => of_name.push(target),
            None => names.push((model, vec![target])),
        }
    }
    targets
}

/// A model of a tier, and what is called.
fn entry(at: &At<'_>, providers: &mut Providers<'_>, draft: &mut Draft) -> Option<(String, String)> {
    // Early files name the model alone, or provider and model with a slash between.
    if let Some(text) = at.text() {
        let (provider, model) =
            text.split_once('/').filter(|(p, _)| providers.has(p)).unwrap_or(("upstream", text));
        let id = providers.id(provider, model, at, draft)?;
        return Some((model.to_owned(), plain(&format!("{id}/{model}"))));
    }
    let mut fields = Fields::of(at, draft);
    let model = fields.text("model", draft).map(|(_, model)| model.to_owned());
    let provider = fields.text("provider", draft).map_or("upstream", |(_, provider)| provider);
    if let Some((at, false)) = fields.flag("multimodal", draft) {
        draft.impossible(&at, "images were described in words for it; here they are sent as they are");
    }
    if let Some((at, weight)) = fields.float("weight", draft)
        && (weight - 0.5).abs() > f64::EPSILON
    {
        draft.changed(&at, "targets have no weights; put those that are to be asked first in front");
    }
    fields.finish(draft);
    let Some(model) = model else {
        draft.impossible(at, "it names no model");
        return None;
    };
    let id = providers.id(provider, &model, at, draft)?;
    let target = plain(&format!("{id}/{model}"));
    Some((model, target))
}

/// Whatever name a client sent, the tier decided. `auto` is that name here.
fn auto(judged: bool, models: &At<'_>, draft: &mut Draft) {
    let tiers: Vec<String> = draft.routes.iter().map(|(name, _)| name.clone()).collect();
    let targets: Vec<Json> = match tiers.first() {
        Some(first) if !judged => vec![json!({"route": first})],
        _ => tiers.iter().map(|tier| json!({"route": tier})).collect(),
    };
    let said = if judged {
        "auto asks the tiers in their order"
    } else {
        "auto is the first tier, as without a judge"
    };
    draft.changed(
        models,
        format!(
            "the name that a client sends was ignored; here it counts: {said}, and t1, t2 and t3 are names"
        ),
    );
    draft.routes.push(("auto".to_owned(), Body::from_iter([("targets".to_owned(), targets.into())])));
}

/// The models that its list showed can be called by their names.
fn by_name(names: Vec<(String, Vec<String>)>, draft: &mut Draft) {
    for (name, targets) in names {
        let taken = draft.routes.iter().any(|(known, _)| *known == name);
        if taken || draft.route_name(&name).is_err() {
            draft.note(
                Fate::Changed,
                ("models", 0),
                format!("{:?} is not a name of its own; call {}", name, targets.join(" or ")),
            );
            continue;
        }
        draft.routes.push((name, Body::from_iter([("targets".to_owned(), targets.into())])));
    }
}
