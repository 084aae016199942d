//! Bifrost's routing rules, of which those can be kept that ask for one model by name.

use serde_json::{Value as Json, json};

use super::provider::Models;
use crate::draft::{Body, Draft, plain};
use crate::field::{At, Fields};

/// Maps a rule.
pub(super) fn map(at: &At<'_>, models: &Models, draft: &mut Draft) {
    let mut fields = Fields::of(at, draft);
    let expression = fields.text("cel_expression", draft).map_or("true", |(_, text)| text);
    let targets = fields.take("targets").map(|at| at.items()).unwrap_or_default();
    let fallbacks = fields.take("fallbacks").map(|at| at.texts()).unwrap_or_default();
    let off = fields.flag("enabled", draft).is_some_and(|(_, enabled)| !enabled);
    let scope = fields.text("scope", draft).map_or("global", |(_, scope)| scope);
    for name in ["id", "name", "description", "priority", "scope_id", "chain_rule", "query"] {
        fields.take(name);
    }
    fields.finish(draft);
    if off {
        return draft.mapped(at, "it is switched off and left out");
    }
    let Some(model) = wanted(expression).filter(|_| scope == "global") else {
        return draft.impossible(at, "nothing chooses by rules yet; write a route, and let clients name it");
    };
    let mut list: Vec<(f64, Json)> = Vec::new();
    for item in targets {
        let mut fields = Fields::of(&item, draft);
        let provider = fields.text("provider", draft).map(|(_, provider)| provider.to_owned());
        let target = fields.text("model", draft).map_or_else(|| model.clone(), |(_, model)| model.to_owned());
        let weight = fields.float("weight", draft).map_or(0.0, |(_, weight)| weight);
        fields.refuse(&["key_id"], "all accounts of a provider are used", draft);
        fields.finish(draft);
        match provider {
            Some(provider) => {
                list.extend(target_of(&provider, &target, models).map(|target| (weight, target)))
            }
            None => draft.impossible(&item, "it names no provider"),
        }
    }
    list.sort_by(|a, b| b.0.total_cmp(&a.0));
    let weighted = list.len() > 1 && list.iter().any(|(weight, _)| *weight > 0.0);
    for fallback in fallbacks {
        let (provider, target) = fallback.split_once('/').unwrap_or((&fallback, &model));
        list.extend(target_of(provider, target, models).map(|target| (0.0, target)));
    }
    let target = |(weight, target): (f64, Json)| if weighted { share(target, weight, draft) } else { target };
    let targets: Vec<Json> = list.into_iter().map(target).collect();
    if targets.is_empty() {
        return draft.impossible(at, "none of its targets is imported");
    }
    if let Err(why) = draft.route_name(&model) {
        return draft.impossible(at, why);
    }
    let message = if weighted {
        "; its targets share the requests by their weights, fallbacks come behind"
    } else {
        ""
    };
    draft.changed(at, format!("the route {model}{message}"));
    draft.routes.retain(|(name, _)| *name != model);
    let mut body = Body::new();
    if weighted {
        body.insert("strategy".to_owned(), "weighted".into());
    }
    body.insert("targets".to_owned(), targets.into());
    draft.routes.push((model, body));
}

/// A target with its share of the requests. One that has none is asked where the others fail.
fn share(target: Json, weight: f64, draft: &Draft) -> Json {
    let is_route = draft.routes.iter().any(|(name, _)| target.as_str() == Some(&plain(name)));
    let kind = if is_route { "route" } else { "deployment" };
    json!({kind: target, "weight": weight.clamp(0.0, 1_000_000.0)})
}

/// The model that an expression asks for, if it asks for nothing else.
fn wanted(expression: &str) -> Option<String> {
    let (left, right) = expression.split_once("==")?;
    if !["model", "request.model"].contains(&left.trim()) {
        return None;
    }
    let right = right.trim();
    let quote = right.chars().next().filter(|c| ['"', '\''].contains(c))?;
    let inside = right.strip_prefix(quote)?.strip_suffix(quote)?;
    (!inside.contains(quote)).then(|| inside.to_owned())
}

/// What is called for a model of a provider.
fn target_of(provider: &str, model: &str, models: &Models) -> Option<Json> {
    let open = models.open.iter().find(|(name, _)| name == provider);
    let listed = models.listed.iter().find(|(name, known, ..)| name == provider && known == model);
    match (open, listed) {
        (Some((_, id)), _) => Some(plain(&format!("{id}/{model}")).into()),
        (None, Some((.., target, _))) => Some(target.clone().into()),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::wanted;

    #[test]
    fn only_a_model_by_name_is_understood() {
        assert_eq!(wanted("request.model == 'gpt-4o'").as_deref(), Some("gpt-4o"));
        assert_eq!(wanted("model == \"a\"").as_deref(), Some("a"));
        for other in ["true", "model == 'a' || model == 'b'", "request.user == 'a'", "model != 'a'"] {
            assert_eq!(wanted(other), None, "{other}");
        }
    }
}
