//! What a client key may do, and how much: worked out when the configuration is loaded, so that a request only reads.

use std::collections::HashMap;
use std::sync::Arc;

use wye_limits::{Cell, Period};
use wye_types::DialectId;

use crate::admit::users::Users;

/// A client key, with what holds for it and for its team.
#[derive(Debug, Default)]
pub struct KeyPolicy {
    /// Its name, in records and messages.
    pub name: String,
    /// Whether it is switched off.
    pub disabled: bool,
    /// Unix milliseconds from which on it is refused.
    pub expires_ms: Option<u64>,
    /// The team it belongs to.
    pub team: Option<Arc<str>>,
    /// Whose it is, for people.
    pub owner: Option<String>,
    /// What its requests are tagged with.
    pub tags: Vec<Arc<str>>,
    /// What it may be used for: its own scopes and its team's, all of which must allow a request.
    pub scopes: Vec<Scopes>,
    /// How many requests, of the key and of its team, over whatever time.
    pub requests: Vec<Limit>,
    /// How many tokens.
    pub tokens: Vec<Limit>,
    /// How many requests at once.
    pub concurrent: Vec<Limit>,
    /// Most tokens in one request, and whose limit that is.
    pub per_request: Option<(String, u64)>,
    /// What pays for it.
    pub budgets: Vec<Budget>,
    /// Who waits less where requests wait for a provider's quota: 0 (first) to 9.
    pub priority: u8,
}

/// A limit, and when to hint that it is near.
#[derive(Debug, Clone)]
pub struct Limit {
    /// The limit. The same object over every reload.
    pub cell: Arc<Cell>,
    /// The share of it, from 0 to 1, above which answers carry the hint `x-wye-backoff`.
    pub soft: Option<f64>,
}

/// Money that pays for requests.
#[derive(Debug, Clone)]
pub struct Budget {
    /// How much it is, in nano-dollars.
    pub limit: Limit,
    /// Whether deployments whose price is not known may be called on it. They cost it nothing.
    pub allow_unpriced: bool,
}

/// A budget that each end user has for itself.
#[derive(Debug, Clone)]
pub struct EachUser {
    /// Its name.
    pub name: String,
    /// Nano-dollars.
    pub nano: u64,
    /// How often it begins anew.
    pub period: Period,
    /// Whether deployments whose price is not known may be called on it.
    pub allow_unpriced: bool,
    /// The share above which answers carry the hint.
    pub soft: Option<f64>,
    /// Whether nothing is paid while the counters that other gateways share cannot be reached.
    pub refuse_when_lost: bool,
}

/// Budgets that belong to no key: of tags, and of end users.
#[derive(Debug, Default)]
pub struct Budgets {
    /// By tag.
    pub tags: HashMap<Arc<str>, Vec<Budget>>,
    /// Of each end user.
    pub each_user: Vec<EachUser>,
    /// What end users have spent. Outlives a reload.
    pub users: Arc<Users>,
}

impl Budgets {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty() && self.each_user.is_empty()
    }
}

/// What a key may be used for. Empty lists allow everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scopes {
    /// The dialects it may speak.
    pub apis: Vec<DialectId>,
    /// Whether it may call whatever a provider offers, as it is. Like the dialects: nothing listed allows everything.
    pub pass: bool,
    /// The names it may send as model, `*` for any part of one. What a route that it may name leads to needs no
    /// permission of its own.
    pub models: Vec<String>,
    /// Only what is proved to cost nothing.
    pub free_only: bool,
}

impl Scopes {
    /// Whether no API is listed, which allows all of them.
    const fn lists_none(&self) -> bool {
        self.apis.is_empty() && !self.pass
    }
}

impl KeyPolicy {
    /// Whether only what is proved to cost nothing may be called for it.
    #[must_use]
    pub fn is_free_only(&self) -> bool {
        self.scopes.iter().any(|scopes| scopes.free_only)
    }

    /// Whether it may speak a dialect.
    #[must_use]
    pub fn may_speak(&self, dialect: DialectId) -> bool {
        self.scopes.iter().all(|scopes| scopes.lists_none() || scopes.apis.contains(&dialect))
    }

    /// Whether it may call whatever a provider offers, as it is.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        self.scopes.iter().all(|scopes| scopes.lists_none() || scopes.pass)
    }

    /// Whether it may name every model of a provider: what calls need in which no model is looked for. `*` in the name
    /// that is asked about fits only a `*` of the pattern.
    #[must_use]
    pub fn may_name_all_of(&self, provider: &str) -> bool {
        self.may_name(&format!("{provider}/*"))
    }

    /// Whether it may send a name as model.
    #[must_use]
    pub fn may_name(&self, model: &str) -> bool {
        let allows = |scopes: &Scopes| {
            scopes.models.is_empty() || scopes.models.iter().any(|pattern| matches(pattern, model))
        };
        self.scopes.iter().all(allows)
    }

    /// Whether it has limits that answers tell of.
    #[must_use]
    pub const fn is_limited(&self) -> bool {
        !self.requests.is_empty() || !self.tokens.is_empty()
    }
}

/// Whether a name fits a pattern in which `*` stands for any part of a name, slashes too. Every `*` takes as little as
/// it can, and the last one is given more where that fails, so that no pattern takes longer than pattern × name.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, n));
            p += 1;
        } else if pattern.get(p) == Some(&name[n]) {
            (p, n) = (p + 1, n + 1);
        } else if let Some((at, taken)) = star {
            star = Some((at, taken + 1));
            (p, n) = (at + 1, taken + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_star_stands_for_any_part_of_a_name() {
        for (pattern, name, fits) in [
            ("auto", "auto", true),
            ("auto", "auto2", false),
            ("*", "", true),
            ("*", "groq/llama", true),
            ("groq/*", "groq/meta/llama", true),
            ("groq/*", "groq", false),
            ("*/llama-*-b", "groq/llama-3-a-b", true),
            ("*/llama-*-b", "groq/llama-3-a", false),
            ("a**b", "ab", true),
            ("", "", true),
            ("", "a", false),
            ("gpt*mini", "gpt-4o-mini", true),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn key_and_team_must_both_allow_it() {
        let scopes = |models: &[&str]| Scopes {
            apis: vec![DialectId::OpenAiChat],
            pass: false,
            models: models.iter().map(|m| (*m).to_owned()).collect(),
            free_only: false,
        };
        let key =
            KeyPolicy { scopes: vec![scopes(&["a*", "b"]), scopes(&["*1", "b"])], ..KeyPolicy::default() };
        assert!(key.may_name("a1") && key.may_name("b") && !key.may_name("a2") && !key.may_name("c1"));
        assert!(key.may_speak(DialectId::OpenAiChat) && !key.may_speak(DialectId::Gemini));
        assert!(KeyPolicy::default().may_name("x") && KeyPolicy::default().may_speak(DialectId::Ollama));
    }

    #[test]
    fn what_is_passed_on_must_be_listed_where_anything_is() {
        let of = |apis: &[DialectId], pass, models: &[&str]| KeyPolicy {
            scopes: vec![Scopes {
                apis: apis.to_vec(),
                pass,
                models: models.iter().map(|m| (*m).to_owned()).collect(),
                free_only: false,
            }],
            ..KeyPolicy::default()
        };
        assert!(of(&[], false, &[]).may_pass() && of(&[], true, &[]).may_pass());
        assert!(!of(&[DialectId::Gemini], false, &[]).may_pass());
        assert!(
            !of(&[], true, &[]).may_speak(DialectId::Gemini),
            "one that may only pass speaks nothing else"
        );
        for (pattern, all) in [
            ("*", true),
            ("groq/*", true),
            ("groq/a*", false),
            ("auto", false),
            ("*/a", false),
            ("groq*", true),
        ] {
            assert_eq!(of(&[], false, &[pattern]).may_name_all_of("groq"), all, "{pattern}");
        }
        assert!(KeyPolicy::default().may_name_all_of("groq"));
    }

    /// The plain, exponential way.
    fn plainly(pattern: &[u8], name: &[u8]) -> bool {
        match (pattern.split_first(), name.split_first()) {
            (None, None) => true,
            (Some((b'*', rest)), _) => (0..=name.len()).any(|taken| plainly(rest, &name[taken..])),
            (Some((p, rest)), Some((n, left))) => p == n && plainly(rest, left),
            _ => false,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn patterns_mean_what_they_plainly_mean(pattern in "[ab*]{0,8}", name in "[ab]{0,10}") {
            prop_assert_eq!(matches(&pattern, &name), plainly(pattern.as_bytes(), name.as_bytes()));
        }
    }
}
