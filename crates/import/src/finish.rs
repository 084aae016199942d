//! The last step: the draft becomes YAML that loads. What our configuration refuses is taken out and reported, until
//! nothing is refused.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use wye_config::{Format, Items, Problem, Sources};
use wye_types::Secret;

use crate::draft::{Body, Draft};
use crate::{Fate, Imported, Report};

/// How often something may be taken out before everything is given up; each time at least one thing goes.
const ROUNDS: usize = 10_000;
/// What stands for a value that only the environment or the vault knows.
const ANYTHING: &str = "placeholder";
/// The same for an address.
const ANYWHERE: &str = "https://placeholder.invalid";

/// Makes the configuration and the report.
pub(crate) fn finish(mut draft: Draft) -> Imported {
    without_own_names(&mut draft);
    let mut yaml = written(&draft);
    for _ in 0..ROUNDS {
        let problems = refused(&draft, &yaml);
        let Some(problem) = problems.first() else { break };
        take_out(&mut draft, problem);
        yaml = written(&draft);
    }
    let named = |name: &str| yaml.contains(&format!("${{{name}}}"));
    let report = Report {
        from: draft.kind,
        counts: [draft.providers.len(), draft.routes.len(), draft.keys.len()],
        variables: draft.variables.iter().filter(|name| named(name)).chain(&draft.implied).cloned().collect(),
        secrets: draft.secrets.iter().map(|(unsealed, _)| unsealed.clone()).collect(),
        findings: draft.findings,
    };
    let secrets = draft.secrets.into_iter().filter_map(|(unsealed, secret)| Some((unsealed.name, secret?)));
    Imported { yaml, report, secrets: secrets.collect() }
}

/// A provider that is called like its row needs not say whom it is like.
fn without_own_names(draft: &mut Draft) {
    for (id, body) in &mut draft.providers {
        if body.get("like").and_then(Json::as_str) == Some(id.as_str()) {
            body.shift_remove("like");
        }
    }
}

fn written(draft: &Draft) -> String {
    let mut items = Items::new();
    for (kind, of_kind) in [
        ("provider", &draft.providers),
        ("route", &draft.routes),
        ("key", &draft.keys),
        ("team", &draft.teams),
    ] {
        for (name, body) in of_kind {
            items.insert((kind.to_owned(), name.clone()), Json::Object(body.clone()));
        }
    }
    for (name, value) in &draft.sections {
        items.insert(("setting".to_owned(), name.clone()), value.clone());
    }
    format!("# Imported from {} by `wye import`.\n{}", draft.kind.title(), wye_config::export(&items))
}

/// What our configuration finds wrong with it, wherever variables and secrets are set.
fn refused(draft: &Draft, yaml: &str) -> Vec<Problem> {
    let env = |name: &str| {
        let known = draft.variables.contains(name) || draft.implied.contains(name);
        let address = draft.addresses.contains(name);
        known.then(|| if address { ANYWHERE.to_owned() } else { format!("{ANYTHING}-{name}") })
    };
    let vault: BTreeMap<&str, ()> =
        draft.secrets.iter().map(|(secret, _)| (secret.name.as_str(), ())).collect();
    let sources = Sources {
        env: &env,
        // No two keys of clients may be alike, so no two secrets are.
        vault: &|name| vault.get(name).map(|()| Secret::new(format!("{ANYTHING}/{name}"))),
        file: &|_| Ok(ANYTHING.to_owned()),
        local: &[],
    };
    wye_config::load(yaml, Format::Yaml, &sources).err().unwrap_or_default()
}

/// Takes out what a problem is about: a target, else the thing with a name, else the setting.
fn take_out(draft: &mut Draft, problem: &Problem) {
    let message = format!("it is left out: {}", advice(&problem.message));
    draft.note(Fate::Impossible, (&problem.path, 0), message);
    let end = problem.path.find(['.', '[']).unwrap_or(problem.path.len());
    let (section, rest) = problem.path.split_at(end);
    let of_section = match section {
        "providers" => &mut draft.providers,
        "routes" => &mut draft.routes,
        "keys" => &mut draft.keys,
        "teams" => &mut draft.teams,
        "" => return draft.sections.clear(),
        other => {
            draft.sections.shift_remove(other);
            return;
        }
    };
    let below = |name: &str| {
        let rest = rest.strip_prefix('.')?.strip_prefix(&shown(name))?;
        (rest.is_empty() || rest.starts_with(['.', '['])).then(|| rest.to_owned())
    };
    // Of names that begin alike, the longest is meant.
    let found =
        of_section.iter().enumerate().filter_map(|(at, (name, _))| Some((name.len(), at, below(name)?)));
    let Some((_, at, rest)) = found.max() else {
        // Nothing of this name: so that this ends, all of them go.
        return of_section.clear();
    };
    let body = of_section.get_mut(at).map(|(_, body)| body);
    if !body.is_some_and(|body| without_target(body, &rest) || without_setting(body, &rest)) {
        of_section.remove(at);
    }
}

/// A name as problems show it in a path.
fn shown(name: &str) -> String {
    let odd = |c: char| c.is_whitespace() || c.is_control() || ".[\"".contains(c);
    if name.is_empty() || name.contains(odd) { format!("{name:?}") } else { name.to_owned() }
}

/// The place that a path names in a list.
fn place(rest: &str, list: &str) -> Option<usize> {
    rest.strip_prefix(list)?.strip_prefix('[')?.split(']').next()?.parse().ok()
}

/// Takes out the target of a route that a path names. Whether it names one and another is left.
fn without_target(body: &mut Body, rest: &str) -> bool {
    let Some(at) = place(rest, ".targets") else { return false };
    let Some(Json::Array(targets)) = body.get_mut("targets") else { return false };
    if at < targets.len() {
        targets.remove(at);
    }
    !targets.is_empty()
}

/// Takes out the rule or the judge of a route that a path names: the route does without. Whether it names one.
fn without_setting(body: &mut Body, rest: &str) -> bool {
    for list in ["conditions", "patterns"] {
        let Some(at) = place(rest, &format!(".rules.{list}")) else { continue };
        let Some(Json::Object(rules)) = body.get_mut("rules") else { return false };
        let Some(Json::Array(rules)) = rules.get_mut(list) else { return false };
        let there = at < rules.len();
        if there {
            rules.remove(at);
        }
        return there;
    }
    if rest.starts_with(".judge") && body.shift_remove("judge").is_some() {
        body.insert("strategy".to_owned(), "rules".into());
        return true;
    }
    false
}

/// What a message says to do, without the value that was found, which nobody checked for secrets.
fn advice(message: &str) -> &str {
    match message.split_once("; write ") {
        Some((found, _)) if !found.starts_with("found") => message,
        Some((found, _)) => message.get(found.len() + 2..).unwrap_or_default(),
        None if message.starts_with("found") => "it does not fit",
        None => message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_not_repeated() {
        assert_eq!(advice("found \"sk-1\"; write a number"), "write a number");
        assert_eq!(advice("it has no key; write api_key"), "it has no key; write api_key");
    }
}
