//! The file and the items of the database together.

use serde_json::{Value, json};
use wye_config::{Format, Items, Layered, Layers, Problem, Sources, export, import, load_layers};
use wye_types::Secret;

use super::SOURCES;

fn items(of: &[(&str, &str, Value)]) -> Items {
    of.iter().map(|(kind, name, body)| (((*kind).into(), (*name).into()), body.clone())).collect()
}

fn layered(file: Option<&str>, items: &Items) -> Result<Layered, Vec<Problem>> {
    let vault = |name: &str| match name {
        "mistral" => Some(Secret::new("from-vault".into())),
        "proxy" => Some(Secret::new("http://u:hush@p".into())),
        _ => None,
    };
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
        ("provider", "i", json!({"like": "groq", "api_key": "${PGPASSWORD}"})),
        ("provider", "j", json!({"like": "groq", "api_key": "${wye_master_key}"})),
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
        "providers.i.api_key: the variable PGPASSWORD is the gateway's own",
        "providers.j.api_key: the variable wye_master_key is the gateway's own",
    ];
    for (found, begins) in found.iter().zip(begins) {
        assert!(found.starts_with(begins), "{found}\n{begins}");
    }
    assert_eq!(found.len(), begins.len(), "{found:#?}");
}

#[test]
fn credentials_in_headers_and_proxies_are_in_the_vault() {
    let provider = |headers: Value, proxy: &str| {
        items(&[(
            "provider",
            "c",
            json!({"like": "groq", "api_key": "vault:mistral", "headers": headers, "proxy": proxy}),
        )])
    };
    let good =
        layered(None, &provider(json!({"x-token": "vault:mistral", "x-team": "a"}), "vault:proxy")).unwrap();
    let c = good.config.provider("c").unwrap();
    assert_eq!(c.proxy.as_deref(), Some("http://u:hush@p"));
    assert_eq!(c.headers[0], ("x-token".to_owned(), "from-vault".to_owned()));
    assert!(!format!("{:?}", good.config).contains("from-vault"));
    let found =
        problems(None, &provider(json!({"X-Api-Key": "hush", "x-a": "vault:gone"}), "http://u:hush@p"));
    let begins = [
        "providers.c.headers.X-Api-Key: a credential does not stand here itself",
        "providers.c.headers.x-a: the vault holds nothing named gone",
        "providers.c.proxy: a password does not stand here itself",
    ];
    assert!(found.len() == 3 && found.iter().zip(begins).all(|(f, b)| f.starts_with(b)), "{found:#?}");
    assert!(found.iter().all(|p| !p.contains("hush")), "{found:#?}");
    let found = problems(None, &provider(json!({}), "vault:mistral"));
    assert!(found.len() == 1 && !found[0].contains("from-vault"), "{found:#?}");
}

#[test]
fn what_the_file_names_is_shown_without_its_secrets() {
    let file = "
providers:
  groq: {api_keys: [hush, 'vault:mistral', '${GROQ_API_KEY}'], headers: {x-a: hush, x-b: 'vault:mistral'}, proxy: 'http://u:hush@p:1/'}
  corp: {like: groq, accounts: [{name: a, api_key: hush}, {name: b, api_key: 'file:/run/secrets/b'}], models: {m: {context: 5}}}
keys: {a: hush2, b: {key: 'x${SECRET_WORD}', owner: me}}
defaults: {wait: 1s}
";
    let whole = layered(Some(file), &Items::new()).unwrap();
    let shown: Vec<String> =
        whole.file_items.iter().map(|((kind, name), body)| format!("{kind} {name} {body}")).collect();
    assert_eq!(
        shown,
        [
            r#"key a {"key":"***"}"#,
            r#"key b {"key":"***","owner":"me"}"#,
            r#"provider corp {"like":"groq","accounts":[{"name":"a","api_key":"***"},{"name":"b","api_key":"file:/run/secrets/b"}],"models":{"m":{"context":5}}}"#,
            r#"provider groq {"api_keys":["***","vault:mistral","${GROQ_API_KEY}"],"headers":{"x-a":"***","x-b":"vault:mistral"},"proxy":"http://***@p:1/"}"#,
            r#"setting defaults {"wait":"1s"}"#,
        ]
    );
}

#[test]
fn whether_others_may_reach_it_is_asked_of_the_whole() {
    let file = Some("listen: 0.0.0.0:1");
    let found = problems(file, &Items::new());
    assert!(found[0].starts_with("1:9: listen: other machines can reach this address"), "{found:#?}");
    let digest = "0a".repeat(32);
    let key = items(&[("key", "a", json!({"sha256": digest}))]);
    assert!(!layered(file, &key).unwrap().config.is_open());
    let open = items(&[("setting", "access", json!({"allow_open": true}))]);
    assert!(layered(file, &open).unwrap().config.is_open());
    let listen = items(&[("setting", "listen", json!("0.0.0.0:1"))]);
    let found = problems(None, &listen);
    assert!(found[0].starts_with("listen: other machines can reach"), "{found:#?}");
}

#[test]
fn problems_of_items_have_a_path_and_come_after_those_of_the_file() {
    let file = "body_limit: 0";
    let deep = (0..40).fold(json!(1), |inner, _| json!([inner]));
    let wrong = items(&[
        ("provider", "a\nb", json!({"like": "groq", "api_key": "vault:mistral"})),
        ("provider", "c", json!("text")),
        ("provider", "deep", json!({"default_params": {"a": deep}})),
        ("key", "k", json!({"sha256": "zz", "name": "k"})),
        ("key", "none", json!({})),
        ("key", "dup", json!({"sha256": "0a".repeat(32)})),
        ("key", "twin", json!({"sha256": "0A".repeat(32)})),
        ("team", "t", json!({"limits": {"rpm": "5"}})),
        ("route", "r", json!({"targets": ["nothing/m"]})),
        ("setting", "bodylimit", json!(5)),
        ("setting", "body_timeout", json!(5)),
    ]);
    let found = problems(Some(file), &wrong);
    let mut begins = [
        "1:13: body_limit: found 0",
        "providers.deep: this is nested too deeply",
        "providers.\"a\\nb\": a name is one line",
        "providers.c: found \"text\"; write a table",
        "keys.k.sha256: found \"zz\"; write the 64 hexadecimal digits",
        "keys.k.name: there is no such key",
        "keys.none: the key itself is missing; write sha256: and its digest",
        "keys.twin: this is the same key as dup",
        "teams.t.limits.rpm: found \"5\"; write a whole number",
        "routes.r.targets[0]: there is no provider nothing",
        "bodylimit: there is no such key; did you mean body_limit",
        "body_timeout: found 5; write a duration",
    ];
    let mut sorted = found.clone();
    sorted.sort();
    begins.sort_unstable();
    let fits = sorted.len() == begins.len() && sorted.iter().zip(begins).all(|(f, b)| f.starts_with(b));
    assert!(fits, "{sorted:#?}");
    assert!(found[0].starts_with("1:13"));
}

#[test]
fn an_import_is_checked_with_its_lines() {
    let text = "
keys:
  - {name: a, sha256: '0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a', owner: me}
  - ${SECRET_WORD}
providers: {groq: {api_key: '${GROQ_API_KEY}', models: [m]}}
body_limit: 1MiB
";
    let found = import(text, Format::Yaml).unwrap();
    let digest = "0a".repeat(32);
    let expected = items(&[
        ("key", "a", json!({"sha256": digest, "owner": "me"})),
        ("key", "key-2", json!({"key": "${SECRET_WORD}"})),
        ("provider", "groq", json!({"api_key": "${GROQ_API_KEY}", "models": ["m"]})),
        ("setting", "body_limit", json!("1MiB")),
    ]);
    assert_eq!(found, expected);
    assert_eq!(import(&export(&found), Format::Yaml), Ok(found));
    let text = "keys: [{name: a, key: hush}, {name: a, sha256: x}]
providers:
  groq: {api_key: hush, base_url: 'http://${HOST}', limit: 5}
  groq: {api_key: 'file:/etc/passwd'}
";
    let found: Vec<String> =
        import(text, Format::Yaml).unwrap_err().iter().map(ToString::to_string).collect();
    let begins = [
        "1:23: keys[0].key: a secret does not stand here itself",
        "1:30: keys[1]: another key is named a",
        "1:48: keys[1].sha256: found \"x\"",
        "3:19: providers.groq.api_key: a secret does not stand here itself",
        "3:35: providers.groq.base_url: the environment is read only for secrets",
        "3:53: providers.groq.limit: there is no such key; did you mean limits",
        "4:3: providers.groq: this key already stands in line 3",
    ];
    let fits = found.len() == begins.len() && found.iter().zip(begins).all(|(f, b)| f.starts_with(b));
    assert!(fits && found.iter().all(|p| !p.contains("hush")), "{found:#?}");
}
