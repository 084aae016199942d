//! An example of each gateway, written from its documentation: what comes out is golden, loads, and holds no secret.

use std::path::Path;

use wye_config::{Config, Format, Sources};
use wye_import::{Imported, Input, Kind, import};
use wye_types::Secret;

use super::tables;

pub(super) fn example(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/example").join(name);
    std::fs::read_to_string(path).unwrap()
}

/// Imports the example of a kind; its file is recognised as what it is.
fn imported(kind: Kind, name: &str) -> Imported {
    let text = example(name);
    assert_eq!(Kind::of_text(&text), Some(kind), "{name}");
    let tables = tables::gopher_gate();
    let mut inputs = vec![Input::Text(&text)];
    if kind == Kind::GopherGate {
        inputs.push(Input::Tables(&tables));
    }
    import(kind, &inputs).unwrap()
}

/// Loads what came out, with every variable and secret that the report names, and no other.
pub(super) fn loaded(imported: &Imported) -> Config {
    let env = |name: &str| {
        let known = imported.report.variables.iter().any(|known| known == name);
        let address = name.contains("ENDPOINT") || name == "X";
        known.then(|| if address { "https://r.openai.azure.com".to_owned() } else { format!("env-{name}") })
    };
    let vault = |name: &str| {
        let known = imported.report.secrets.iter().any(|secret| secret.name == name);
        known.then(|| Secret::new(format!("vault-{name}")))
    };
    let sources = Sources { env: &env, vault: &vault, file: &|_| Ok("of-file".to_owned()), local: &[] };
    wye_config::load(&imported.yaml, Format::Yaml, &sources).unwrap_or_else(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        panic!("{}\n{}", lines.join("\n"), imported.yaml)
    })
}

fn check(kind: Kind, name: &str, served: &[&str]) {
    let imported = imported(kind, name);
    let report = imported.report.text(false);
    for said in [&imported.yaml, &report, &imported.report.json().to_string(), &imported.report.text(true)] {
        assert!(!said.contains("hush"), "a secret of the input is told:\n{said}");
    }
    let config = loaded(&imported);
    for name in served {
        let deployment = name.split_once('/').is_some_and(|(id, _)| config.provider(id).is_some());
        let route = config.route(name).is_some() || config.is_built_in(name);
        assert!(route || deployment, "{name} is not served any more");
    }
    insta::assert_snapshot!(format!("{}.yaml", kind.name()), imported.yaml);
    insta::assert_snapshot!(format!("{}.report", kind.name()), report);
}

#[test]
fn litellm() {
    let served =
        ["chat", "gpt-4o", "gpt-4", "claude", "kimi", "local", "together_ai/any", "text-embedding-3-small"];
    check(Kind::LiteLlm, "litellm.yaml", &served);
}

#[test]
fn llm_gateway() {
    check(Kind::LlmGateway, "llm-gateway.yaml", &["chat", "deepseek-v3", "two/odd", "auto"]);
}

#[test]
fn smart_route() {
    check(
        Kind::SmartRoute,
        "smartroute.json",
        &["auto", "house-small", "house-large", "kimi-k2.5", "claude-opus-4-1"],
    );
}

#[test]
fn gopher_gate() {
    let served = [
        "fast-flow",
        "standard-pro",
        "dispatcher",
        "round",
        "llama3",
        "gpt-5.4-mini",
        "fast",
        "ollama/llama3",
    ];
    check(Kind::GopherGate, "gophergate.env", &served);
}

#[test]
fn sml_gateway() {
    let served = [
        "auto",
        "sml/auto",
        "sml/thai",
        "house-large",
        "groq/llama-3.3-70b-versatile",
        "google/gemini-2.5-flash",
    ];
    check(Kind::SmlGateway, "smlgateway.sql", &served);
}

#[test]
fn bifrost() {
    let served =
        ["openai/gpt-4o", "gpt-4o-mini", "azure/gpt-5", "gpt-5", "house/house-large", "best", "ollama/qwen3"];
    check(Kind::Bifrost, "bifrost.json", &served);
}

#[test]
fn secrets_of_the_input_are_handed_over_under_their_names() {
    let imported = imported(Kind::LiteLlm, "litellm.yaml");
    let secret =
        |name: &str| imported.secrets.iter().find(|(known, _)| known == name).unwrap().1.expose().to_owned();
    assert_eq!(secret("LITELLM_MASTER_KEY"), "hush-master");
    assert_eq!(secret("SHARED_KEY"), "hush-shared");
    let report: Vec<&str> = imported.report.secrets.iter().map(|secret| secret.name.as_str()).collect();
    assert_eq!(report, imported.secrets.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>());
}
