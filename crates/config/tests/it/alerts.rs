//! Who is told when something needs a person.

use std::time::Duration;

use serde_json::json;
use wye_config::{AlertStyle, AlertsConfig, Format, Items, Layers, Sources, load_layers};
use wye_types::Severity;

use super::bad::expect;
use super::{env, file, good};

fn vault(name: &str) -> Option<wye_types::Secret> {
    let held = match name {
        "hook" => "https://hooks.example/services/T0/hush",
        "word" => "hush",
        _ => return None,
    };
    Some(wye_types::Secret::new(held.to_owned()))
}

const VAULT: Sources<'static> = Sources { env: &env, vault: &vault, file: &file, local: &[] };

fn of_item(body: serde_json::Value) -> Result<AlertsConfig, Vec<String>> {
    let items = Items::from([(("setting".to_owned(), "alerts".to_owned()), body)]);
    let layered = load_layers(&Layers { file: None, items: &items }, &VAULT);
    layered.map(|it| it.config.alerts).map_err(|all| all.iter().map(ToString::to_string).collect())
}

#[test]
fn nobody_is_told_unless_somebody_says_so() {
    let alerts = good("{}").alerts;
    assert_eq!((alerts.webhook.is_none(), alerts.to()), (true, None));
    assert_eq!((alerts.least, alerts.style), (Severity::Urgent, AlertStyle::Json));
    assert_eq!(alerts.repeat, Duration::from_secs(86_400));
}

#[test]
fn an_item_names_what_the_vault_holds_and_only_the_host_is_shown() {
    let alerts = of_item(json!({
        "webhook": "vault:hook", "secret": "vault:word", "least": "note", "repeat": "0s", "style": "discord",
    }))
    .unwrap();
    assert_eq!(alerts.to(), Some("hooks.example"));
    assert_eq!(alerts.secret.as_ref().unwrap().expose(), "hush");
    assert!(alerts.repeat.is_zero());
    assert!(!format!("{alerts:?}").contains("hush"));
    let wrong = of_item(json!({"webhook": "https://hooks.example/services/T0/hush"})).unwrap_err();
    assert!(wrong.len() == 1 && wrong[0].starts_with("alerts.webhook: a secret does not stand here itself"));
    let wrong = of_item(json!({"webhook": "vault:word"})).unwrap_err();
    assert!(wrong[0].starts_with("alerts.webhook: this is no address; write one"), "{wrong:?}");
    assert!(!wrong[0].contains("hush"), "{wrong:?}");
}

#[test]
fn the_host_is_shown_with_its_port() {
    for (url, host) in [
        ("http://127.0.0.1:81/a?b=c", "127.0.0.1:81"),
        ("https://a.example", "a.example"),
        ("https://a.example?b", "a.example"),
    ] {
        assert_eq!(good(&format!("alerts: {{ webhook: '{url}' }}")).alerts.to(), Some(host), "{url}");
    }
}

#[test]
fn what_cannot_be_meant_is_refused_by_its_name() {
    expect(
        "alerts:
  webhook: ftp://x
  least: bad
  repeat: 5
  style: teams
  to: x
",
        Format::Yaml,
        &[
            "2:12: alerts.webhook: this is no address; write one",
            "3:10: alerts.least: found \"bad\"; write one of urgent, soon, note",
            "4:11: alerts.repeat: found 5; write a duration",
            "5:10: alerts.style: found \"teams\"; write one of json, slack, discord",
            "6:3: alerts.to: there is no such key…webhook, secret, least, repeat, style",
        ],
    );
    for url in ["https://u:hush@x/", "x", "https://x/{model}", "https://x/#hush"] {
        let text = format!("alerts: {{ webhook: '{url}' }}");
        expect(&text, Format::Yaml, &["1:20: alerts.webhook: this is no address; write one"]);
    }
}
