//! Bifrost's governance: virtual keys, teams, budgets and limits.

use serde_json::{Value as Json, json};

use super::provider::Models;
use super::rule;
use crate::draft::{Body, Draft, is_name};
use crate::field::{At, Fields};
use crate::lite_llm::put;

/// A budget and whose it is.
struct Budget<'t> {
    at: At<'t>,
    id: String,
    owner: Option<(&'static str, String)>,
    /// `None` where no period of ours is like its own.
    body: Option<Json>,
}

/// Maps the section.
pub(super) fn map(at: &At<'_>, open: bool, models: &mut Models, draft: &mut Draft) {
    let mut fields = Fields::of(at, draft);
    fields.take("auth_config");
    let budgets: Vec<Budget<'_>> =
        items(&mut fields, "budgets").iter().map(|item| budget(item, draft)).collect();
    let limits: Vec<(String, Body)> =
        items(&mut fields, "rate_limits").iter().map(|item| limit(item, draft)).collect();
    let mut used: Vec<String> = Vec::new();
    let teams: Vec<(String, String)> = items(&mut fields, "teams")
        .iter()
        .filter_map(|item| team(item, (&budgets, &limits, &mut used), draft))
        .collect();
    let keys = items(&mut fields, "virtual_keys");
    for item in &keys {
        key(item, (&budgets, &limits, &mut used), (&teams, open, models), draft);
    }
    if keys.is_empty() {
        draft.changed(at, "there are no virtual keys; without client keys, Wye serves only this machine");
    }
    for budget in budgets.iter().filter(|budget| !used.contains(&budget.id)) {
        draft.impossible(
            &budget.at,
            "it is nobody's who is imported; write budgets of a key, a team or a tag",
        );
    }
    for item in items(&mut fields, "routing_rules") {
        rule::map(&item, models, draft);
    }
    fields.refuse(&["customers"], "there are keys and teams, and nothing above them", draft);
    fields.refuse(
        &["model_configs"],
        "limits of models stand with their providers: providers.NAME.models",
        draft,
    );
    fields.refuse(
        &["providers", "pricing_overrides", "roles", "users"],
        "Wye has nothing like it here",
        draft,
    );
    fields.finish(draft);
}

fn items<'t>(fields: &mut Fields<'t>, name: &str) -> Vec<At<'t>> {
    fields.take(name).map(|at| at.items()).unwrap_or_default()
}

fn budget<'t>(at: &At<'t>, draft: &mut Draft) -> Budget<'t> {
    let mut fields = Fields::of(at, draft);
    let id = fields.text("id", draft).map_or_else(String::new, |(_, id)| id.to_owned());
    let most = fields.float("max_limit", draft).map(|(_, most)| most);
    let period = fields.text("reset_duration", draft);
    let owners = [("team_id", "team"), ("virtual_key_id", "key"), ("customer_id", "customer")];
    let owner = owners.into_iter().find_map(|(name, of)| Some((of, fields.text(name, draft)?.1.to_owned())));
    for name in ["provider_config_id", "model_config_id", "current_usage", "last_reset", "calendar_aligned"] {
        fields.take(name);
    }
    fields.finish(draft);
    let per = period.as_ref().and_then(|(_, period)| match *period {
        "1d" | "24h" => Some("day"),
        "1w" | "7d" => Some("week"),
        "1M" | "30d" => Some("month"),
        _ => None,
    });
    match (&period, per) {
        (Some((at, _)), Some(per)) => {
            let message = format!(
                "it begins anew with the {per}, not so long after the first use; models without a price cost nothing, as \
                 before (allow_unpriced)"
            );
            draft.changed(at, message);
        }
        (Some((at, period)), None) => {
            let message =
                format!("budgets are per day, week, month or in total, not per {period}; it is left out");
            draft.impossible(at, message);
        }
        (None, _) => draft.changed(at, "it never begins anew (per: total)"),
    }
    let per = per.or(period.is_none().then_some("total"));
    // Nine decimals are exact; more are nobody's money.
    let usd = most.map(|most| (most * 1e9).round() / 1e9);
    // Bifrost serves what it knows no price of, and counts nothing for it.
    let body = usd.zip(per).map(|(usd, per)| json!({"usd": usd, "per": per, "allow_unpriced": true}));
    Budget { at: at.clone(), id, owner, body }
}

fn limit(at: &At<'_>, draft: &mut Draft) -> (String, Body) {
    let mut fields = Fields::of(at, draft);
    let id = fields.text("id", draft).map_or_else(String::new, |(_, id)| id.to_owned());
    fields.take("metric");
    let mut limits = Body::new();
    for (most, every, minute, day) in [
        ("request_max_limit", "request_reset_duration", "rpm", "rpd"),
        ("token_max_limit", "token_reset_duration", "tpm", "tpd"),
    ] {
        let most = fields.whole(most, draft);
        let every = fields.text(every, draft);
        let Some((at, most)) = most else { continue };
        let name = match every.as_ref().map(|(_, every)| *every) {
            Some("1m" | "60s") => minute,
            Some("1d" | "24h") => day,
            other => {
                let other = other.unwrap_or("no time at all");
                let message = format!(
                    "limits are per minute or day, not per {other}; write {minute} or {day} of the key"
                );
                draft.impossible(&at, message);
                continue;
            }
        };
        limits.insert(name.to_owned(), most.into());
        draft.mapped(&at, format!("limits.{name}: {most}, where it is named"));
    }
    for name in [
        "request_current_usage",
        "token_current_usage",
        "request_last_reset",
        "token_last_reset",
        "calendar_aligned",
    ] {
        fields.take(name);
    }
    fields.finish(draft);
    (id, limits)
}

/// What budgets and limits there are, and which were used.
type Money<'a, 't> = (&'a [Budget<'t>], &'a [(String, Body)], &'a mut Vec<String>);

/// Puts budgets and limits into the body of whom they are for.
fn allow(
    fields: &mut Fields<'_>,
    (owner, id): (&str, &str),
    (budgets, limits, used): &mut Money<'_, '_>,
    body: &mut Body,
    draft: &mut Draft,
) {
    let named = fields.text("budget_id", draft).map(|(_, id)| id.to_owned());
    let own = budgets.iter().filter(|budget| {
        named.as_ref() == Some(&budget.id)
            || budget.owner.as_ref().is_some_and(|(of, by)| *of == owner && by == id)
    });
    let mut list: Vec<Json> = Vec::new();
    for budget in own {
        used.push(budget.id.clone());
        list.extend(budget.body.clone());
    }
    if !list.is_empty() {
        body.insert("budgets".to_owned(), list.into());
    }
    let mut all = Body::new();
    let single = fields.text("rate_limit_id", draft).map(|(_, id)| id.to_owned());
    let several = fields.take("rate_limit_ids").map(|at| at.texts()).unwrap_or_default();
    for id in single.iter().chain(&several) {
        all.extend(limits.iter().filter(|(known, _)| known == id).flat_map(|(_, limits)| limits.clone()));
    }
    put(body, "limits", all);
}

/// A team. Returns its id there and its name here.
fn team(at: &At<'_>, mut money: Money<'_, '_>, draft: &mut Draft) -> Option<(String, String)> {
    let mut fields = Fields::of(at, draft);
    let id = fields.text("id", draft).map(|(_, id)| id.to_owned());
    let name = fields.text("name", draft).map(|(_, name)| name.to_owned()).or_else(|| id.clone());
    let mut body = Body::new();
    allow(&mut fields, ("team", id.as_deref().unwrap_or_default()), &mut money, &mut body, draft);
    fields.refuse(&["customer_id"], "there is nothing above teams", draft);
    fields.refuse(&["profile", "config", "claims"], "Wye has nothing like it", draft);
    fields.finish(draft);
    let name = name.filter(|name| is_name(name))?;
    if draft.teams.iter().all(|(known, _)| *known != name) {
        draft.teams.push((name.clone(), body));
    }
    draft.mapped(at, format!("the team {name}"));
    Some((id.unwrap_or_else(|| name.clone()), name))
}

fn key(
    at: &At<'_>,
    mut money: Money<'_, '_>,
    (teams, open, models): (&[(String, String)], bool, &Models),
    draft: &mut Draft,
) {
    let mut fields = Fields::of(at, draft);
    let id = fields.text("id", draft).map(|(_, id)| id.to_owned()).unwrap_or_default();
    let name = fields.text("name", draft).map_or_else(|| id.clone(), |(_, name)| name.to_owned());
    let value = fields.text("value", draft);
    let off = fields.flag("is_active", draft).is_some_and(|(_, active)| !active);
    let mut body = Body::new();
    let Some((value_at, value)) = value else {
        fields.rest().iter().for_each(|(key, _)| drop(fields.take(key)));
        return draft.impossible(
            at,
            "its value was made by Bifrost and is in its database; make it anew: wye keys create",
        );
    };
    let reference = draft.secret(&value_at, value, &format!("virtual_key_{name}"));
    body.insert("key".to_owned(), reference.into());
    if off {
        body.insert("disabled".to_owned(), true.into());
    }
    if let Some((at, id)) = fields.text("team_id", draft) {
        match teams.iter().find(|(known, _)| known == id) {
            Some((_, team)) => drop(body.insert("team".to_owned(), team.clone().into())),
            None => draft.impossible(&at, "there is no team of this id"),
        }
    }
    allow(&mut fields, ("key", &id), &mut money, &mut body, draft);
    let scope = scope(&mut fields, open, models, draft);
    fields.refuse(&["customer_id"], "there is nothing above teams", draft);
    fields.refuse(&["mcp_configs", "calendar_aligned", "expires_at"], "Wye has nothing like it here", draft);
    fields.take("description");
    fields.finish(draft);
    match scope {
        Some(scope) if scope.is_empty() => {
            body.insert("disabled".to_owned(), true.into());
            draft.changed(at, "it may call nothing that is imported, so it is switched off");
        }
        Some(scope) => drop(body.insert("models".to_owned(), scope.into())),
        None => {}
    }
    let key = draft.key(&name, body);
    draft.mapped(at, format!("the client key {key}"));
}

/// The models that a key may call; `None` for all.
fn scope(fields: &mut Fields<'_>, open: bool, models: &Models, draft: &mut Draft) -> Option<Vec<String>> {
    let at = fields.take("provider_configs");
    let configs = at.as_ref().map(At::items).unwrap_or_default();
    if configs.is_empty() {
        return if open { None } else { Some(Vec::new()) };
    }
    let mut scope: Vec<String> = Vec::new();
    let mut add = |name: String| {
        if !scope.contains(&name) {
            scope.push(name);
        }
    };
    for item in configs {
        let mut fields = Fields::of(&item, draft);
        let provider =
            fields.text("provider", draft).map(|(_, provider)| provider.to_owned()).unwrap_or_default();
        let allowed = fields.take("allowed_models").map(|at| at.texts()).unwrap_or_default();
        let all = allowed.iter().any(|model| model == "*") || allowed.is_empty() && open;
        if fields.take("key_ids").is_some_and(|at| at.texts().iter().any(|id| id != "*")) {
            draft.changed(&item, "keys of clients are not bound to keys of providers: all accounts are used");
        }
        if fields
            .float("weight", draft)
            .is_some_and(|(_, weight)| weight > 0.0 && (weight - 1.0).abs() > f64::EPSILON)
        {
            draft.changed(
                &item,
                "requests are not shared out by weight; write a route for a model that several serve",
            );
        }
        fields.refuse(
            &["rate_limit_id", "rate_limit_ids", "budget_id"],
            "limits are of the key as a whole, or of a provider",
            draft,
        );
        fields.take("id");
        fields.finish(draft);
        if all {
            add(format!("{provider}/*"));
        }
        for (of, model, ..) in &models.listed {
            if *of == provider && (all || allowed.contains(model)) {
                add(model.clone());
            }
        }
        for model in allowed.iter().filter(|model| *model != "*") {
            add(format!("{provider}/{model}"));
        }
    }
    Some(scope)
}
