//! LLM Gateway's `config.yaml`: providers with limits, and models with their providers in order of preference.

use serde_json::{Value as Json, json};
use wye_config::{Problem, Tree};

use crate::address::{self, Asked};
use crate::draft::{Body, Draft, plain};
use crate::field::{At, Fields};
use crate::{Fate, Kind};

/// The zone of the container in which it is shipped, by whose clock its days begin.
const ZONE: &str = "Asia/Shanghai";

/// Maps the whole file.
pub(crate) fn map(root: &Tree, draft: &mut Draft) -> Result<(), Vec<Problem>> {
    let providers = crate::demand(root, "api_provider", Kind::LlmGateway)?;
    let models = crate::demand(root, "model_config", Kind::LlmGateway)?;
    let mut fields = Fields::of(&At::root(root), draft);
    fields.take("api_provider");
    fields.take("model_config");
    fields.finish(draft);
    draft.set(&["discover"], false);
    draft.reserve(models.entries().iter().map(|(name, _)| *name));
    let mut ids = Vec::new();
    for (name, at) in providers.entries() {
        if let Some(id) = provider(name, &at, draft) {
            ids.push((name, id));
        }
    }
    for (name, at) in models.entries() {
        model(name, &at, &ids, draft);
    }
    auto(&models, draft);
    draft.note(
        Fate::Changed,
        ("", 0),
        "LLM Gateway asked nobody for a key; without client keys, Wye serves only this machine: wye keys create",
    );
    draft.note(
        Fate::Changed,
        ("", 0),
        "a call that failed was not tried again; here the next provider of the model is asked",
    );
    Ok(())
}

fn provider(name: &str, at: &At<'_>, draft: &mut Draft) -> Option<String> {
    let mut fields = Fields::of(at, draft);
    let base_url = fields.text("base_url", draft).map(|(_, url)| draft.address(url));
    let key = fields.take("api_key").and_then(|at| Some((at.clone(), at.word()?)));
    let limits = fields.take("limits");
    fields.finish(draft);
    let Some(home) = base_url
        .and_then(|url| address::home(Asked { name: Some(name), base_url: Some(&url), dialect: None }))
    else {
        draft.impossible(at, "it has no base_url, so nobody can be called");
        return None;
    };
    let mut body = home.body;
    match key.filter(|(_, key)| !key.trim().is_empty()) {
        Some((at, key)) => {
            let reference = draft.secret(&at, &key, &format!("{name}_key"));
            body.insert("api_key".to_owned(), reference.into());
        }
        None => {
            draft.changed(at, "clients' own keys were sent on to it; here it is called without a key");
            body.insert("auth".to_owned(), "none".into());
        }
    }
    if let Some(limits) = limits {
        let limits = limits_of(&limits, draft);
        super::lite_llm::put(&mut body, "limits", limits);
    }
    let id = draft.new_provider(name, body);
    draft.mapped(at, format!("the provider {id}"));
    Some(id)
}

fn limits_of(at: &At<'_>, draft: &mut Draft) -> Body {
    let mut fields = Fields::of(at, draft);
    let mut limits = Body::new();
    for name in ["rpm", "tpm", "rpd", "tpr"] {
        if let Some((at, number)) = fields.whole(name, draft) {
            limits.insert(name.to_owned(), number.into());
            if number == 0 {
                draft.changed(&at, "0 lets nothing through; take it out if no limit was meant");
            }
        }
    }
    if limits.contains_key("rpd") {
        limits.insert("time_zone".to_owned(), ZONE.into());
        draft.changed(
            at,
            format!(
                "days begin at midnight in {ZONE}, as in its container; change time_zone if it ran elsewhere"
            ),
        );
    }
    if limits.contains_key("tpm") || limits.contains_key("tpr") {
        draft.changed(at, "tokens of answers count too, and what was estimated too high is given back");
    }
    fields.finish(draft);
    limits
}

fn model(name: &str, at: &At<'_>, ids: &[(&str, String)], draft: &mut Draft) {
    if let Err(why) = draft.route_name(name) {
        return draft.impossible(at, why);
    }
    let mut targets: Vec<Json> = Vec::new();
    for (provider, at) in at.entries() {
        let mut fields = Fields::of(&at, draft);
        let alias = fields.take("alias").and_then(|at| at.word()).unwrap_or_else(|| name.to_owned());
        let enabled = fields.flag("enable", draft).is_none_or(|(_, enabled)| enabled);
        fields.finish(draft);
        let Some((_, id)) = ids.iter().find(|(known, _)| *known == provider) else {
            draft.impossible(&at, format!("there is no provider {provider} under api_provider"));
            continue;
        };
        let target = plain(&format!("{id}/{alias}"));
        if enabled {
            draft.mapped(&at, format!("{name} → {target}"));
            targets.push(target.into());
        } else {
            draft.changed(
                &at,
                format!("it is switched off and left out; add {target} to the route to use it"),
            );
        }
    }
    if targets.is_empty() {
        return draft.impossible(at, format!("{name} has no provider that is switched on; it is not served"));
    }
    draft.routes.push((name.to_owned(), Body::from_iter([("targets".to_owned(), targets.into())])));
}

/// Whatever began with `auto` meant the first model that is there.
fn auto(models: &At<'_>, draft: &mut Draft) {
    const AUTO: &str = "auto";
    if draft.routes.iter().any(|(name, _)| name == AUTO) {
        let message = "names that begin with auto reached the first model; here auto is what is written under its name, \
                       and nothing else begins so";
        return draft.changed(models, message);
    }
    let targets: Vec<Json> = draft.routes.iter().map(|(name, _)| json!({"route": plain(name)})).collect();
    if !targets.is_empty() {
        draft.routes.push((AUTO.to_owned(), Body::from_iter([("targets".to_owned(), targets.into())])));
        draft.changed(
            models,
            "names that begin with auto reached the first model; here auto asks every model in the order of the file, and \
             nothing else begins so",
        );
    }
}
