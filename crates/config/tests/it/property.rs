//! Whatever the text, reading ends with a configuration or with problems.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use wye_config::{Format, Items, KINDS, Layers, export, import, load, load_layers};

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

/// Texts that a writer of YAML could get wrong. `${` is a reference in a file, so it is only there escaped.
fn odd_text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "null",
        "~",
        "true",
        "no",
        "1",
        "0x1f",
        "1e3",
        ".nan",
        "-",
        "? ",
        ": ",
        " #",
        "'",
        "\"",
        "\\",
        "\n",
        "\t",
        "\r",
        "\0",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "\u{fffe}",
        "é",
        "ไทย",
        "漢",
        "😀",
        "{",
        "[",
        "&a",
        "*a",
        "!t",
        "|",
        ">",
        "%",
        "@",
        "`",
        ",",
        "$${",
        "<<",
        "=",
        "a",
        "B",
        " ",
        "<b>",
        "'; DROP TABLE x; --",
        "../",
        "vault:x",
    ]);
    prop_oneof![prop::collection::vec(pieces, 0..6).prop_map(|p| p.concat()), any::<String>()]
        .prop_map(|text| text.replace("$${", "\u{1}").replace("${", "$ {").replace('\u{1}', "$${"))
}

/// Texts of one line, for what must be a name.
fn odd_name() -> impl Strategy<Value = String> {
    odd_text().prop_map(|text| {
        let name: String = text.chars().filter(|c| !c.is_control()).take(100).collect();
        if name.trim().is_empty() { "x".to_owned() } else { name.replace("${", "$ {") }
    })
}

fn odd_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_filter("finite", |f| f.is_finite()).prop_map(Value::from),
        prop::sample::select(vec![-0.0, 1.0, 1e300, 1e16, 5e-324]).prop_map(Value::from),
        odd_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let fields = prop::collection::vec((odd_text(), inner.clone()), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            fields.prop_map(|fields| fields.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

/// Keys that some kind of item has, so that values of any shape reach every reader.
fn odd_key() -> impl Strategy<Value = String> {
    let known = [
        "api_key",
        "accounts",
        "models",
        "limits",
        "headers",
        "proxy",
        "base_url",
        "budgets",
        "tags",
        "sha256",
        "expires",
        "usd",
        "per",
        "each_user",
        "retry",
        "wait",
        "bodies",
        "redact_patterns",
        "cors_origins",
        "time_zone",
        "strategy",
        "weights",
        "rules",
        "judge",
        "school",
        "cheapest",
        "worth",
        "profile",
        "consensus",
        "verified",
        "filter",
        "hedge",
        "affinity",
        "mirror",
        "validate",
        "verify",
    ];
    prop_oneof![prop::sample::select(known.to_vec()).prop_map(str::to_owned), odd_text()]
}

fn body(kind: &str, text: &str, name: &str, any: &Value) -> Value {
    match kind {
        "provider" => json!({
            "dialect": "openai_chat", "base_url": "http://a/v1", "api_key": "vault:x",
            "default_params": {text: any}, "models": [name, {"id": "m", "price": {"input": 0.25}}],
            "account_limits": {"soft": 0.5},
        }),
        "route" => {
            json!({
                "strategy": "judge",
                "targets": ["groq/m", {"route": name, "params": {text: any}}, {"select": format!("p{text}"), "weight": 0.5}],
                "retry": {"keywords": [name], "attempts": 3},
                "rules": {
                    "conditions": [{"rule_id": name, "any_of_tags": ["fast-flow"], "primary_model": name}],
                    "patterns": [{"pattern": format!("p{text}"), "target": 0}],
                },
                "judge": {"model": name, "prompt": format!("p{text}"), "deadline": "1s"},
                "hedge": {"contenders": 2, "budget": 0.25},
                "mirror": {"target": name, "share": 0.5},
                "filter": {"max_price": {"input": 0.25, "output": "12.5"}, "context_margin": 1.5},
                "affinity": {"by": "prompt"}, "validate": {"json": true}, "verify": true,
            })
        }
        "key" => json!({"sha256": "0a".repeat(32), "owner": name, "models": [name], "budgets": []}),
        "team" => {
            json!({"budgets": [{"usd": 0.1, "per": "day"}, {"usd": "12.345", "per": "week"}], "limits": {}})
        }
        "budget" => json!({"each_user": true, "usd": 5, "per": "total"}),
        _ => json!({"redact_fields": [name], "bodies": {"sampled": 1}}),
    }
}

fn odd_items() -> impl Strategy<Value = Items> {
    let kinds = prop::sample::select(vec!["provider", "route", "key", "team", "budget", "setting"]);
    let item =
        (kinds, odd_name(), odd_text(), odd_name(), odd_json()).prop_map(|(kind, name, text, other, any)| {
            let name = if kind == "setting" { "log".to_owned() } else { name };
            ((kind.to_owned(), name), body(kind, &text, &other, &any))
        });
    prop::collection::vec(item, 0..8).prop_map(|items| items.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn what_is_exported_is_imported_the_same(items in odd_items()) {
        let text = export(&items);
        let again = import(&text, Format::Yaml);
        prop_assert_eq!(again.as_ref(), Ok(&items), "{}", text);
        // Not only equal: the same bytes, of which the hash of a version is made.
        let bytes = |items: &Items| items.iter().map(|(key, body)| format!("{key:?} {body}")).collect::<Vec<_>>();
        prop_assert_eq!(bytes(&again.unwrap()), bytes(&items));
    }
    #[test]
    fn any_item_is_taken_or_refused_by_its_path(
        kind in prop::sample::select(KINDS), name in odd_text(), key in odd_key(), any in odd_json(), deep in odd_json(),
    ) {
        let body = if deep.is_null() { any } else { json!({ key: deep, "targets": [any] }) };
        let items = Items::from([((kind.to_owned(), name), body)]);
        if let Err(problems) = load_layers(&Layers { file: None, items: &items }, &SOURCES) {
            prop_assert!(!problems.is_empty());
            prop_assert!(problems.iter().all(|p| p.line == 0 && !p.path.is_empty() && !p.to_string().contains('\n')), "{problems:?}");
        }
    }
}
