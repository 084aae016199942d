//! Files that are no configuration of the gateway that was named: refused, with the place, and without their text.

use wye_import::{Input, Kind, Rows, import};

/// What is said of a text, one problem a line, as `line: path: message`.
fn said(kind: Kind, text: &str) -> String {
    let problems = import(kind, &[Input::Text(text)]).unwrap_err();
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| format!("{}: {}: {}", problem.line, problem.path, problem.message))
        .collect();
    lines.join("\n")
}

#[test]
fn the_file_of_another_gateway_is_told() {
    for (kind, missing) in [
        (Kind::LiteLlm, "model_list"),
        (Kind::LlmGateway, "api_provider"),
        (Kind::SmartRoute, "models"),
        (Kind::Bifrost, "providers"),
    ] {
        let told = said(kind, "{\"theme\": \"dark\"}");
        assert_eq!(
            told,
            format!("1: : there is no {missing} in it, so this is no configuration of {}", kind.title())
        );
    }
    assert!(said(Kind::SmlGateway, "theme: dark\n").starts_with("1: : "));
    assert!(said(Kind::GopherGate, "# nothing\n").starts_with("1: : there is nothing in it"));
}

#[test]
fn what_cannot_be_read_is_told_with_its_line() {
    for (kind, text, line) in [
        (Kind::LiteLlm, "model_list:\n  - model_name: [hush\n", 0),
        (Kind::LlmGateway, "api_provider: {}\napi_provider: {}\n", 2),
        (Kind::Bifrost, "{\n  \"providers\": hush\n}", 2),
        (Kind::SmartRoute, "{\n  \"providers\": {},\n", 0),
        (Kind::GopherGate, "A=1\nhush\n", 2),
    ] {
        let told = said(kind, text);
        let found: usize = told.split(':').next().unwrap().parse().unwrap();
        assert!(found > 0 && (line == 0 || found == line), "{kind:?}: {told}");
        assert!(kind != Kind::GopherGate || !told.contains("hush"), "{told}");
    }
}

#[test]
fn a_list_is_no_table_of_settings_and_a_database_no_text() {
    assert!(said(Kind::LiteLlm, "- a\n- b\n").contains("this is no table of settings"));
    let rows: [Rows; 0] = [];
    let problems = import(Kind::LiteLlm, &[Input::Tables(&rows)]).unwrap_err();
    assert!(problems[0].message.starts_with("this is a database; "));
}

#[test]
fn whose_a_text_is_not_known_is_not_guessed() {
    for text in ["", "hello\n", "theme: dark\n", "{\"theme\": \"dark\"}", "A=1\n"] {
        assert_eq!(Kind::of_text(text), None, "{text:?}");
    }
}

#[test]
fn what_is_left_out_of_an_address_is_told_but_not_shown() {
    let text = "model_list: [{ model_name: m, litellm_params: { model: openai/x, api_key: k, \
                api_base: \"https://llm.corp.example/v1?key=hush\" } }]";
    let made = import(Kind::LiteLlm, &[Input::Text(text)]).unwrap();
    let told: Vec<String> =
        made.report.findings.iter().map(|found| format!("{}: {}", found.path, found.message)).collect();
    assert!(
        told.iter().any(|line| line.starts_with("corp: what stands in an address behind the ?")),
        "{told:?}"
    );
    assert!(!told.concat().contains("hush"));
}
