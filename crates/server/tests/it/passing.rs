//! What goes through: headers, fields, parameters, counts.

use serde_json::{Value, json};
use wye_types::DialectId;
use wye_types::record::UsageSource;

use super::support::{CLIENTS, Call, TestApp};

async fn app(openai: &str, routes: &str) -> TestApp {
    let script = r"
providers:
  openai:
    dialects: [openai_chat, openai_responses, openai_completions]
    keys: [sk-sim-o]
    models: { m: {}, o3-pro: {}, davinci-002: {} }
  anthropic: { dialect: anthropic_messages, keys: [sk-sim-a], models: { m: {} } }
  gemini: { dialect: gemini, keys: [sk-sim-g], models: { m: {} } }
";
    let config = format!(
        r#"
discover: false
providers:
  openai: {{ like: openai, base_url: "@openai@", api_key: sk-sim-o{openai} }}
  chat-only: {{ like: openai, dialects: [openai_chat], base_url: "@openai@", api_key: sk-sim-o }}
  anthropic: {{ dialect: anthropic_messages, base_url: "@anthropic@", api_key: sk-sim-a }}
  gemini: {{ dialect: gemini, base_url: "@gemini@", api_key: sk-sim-g }}
routes:
  r: {{ targets: [openai/m] }}
{routes}
"#
    );
    TestApp::start(script, &config).await
}

fn last_body(app: &TestApp) -> Value {
    app.fleet.received().last().unwrap().body.clone()
}

#[tokio::test]
async fn a_good_answer_carries_its_facts() {
    let mut app = app("", "").await;
    for dialect in CLIENTS {
        for stream in [false, true] {
            let call = Call::chat(dialect, "r", stream, "x").with("x-request-id", "mine-7");
            let (answer, record) = app.recorded(call).await;
            assert_eq!(answer.status.as_u16(), 200);
            assert_eq!(answer.header("x-request-id"), "mine-7");
            assert_eq!(answer.header("x-wye-provider"), "openai");
            assert_eq!(answer.header("x-wye-model"), "m");
            assert_eq!(answer.header("x-wye-attempts"), "1");
            assert_eq!(answer.header("x-wye-decision-id"), record.id.to_string());
            assert!(answer.header("x-wye-overhead-ms").parse::<f64>().is_ok());
            assert!(!answer.header("x-ratelimit-limit-requests").is_empty(), "{:?}", answer.headers);
            assert_eq!(answer.header("x-wye-code"), "");
            assert_eq!((record.status, record.code, record.usage_source), (200, None, UsageSource::Reported));
            assert!(record.first_content.is_some());
        }
    }
    let answer = app.send(Call::ask("r", false)).await;
    assert_eq!(answer.header("x-request-id"), app.record().await.id.to_string());
}

#[tokio::test]
async fn parameters_of_the_configuration_are_set() {
    let params = ", default_params: { temperature: 0.2, top_p: 0.5 }, forced_params: { seed: 7, user: null }";
    let routes =
        "  t: { targets: [{ deployment: openai/m, params: { max_tokens: 9, presence_penalty: 1.0 } }] }";
    let app = app(params, routes).await;
    let body = json!({
        "model": "t", "top_p": 0.9, "seed": 1, "user": "me", "presence_penalty": 0.1,
        "messages": [{"role": "user", "content": "x"}],
    });
    let answer = app.send(Call::post("/v1/chat/completions", body.to_string())).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    let got = last_body(&app);
    assert_eq!(got["model"], "m");
    assert_eq!((&got["temperature"], &got["top_p"]), (&json!(0.2), &json!(0.9)));
    assert_eq!((&got["seed"], got.get("user")), (&json!(7), None));
    assert_eq!((&got["max_completion_tokens"], &got["presence_penalty"]), (&json!(9), &json!(1.0)));
    // The same from another dialect.
    let answer = app.send(Call::chat(DialectId::AnthropicMessages, "t", false, "x")).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    let got = last_body(&app);
    let limit = &got["max_completion_tokens"];
    assert_eq!((&got["temperature"], &got["seed"], limit), (&json!(0.2), &json!(7), &json!(9)));
}

#[tokio::test]
async fn a_usage_chunk_is_asked_for_but_hidden_from_who_did_not() {
    let mut app = app("", "").await;
    let (answer, record) = app.recorded(Call::ask("r", true)).await;
    assert_eq!(last_body(&app)["stream_options"]["include_usage"], true);
    assert!(answer.events().iter().all(|e| e.get("usage").is_none_or(Value::is_null)), "{}", answer.text());
    assert!(answer.events().iter().all(|e| e["choices"].as_array().is_some_and(|c| !c.is_empty())));
    assert_eq!(record.usage_source, UsageSource::Reported);
    let body = json!({
        "model": "r", "stream": true, "stream_options": {"include_usage": true},
        "messages": [{"role": "user", "content": "x"}],
    });
    let (answer, record) = app.recorded(Call::post("/v1/chat/completions", body.to_string())).await;
    let usage = answer.events().last().unwrap()["usage"].clone();
    assert_eq!(usage["total_tokens"], record.usage.unwrap().total());
}

#[tokio::test]
async fn the_same_dialect_passes_unknown_fields_as_they_are() {
    let app = app("", "").await;
    let body = r#"{"model":"r",   "messages":[{"role":"user","content":"x","x_note":{"b":1.50,"a":[]}}]}"#;
    let answer = app.send(Call::post("/v1/chat/completions", body)).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    let expected: Value = serde_json::from_str(&body.replace("\"r\"", "\"m\"")).unwrap();
    let got = last_body(&app);
    assert_eq!(got.to_string(), expected.to_string());
    let sent = app.fleet.received().pop().unwrap();
    let length = body.len().to_string();
    assert_eq!(sent.headers["content-length"], length, "white space is kept too");
    assert_eq!(sent.headers["authorization"], "Bearer sk-sim-o");
}

#[tokio::test]
async fn beta_headers_go_to_their_own_vendor_only() {
    let app = app("", "").await;
    for (model, expected) in [("anthropic/m", Some("some-beta-2025-01-01")), ("openai/m", None)] {
        let call = Call::chat(DialectId::AnthropicMessages, model, false, "x")
            .with("anthropic-version", "2023-06-01")
            .with("anthropic-beta", "some-beta-2025-01-01")
            .with("x-api-key", "of-the-client");
        let answer = app.send(call).await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
        let sent = app.fleet.received().pop().unwrap();
        assert_eq!(sent.headers.get("anthropic-beta").map(String::as_str), expected, "{model}");
        assert!(!format!("{:?}", sent.headers).contains("of-the-client"), "a client's key travelled on");
    }
}

#[tokio::test]
async fn tokens_are_counted_by_whoever_can() {
    let mut app = app("", "").await;
    let body = json!({"model": "chat-only/m", "messages": [{"role": "user", "content": "How many?"}]});
    let (answer, record) = app.recorded(Call::post("/v1/messages/count_tokens", body.to_string())).await;
    assert!(answer.json()["input_tokens"].as_u64().is_some_and(|n| n > 0), "{}", answer.text());
    assert!(record.attempts.is_empty() && record.warnings[0].contains("estimated"), "{:?}", record.warnings);
    for provider in ["openai", "anthropic", "gemini"] {
        let body = json!({
            "model": format!("{provider}/m"), "messages": [{"role": "user", "content": "How many are these?"}],
        });
        let (answer, record) = app.recorded(Call::post("/v1/messages/count_tokens", body.to_string())).await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
        assert!(
            answer.json()["input_tokens"].as_u64().is_some_and(|n| n > 0),
            "{provider}: {}",
            answer.text()
        );
        let estimated = record.warnings.iter().any(|w| w.contains("estimated"));
        assert_eq!((estimated, record.attempts.len()), (false, 1), "{provider}");
        let body = json!({"model": format!("{provider}/m"), "input": "How many are these?"});
        let (answer, _) = app.recorded(Call::post("/v1/responses/input_tokens", body.to_string())).await;
        assert!(answer.json()["input_tokens"].as_u64().is_some_and(|n| n > 0), "{}", answer.text());
        let call = Call::chat(DialectId::Gemini, &format!("{provider}/m"), false, "How many are these?");
        let (answer, _) =
            app.recorded(Call::post(&call.path.replace("generateContent", "countTokens"), call.body)).await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
        assert!(
            answer.json()["totalTokens"].as_u64().is_some_and(|n| n > 0),
            "{provider}: {}",
            answer.text()
        );
    }
}

#[tokio::test]
async fn a_key_that_a_provider_quotes_within_a_stream_goes_no_further() {
    // A key that is a word of what the fleet says when it fails.
    let script = "providers: { p: { dialects: [openai_chat, openai_responses], keys: [middle], models: { m: {} }, \
                  faults: [{ fault: { error_after_events: 5 } }] } }";
    let config = "discover: false\nproviders: { p: { dialects: [openai_chat, openai_responses], \
                  base_url: \"@p@\", api_key: middle } }";
    let app = TestApp::start(script, config).await;
    for client in CLIENTS {
        let answer = app.send(Call::chat(client, "p/m", true, "x")).await;
        let error = answer.error().unwrap_or_default().to_string();
        assert!(error.contains("failed in the *** of its answer"), "{client}: {error}");
        assert!(!answer.text().contains("middle"), "{client}: {}", answer.text());
    }
}
