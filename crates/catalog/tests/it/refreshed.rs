//! A newer file: what is taken, what is refused, what stays.

use serde_json::{Value, json};
use wye_catalog::{Ask, Catalog, How, Refreshed, refresh};

use crate::embedded::{CATALOG, NOW};

fn laid(file: &Value) -> Refreshed {
    refresh(&CATALOG, file.to_string().as_bytes(), "2026-11-22", NOW).unwrap()
}

fn input(catalog: &Catalog, provider: &str, id: &str) -> Option<u64> {
    let found = catalog.find(Some(provider), id).filter(|found| !found.is_guess())?;
    found.prices()?.at(&Ask { at: NOW, ..Ask::default() })?.tokens.input
}

fn one(model: &str, cost: Value) -> Value {
    json!({"openai": {"id": "openai", "name": "OpenAI", "models": {model: {
        "id": model, "name": model, "tool_call": true, "cost": cost, "limit": {"context": 1000, "output": 10},
        "modalities": {"input": ["text"], "output": ["text"]},
    }}}})
}

#[test]
fn new_rows_and_new_prices_are_taken_and_the_rest_stays() {
    let refreshed = laid(&one("gpt-4o", json!({"input": 2.0, "output": 8.0})));
    assert_eq!((refreshed.taken, refreshed.refused.len(), refreshed.kept), (1, 0, CATALOG.len() - 1));
    assert_eq!(input(&refreshed.catalog, "openai", "gpt-4o"), Some(2_000_000));
    let found = refreshed.catalog.find(Some("openai"), "gpt-4o").unwrap();
    assert_eq!(found.facts().context, Some(1000));
    assert_eq!(found.price_source().unwrap().date, "2026-11-22");
    let was = CATALOG.find(Some("openai"), "gpt-4o").unwrap();
    let ask = Ask { at: NOW, ..Ask::default() };
    let search = |found: &wye_catalog::Found<'_>| found.prices().unwrap().at(&ask).unwrap().search;
    assert_eq!(search(&found), search(&was), "what the file has no words for is kept");
    assert_ne!(refreshed.catalog.version(), CATALOG.version());
    let new = laid(&one("gpt-99", json!({"input": 1.0, "output": 2.0})));
    assert_eq!(input(&new.catalog, "openai", "gpt-99"), Some(1_000_000));
    assert_eq!(new.catalog.len(), CATALOG.len() + 1);
}

#[test]
fn the_same_price_keeps_what_is_known_of_it() {
    let refreshed = laid(&one("gpt-4o", json!({"input": 2.5, "output": 10.0})));
    let of = |catalog: &Catalog| catalog.find(Some("openai"), "gpt-4o").unwrap().prices().cloned();
    assert_eq!(of(&refreshed.catalog), of(&CATALOG));
    let silent = laid(&one("gpt-4o", Value::Null));
    assert_eq!(of(&silent.catalog), of(&CATALOG), "no price takes none away");
}

#[test]
fn rows_that_cannot_be_right_are_refused_and_the_old_ones_kept() {
    for (cost, word) in [
        (json!({"input": 0.0, "output": 0.0}), "input"),
        (json!({"input": 251.0, "output": 10.0}), "input"),
        (json!({"input": 0.0000025, "output": 0.00001}), "input"),
        (json!({"input": -1.0, "output": 10.0}), "input"),
        (json!({"input": 2.5, "output": -0.1}), "output"),
        (json!({"input": "NaN", "output": 10.0}), "invalid type"),
        (json!({"input": 1e300, "output": 10.0}), "input"),
    ] {
        let refreshed = laid(&one("gpt-4o", cost.clone()));
        assert_eq!(refreshed.refused.len(), 1, "{cost}");
        let problem = refreshed.refused[0].to_string();
        assert!(problem.starts_with("openai/gpt-4o") && problem.contains(word), "{problem}");
        assert_eq!(input(&refreshed.catalog, "openai", "gpt-4o"), Some(2_500_000));
        assert_eq!((refreshed.taken, refreshed.kept), (0, CATALOG.len()));
    }
    let dear = laid(&one("gpt-99", json!({"input": 20_000.0, "output": 1.0})));
    assert_eq!(dear.refused.len(), 1, "nothing to compare with, and still too dear");
}

#[test]
fn no_price_jumps_by_the_length_of_a_prompt_or_by_another_name() {
    for tier in [
        json!({"input": 0.0, "output": 0.0, "tier": {"size": 1}}),
        json!({"input": 900.0, "output": 900.0, "tier": {"size": 1000}}),
        json!({"input": 20_000.0, "output": 900.0, "tier": {"size": 1000}}),
    ] {
        let refreshed = laid(&one("gpt-4o", json!({"input": 2.0, "output": 8.0, "tiers": [tier]})));
        assert_eq!((refreshed.taken, refreshed.refused.len()), (0, 1), "{tier}");
    }
    // What is another name of a model is not given away by a row of its own.
    let is_alias = |name: &&str| {
        CATALOG.find(Some("openai"), name).is_some_and(|found| {
            found.facts().id != **name && found.how() == How::Alias && found.prices().is_some()
        })
    };
    let entries = CATALOG.entries();
    let names = entries.iter().filter(|entry| entry.facts.provider == "openai").flat_map(|e| &e.aliases);
    let alias = names.map(|name| &**name).find(is_alias).unwrap();
    let refreshed = laid(&one(alias, json!({"input": 0.0, "output": 0.0})));
    assert_eq!((refreshed.taken, refreshed.refused.len()), (0, 1), "{alias}");
}

#[test]
fn an_id_that_stands_twice_is_refused() {
    let row = r#"{"name": "x", "cost": {"input": 2.0, "output": 8.0}}"#;
    let file = format!(
        r#"{{"openai": {{"name": "OpenAI", "models": {{"gpt-4o": {row}, "gpt-98": {row}, "gpt-4o": {row}}}}}}}"#
    );
    let refreshed = refresh(&CATALOG, file.as_bytes(), "2026-11-22", NOW).unwrap();
    assert_eq!((refreshed.taken, refreshed.refused.len()), (1, 1));
    assert_eq!(refreshed.refused[0].at, "openai/gpt-4o");
    assert_eq!(input(&refreshed.catalog, "openai", "gpt-4o"), Some(2_500_000));
}

#[test]
fn a_file_of_another_shape_is_refused_whole() {
    for file in
        ["", "null", "[]", "{}", "{\"openai\": 3}", "{\"openai\": {\"models\": []}}", "NaN", "{\"a\": NaN}"]
    {
        let problem = refresh(&CATALOG, file.as_bytes(), "2026-11-22", NOW).unwrap_err();
        assert!(problem.message.contains("api.json"), "{file}: {problem}");
    }
    let large = vec![b' '; (50 << 20) + 1];
    assert!(refresh(&CATALOG, &large, "2026-11-22", NOW).unwrap_err().message.contains("bytes"));
}

#[test]
fn ten_thousand_models_are_taken() {
    let models: serde_json::Map<String, Value> =
        (0..10_000).map(|n| (format!("model-{n}"), json!({"cost": {"input": 1.0, "output": 2.0}}))).collect();
    let refreshed = laid(&json!({"a-new-one": {"name": "New", "models": models}}));
    assert_eq!((refreshed.taken, refreshed.refused.len()), (10_000, 0));
    assert_eq!(refreshed.catalog.models("a-new-one").count(), 10_000);
    assert_eq!(input(&refreshed.catalog, "a-new-one", "model-9999"), Some(1_000_000));
}

#[test]
fn tiers_are_read_in_both_spellings() {
    let over = json!({"input": 6.0, "output": 22.5});
    let old =
        one("gpt-97", json!({"input": 3.0, "output": 15.0, "cache_read": 0.3, "context_over_200k": over}));
    let new = one(
        "gpt-97",
        json!({"input": 3.0, "output": 15.0, "cache_read": 0.3,
        "tiers": [{"input": 6.0, "output": 22.5, "tier": {"type": "context", "size": 200_000}}]}),
    );
    for file in [old, new] {
        let refreshed = laid(&file);
        let found = refreshed.catalog.find(Some("openai"), "gpt-97").unwrap();
        let at = |prompt: u64| {
            found.prices().unwrap().at(&Ask { at: NOW, prompt, ..Ask::default() }).unwrap().tokens
        };
        assert_eq!((at(200_000).input, at(200_001).input), (Some(3_000_000), Some(6_000_000)));
        assert_eq!(at(200_001).output, Some(22_500_000));
    }
}
