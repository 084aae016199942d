//! SMLGateway's virtual models and the names of single ones.

use serde_json::Value as Json;

use super::Sml;
use crate::Fate;
use crate::draft::{Body, Draft, plain};
use crate::rows::{self, Row};

/// The virtual models.
pub(super) const NAMES: [&str; 5] = ["sml/auto", "sml/fast", "sml/tools", "sml/thai", "sml/consensus"];
/// Models that a virtual one asks at most: it tried no more either.
const MOST: usize = 25;

/// A model that can be called.
struct Model<'a> {
    row: Row<'a>,
    name: &'a str,
    target: String,
    score: f64,
    thai: f64,
}

/// Makes the routes.
pub(super) fn map(sml: &Sml<'_>, draft: &mut Draft) {
    let mut models = models(sml, draft);
    single(&models, draft);
    if models.is_empty() {
        let message =
            "the dump has no model of a provider with a key, so sml/auto and the others have nothing to ask";
        return draft.note(Fate::Impossible, ("models", 0), message);
    }
    models.sort_by(|a, b| b.score.total_cmp(&a.score));
    let targets = |fits: &dyn Fn(&Model<'_>) -> bool| -> Vec<Json> {
        models
            .iter()
            .filter(|model| fits(model))
            .take(MOST)
            .map(|model| Json::from(model.target.clone()))
            .collect()
    };
    let all = targets(&|_| true);
    let tools = targets(&|model| model.row.get(&["supports_tools", "supports_tool_calling"]) == Some("1"));
    let mut by_thai: Vec<&Model<'_>> = models.iter().collect();
    by_thai.sort_by(|a, b| b.thai.total_cmp(&a.thai));
    let thai: Vec<Json> = by_thai.iter().take(MOST).map(|model| Json::from(model.target.clone())).collect();
    for (name, targets, how) in [
        ("sml/auto", all.clone(), "by their last exam"),
        ("sml/fast", all.clone(), "by their last exam, not by speed"),
        (
            "sml/tools",
            if tools.is_empty() { all.clone() } else { tools },
            "those that take tools, by their last exam",
        ),
        ("sml/thai", thai, "by their marks in Thai"),
        ("sml/consensus", all, "by their last exam; one answers, and nobody compares"),
    ] {
        draft.routes.push((name.to_owned(), Body::from_iter([("targets".to_owned(), targets.into())])));
        draft.note(
            Fate::Changed,
            ("models", 0),
            format!("{name} asks at most {MOST} models in a fixed order: {how}"),
        );
    }
    let targets = Json::from(vec![serde_json::json!({"route": "sml/auto"})]);
    if draft.routes.iter().all(|(name, _)| name != "auto") {
        draft.routes.push(("auto".to_owned(), Body::from_iter([("targets".to_owned(), targets)])));
    }
}

fn models<'a>(sml: &Sml<'a>, draft: &mut Draft) -> Vec<Model<'a>> {
    let exams = rows::of(sml.tables, &["exam_attempts"]);
    let marks = rows::of(sml.tables, &["model_category_scores"]);
    let number = |row: &Row<'_>, columns: &[&str]| row.get(columns).and_then(|n| n.parse::<f64>().ok());
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
        let key = row.get(&["id"]);
        let last = exams.iter().filter(|exam| key.is_some() && exam.get(&["model_id"]) == key);
        let last = last.max_by(|a, b| {
            let nth = |row: &Row<'_>| number(row, &["attempt_number", "id"]).unwrap_or(0.0);
            nth(a).total_cmp(&nth(b))
        });
        let thai = marks.iter().find(|m| m.get(&["model_id"]) == key && m.get(&["category"]) == Some("thai"));
        models.push(Model {
            row,
            name,
            target: plain(&format!("{id}/{name}")),
            score: last.and_then(|exam| number(exam, &["score_pct"])).unwrap_or(0.0),
            thai: thai.and_then(|mark| number(mark, &["score_pct", "pct", "score"])).unwrap_or(0.0),
        });
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
