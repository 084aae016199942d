//! What good files mean.

use std::time::Duration;

use wye_config::*;
use wye_providers::Auth;
use wye_types::DialectId;

use super::{BARE, SOURCES, good, read};

/// The issue's own example, with the value of its `…` filled in.
const ISSUE: &str = r#"
listen: 127.0.0.1:9930
providers:
  groq: { api_key: "${GROQ_API_KEY}" }
  corp: { dialect: openai_chat, base_url: "https://llm.corp/v1/", api_keys: ["a","b"], headers: {X-Team: a} }
routes:
  chat:
    strategy: ordered
    targets: [groq/llama-3.3-70b-versatile, {deployment: corp/big, params: {top_p: 0.95}}]
    retry: { statuses: [429, 500, 502, 503, 504], keywords: ["rate limit", "overloaded"], empty: true, rounds: 1 }
    timeouts: { connect: 5s, first_content: 20s, idle: 30s, total: 10m }
"#;

#[test]
fn the_example_of_the_issue() {
    let config = good(ISSUE);
    let corp = config.provider("corp").unwrap();
    assert_eq!((corp.dialect, corp.base_url.as_str()), (DialectId::OpenAiChat, "https://llm.corp/v1"));
    let keys: Vec<&str> = corp.accounts.iter().map(|a| a.secret.as_ref().unwrap().expose()).collect();
    assert_eq!(keys, ["a", "b"]);
    assert_eq!(corp.headers, [("x-team".to_owned(), "a".to_owned())]);
    let chat = config.route("chat").unwrap();
    let targets: Vec<String> = chat.targets.iter().map(|t| t.what.to_string()).collect();
    assert_eq!(targets, ["groq/llama-3.3-70b-versatile", "corp/big"]);
    assert_eq!(chat.targets[1].shape.forced_params["top_p"], 0.95);
    assert_eq!(chat.retry.statuses, [429, 500, 502, 503, 504]);
    assert_eq!(chat.timeouts.total, Duration::from_secs(600));
    assert_eq!(chat.on_loss, OnLoss::Drop);
}

#[test]
fn three_formats_say_the_same() {
    let toml = r#"
listen = "127.0.0.1:9930"
[providers]
groq = { api_key = "${GROQ_API_KEY}" }
[providers.corp]
dialect = "openai_chat"
base_url = "https://llm.corp/v1/"
api_keys = ["a", "b"]
headers.X-Team = "a"
[routes.chat]
strategy = "ordered"
targets = ["groq/llama-3.3-70b-versatile", { deployment = "corp/big", params = { top_p = 0.95 } }]
[routes.chat.retry]
statuses = [429, 500, 502, 503, 504]
keywords = ["rate limit", "overloaded"]
empty = true
rounds = 1
[routes.chat.timeouts]
connect = "5s"
first_content = "20s"
idle = "30s"
total = "10m"
"#;
    let json = r#"{
	"listen": "127.0.0.1:9930",
	"providers": {
		"groq": { "api_key": "${GROQ_API_KEY}" },
		"corp": { "dialect": "openai_chat", "base_url": "https:\/\/llm.corp\/v1/", "api_keys": ["a", "b"],
			"headers": { "X-Team": "a" } }
	},
	"routes": { "chat": {
		"strategy": "ordered",
		"targets": ["groq/llama-3.3-70b-versatile", { "deployment": "corp/big", "params": { "top_p": 0.95 } }],
		"retry": { "statuses": [429, 500, 502, 503, 504], "keywords": ["rate limit", "overloaded"], "empty": true,
			"rounds": 1 },
		"timeouts": { "connect": "5s", "first_content": "20s", "idle": "30s", "total": "10m" }
	} }
}"#;
    let yaml = good(ISSUE);
    assert_eq!(read(toml, Format::Toml), Ok(yaml.clone()));
    assert_eq!(read(json, Format::Json), Ok(yaml.clone()));
    assert_eq!(read(json, Format::Json).unwrap().hash(), yaml.hash());
}

#[test]
fn an_empty_file_is_the_environment() {
    for (text, format) in
        [("", Format::Yaml), ("# nothing", Format::Yaml), ("", Format::Toml), ("{}", Format::Json)]
    {
        let config = read(text, format).unwrap();
        assert_eq!(config, from_environment(&SOURCES));
        assert_eq!(config.providers.len(), 1);
        assert_eq!(config.provider("groq").unwrap().accounts[0].secret.as_ref().unwrap().expose(), "gsk-1");
    }
    assert_eq!(from_environment(&BARE), Config::default());
    assert!(Config::default().is_open());
    assert_eq!(Config::default().listen.to_string(), "127.0.0.1:9930");
    assert!(good("discover: false").providers.is_empty());
}

#[test]
fn a_provider_in_the_file_wins_over_the_environment() {
    assert!(good("providers: {groq: {enabled: false}}").providers.is_empty());
    let own = good("providers: {groq: {api_key: mine, base_url: 'http://127.0.0.1:1/v1'}}");
    assert_eq!(own.providers.len(), 1);
    assert_eq!(own.providers[0].base_url, "http://127.0.0.1:1/v1");
    assert_eq!(own.providers[0].accounts[0].secret.as_ref().unwrap().expose(), "mine");
    let from_env = good("providers: {groq: }");
    assert_eq!(from_env.providers, from_environment(&SOURCES).providers);
}

#[test]
fn a_second_entry_takes_over_what_is_known() {
    let config = good(
        "providers: {eu: {like: mistral, api_key: 'file:/run/secrets/eu'}, x: {like: groq, auth: none}}",
    );
    let eu = config.provider("eu").unwrap();
    assert_eq!(eu.quirks, wye_providers::find("mistral").unwrap().quirks);
    assert_eq!(eu.accounts[0].secret.as_ref().unwrap().expose(), "secret of eu");
    assert_eq!(config.provider("x").unwrap().auth, Auth::None);
}

#[test]
fn a_custom_provider_gets_what_its_dialect_needs() {
    let config = good("providers: {c: {dialect: anthropic_messages, base_url: 'http://c', headers: {a: b}}}");
    let custom = config.provider("c").unwrap();
    assert_eq!(custom.auth, Auth::Header("x-api-key"));
    assert_eq!(custom.headers, [("a".to_owned(), "b".to_owned())], "its version is the wire's to send");
    assert_eq!(custom.accounts, [Account { name: "1".into(), ..Account::new(None) }]);
}

/// The dialects beside the main one: name and address.
fn also(config: &Config, id: &str) -> Vec<(&'static str, String)> {
    let provider = config.provider(id).unwrap();
    provider.also.iter().map(|s| (s.dialect.name(), s.base_url.clone())).collect()
}

#[test]
fn a_provider_speaks_what_is_known_of_it_or_what_the_file_lists() {
    let config = good(
        "providers:
  openai: {api_key: k}
  lacking: {like: openai, api_key: k, base_url: 'http://proxy/v1', dialects: [openai_chat]}
  proxied: {like: openai, api_key: k, base_url: 'http://proxy/v1/'}
  corp: {dialects: [openai_responses, anthropic_messages], base_url: 'http://c/v1'}
  dated: {dialect: openai_chat, base_url: 'https://a/d/{model}?api-version=1'}",
    );
    let (responses, completions) = ("openai_responses", "openai_completions");
    let both = |url: &str| vec![(responses, url.to_owned()), (completions, url.to_owned())];
    assert_eq!(also(&config, "openai"), both("https://api.openai.com/v1"));
    assert_eq!(also(&config, "lacking"), []);
    assert_eq!(also(&config, "proxied"), both("http://proxy/v1"));
    let corp = config.provider("corp").unwrap();
    assert_eq!(corp.dialect.name(), responses);
    assert_eq!(also(&config, "corp"), [("anthropic_messages", "http://c/v1".to_owned())]);
    assert_eq!(corp.also[0].auth, Auth::Bearer, "the provider's own way");
    assert_eq!(config.provider("dated").unwrap().base_url, "https://a/d/{model}?api-version=1");
}

#[test]
fn a_dialect_at_an_address_of_its_own_is_reached_only_from_the_vendors() {
    let config = good(
        "providers:
  deepseek: {api_key: k}
  proxied: {like: deepseek, api_key: k, base_url: 'http://proxy/v1'}
  listed: {like: deepseek, api_key: k, base_url: 'http://proxy', dialects: [openai_chat, anthropic_messages]}
  turned: {like: deepseek, api_key: k, dialects: [anthropic_messages, openai_chat]}
  bearer: {like: deepseek, api_key: k, auth: bearer}",
    );
    let anthropic = |url: &str| vec![("anthropic_messages", url.to_owned())];
    let here = |url: &str| ("openai_responses", url.to_owned());
    let home = "https://api.deepseek.com";
    let elsewhere = anthropic("https://api.deepseek.com/anthropic");
    assert_eq!(also(&config, "deepseek"), [elsewhere, vec![here(home)]].concat());
    assert_eq!(config.provider("deepseek").unwrap().also[0].auth, Auth::Header("x-api-key"));
    assert_eq!(also(&config, "proxied"), [here("http://proxy/v1")]);
    assert_eq!(also(&config, "listed"), anthropic("http://proxy"));
    let turned = config.provider("turned").unwrap();
    assert_eq!((turned.dialect.name(), turned.auth), ("anthropic_messages", Auth::Header("x-api-key")));
    assert_eq!(turned.base_url, "https://api.deepseek.com/anthropic");
    assert_eq!(also(&config, "turned"), [("openai_chat", home.to_owned())]);
    assert_eq!(config.provider("bearer").unwrap().also[0].auth, Auth::Bearer, "as the file says");
}

#[test]
fn local_providers_are_found_or_named() {
    let sources = Sources { local: &["ollama"], ..BARE };
    assert_eq!(from_environment(&sources).providers[0].id, "ollama");
    let named = load("routes: {a: {targets: [ollama/llama3]}}", Format::Yaml, &BARE).unwrap();
    assert_eq!(named.providers[0].base_url, "http://127.0.0.1:11434/v1");
    assert_eq!(local_candidates(&BARE), [("ollama", "http://127.0.0.1:11434/v1".to_owned())]);
    let hosted = Sources { env: &|n| (n == "OLLAMA_HOST").then(|| "0.0.0.0:99".into()), ..BARE };
    assert_eq!(local_candidates(&hosted), [("ollama", "http://127.0.0.1:99/v1".to_owned())]);
}

#[test]
fn an_address_that_leads_back_here_is_for_clients() {
    let with = |url: &'static str| {
        let env = move |name: &str| match name {
            "OPENAI_API_KEY" => Some("k".to_owned()),
            "OPENAI_BASE_URL" => Some(url.to_owned()),
            _ => None,
        };
        from_environment(&Sources { env: &env, ..BARE }).providers[0].base_url.clone()
    };
    assert_eq!(with("http://localhost:9930/v1"), "https://api.openai.com/v1");
    assert_eq!(with("http://localhost:1234/v1"), "http://localhost:1234/v1");
}

#[test]
fn routes_in_routes_are_followed() {
    let config = good(
        "
routes:
  outer:
    targets: [groq/a, {route: inner, params: {temperature: 0, top_p: 1}, context: 9}, inner]
  inner:
    targets: [{deployment: groq/b, params: {temperature: 1}, context: 5}, groq/a]
",
    );
    let outer = config.route("outer").unwrap();
    let flat = config.flat_targets(outer);
    let targets: Vec<_> =
        flat.iter().map(|t| (t.deployment.model.as_str(), t.shape.forced_params.len(), t.context)).collect();
    assert_eq!(
        targets,
        [("a", 0, None), ("b", 2, Some(9)), ("a", 2, Some(9)), ("b", 1, Some(5))],
        "what is already there is not added again"
    );
    assert_eq!(flat[1].shape.forced_params["temperature"], 0);
}

#[test]
fn defaults_hold_where_routes_are_silent() {
    let config = good(
        "
defaults: {retry: {rounds: 4, empty: false}, timeouts: {idle: 7s}, on_loss: refuse}
routes:
  a: {targets: [groq/m], retry: {rounds: \"${ROUNDS}\"}, timeouts: {first_content: 5m}}
  b: {targets: [groq/m], on_loss: drop}
",
    );
    let (a, b) = (config.route("a").unwrap(), config.route("b").unwrap());
    assert_eq!((a.retry.rounds, a.retry.empty, a.on_loss), (3, false, OnLoss::Refuse));
    assert_eq!(
        (a.timeouts.idle, a.timeouts.first_content_reasoning),
        (Duration::from_secs(7), Duration::from_secs(300))
    );
    assert_eq!((b.retry.rounds, b.on_loss), (4, OnLoss::Drop));
}

#[test]
fn references_have_fallbacks_and_an_escape() {
    let config =
        good("providers: {groq: {headers: {a: '${NONE:-x}', b: '$${NONE}', c: '<${SECRET_WORD}>'}}}");
    let values: Vec<&str> = config.providers[0].headers.iter().map(|(_, v)| v.as_str()).collect();
    assert_eq!(values, ["x", "${NONE}", "<hush>"]);
}

#[test]
fn aliases_are_followed() {
    let config = good(
        "
defaults: {retry: &r {rounds: 2}}
routes: {a: {targets: [groq/m], retry: *r}}
",
    );
    assert_eq!(config.routes[0].retry.rounds, 2);
}

#[test]
fn secrets_are_not_printed() {
    let config = good(
        "keys: [topsecret]\nproviders: {groq: {headers: {x-auth: topsecret}, proxy: 'http://u:topsecret@p'}}",
    );
    assert!(!format!("{config:?}").contains("topsecret"));
    assert!(!format!("{config:?}").contains("gsk-1"));
}

#[test]
fn settings_that_need_a_restart_are_told() {
    let old = Config::default();
    let new = good("listen: 127.0.0.1:1\nrecords_queue: 1\nbody_limit: 1MiB");
    assert_eq!(boot_changes(&old, &new), ["listen", "records_queue"]);
    let new = good("header_limit: 1KiB\nstall_timeout: 1s\nshutdown_grace: 1s\nsse_heartbeat: 1s");
    assert_eq!(boot_changes(&old, &new), ["header_limit", "stall_timeout", "shutdown_grace"]);
    let new = good(
        "log: {stdout: true}\naccess: {admin_listen: 127.0.0.1:1, header_timeout: 1s}\nwaiting_places: 1",
    );
    assert_eq!(boot_changes(&old, &new), ["log.stdout", "access.admin_listen", "access.header_timeout"]);
    assert!(boot_changes(&old, &old).is_empty());
}

/// Ends at all only if no table, name, digest or column is looked for among all others.
#[test]
fn what_is_long_is_read_as_fast_as_it_is_long() {
    use std::fmt::Write;
    let (mut yaml, mut json) = ("keys:\n".to_owned(), "{\"keys\":{".to_owned());
    for n in 0..20_000 {
        writeln!(yaml, "  k{n}: {{sha256: '{n:064x}'}}").unwrap();
        let comma = if n == 0 { "" } else { "," };
        write!(json, "{comma}\"k{n}\":{{\"sha256\":\"{n:064x}\"}}").unwrap();
    }
    json.push_str("}}");
    for (text, format) in [(&yaml, Format::Yaml), (&json, Format::Json)] {
        let read = wye_config::load(text, format, &super::BARE).unwrap();
        assert_eq!(read.keys.len(), 20_000);
        let items = wye_config::import(text, format).unwrap();
        assert_eq!(items.len(), 20_000);
        let layers = wye_config::Layers { file: None, items: &items };
        assert_eq!(wye_config::load_layers(&layers, &super::BARE).unwrap().config.keys.len(), 20_000);
    }
}

#[test]
fn vectors_are_made_by_nobody_unless_it_is_said() {
    let of = |rest: &str| good(&format!("providers:\n  jina: {{ api_key: k }}\n{rest}")).embeddings;
    assert_eq!(of(""), EmbeddingsFrom::Off);
    assert_eq!(of("embeddings: { use: off }\n"), EmbeddingsFrom::Off);
    assert_eq!(of("embeddings: { use: local }\n"), EmbeddingsFrom::Local);
    let deployment = wye_types::DeploymentId::parse("jina/jina-embeddings-v4").unwrap();
    assert_eq!(of("embeddings: { use: jina/jina-embeddings-v4 }\n"), EmbeddingsFrom::Deployment(deployment));
}
