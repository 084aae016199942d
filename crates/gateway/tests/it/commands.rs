//! The other commands: `check`, `schema`, `models`, `sim`, and the texts of `--help`.

use std::path::Path;

use serde_json::Value;

use super::http::Connection;
use super::process::{Folder, Running, ended};

const FILE: &str = "discover: false
providers:
  corp: { dialect: openai_chat, base_url: 'http://llm.corp/v1', api_key: k, models: [big, small] }
  an: { dialect: anthropic_messages, base_url: 'http://an', api_key: k }
routes:
  chat: { targets: [corp/big, an/best] }
  quick: { targets: [corp/small] }
";

#[test]
fn check_says_what_a_good_file_holds() {
    let folder = Folder::new();
    folder.write("my.yaml", FILE);
    let ended = folder.run(&["check", "--config", "my.yaml"]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    assert_eq!(ended.out, "my.yaml: ok (2 providers, 2 routes, 0 client keys)\n");
    folder.write(
        "one.yaml",
        "discover: false\nkeys: [k]\nproviders: {an: {dialect: gemini, base_url: 'http://an'}}\n",
    );
    let ended = folder.run(&["check", "--config", "one.yaml"]);
    assert_eq!(ended.out, "one.yaml: ok (1 provider, 0 routes, 1 client key)\n");
}

#[test]
fn check_refuses_what_serve_would_refuse() {
    let folder = Folder::new();
    folder.write("my.yaml", "providers: {c: {dialect: gemini, base_url: 'http://c', proxy: 'https://p'}}\n");
    for command in ["check", "serve"] {
        let ended = folder.run(&[command, "--config", "my.yaml"]);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.err.starts_with("my.yaml:1:"), "{ended:?}");
        assert!(ended.err.contains(
            "providers.c.proxy: found \"https://p\"; write a URL that begins with http:// or socks5://"
        ));
        assert!(ended.err.ends_with("\n1 problem in the configuration\n"), "{ended:?}");
    }
}

#[test]
fn the_shipped_example_passes_with_its_variables_set() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/example.yaml");
    // Its secrets lie in a folder of this test's own.
    let folder = Folder::new();
    let text = std::fs::read_to_string(example).unwrap().replace("file:/run/secrets/", "file:");
    folder.write("example.yaml", &text);
    folder.write("wye-team-key", "team\n");
    folder.write("groq-research", "gsk\n");
    folder.write("wye-alerts", "hush\n");
    let names = ["WYE_ALICE_KEY", "GROQ_API_KEY", "CORP_KEY_A", "CORP_KEY_B"];
    let mut command = folder.wye(&["check"]);
    command.env("WYE_CONFIG", "example.yaml").envs(names.map(|name| (name, name)));
    let good = ended(&mut command);
    assert_eq!(good.code, Some(0), "{good:?}");
    let bad = folder.run(&["check", "--config", "example.yaml"]);
    assert_eq!(bad.code, Some(2));
    for name in names {
        assert!(bad.err.contains(&format!("the environment variable {name} is not set")), "{}", bad.err);
    }
}

#[test]
fn the_schema_is_json_that_describes_itself() {
    let ended = Folder::new().run(&["schema"]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    let schema: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert!(schema["properties"]["routes"]["description"].is_string());
}

#[test]
fn models_lists_a_name_a_line_with_tabs_in_a_pipe() {
    let folder = Folder::new();
    folder.write("my.yaml", FILE);
    let ended = folder.run(&["models", "--config", "my.yaml"]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    insta::assert_snapshot!(ended.out.replace('\t', "<TAB>"));
}

#[test]
fn models_names_every_dialect_that_a_model_may_be_asked_in() {
    let folder = Folder::new();
    folder.write(
        "my.yaml",
        "discover: false\nproviders: { openai: { api_key: k, models: [gpt-5, o3-pro, gpt-3.5-turbo-instruct] } }\n",
    );
    let ended = folder.run(&["models", "--config", "my.yaml"]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    let lines: Vec<&str> = ended.out.lines().collect();
    assert_eq!(
        lines,
        [
            "openai/gpt-5\topenai_chat, openai_responses",
            "openai/o3-pro\topenai_responses",
            "openai/gpt-3.5-turbo-instruct\topenai_completions",
            "openai/*\topenai_chat, openai_responses, openai_completions: any model that https://api.openai.com/v1 knows",
        ]
    );
}

#[test]
fn version() {
    let ended = Folder::new().run(&["--version"]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    assert_eq!(ended.out, format!("wye {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn help_can_be_read() {
    let folder = Folder::new();
    for command in [
        "", "serve", "demo", "sim", "check", "schema", "models", "template", "import", "admin", "encoder",
        "why",
    ] {
        let args: Vec<&str> = [command, "--help"].into_iter().filter(|arg| !arg.is_empty()).collect();
        let ended = folder.run(&args);
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{command}");
        assert!(!ended.out.contains('\x1b'), "{command}");
        for line in ended.out.lines() {
            assert!(line.chars().count() <= 100, "{command}: {line}");
        }
        let name = if command.is_empty() { "wye" } else { command };
        let lines: Vec<&str> = ended.out.lines().map(str::trim_end).collect();
        insta::assert_snapshot!(format!("help_{name}"), lines.join("\n"));
    }
}

#[test]
fn wrong_usage_exits_with_2_and_says_how() {
    let folder = Folder::new();
    for args in [&[][..], &["serv"], &["serve", "--listen", "nowhere"], &["check", "stray"]] {
        let ended = folder.run(args);
        assert_eq!(ended.code, Some(2), "{args:?}");
        assert!(ended.out.is_empty(), "{args:?}: {ended:?}");
        assert!(ended.err.contains("Usage: wye") || ended.err.contains("--help"), "{args:?}: {ended:?}");
    }
}

#[test]
fn sim_serves_a_script_and_tells_what_it_received() {
    let folder = Folder::new();
    folder.write("fleet.yaml", "providers:\n  p: { dialect: openai_chat, models: { m: {} } }\n");
    let args = ["sim", "--listen", "127.0.0.1:0", "--script", "fleet.yaml"];
    let (sim, address) = Running::listening(&mut folder.wye(&args));
    folder.write(
        "my.yaml",
        &format!(
            "discover: false\nproviders: {{p: {{dialect: openai_chat, base_url: 'http://{address}/p/v1'}}}}\n"
        ),
    );
    let serve = ["serve", "--listen", "127.0.0.1:0", "--config", "my.yaml"];
    let (wye, gateway) = Running::listening(&mut folder.wye(&serve));
    let mut client = Connection::to(&gateway);
    client.ask("p/m", true);
    let streamed = client.answer();
    assert_eq!(streamed.status, 200);
    assert!(streamed.body.contains("[DONE]"), "{}", streamed.body);
    client.ask("p/m", false);
    assert!(client.answer().json()["choices"][0]["message"]["content"].is_string());
    let received = Connection::to(&address).get("/_sim/received").json();
    assert_eq!(received["counts"]["requests"], 2, "{received}");
    wye.stop();
    sim.stop();
}

#[test]
fn a_bad_script_is_refused_with_its_line() {
    let folder = Folder::new();
    folder.write("fleet.yaml", "providers:\n  p: { dialect: openai_chat, modles: {} }\n");
    let ended = folder.run(&["sim", "--listen", "127.0.0.1:0", "--script", "fleet.yaml"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.err.starts_with("fleet.yaml: line 2: ") && ended.err.contains("modles"), "{ended:?}");
    let ended = folder.run(&["sim", "--script", "none.yaml"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.starts_with("none.yaml: the script cannot be read"), "{ended:?}");
}
