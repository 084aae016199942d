//! `wye serve`: configuration, the ready line, answers, records, and what keeps it from starting.

use std::net::TcpListener;

use serde_json::json;

use super::http::{Connection, chat};
use super::process::{Folder, Running};
use super::upstream::Upstream;

fn corp(base_url: &str) -> String {
    format!(
        "discover: false\nproviders:\n  corp: {{ dialect: openai_chat, base_url: '{base_url}', api_key: k }}\n"
    )
}

const ANY_PORT: [&str; 5] = ["serve", "--listen", "127.0.0.1:0", "--config", "my.yaml"];

#[test]
fn a_chat_is_answered_and_recorded_in_one_line() {
    let (folder, upstream) = (Folder::new(), Upstream::start());
    folder.write("my.yaml", &format!("{}keys: [{{name: alice, key: sesame}}]\n", corp(&upstream.base_url())));
    let (wye, address) = Running::listening(&mut folder.wye(&ANY_PORT));
    let mut client = Connection::to(&address);
    let body = r#"{"model":"corp/big","messages":[{"role":"user","content":"A secret prompt"}]}"#;
    client.post("/v1/chat/completions", "authorization: Bearer sesame\r\n", body);
    let mut call = upstream.call();
    assert!(call.head.contains("authorization: Bearer k\r\n"), "{}", call.head);
    assert!(call.body.contains("A secret prompt"));
    call.answer("Hi.");
    let answer = client.answer();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["choices"][0]["message"]["content"], "Hi.");
    assert_eq!(answer.header("x-wye-model"), Some("big"), "{}", answer.head);
    assert_eq!(answer.header("x-wye-provider"), Some("corp"));

    let line = wye.line();
    assert!(!line.contains("secret prompt") && !line.contains("sesame") && !line.contains("Hi."));
    let record: serde_json::Value = serde_json::from_str(&line).unwrap();
    let fields: Vec<&str> = record.as_object().unwrap().keys().map(String::as_str).collect();
    insta::assert_snapshot!(fields.join(" "));
    assert_eq!(answer.header("x-request-id"), record["id"].as_str());
    for (field, value) in [
        ("dialect", json!("openai_chat")),
        ("model", json!("corp/big")),
        ("key", json!("alice")),
        ("stream", json!(false)),
        ("request_bytes", json!(body.len())),
        ("status", json!(200)),
        ("code", json!(null)),
        ("served", json!("corp/big")),
        ("warnings", json!([])),
    ] {
        assert_eq!(record[field], value, "{field}");
    }
    assert_eq!(record["usage"]["input"], 3);
    assert_eq!(record["usage"]["output"], 2);
    assert_eq!(record["attempts"][0]["deployment"], "corp/big");
    assert_eq!(record["attempts"][0]["status"], 200);
    assert_eq!(record["attempts"][0]["outcome"], "served");
    for time in ["at_ms", "total_ms", "overhead_ms"] {
        assert!(record[time].is_number(), "{time}: {record}");
    }
    wye.stop();
}

#[test]
fn a_wrong_client_key_is_refused_and_costs_no_call() {
    let folder = Folder::new();
    folder.write("my.yaml", "discover: false\nkeys: [sesame]\n");
    let (wye, address) = Running::listening(&mut folder.wye(&ANY_PORT));
    let answer = chat(&address, "corp/big");
    assert_eq!(answer.status, 401);
    assert!(answer.json()["error"]["message"].is_string());
    wye.stop();
}

#[test]
fn toml_and_json_are_read_by_their_endings() {
    let upstream = Upstream::start();
    let url = upstream.base_url();
    let toml = format!(
        "discover = false\n[providers.corp]\ndialect = \"openai_chat\"\nbase_url = \"{url}\"\napi_key = \"k\"\n"
    );
    let json = json!({
        "discover": false,
        "providers": { "corp": { "dialect": "openai_chat", "base_url": url, "api_key": "k" } },
    });
    for (name, text) in [("my.toml", toml), ("my.json", json.to_string())] {
        let folder = Folder::new();
        folder.write(name, &text);
        let args = ["serve", "--listen", "127.0.0.1:0", "--config", name];
        let (wye, address) = Running::listening(&mut folder.wye(&args));
        let mut client = Connection::to(&address);
        client.ask("corp/m", false);
        upstream.call().answer(name);
        assert!(client.answer().body.contains(name));
        wye.stop();
    }
}

#[test]
fn the_file_is_found_here_or_in_the_data_folder() {
    let text = "discover: false\nproviders: {corp: {dialect: openai_chat, base_url: 'http://127.0.0.1:1'}}\n";
    let folder = Folder::new();
    folder.write("wye.yaml", text);
    assert!(folder.run(&["check"]).out.starts_with("wye.yaml: "));
    let folder = Folder::new();
    std::fs::create_dir(folder.0.join("kept")).unwrap();
    folder.write("kept/wye.toml", "discover = false\n");
    assert!(folder.run(&["check", "--data", "kept"]).out.starts_with("kept/wye.toml: "));
}

#[test]
fn a_port_that_is_taken_is_said_with_what_to_do() {
    let folder = Folder::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = folder.run(&["serve", "--listen", &address]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.out.is_empty(), "{ended:?}");
    let last = ended.err.lines().last().unwrap();
    for part in [&address, "in use", "--listen"] {
        assert!(last.contains(part), "{part}: {last}");
    }
}

#[test]
fn every_problem_of_a_file_is_said_at_once_with_its_place() {
    let folder = Folder::new();
    folder.write("my.yaml", "listen: nowhere\nprovders: {}\nroutes:\n  a: { targets: [nobody/x] }\n");
    for command in ["serve", "check", "models", "demo"] {
        let ended = folder.run(&[command, "--config", "my.yaml"]);
        assert_eq!(ended.code, Some(2), "{command}: {ended:?}");
        assert!(ended.out.is_empty(), "{command}: {ended:?}");
        let lines: Vec<&str> = ended.err.lines().collect();
        assert_eq!(lines.len(), 4, "{command}: {lines:#?}");
        assert!(lines[0].starts_with("my.yaml:1:9: listen: found \"nowhere\"; write"), "{lines:#?}");
        assert!(lines[1].starts_with("my.yaml:2:1: provders: there is no such key; did you mean providers?"));
        assert!(
            lines[2].starts_with("my.yaml:4:18: routes.a.targets[0]: there is no provider nobody"),
            "{lines:#?}"
        );
        assert_eq!(lines[3], "3 problems in the configuration");
    }
}

#[test]
fn a_file_that_is_not_there_is_said() {
    let folder = Folder::new();
    let ended = folder.run(&["serve", "--config", "none.yaml"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.starts_with("none.yaml: the configuration cannot be read: No such file"), "{ended:?}");
}

#[test]
fn without_keys_other_machines_are_not_served() {
    let folder = Folder::new();
    folder.write("my.yaml", "discover: false\n");
    let ended = folder.run(&["serve", "--config", "my.yaml", "--listen", "0.0.0.0:0"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.contains("add `keys:`"), "{ended:?}");
    folder.write("my.yaml", "discover: false\nlisten: 0.0.0.0:0\n");
    let ended = folder.run(&["serve", "--config", "my.yaml"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.starts_with("my.yaml:2:9: listen: other machines can reach"), "{ended:?}");
    folder.write("my.yaml", "discover: false\nlisten: 0.0.0.0:0\nkeys: [sesame]\n");
    let (wye, _) = Running::listening(&mut folder.wye(&["serve", "--config", "my.yaml"]));
    wye.stop();
}

#[test]
fn a_provider_whose_certificate_is_not_checked_is_warned_of() {
    let folder = Folder::new();
    let lax = "discover: false\nproviders:\n  lax: { dialect: gemini, base_url: 'https://h', api_key: k, tls_verify: false }\n";
    folder.write("my.yaml", lax);
    let (wye, _) = Running::listening(&mut folder.wye(&ANY_PORT));
    let line = wye.log("certificate");
    assert!(line.contains("WARN") && line.contains("lax"), "{line}");
    wye.stop();
}

#[test]
fn logs_have_no_colours_in_a_file() {
    let folder = Folder::new();
    folder.write("my.yaml", "discover: false\n");
    let (wye, _) = Running::listening(&mut folder.wye(&ANY_PORT));
    wye.log("no provider is configured");
    let log = wye.stop().join("\n");
    assert!(!log.contains('\x1b'), "{log:?}");
    let ended = folder.run(&["serve", "--no-such-flag"]);
    assert_eq!(ended.code, Some(2));
    assert!(!ended.err.contains('\x1b'), "{ended:?}");
}
