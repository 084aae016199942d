//! Model groups, single models and prices of GopherGate.

use serde_json::{Value as Json, json};

use super::rules::Group;
use super::{Gopher, circle};
use crate::Fate;
use crate::draft::{Body, Draft, plain};
use crate::rows::{self, Row};

/// Maps groups first: a group goes before a model of its name.
pub(super) fn map(gopher: &Gopher<'_>, draft: &mut Draft) {
    let rows = rows::of(gopher.tables, &["model_groups"]);
    let groups: Vec<(&str, Row<'_>, Vec<String>)> = rows
        .into_iter()
        .filter_map(|row| {
            let id = row.get(&["id"])?;
            Some((id, row, targets(id, &row, draft)))
        })
        .collect();
    let place = |name: &String| groups.iter().position(|(id, ..)| id == name);
    let edges: Vec<Vec<usize>> =
        groups.iter().map(|(.., to)| to.iter().filter_map(place).collect()).collect();
    let cut = circle::closing(&edges);
    let is_group = |name: &str| groups.iter().any(|(id, ..)| *id == name);
    let mut models: Vec<String> = Vec::new();
    for (at, (id, row, names)) in groups.iter().enumerate() {
        let path = row.path(id, "targets");
        let mut list: Vec<Json> = Vec::new();
        // Its names of the targets that are left, and ours.
        let mut kept: Vec<Option<String>> = Vec::new();
        for name in names {
            kept.push(None);
            match place(name) {
                Some(to) if cut.contains(&(at, to)) => {
                    let message = format!("{id} leads back to itself by {name}, which is left out here");
                    draft.note(Fate::Changed, (&path, 0), message);
                }
                Some(_) => {
                    list.push(json!({"route": plain(name)}));
                    kept.pop();
                    kept.push(Some(plain(name)));
                }
                None => match gopher.target(name) {
                    Ok(target) => {
                        kept.pop();
                        kept.push(Some(target.clone()));
                        list.push(target.into());
                        models.push(name.clone());
                    }
                    Err(why) => draft.note(Fate::Impossible, (&path, 0), format!("{why}; it is left out")),
                },
            }
        }
        let group = Group { id, row, names, kept: &kept };
        let mut body = group.strategy(gopher, &is_group, draft);
        body.insert("targets".to_owned(), list.into());
        route(id, body, &path, draft);
    }
    prices(gopher, &mut models, draft);
    let of_settings = gopher
        .variables
        .iter()
        .filter(|v| v.name.ends_with("__MODELS") || v.name.ends_with("__DEFAULT_MODEL"));
    for variable in of_settings {
        let provider = variable.name.split("__").nth(2).unwrap_or_default().to_ascii_lowercase();
        let names = variable.value.split(',').map(str::trim).filter(|name| !name.is_empty());
        models.extend(
            names.map(|name| if name.contains('/') { name.to_owned() } else { format!("{provider}/{name}") }),
        );
        draft.note(Fate::Mapped, (&variable.name, variable.line), "names of models");
    }
    single(gopher, models, draft);
}

/// The names in a group's JSON.
fn targets(id: &str, row: &Row<'_>, draft: &mut Draft) -> Vec<String> {
    let text = row.get(&["targets"]).unwrap_or("[]");
    match serde_json::from_str::<Vec<Json>>(text) {
        Ok(targets) => {
            let name = |target: &Json| {
                let model = target.as_str().or_else(|| target.get("model")?.as_str());
                model.map(str::to_owned)
            };
            targets.iter().filter_map(name).collect()
        }
        Err(_) => {
            draft.note(Fate::Impossible, (&row.path(id, "targets"), 0), "this is no list of names");
            Vec::new()
        }
    }
}

fn route(name: &str, body: Body, path: &str, draft: &mut Draft) {
    if body.get("targets").and_then(Json::as_array).is_none_or(Vec::is_empty) {
        return draft.note(
            Fate::Impossible,
            (path, 0),
            format!("{name} has no target left; it is not served"),
        );
    }
    if let Err(why) = draft.route_name(name) {
        return draft.note(Fate::Impossible, (path, 0), why);
    }
    draft.note(Fate::Mapped, (path, 0), format!("the route {name}"));
    draft.routes.push((name.to_owned(), body));
}

/// A route of one target.
fn alias(name: &str, target: String, path: &str, draft: &mut Draft) {
    route(name, Body::from_iter([("targets".to_owned(), Json::from(vec![target]))]), path, draft);
}

/// Prices and other names of single models.
fn prices(gopher: &Gopher<'_>, models: &mut Vec<String>, draft: &mut Draft) {
    for row in rows::of(gopher.tables, &["model_configs"]) {
        let Some(name) = row.get(&["model_id", "id", "model", "name"]) else { continue };
        let path = row.path(name, "enabled");
        if row.flag(&["enabled", "is_active"]) == Some(false) {
            let message = "it is switched off; here every model of a provider can be called, unless a key's models say otherwise";
            draft.note(Fate::Changed, (&path, 0), message);
            continue;
        }
        let real = row.get(&["mapping", "mapped_to"]);
        let target = match gopher.target(real.unwrap_or(name)) {
            Ok(target) => target,
            Err(why) => {
                draft.note(Fate::Impossible, (&path, 0), format!("{why}; it is left out"));
                continue;
            }
        };
        match real {
            Some(_) => alias(name, target.clone(), &row.path(name, "mapping"), draft),
            None => models.push(name.to_owned()),
        }
        let mut price = Body::new();
        for (columns, ours) in [
            (&["prompt_cost_per_m", "input_cost_per_m", "input_cost", "input_price"][..], "input"),
            (&["completion_cost_per_m", "output_cost_per_m", "output_cost", "output_price"], "output"),
            (&["cache_read_cost_per_m", "cache_read_cost"], "cache_read"),
            (&["cache_write_cost_per_m", "cache_write_cost"], "cache_write"),
        ] {
            let cost = row.get(columns).and_then(|cost| cost.parse::<f64>().ok()).filter(|cost| *cost >= 0.0);
            price.extend(
                cost.and_then(|cost| crate::lite_llm::per_million(cost / 1e6))
                    .map(|cost| (ours.to_owned(), cost)),
            );
        }
        let Some((id, model)) = target.split_once('/').filter(|_| !price.is_empty()) else { continue };
        if let Some((_, body)) = draft.providers.iter_mut().find(|(known, _)| known == id) {
            let models = body.entry("models").or_insert_with(|| Json::Object(Body::new()));
            if let Json::Object(models) = models {
                models.insert(model.to_owned(), json!({"price": price}));
            }
        }
        draft.note(Fate::Mapped, (&row.path(name, "price"), 0), format!("the price of {target}"));
    }
}

/// Models could be called without their provider; those that are named somewhere still can.
fn single(gopher: &Gopher<'_>, models: Vec<String>, draft: &mut Draft) {
    for name in models {
        let Ok(target) = gopher.target(&name) else { continue };
        let bare = name.split_once('/').map_or(name.as_str(), |(_, bare)| bare);
        let taken = draft.routes.iter().any(|(known, _)| known == bare);
        if !taken && draft.route_name(bare).is_ok() {
            let targets = Json::from(vec![target]);
            draft.routes.push((bare.to_owned(), Body::from_iter([("targets".to_owned(), targets)])));
        }
    }
    let message = "a model could be called by its name alone, and the provider was guessed from it; here models that are \
                   named above still can, all others as provider/model";
    draft.note(Fate::Changed, ("", 0), message);
}
