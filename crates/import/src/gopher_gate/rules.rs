//! How GopherGate's groups choose: its rules and its classifier in our words, targets by their names, so that they stay
//! right when one of them is left out.

use serde_json::{Value as Json, json};

use super::Gopher;
use crate::Fate;
use crate::draft::{Body, Draft, plain};
use crate::rows::Row;

/// Tags that its requests can have.
const TAGS: [&str; 15] = [
    "fast-flow",
    "classification",
    "json-extraction",
    "basic-qa",
    "standard-pro",
    "long-doc",
    "video-analysis",
    "multimodal-qa",
    "heavy-logic",
    "deep-reasoning",
    "architecture",
    "hard-debugging",
    "tool-heavy",
    "multi-step-agent",
    "swe-bench",
];

/// Conditions that are flags.
const FLAGS: [&str; 3] = ["requires_reasoning", "requires_tool_calling", "has_multimodal_input"];

/// A group while it is mapped.
pub(super) struct Group<'g> {
    pub(super) id: &'g str,
    pub(super) row: &'g Row<'g>,
    /// Its targets, as it names them.
    pub(super) names: &'g [String],
    /// What stands for each of them here, if anything does.
    pub(super) kept: &'g [Option<String>],
}

impl Group<'_> {
    /// The strategy and its settings.
    pub(super) fn strategy(
        &self,
        gopher: &Gopher<'_>,
        is_group: &dyn Fn(&str) -> bool,
        draft: &mut Draft,
    ) -> Body {
        let mut body = Body::new();
        let strategy = self.row.get(&["strategy"]).unwrap_or("heuristic");
        let path = self.row.path(self.id, "strategy");
        let rules = self.rules(draft);
        let judge = match strategy {
            "classifier" => self.judge(gopher, is_group, draft),
            "heuristic" => None,
            other => {
                let message = format!(
                    "it knew no strategy {other} and refused its requests; {} goes by rules",
                    self.id
                );
                draft.note(Fate::Changed, (&path, 0), message);
                None
            }
        };
        let word = if judge.is_some() { "judge" } else { "rules" };
        body.insert("strategy".to_owned(), word.into());
        body.extend(judge.map(|judge| ("judge".to_owned(), judge)));
        if !rules.is_empty() {
            body.insert("rules".to_owned(), rules.into());
        }
        let message =
            format!("{} goes by {word}; the next target is asked where the chosen one fails", self.id);
        draft.note(Fate::Mapped, (&path, 0), message);
        body
    }

    fn judge(&self, gopher: &Gopher<'_>, is_group: &dyn Fn(&str) -> bool, draft: &mut Draft) -> Option<Json> {
        let path = self.row.path(self.id, "selector_model");
        let selector = self.row.get(&["selector_model"]).map(str::trim).filter(|name| !name.is_empty());
        // Without one, the first target judged; a group cannot, since it called what it chose by that very name.
        let first = || self.names.iter().map(String::as_str).find(|name| !is_group(name));
        let Some(name) = selector.or_else(first) else {
            let message = "nobody is named who could judge; the rules choose";
            draft.note(Fate::Changed, (&path, 0), message);
            return None;
        };
        let model = match gopher.target(name) {
            _ if is_group(name) => Err(format!("{name} is a group, which could not judge")),
            found => found,
        };
        match model {
            Ok(model) => {
                let mut judge = Body::from_iter([("model".to_owned(), Json::from(model))]);
                let scale =
                    self.row.get(&["complexity_threshold"]).and_then(|scale| scale.parse::<u64>().ok());
                judge.extend(
                    scale.filter(|scale| *scale > 1).map(|scale| ("scale".to_owned(), scale.min(100).into())),
                );
                Some(judge.into())
            }
            Err(why) => {
                draft.note(Fate::Impossible, (&path, 0), format!("{why}; the rules choose"));
                None
            }
        }
    }

    /// The rules in a group's JSON, of one of two kinds: the first one says which.
    fn rules(&self, draft: &mut Draft) -> Body {
        let mut rules = Body::new();
        let path = self.row.path(self.id, "heuristic_rules");
        let Some(text) = self.row.get(&["heuristic_rules"]).filter(|text| !["", "null", "{}"].contains(text))
        else {
            return rules;
        };
        let Ok(list) = serde_json::from_str::<Vec<Json>>(text) else {
            let message = "this is no list of rules, and was passed over";
            draft.note(Fate::Impossible, (&path, 0), message);
            return rules;
        };
        let with_conditions = list
            .first()
            .is_some_and(|rule| rule.get("rule_id").is_some() || rule.get("primary_model").is_some());
        let section = if with_conditions { "conditions" } else { "patterns" };
        let mut mapped = Vec::new();
        for (at, rule) in list.iter().enumerate() {
            let read = if with_conditions { self.condition(rule) } else { self.pattern(rule) };
            match read {
                Ok(rule) => mapped.push(rule),
                Err(why) => {
                    let message = format!("rule {} is left out: {why}", at + 1);
                    draft.note(Fate::Impossible, (&path, 0), message);
                }
            }
        }
        if !mapped.is_empty() {
            draft.note(Fate::Mapped, (&path, 0), format!("{} of {}", section, self.id));
            rules.insert(section.to_owned(), mapped.into());
        }
        rules
    }

    /// The target of a name, as its rules compare names.
    fn named(&self, name: &Json) -> Option<&str> {
        let name = name.as_str()?;
        let at = self.names.iter().position(|known| known.eq_ignore_ascii_case(name))?;
        self.kept.get(at)?.as_deref()
    }

    fn condition(&self, rule: &Json) -> Result<Json, String> {
        let target = ["primary_model", "fallback_model"].iter().find_map(|key| self.named(rule.get(key)?));
        let target = target.ok_or("none of its models is a target of the group")?;
        let mut mapped = Body::new();
        if let Some(id) = rule.get("rule_id").and_then(Json::as_str).filter(|id| crate::draft::is_name(id)) {
            mapped.insert("rule_id".to_owned(), plain(id).into());
        }
        let conditions = rule.get("conditions").unwrap_or(&Json::Null);
        if let Some(tags) = conditions.get("any_of_tags").and_then(Json::as_array) {
            let known = |tag: &Json| {
                TAGS.iter().find(|known| tag.as_str().is_some_and(|tag| tag.eq_ignore_ascii_case(known)))
            };
            let tags: Vec<&str> = tags.iter().filter_map(known).copied().collect();
            if tags.is_empty() {
                return Err("no request has one of its tags".to_owned());
            }
            mapped.insert("any_of_tags".to_owned(), tags.into());
        }
        if let Some(most) = conditions.get("max_input_tokens_lt") {
            let most = most.as_u64().filter(|most| *most > 0).ok_or("no prompt has fewer than 0 tokens")?;
            mapped.insert("max_input_tokens_lt".to_owned(), most.min(1_000_000_000).into());
        }
        for flag in FLAGS {
            let said = conditions.get(flag).and_then(Json::as_bool);
            mapped.extend(said.map(|said| (flag.to_owned(), said.into())));
        }
        if conditions.get("is_default_fallback").and_then(Json::as_bool) == Some(true) {
            mapped.insert("is_default_fallback".to_owned(), true.into());
        }
        mapped.insert("primary_model".to_owned(), target.into());
        Ok(mapped.into())
    }

    fn pattern(&self, rule: &Json) -> Result<Json, String> {
        let pattern = rule.get("pattern").and_then(Json::as_str).filter(|pattern| !pattern.is_empty());
        let pattern = pattern.ok_or("it has no pattern")?;
        let at = rule.get("target").and_then(Json::as_u64).and_then(|at| usize::try_from(at).ok());
        let target =
            at.and_then(|at| self.kept.get(at)?.as_deref()).ok_or("its target is not in the group")?;
        let mut mapped = json!({"pattern": plain(pattern), "target": target});
        if let (Some(true), Json::Object(mapped)) =
            (rule.get("case_sensitive").and_then(Json::as_bool), &mut mapped)
        {
            mapped.insert("case_sensitive".to_owned(), true.into());
        }
        Ok(mapped)
    }
}
