//! `wye import`, then `wye serve` with what came out: who called a model of another gateway calls it as before.

use std::path::Path;

use rusqlite::Connection as Database;
use serde_json::{Value, json};

use super::http::{Answer, Connection};
use super::process::{Folder, Running};
use super::state::with_input;

/// Providers at whose addresses the examples' own are put.
const FLEET: &str = "providers:
  one: { dialect: openai_chat, models: { house-large: {}, house-small: {}, llama3: {} } }
  two: { dialect: openai_chat, models: { house-large: {}, house-small: {}, two/odd: {} } }
";

fn example(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../import/tests/example");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

fn sim(folder: &Folder) -> (Running, String) {
    folder.write("fleet.yaml", FLEET);
    Running::listening(&mut folder.wye(&["sim", "--listen", "127.0.0.1:0", "--script", "fleet.yaml"]))
}

/// Writes an example whose providers are those of the simulated fleet.
fn put(folder: &Folder, name: &str, fleet: &str) {
    let mut text = example(name);
    for provider in ["one", "two"] {
        let address = format!("http://{fleet}/{provider}/");
        text = text.replace(&format!("http://{provider}.fleet.example/"), &address);
    }
    // Keys of the example that end one day would end this test.
    folder.write(name, &text.replace("\t2027-01-31 00:00:00+00\n", "\t\\N\n"));
}

/// Imports files, does what the report says, and serves.
fn served(folder: &Folder, files: &[&str]) -> (Running, String) {
    let more = ["--out", "wye.yaml", "--report", "json", "--into", "wye-data"];
    let args: Vec<&str> = ["import", "auto"].iter().chain(files).chain(&more).copied().collect();
    let imported = folder.run(&args);
    assert_eq!(imported.code, Some(0), "{imported:?}");
    assert!(!imported.out.contains("hush") && !imported.err.contains("hush"), "{imported:?}");
    let report: Value = serde_json::from_str(&imported.out).unwrap();
    for secret in report["secrets"].as_array().unwrap().iter().filter(|secret| secret["known"] == false) {
        let set = with_input(folder, &["vault", "set", secret["name"].as_str().unwrap()], "found");
        assert_eq!(set.code, Some(0), "{set:?}");
    }
    let mut serve = folder.wye(&["serve", "--listen", "127.0.0.1:0"]);
    folder.write("account.json", &wye_sim::service_account("http://127.0.0.1:1/token"));
    for name in report["variables"].as_array().unwrap() {
        let name = name.as_str().unwrap();
        let value = match name {
            "GOOGLE_APPLICATION_CREDENTIALS" => "account.json".to_owned(),
            name if name.contains("ENDPOINT") => "https://r.openai.azure.com".to_owned(),
            name => format!("env-{name}"),
        };
        serve.env(name, value);
    }
    Running::listening(&mut serve)
}

fn ask(address: &str, key: &str, model: &str) -> Answer {
    let mut connection = Connection::to(address);
    let body = json!({ "model": model, "messages": [{ "role": "user", "content": "Hello" }] });
    let headers = match key {
        "" => String::new(),
        key => format!("authorization: Bearer {key}\r\n"),
    };
    let headers = format!("content-type: application/json\r\n{headers}");
    connection.post("/v1/chat/completions", &headers, &body.to_string());
    connection.answer()
}

/// Each model is answered by the provider that the example names for it, and without a client's key nobody is.
fn check(files: &[&str], key: &str, models: &[(&str, &str)]) {
    let folder = Folder::new();
    let (sim, fleet) = sim(&folder);
    for file in files {
        match *file {
            "llm_proxy.db" => {
                let script = example("gophergate.sql");
                Database::open(folder.0.join(file)).unwrap().execute_batch(&script).unwrap();
            }
            file => put(&folder, file, &fleet),
        }
    }
    let (wye, address) = served(&folder, files);
    for (model, provider) in models {
        let answer = ask(&address, key, model);
        assert_eq!(answer.status, 200, "{model}: {answer:?}");
        assert!(answer.json()["choices"][0]["message"]["content"].is_string(), "{model}: {answer:?}");
        let by = answer.header("x-wye-provider").unwrap_or_default().to_owned();
        assert_eq!(by, *provider, "{model}: {answer:?}");
        if !key.is_empty() {
            assert_eq!(ask(&address, "", model).status, 401, "{model}");
        }
    }
    wye.stop();
    sim.stop();
}

#[test]
fn litellm() {
    check(&["litellm.yaml"], "hush-master", &[("chat", "openai")]);
}

#[test]
fn llm_gateway() {
    check(&["llm-gateway.yaml"], "", &[("chat", "one"), ("two/odd", "two-api")]);
}

#[test]
fn smart_route() {
    check(
        &["smartroute.json"],
        "hush-gateway",
        &[("house-small", "upstream"), ("house-large", "second"), ("auto", "upstream")],
    );
}

#[test]
fn gopher_gate_of_its_settings_and_its_database() {
    check(&["gophergate.env", "llm_proxy.db"], "hush-alice", &[("llama3", "ollama")]);
}

#[test]
fn sml_gateway() {
    check(&["smlgateway.sql"], "sml_live_abcdef", &[("house-large", "house")]);
}

#[test]
fn bifrost() {
    check(&["bifrost.json"], "env-VK_APP", &[("house-large", "house"), ("house/house-large", "house")]);
}

#[test]
fn the_configuration_goes_to_standard_output_and_the_report_to_standard_error() {
    let folder = Folder::new();
    folder.write("old.json", &example("smartroute.json"));
    let ended = folder.run(&["import", "smartroute", "old.json"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.out.starts_with("# Imported from SmartRoute by `wye import`.\n"), "{ended:?}");
    assert!(ended.err.starts_with("SmartRoute: ") && ended.err.contains("\n  wye vault set "), "{ended:?}");
    assert!(!folder.0.join("wye-data").exists());
    // A file that is there is nobody's to write over.
    folder.write("wye.yaml", "mine");
    let ended = folder.run(&["import", "smartroute", "old.json", "--out", "wye.yaml"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""));
    assert_eq!(ended.err, "wye.yaml is there already; name another file, or move it away\n");
    assert_eq!(std::fs::read_to_string(folder.0.join("wye.yaml")).unwrap(), "mine");
}

#[test]
fn secrets_that_the_vault_has_are_not_written_over() {
    let folder = Folder::new();
    folder.write("old.yaml", &example("llm-gateway.yaml"));
    let args = ["import", "llm-gateway", "old.yaml", "--into", "wye-data"];
    let first = folder.run(&args);
    assert_eq!(first.code, Some(0), "{first:?}");
    assert!(first.err.contains("sealed in the vault\n  "), "{first:?}");
    let second = folder.run(&args);
    assert_eq!(second.code, Some(2), "{second:?}");
    assert!(second.err.contains("secrets of these names are in the vault already: "), "{second:?}");
}

#[test]
fn what_cannot_be_read_is_refused_with_its_place() {
    let folder = Folder::new();
    folder.write("bad.yaml", "model_list:\n  - model_name: [\n");
    folder.write("plain.txt", "hello\n");
    std::fs::write(folder.0.join("dump"), b"PGDMP\x01").unwrap();
    std::fs::write(folder.0.join("bytes"), b"\xff\xfe").unwrap();
    Database::open(folder.0.join("other.db")).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    for (args, said) in [
        (&["litellm", "bad.yaml"][..], "bad.yaml:"),
        (&["auto", "plain.txt"], "nothing in the file tells whose it is; write one of litellm, "),
        (&["auto", "dump"], "dump: this dump is in pg_dump's own format; "),
        (&["auto", "bytes"], "bytes: it is neither text in UTF-8 nor a database of SQLite's"),
        (&["auto", "other.db"], "other.db: none of GopherGate's tables is in this database"),
        (&["litellm", "none.yaml"], "none.yaml: it cannot be read: "),
        (&["litellm", "plain.txt", "plain.txt"], "LiteLLM is configured by one file; name one"),
    ] {
        let ended = folder.run(&[&["import"], args].concat());
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{args:?}: {ended:?}");
        assert!(ended.err.starts_with(said), "{args:?}: {ended:?}");
    }
    let ended = folder.run(&["import", "kong", "plain.txt"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
}
