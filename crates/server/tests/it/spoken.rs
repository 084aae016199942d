//! A provider that speaks several dialects: clients of each are served without translation, others through the main
//! one, and models that live in one dialect only in that one.

use serde_json::{Value, json};
use wye_types::DialectId;

use super::support::{CLIENTS, Call, TestApp, code};

const MAIN: DialectId = DialectId::OpenAiChat;
const RESPONSES: DialectId = DialectId::OpenAiResponses;
const COMPLETIONS: DialectId = DialectId::OpenAiCompletions;
const ANTHROPIC: DialectId = DialectId::AnthropicMessages;

async fn app() -> TestApp {
    let models = "models: { m: {}, o3-pro: {}, gpt-3.5-turbo-instruct: {} }";
    let script = format!(
        "
providers:
  many: {{ dialects: [openai_chat, openai_responses, openai_completions], keys: [sk-sim-m], {models} }}
  chat: {{ dialect: openai_chat, {models} }}
  claude: {{ dialect: anthropic_messages, keys: [sk-sim-c], {models} }}
  google: {{ dialect: gemini, {models} }}
  responses: {{ dialect: openai_responses, {models} }}
  completions: {{ dialect: openai_completions, {models} }}
  home: {{ dialect: ollama, {models} }}
  aws: {{ dialect: bedrock_converse, keys: [sk-sim-b], {models} }}
"
    );
    let config = r#"
discover: false
providers:
  many: { like: openai, base_url: "@many@", api_key: sk-sim-m }
  chat: { dialect: openai_chat, base_url: "@chat@" }
  claude: { dialect: anthropic_messages, base_url: "@claude@", api_key: sk-sim-c }
  google: { dialect: gemini, base_url: "@google@" }
  responses: { dialect: openai_responses, base_url: "@responses@" }
  completions: { dialect: openai_completions, base_url: "@completions@" }
  home: { dialect: ollama, base_url: "@home@" }
  aws: { dialect: bedrock_converse, base_url: "@aws@", api_key: sk-sim-b }
"#;
    TestApp::start(&script, config).await
}

/// The path and the body of the last call that reached the fleet.
fn last(app: &TestApp) -> (String, Value) {
    let received = app.fleet.received().pop().unwrap();
    (
        received.path.split_once("/v1").map_or(received.path.clone(), |(_, rest)| rest.to_owned()),
        received.body,
    )
}

#[tokio::test]
async fn each_client_is_served_in_its_own_dialect_where_the_provider_speaks_it() {
    let app = app().await;
    for (client, model, path) in [
        (MAIN, "m", "/chat/completions"),
        (RESPONSES, "m", "/responses"),
        // The vendor's completions know but a few models; others are asked in the main dialect.
        (COMPLETIONS, "m", "/chat/completions"),
        (COMPLETIONS, "gpt-3.5-turbo-instruct", "/completions"),
        (MAIN, "gpt-3.5-turbo-instruct", "/completions"),
        (ANTHROPIC, "m", "/chat/completions"),
        (DialectId::Gemini, "m", "/chat/completions"),
        (DialectId::Ollama, "m", "/chat/completions"),
        (MAIN, "o3-pro", "/responses"),
        (ANTHROPIC, "o3-pro", "/responses"),
        (RESPONSES, "o3-pro", "/responses"),
        (COMPLETIONS, "o3-pro", "/responses"),
    ] {
        for stream in [false, true] {
            let call = Call::chat(client, &format!("many/{model}"), stream, "Tell me something.");
            let answer = app.send(call).await;
            let at = format!("{client} {model} stream={stream}");
            assert_eq!(answer.status.as_u16(), 200, "{at}: {}", answer.text());
            assert!(answer.said().len() > 20, "{at}: {}", answer.text());
            let (got, body) = last(&app);
            assert_eq!((got.as_str(), &body["model"]), (path, &json!(model)), "{at}");
        }
    }
}

#[tokio::test]
async fn a_client_of_any_dialect_is_served_by_a_provider_of_any_other() {
    let mut app = app().await;
    for client in CLIENTS {
        for provider in ["chat", "claude", "google", "responses", "completions", "home", "aws"] {
            for stream in [false, true] {
                let call = Call::chat(client, &format!("{provider}/m"), stream, "Tell me something.");
                let (answer, record) = app.recorded(call).await;
                let at = format!("{client} {provider} stream={stream}");
                assert_eq!(answer.status.as_u16(), 200, "{at}: {}", answer.text());
                assert!(answer.said().len() > 20, "{at}: {}", answer.text());
                assert!(record.usage.is_some() && record.code.is_none(), "{at}: {record:?}");
            }
        }
    }
}

#[tokio::test]
async fn what_only_the_vendor_knows_passes_as_it_is() {
    let app = app().await;
    let body = r#"{"model":"many/m",  "input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}],
 "tools":[{"type":"web_search","search_context_size":"low"},{"type":"namespace","name":"n","tools":[]}],
 "include":["reasoning.encrypted_content"],"prompt_cache_key":"k","client_metadata":{"b":[]}}"#;
    let answer =
        app.send(Call::post("/v1/responses", body).with("openai-beta", "responses=experimental")).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    let expected = body.replace("\"many/m\"", "\"m\"");
    let sent = app.fleet.received().pop().unwrap();
    assert_eq!(sent.body.to_string(), serde_json::from_str::<Value>(&expected).unwrap().to_string());
    assert_eq!(sent.headers["content-length"], expected.len().to_string(), "white space is kept too");
    assert_eq!(sent.headers["authorization"], "Bearer sk-sim-m");
    assert_eq!(sent.headers["openai-beta"], "responses=experimental");
}

#[tokio::test]
async fn a_client_is_told_what_another_vendor_cannot_be_asked() {
    let mut app = app().await;
    let body = json!({
        "model": "claude/m", "input": "hi", "tools": [{"type": "file_search", "vector_store_ids": ["v"]}],
    });
    let (answer, record) = app.recorded(Call::post("/v1/responses", body.to_string())).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    assert!(record.warnings.iter().any(|w| w.contains("tools")), "{:?}", record.warnings);
    assert!(answer.header("x-wye-warnings").contains("tools"));
}

#[tokio::test]
async fn a_refusal_by_the_vendor_is_passed_on_in_its_own_words_where_the_client_speaks_them() {
    let script = "providers: { p: { dialects: [openai_chat, openai_responses], models: { m: {} }, \
                  faults: [{ fault: { status: 400 } }] } }";
    let config = "discover: false\nproviders: { p: { dialects: [openai_chat, openai_responses], \
                  base_url: \"@p@\" } }";
    let app = TestApp::start(script, config).await;
    for client in [MAIN, RESPONSES, ANTHROPIC] {
        let answer = app.send(Call::chat(client, "p/m", false, "x")).await;
        assert_eq!(answer.status.as_u16(), 400, "{}", answer.text());
        assert_eq!(answer.header("x-wye-code"), "caller_rejected");
        // Only what the gateway writes itself carries the request's id.
        assert_eq!(answer.json().get("request_id").is_none(), client != ANTHROPIC, "{}", answer.text());
    }
}

#[tokio::test]
async fn what_is_found_unreadable_only_when_written_anew_is_the_gateways_own_refusal() {
    let mut app = app().await;
    let body = json!({
        "model": "claude/m", "temperature": "hot", "messages": [{"role": "user", "content": "x"}],
    });
    let (answer, record) = app.recorded(Call::post("/v1/chat/completions", body.to_string())).await;
    assert_eq!(answer.status.as_u16(), 400, "{}", answer.text());
    assert_eq!(answer.header("x-wye-code"), "caller_invalid_request");
    assert_eq!(answer.json()["error"]["code"], "caller_invalid_request");
    assert_eq!(code(&record), "caller_invalid_request");
    assert_eq!(app.fleet.counts().requests, 0);
}

#[tokio::test]
async fn no_name_of_a_model_reaches_another_call_of_a_provider() {
    let mut app = app().await;
    for model in ["google/../../v1/files", "google/..", "aws/.."] {
        let (answer, record) = app.recorded(Call::ask(model, false)).await;
        assert_eq!(answer.status.as_u16(), 502, "{}", answer.text());
        assert_eq!(code(&record), "provider_model_not_found", "{model}");
    }
    assert_eq!(app.fleet.counts().requests, 0, "none was sent");
    app.send(Call::ask("google/a?b#c%2F..", false)).await;
    let path = app.fleet.received().pop().unwrap().path;
    assert!(path.ends_with("/v1beta/models/a%3Fb%23c%252F..:generateContent"), "{path}");
}
