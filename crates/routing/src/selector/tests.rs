//! What selectors pick, and what is said of those that cannot be read.

use proptest::prelude::*;

use super::*;

struct One {
    provider: &'static str,
    model: &'static str,
    categories: &'static [&'static str],
    free: Option<bool>,
    vision: Option<bool>,
    context: Option<f64>,
}

const ONE: One = One {
    provider: "groq",
    model: "llama-3.3-70b",
    categories: &["code", "math"],
    free: Some(true),
    vision: None,
    context: Some(131_072.0),
};

impl Selected for One {
    fn has_word(&self, key: Key, word: &str) -> Option<bool> {
        match key {
            Key::Provider => Some(self.provider == word),
            Key::Model => Some(is_like(self.model, word)),
            Key::Category => Some(self.categories.contains(&word)),
            _ => None,
        }
    }

    fn is(&self, key: Key) -> Option<bool> {
        match key {
            Key::Free => self.free,
            Key::Vision => self.vision,
            _ => None,
        }
    }

    fn number(&self, key: Key) -> Option<f64> {
        self.context.filter(|_| key == Key::Context)
    }
}

#[test]
fn all_terms_must_hold_and_what_is_unknown_does_not() {
    for (text, picks) in [
        ("category:code free:true context>=32k provider:groq", true),
        ("provider:cerebras,Groq", true),
        ("-provider:groq", false),
        ("-provider:cerebras", true),
        ("free:false", false),
        ("-free:false", true),
        ("vision:true", false),
        ("vision:false", false),
        ("-vision:true", false),
        ("context>=131072 context<=131072", true),
        ("context>131072", false),
        ("context<0.2m", true),
        ("output>=1", false),
        ("model:llama-*-70b", true),
        ("model:*3.3*", true),
        ("model:qwen*", false),
        ("tier:large", false),
    ] {
        assert_eq!(Selector::parse(text).unwrap().picks(&ONE), picks, "{text}");
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    for (text, says) in [
        ("", "describes nothing"),
        ("groq", "a key, a sign and a value"),
        ("speed:fast", "there is no key `speed`"),
        ("context:32k", "`context` is compared"),
        ("free>=1", "`free` is not compared"),
        ("free:maybe", "`free:true` or `free:false`"),
        ("context>=much", "`much` is no number"),
        ("context>=1e9", "no number"),
        ("context>=", "no number"),
        ("provider:", "`provider:…`"),
        ("provider:a,,b", "with commas between"),
    ] {
        let error = Selector::parse(text).unwrap_err().to_string();
        assert!(error.contains(says), "{text}: {error}");
    }
}

#[test]
fn names_are_not_taken_for_descriptions() {
    for (text, meant) in [
        ("groq/llama-3.3", false),
        ("openrouter/deepseek/deepseek-chat:free", false),
        ("ollama/qwen3:8b", false),
        ("my route", false),
        ("free:true", true),
        ("-provider:groq context>=8k", true),
    ] {
        assert_eq!(Selector::is_meant(text), meant, "{text}");
    }
}

#[test]
fn patterns_are_matched_whole() {
    for (name, pattern, like) in [
        ("abc", "abc", true),
        ("abc", "ab", false),
        ("abc", "*", true),
        ("abc", "a*c", true),
        ("abc", "*b*", true),
        ("abc", "*b", false),
        ("aXbXc", "a*X*c", true),
        ("", "*", true),
        ("abab", "*ab", true),
    ] {
        assert_eq!(is_like(name, pattern), like, "{name} {pattern}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused_with_its_term(text in "\\PC{0,60}") {
        if let Err(error) = Selector::parse(&text) {
            prop_assert!(text.contains(&error.term));
        }
    }

    #[test]
    fn a_term_and_its_opposite_are_never_both_picked(provider in "[a-c]", free in any::<bool>()) {
        for term in [format!("provider:{provider}"), format!("free:{free}")] {
            let picks = |text: &str| Selector::parse(text).unwrap().picks(&ONE);
            let opposite = format!("-{term}");
            prop_assert_ne!(picks(&term), picks(&opposite));
        }
    }
}

#[test]
fn speed_is_no_matter_of_picking() {
    let selector = Selector::parse("latency_ms<800 -latency_ms<=100").unwrap();
    let terms = selector.speed();
    let holds = |ms| terms.iter().all(|term| term.holds(ms));
    assert_eq!([50.0, 100.0, 101.0, 799.0, 800.0].map(holds), [false, false, true, true, false]);
    assert!(Selector::parse("free:true").unwrap().speed().is_empty());
}
