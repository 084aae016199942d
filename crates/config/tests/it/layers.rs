//! The file and the items of the database together.

use serde_json::{Value, json};
use wye_config::{Format, Items, Layered, Layers, Problem, Sources, export, import, load_layers};
use wye_types::Secret;

use super::SOURCES;

fn items(of: &[(&str, &str, Value)]) -> Items {
    of.iter().map(|(kind, name, body)| (((*kind).into(), (*name).into()), body.clone())).collect()
}

fn layered(file: Option<&str>, items: &Items) -> Result<Layered, Vec<Problem>> {
    let vault = |name: &str| (name == "mistral").then(|| Secret::new("from-vault".into()));
    let sources = Sources { vault: &vault, ..SOURCES };
    load_layers(&Layers { file: file.map(|text| (text, Format::Yaml)), items }, &sources)
}

fn problems(file: Option<&str>, items: &Items) -> Vec<String> {
    layered(file, items).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn items_fill_what_the_file_does_not_name() {
    let file = "listen: 0.0.0.0:1\nproviders:\n  groq: {api_key: secret}\nkeys: [{name: alice, key: a}, '${WYE_ALICE_KEY}']\n";
    let items = items(&[
        ("provider", "groq", json!({"enabled": false})),
        ("provider", "mistral", json!({"api_key": "vault:mistral"})),
        ("route", "chat", json!({"targets": ["groq/m", "mistral/m"]})),
        ("key", "alice", json!({"key": "vault:mistral"})),
        ("key", "bob", json!({"key": "vault:mistral"})),
        ("setting", "body_limit", json!("1MiB")),
        ("setting", "listen", json!("127.0.0.1:2")),
    ]);
    let whole = layered(Some(file), &items).unwrap();
    assert_eq!(whole.config.listen.port(), 1);
    assert_eq!(whole.config.body_limit, 1 << 20);
    let ids: Vec<&str> = whole.config.providers.iter().map(|p| p.id.as_str()).collect();
    assert_eq!(ids, ["groq", "mistral"]);
    assert_eq!(whole.config.providers[1].accounts[0].secret.as_ref().unwrap().expose(), "from-vault");
    let keys: Vec<&str> = whole.config.keys.iter().map(|k| k.name.as_str()).collect();
    assert_eq!(keys, ["alice", "key-2", "bob"]);
    assert_eq!(whole.config.routes.len(), 1);
    let shadowed: Vec<(&str, &str)> =
        whole.shadowed.iter().map(|(kind, name)| (kind.as_str(), name.as_str())).collect();
    assert_eq!(shadowed, [("key", "alice"), ("provider", "groq"), ("setting", "listen")]);
    let of_file: Vec<(&str, &str, &Value)> =
        whole.file_items.iter().map(|((kind, name), body)| (kind.as_str(), name.as_str(), body)).collect();
    assert_eq!(
        of_file,
        [
            ("key", "alice", &json!({"key": "***"})),
            ("key", "key-2", &json!({"key": "${WYE_ALICE_KEY}"})),
            ("provider", "groq", &json!({"api_key": "***"})),
            ("setting", "listen", &json!("0.0.0.0:1")),
        ]
    );
}

#[test]
fn items_alone_are_a_configuration() {
    let items = items(&[
        ("provider", "mistral", json!({"api_key": "vault:mistral", "headers": {"x-a": "$${b}"}})),
        ("setting", "discover", json!(false)),
    ]);
    let config = layered(None, &items).unwrap().config;
    assert_eq!(config.providers.len(), 1);
    assert_eq!(config.providers[0].headers, [("x-a".to_owned(), "${b}".to_owned())]);
    assert_eq!(import(&export(&items), Format::Yaml), Ok(items));
}

#[test]
fn an_item_reads_neither_files_nor_the_environment() {
    let wrong = items(&[
        ("provider", "a", json!({"like": "groq", "api_key": "literal"})),
        ("provider", "b", json!({"like": "groq", "api_key": "file:/etc/passwd"})),
        ("provider", "c", json!({"like": "groq", "api_key": "vault:nothing"})),
        ("provider", "d", json!({"like": "groq", "api_key": "${WYE_ALICE_KEY}"})),
        ("provider", "e", json!({"like": "groq", "api_key": "x${SECRET_WORD}"})),
        ("provider", "f", json!({"like": "groq", "api_key": "k", "base_url": "http://${SECRET_WORD}"})),
        ("provider", "g", json!({"like": "groq", "default_params": {"a": [{"b": "${SECRET_WORD}"}]}})),
        ("provider", "h", json!({"like": "groq", "headers": {"a": "${SECRET_WORD:-}"}})),
        ("setting", "providers", json!({})),
        ("settings", "listen", json!("127.0.0.1:1")),
    ]);
    let found = problems(None, &wrong);
    assert!(found.iter().all(|p| !p.contains("hush") && !p.contains("alice-key")), "{found:#?}");
    let begins = [
        "providers: this is no setting",
        "settings.listen: there is no such kind of item; did you mean setting?",
        "providers.a.api_key: a secret does not stand here itself; store it in the vault",
        "providers.b.api_key: only the configuration file may name files",
        "providers.c.api_key: the vault holds nothing named nothing",
        "providers.d.api_key: the variable WYE_ALICE_KEY is the gateway's own",
        "providers.e.api_key: a secret does not stand here itself",
        "providers.f.api_key: a secret does not stand here itself",
        "providers.f.base_url: the environment is read only for secrets here",
        "providers.g.default_params.a[0].b: the environment is read only for secrets here",
        "providers.h.headers.a: the environment is read only for secrets here",
    ];
    for (found, begins) in found.iter().zip(begins) {
        assert!(found.starts_with(begins), "{found}\n{begins}");
    }
    assert_eq!(found.len(), begins.len(), "{found:#?}");
}
