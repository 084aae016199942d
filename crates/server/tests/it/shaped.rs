//! How requests are shaped on their way to a deployment, whatever dialect they come in and go out in.

use serde_json::{Value, json};
use wye_types::DialectId;

use super::support::{Call, TestApp};

const SCRIPT: &str = "
providers:
  openai: { dialects: [openai_chat, openai_responses], keys: [sk-sim-o], models: { m: {}, n: {}, o3: {} } }
  anthropic: { dialect: anthropic_messages, keys: [sk-sim-a], models: { m: {} } }
  gemini: { dialect: gemini, keys: [sk-sim-g], models: { m: {} } }
";

/// `shape` stands with every provider, `models` with OpenAI's, `routes` beside the others.
async fn app(shape: &str, models: &str, routes: &str) -> TestApp {
    let config = format!(
        r#"
discover: false
providers:
  openai: {{ like: openai, base_url: "@openai@", api_key: sk-sim-o, models: {{ {models} }}{shape} }}
  anthropic: {{ dialect: anthropic_messages, base_url: "@anthropic@", api_key: sk-sim-a{shape} }}
  gemini: {{ dialect: gemini, base_url: "@gemini@", api_key: sk-sim-g{shape} }}
routes:
  plain: {{ targets: [openai/n] }}
{routes}
"#
    );
    TestApp::start(SCRIPT, &config).await
}

fn last_body(app: &TestApp) -> Value {
    app.fleet.received().last().unwrap().body.clone()
}

#[tokio::test]
async fn defaults_and_limits_reach_every_dialect() {
    let shape = ", default_params: { temperature: 0.3, stop: END }, max_output: { default: 77, cap: 90 }";
    let app = app(shape, "", "").await;
    for client in [DialectId::OpenAiChat, DialectId::Gemini, DialectId::AnthropicMessages] {
        for (model, temperature, stop, limit) in [
            ("openai/m", "/temperature", ("/stop", json!("END")), "/max_completion_tokens"),
            ("anthropic/m", "/temperature", ("/stop_sequences", json!(["END"])), "/max_tokens"),
            (
                "gemini/m",
                "/generationConfig/temperature",
                ("/generationConfig/stopSequences", json!(["END"])),
                "/generationConfig/maxOutputTokens",
            ),
        ] {
            let answer = app.send(Call::chat(client, model, false, "x")).await;
            assert_eq!(answer.status.as_u16(), 200, "{client} {model}: {}", answer.text());
            let got = last_body(&app);
            assert_eq!(got.pointer(temperature), Some(&json!(0.3)), "{client} {model}: {got}");
            assert_eq!(got.pointer(stop.0), Some(&stop.1), "{client} {model}: {got}");
            // Anthropic's clients always give a limit of their own.
            let most = got.pointer(limit).and_then(Value::as_u64);
            let own = client == DialectId::AnthropicMessages;
            assert!(if own { most <= Some(90) } else { most == Some(77) }, "{client} {model}: {got}");
        }
    }
}

#[tokio::test]
async fn instructions_reach_every_dialect() {
    let routes = "  r: { targets: [{ deployment: openai/m, system: { append: LAST } }] }";
    let app = app(", system: { prepend: FIRST }", "m: { system: { prepend: SECOND } }", routes).await;
    for client in
        [DialectId::OpenAiChat, DialectId::OpenAiResponses, DialectId::AnthropicMessages, DialectId::Gemini]
    {
        for (model, expected) in
            [("r", "FIRST\n\nSECOND\n\nLAST"), ("anthropic/m", "FIRST"), ("gemini/m", "FIRST")]
        {
            let answer = app.send(Call::chat(client, model, false, "x")).await;
            assert_eq!(answer.status.as_u16(), 200, "{client} {model}: {}", answer.text());
            let got = last_body(&app).to_string();
            let said = Value::String(expected.to_owned()).to_string();
            assert!(got.contains(&said), "{client} {model}: {got}");
        }
    }
}

#[tokio::test]
async fn what_a_model_does_not_take_is_dropped_or_refused() {
    let models = "m: { unsupported_params: [logit_bias], on_unsupported: refuse }, \
                  n: { unsupported_params: [logit_bias] }, o3: { on_unsupported: refuse }";
    let routes = "  two: { targets: [openai/m, openai/n] }\n  one: { targets: [openai/m] }";
    let app = app("", models, routes).await;
    let ask = |model: &str, field: &str, value: Value| {
        let mut body = json!({"model": model, "messages": [{"role": "user", "content": "x"}]});
        body[field] = value;
        Call::post("/v1/chat/completions", body.to_string())
    };
    let answer = app.send(ask("two", "logit_bias", json!({"1": 2}))).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    assert_eq!(answer.header("x-wye-model"), "n");
    assert_eq!(answer.header("x-wye-warnings"), "logit_bias: dropped");
    assert_eq!(last_body(&app).get("logit_bias"), None);
    let answer = app.send(ask("one", "logit_bias", json!({"1": 2}))).await;
    assert_eq!(answer.status.as_u16(), 400, "{}", answer.text());
    assert!(answer.text().contains("logit_bias"), "{}", answer.text());
    // Also what is known without being configured.
    let answer = app.send(ask("openai/o3", "temperature", json!(0.5))).await;
    assert_eq!(answer.status.as_u16(), 400, "{}", answer.text());
    assert!(answer.text().contains("temperature"), "{}", answer.text());
    assert_eq!(app.fleet.received().len(), 1, "what is refused is not sent");
}

#[tokio::test]
async fn a_default_goes_the_way_of_a_clients_field() {
    let app = app(", default_params: { temperature: 0.5, max_tokens: 5 }", "", "").await;
    let body = json!({"model": "openai/o3", "messages": [{"role": "user", "content": "x"}], "max_completion_tokens": 9});
    let answer = app.send(Call::post("/v1/chat/completions", body.to_string())).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    let got = last_body(&app);
    assert_eq!(got.get("temperature"), None, "the model refuses it");
    assert_eq!((&got["max_completion_tokens"], got.get("max_tokens")), (&json!(9), None));
    assert_eq!(answer.header("x-wye-warnings"), "", "who wrote nothing loses nothing");
}
