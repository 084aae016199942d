//! SmartRoute's `config.json`: three tiers of models become routes.

use serde_json::{Value as Json, json};
use wye_config::{Problem, Tree};

use crate::draft::{Body, Draft, plain};
use crate::field::{At, Fields};
use crate::{Fate, Kind};

mod provider;
mod tier;

use provider::Providers;

const TIERS: [&str; 3] = ["t1", "t2", "t3"];
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
    let mut models_of = Fields::of(&models, draft);
    let strategies = tier::strategies(&mut models_of, draft);
    let mut settings = tier::settings(&mut fields, strategies, draft);
    refuse(&mut fields, draft);
    let judge = judge(&mut fields, &mut providers, draft);
    fields.finish(draft);
    let mut names: Vec<(String, Vec<String>)> = Vec::new();
    for (tier, body) in &mut settings {
        let list = models_of.take(tier);
        let targets = list.as_ref().map(|at| tier_targets(at, (tier, &mut names), &mut providers, draft));
        let targets = targets.unwrap_or_default();
        if targets.is_empty() {
            continue;
        }
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
    auto(judge, &models, draft);
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

fn refuse(fields: &mut Fields<'_>, draft: &mut Draft) {
    let why = "sessions of the admin API have a length of their own; its users are made by wye admin create";
    fields.refuse(&["security"], why, draft);
    let Some(at) = fields.take("health") else { return };
    let mut fields = Fields::of(&at, draft);
    if let Some((at, fading)) = fields.float("decay_rate", draft).filter(|(_, fading)| *fading >= 0.0) {
        draft.set(&["fleet", "fading"], fading);
        draft.mapped(&at, "fleet.fading");
    }
    fields.finish(draft);
}

/// The model that chose the tier, if one did.
fn judge<'t>(fields: &mut Fields<'t>, providers: &mut Providers<'t>, draft: &mut Draft) -> Option<String> {
    let at = fields.take("router")?;
    if !at.get("enabled").and_then(|at| at.flag()).unwrap_or(false) {
        draft.mapped(&at, "it was switched off");
        return None;
    }
    if let Some(at) = at.get("prompt_template") {
        draft.changed(
            &at,
            "it asked for T1, T2 or T3; a judge here gives a number, and is told so in its own words",
        );
    }
    let target = providers.judge(&at, draft)?;
    draft.changed(
        &at,
        format!("{target} chooses the tier of auto; where it fails, the tier is chosen by rules instead of an error"),
    );
    Some(target)
}

/// The targets of a tier; notes them under the models' names, too.
fn tier_targets(
    list: &At<'_>,
    (tier, names): (&str, &mut Vec<(String, Vec<String>)>),
    providers: &mut Providers<'_>,
    draft: &mut Draft,
) -> Vec<Json> {
    let mut targets: Vec<Json> = Vec::new();
    for at in list.items() {
        let Some((model, target, weight)) = entry(&at, providers, draft) else { continue };
        draft.mapped(&at, format!("{tier} → {target}"));
        let is_it =
            |known: &Json| known.as_str().or_else(|| known.get("deployment")?.as_str()) == Some(&target);
        if !targets.iter().any(is_it) {
            targets.push(match weight {
                Some(weight) => json!({"deployment": target, "weight": weight}),
                None => target.clone().into(),
            });
        }
        match names.iter_mut().find(|(name, _)| *name == model) {
            Some((_, of_name)) if of_name.contains(&target) => {}
            Some((_, of_name)) => of_name.push(target),
            None => names.push((model, vec![target])),
        }
    }
    targets
}

/// A model of a tier, what is called, and what weight was given to it.
fn entry(
    at: &At<'_>,
    providers: &mut Providers<'_>,
    draft: &mut Draft,
) -> Option<(String, String, Option<f64>)> {
    // Early files name the model alone, or provider and model with a slash between.
    if let Some(text) = at.text() {
        let (provider, model) =
            text.split_once('/').filter(|(p, _)| providers.has(p)).unwrap_or(("upstream", text));
        let id = providers.id(provider, model, at, draft)?;
        return Some((model.to_owned(), plain(&format!("{id}/{model}")), None));
    }
    let mut fields = Fields::of(at, draft);
    let model = fields.text("model", draft).map(|(_, model)| model.to_owned());
    let provider = fields.text("provider", draft).map_or("upstream", |(_, provider)| provider);
    if let Some((at, false)) = fields.flag("multimodal", draft) {
        draft.impossible(&at, "images were described in words for it; here they are sent as they are");
    }
    let weight = fields.float("weight", draft).map(|(_, weight)| weight.clamp(0.0, 1.0));
    // What was usual is usual here.
    let weight = weight.filter(|weight| (weight - 0.5).abs() > f64::EPSILON);
    fields.finish(draft);
    let Some(model) = model else {
        draft.impossible(at, "it names no model");
        return None;
    };
    let id = providers.id(provider, &model, at, draft)?;
    let target = plain(&format!("{id}/{model}"));
    Some((model, target, weight))
}

/// Whatever name a client sent, the tier decided. `auto` is that name here.
fn auto(judge: Option<String>, models: &At<'_>, draft: &mut Draft) {
    let tiers: Vec<String> = draft.routes.iter().map(|(name, _)| name.clone()).collect();
    let judge = judge.filter(|_| tiers.len() > 1);
    let said = match judge {
        Some(_) => "the judge chooses the tier of auto",
        None => "auto is the first tier, as without a judge",
    };
    draft.changed(
        models,
        format!(
            "the name that a client sends was ignored; here it counts: {said}, and t1, t2 and t3 are names"
        ),
    );
    let targets = tiers.iter().take(if judge.is_some() { tiers.len() } else { 1 });
    let targets: Vec<Json> = targets.map(|tier| json!({"route": tier})).collect();
    let mut body = Body::new();
    if let Some(model) = judge {
        body.insert("strategy".to_owned(), "judge".into());
        body.insert("judge".to_owned(), json!({"model": model}));
    }
    body.insert("targets".to_owned(), targets.into());
    draft.routes.push(("auto".to_owned(), body));
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
