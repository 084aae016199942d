//! Whatever the text, reading ends with a configuration or with problems.

use proptest::prelude::*;
use wye_config::{Format, load};

use super::SOURCES;

const SEED: &str = "listen: 127.0.0.1:1\nproviders: {c: {dialect: openai_chat, base_url: \"http://é\", api_key: ${X:-y}}}\n\
                    routes:\n  a: &a\n    targets: [c/m, {deployment: c/n, params: {x: [1, 2.5, ~]}}]\n  b: *a\n";

proptest! {
    #[test]
    fn mutated_text_never_panics(cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<char>(), 0..4usize), 1..6)) {
        let json = "{\"listen\": \"127.0.0.1:1\", \"routes\": {\"a\": {\"targets\": [\"c/m\\u00e9\", 1.5e3, null, true]}}}";
        let toml = "listen = \"127.0.0.1:1\"\n[routes.a]\ntargets = [\"c/m\", { deployment = 'x' }, 1979-05-27, 0x1f, inf]\n";
        for seed in [SEED, json, toml] {
            let mut chars: Vec<char> = seed.chars().collect();
            for (at, new, how) in &cuts {
                let at = at.index(chars.len());
                match how {
                    0 => chars[at] = *new,
                    1 => chars.insert(at, *new),
                    2 => { let tail = chars.split_off(at); chars.extend(tail.iter().rev()); }
                    _ => chars.truncate(at.max(1)),
                }
            }
            let text: String = chars.into_iter().collect();
            for format in [Format::Yaml, Format::Toml, Format::Json] {
                if let Err(problems) = load(&text, format, &SOURCES) {
                    prop_assert!(!problems.is_empty());
                    prop_assert!(problems.iter().all(|p| p.line > 0 && p.column > 0));
                }
            }
        }
    }
}
