//! SMLGateway's models: those of the fleet, from which the virtual ones choose, and the names of single ones.

use serde_json::{Value as Json, json};

use super::Sml;
use crate::Fate;
use crate::draft::{Body, Draft, is_name, plain};
use crate::rows;

/// The virtual models.
pub(super) const NAMES: [&str; 5] = ["sml/auto", "sml/fast", "sml/tools", "sml/thai", "sml/consensus"];
/// A model that can be called.
struct Model<'a> {
    name: &'a str,
    /// Our name of its provider, and what is called.
    id: &'a str,
    target: String,
    /// Tokens of context, if that is known.
    context: Option<u64>,
}

/// Tells each provider which models there are: the virtual ones, which Wye has itself, choose from them.
pub(super) fn map(sml: &Sml<'_>, draft: &mut Draft) {
    let models = models(sml, draft);
    single(&models, draft);
    if models.is_empty() {
        let message =
            "the dump has no model of a provider with a key, so sml/auto and the others have nothing to ask";
        return draft.note(Fate::Impossible, ("models", 0), message);
    }
    for model in &models {
        let Some((_, body)) = draft.providers.iter_mut().find(|(id, _)| id == model.id) else { continue };
        let list = body.entry("models").or_insert_with(|| Json::Array(Vec::new()));
        let Json::Array(list) = list else { continue };
        let name = plain(model.name);
        let is_it = |known: &Json| known.as_str().or_else(|| known.get("id")?.as_str()) == Some(&name);
        if !is_name(model.name) || list.iter().any(is_it) {
            continue;
        }
        list.push(match model.context {
            Some(context) => json!({"id": name, "context": context}),
            None => name.into(),
        });
    }
    let message = format!("{} models of providers, as models of theirs", models.len());
    draft.note(Fate::Mapped, ("models", 0), message);
    let names = NAMES.join(", ");
    let message = format!(
        "{names} and auto are names that Wye has itself: they choose from all models of the fleet, by what is known of them; \
         marks of the last exam are not taken over"
    );
    draft.note(Fate::Changed, ("models", 0), message);
}

fn models<'a>(sml: &'a Sml<'_>, draft: &mut Draft) -> Vec<Model<'a>> {
    let mut left: Vec<&str> = Vec::new();
    let mut models = Vec::new();
    for row in rows::of(sml.tables, &["models"]) {
        let (Some(provider), Some(name)) = (row.get(&["provider"]), row.get(&["model_id"])) else { continue };
        let Some((_, id)) = sml.ids.iter().find(|(known, _)| known == provider) else {
            if !left.contains(&provider) {
                left.push(provider);
            }
            continue;
        };
        let chats = !["supports_embedding", "supports_audio_output", "supports_image_gen"]
            .iter()
            .any(|column| row.get(&[column]) == Some("1"));
        if !chats {
            continue;
        }
        let context = row.get(&["context_length", "context"]).and_then(|n| n.parse::<u64>().ok());
        let target = plain(&format!("{id}/{name}"));
        let context = context.filter(|n| (1..=1_000_000_000).contains(n));
        models.push(Model { name, id, target, context });
    }
    for provider in left {
        draft.note(
            Fate::Changed,
            ("models", 0),
            format!("models of {provider} are left out, as the provider is"),
        );
    }
    models
}

/// A model could be called by its own name: the first of that name answered.
fn single(models: &[Model<'_>], draft: &mut Draft) {
    let mut count = 0;
    for model in models {
        let taken = draft.routes.iter().any(|(known, _)| known == model.name);
        if taken
            || model.name == "auto"
            || NAMES.contains(&model.name)
            || draft.route_name(model.name).is_err()
        {
            continue;
        }
        let targets = Json::from(vec![model.target.clone()]);
        draft.routes.push((model.name.to_owned(), Body::from_iter([("targets".to_owned(), targets)])));
        count += 1;
    }
    if count > 0 {
        let message = format!("{count} models can be called by their own names, and all as provider/model");
        draft.note(Fate::Mapped, ("models", 0), message);
    }
}
