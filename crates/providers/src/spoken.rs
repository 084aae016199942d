//! The dialects a provider speaks beside its main one, and the models that it serves in one of them only.

use wye_types::DialectId;

use crate::Auth;

/// A dialect that a provider speaks beside its main one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spoken {
    /// The wire format.
    pub dialect: DialectId,
    /// Where, if not at the provider's own address. Counts only while that address is the registry's: behind a proxy
    /// everything is asked of the proxy.
    pub base_url: Option<&'static str>,
    /// How the key is sent there, if otherwise than the provider's row says.
    pub auth: Option<Auth>,
    /// Whether the dialect's call that counts tokens is answered there.
    pub counts: bool,
}

impl Spoken {
    /// At the provider's own address, without the call that counts tokens.
    #[must_use]
    pub const fn here(dialect: DialectId) -> Self {
        Self { dialect, base_url: None, auth: None, counts: false }
    }

    /// At an address of its own, with the key as the dialect's vendor wants it.
    #[must_use]
    pub const fn at(dialect: DialectId, base_url: &'static str) -> Self {
        Self { dialect, base_url: Some(base_url), auth: Some(Auth::of(dialect)), counts: false }
    }

    /// The same, with the call that counts tokens.
    #[must_use]
    pub const fn counting(self) -> Self {
        Self { counts: true, ..self }
    }
}

/// Models that a provider serves in one dialect only, though it speaks several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelRule {
    /// Names of models; `*` at the beginning or the end stands for anything.
    pub models: &'static [&'static str],
    /// The dialect that serves them.
    pub dialect: DialectId,
    /// Whether that dialect serves no other models.
    pub exclusive: bool,
}

impl ModelRule {
    /// Whether the rule is about this model.
    #[must_use]
    pub fn is_about(&self, model: &str) -> bool {
        self.models.iter().any(|pattern| matches(pattern, model))
    }
}

/// The dialect in which a model must be asked, if a rule says so.
#[must_use]
pub fn only_dialect(rules: &[ModelRule], model: &str) -> Option<DialectId> {
    rules.iter().find(|rule| rule.is_about(model)).map(|rule| rule.dialect)
}

/// Whether a model may be asked in a dialect that its provider speaks.
#[must_use]
pub fn may_ask(rules: &[ModelRule], model: &str, dialect: DialectId) -> bool {
    match only_dialect(rules, model) {
        Some(only) => only == dialect,
        None => !rules.iter().any(|rule| rule.exclusive && rule.dialect == dialect),
    }
}

/// Whether a name fits a pattern; `*` at the beginning or the end stands for anything.
pub(crate) fn matches(pattern: &str, model: &str) -> bool {
    let (open_start, pattern) = pattern.strip_prefix('*').map_or((false, pattern), |rest| (true, rest));
    let (open_end, word) = pattern.strip_suffix('*').map_or((false, pattern), |rest| (true, rest));
    match (open_start, open_end) {
        (false, false) => model == word,
        (false, true) => model.starts_with(word),
        (true, false) => model.ends_with(word),
        (true, true) => model.contains(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DialectId::{OpenAiChat as Chat, OpenAiCompletions as Completions, OpenAiResponses as Responses};

    #[test]
    fn some_models_of_openai_live_in_one_dialect_only() {
        let rules = crate::find("openai").unwrap().rules;
        for model in
            ["gpt-5-pro", "gpt-5-pro-2025-10-06", "o3-pro", "o1-pro", "gpt-5-codex", "codex-mini-latest"]
        {
            assert_eq!(only_dialect(rules, model), Some(Responses), "{model}");
            assert!(may_ask(rules, model, Responses) && !may_ask(rules, model, Chat), "{model}");
        }
        assert_eq!(only_dialect(rules, "o4-mini-deep-research"), Some(Responses));
        for model in ["gpt-5", "gpt-4o", "o3", "o3-mini", "ft:gpt-4o:me"] {
            assert_eq!(only_dialect(rules, model), None, "{model}");
            assert!(may_ask(rules, model, Chat) && may_ask(rules, model, Responses), "{model}");
            assert!(!may_ask(rules, model, Completions), "{model} has no completions");
        }
        assert!(may_ask(rules, "gpt-3.5-turbo-instruct", Completions));
        assert!(!may_ask(rules, "gpt-3.5-turbo-instruct", Chat));
    }

    #[test]
    fn stars_stand_for_anything_at_either_end() {
        for (pattern, model, is) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("a*", "ab", true),
            ("*b", "ab", true),
            ("*b", "ba", false),
            ("*b*", "abc", true),
            ("*b*", "ac", false),
        ] {
            assert_eq!(matches(pattern, model), is, "{pattern} {model}");
        }
    }

    #[test]
    fn nobody_speaks_a_dialect_twice() {
        for provider in crate::PROVIDERS {
            let mut spoken: Vec<DialectId> = provider.also.iter().map(|s| s.dialect).collect();
            spoken.push(provider.dialect);
            let count = spoken.len();
            spoken.sort();
            spoken.dedup();
            assert_eq!(spoken.len(), count, "{}", provider.id);
            for rule in provider.rules {
                assert!(spoken.contains(&rule.dialect), "{}", provider.id);
            }
        }
    }
}
