//! How requests are shaped on their way to a deployment, whatever dialect they come in and go out in.

use data_encoding::BASE64;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
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

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";

/// Serves one image, whatever is asked for.
async fn images() -> (u16, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await;
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", PNG.len());
            let _ = stream.write_all(&[head.as_bytes(), PNG].concat()).await;
        }
    });
    (port, tasks)
}

fn with_image(model: &str, url: &str) -> Call {
    let content =
        json!([{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": url}}]);
    let body = json!({"model": model, "messages": [{"role": "user", "content": content}]});
    Call::post("/v1/chat/completions", body.to_string())
}

#[tokio::test]
async fn images_are_fetched_where_that_is_asked_for() {
    let (port, _serving) = images().await;
    let url = format!("http://127.0.0.1:{port}/a.png?signature=hidden");
    let routes = "  raw: { targets: [{ deployment: openai/m, inline_images: false }] }\nimages: { allow: [127.0.0.1/32] }";
    let app = app(", inline_images: true", "", routes).await;
    let data = BASE64.encode(PNG);
    for (model, pointer, expected) in [
        ("openai/m", "/messages/0/content/1/image_url/url", format!("data:image/png;base64,{data}")),
        ("anthropic/m", "/messages/0/content/1/source/data", data.clone()),
        ("gemini/m", "/contents/0/parts/1/inlineData/data", data.clone()),
        ("raw", "/messages/0/content/1/image_url/url", url.clone()),
    ] {
        let answer = app.send(with_image(model, &url)).await;
        assert_eq!(answer.status.as_u16(), 200, "{model}: {}", answer.text());
        let got = last_body(&app);
        assert_eq!(got.pointer(pointer).and_then(Value::as_str), Some(expected.as_str()), "{model}: {got}");
        assert_eq!(answer.header("x-wye-warnings"), "", "{model}");
    }
}

#[tokio::test]
async fn an_image_that_may_not_be_fetched_is_the_clients_fault() {
    let (port, _serving) = images().await;
    let mut app = app(", inline_images: true", "", "  r: { targets: [openai/m, anthropic/m] }").await;
    let url = format!("http://127.0.0.1:{port}/a.png?signature=hidden");
    let (answer, record) = app.recorded(with_image("r", &url)).await;
    assert_eq!(answer.status.as_u16(), 400, "{}", answer.text());
    let said = answer.text();
    assert!(
        said.contains("the image at 127.0.0.1 cannot be fetched: it is not on the public internet"),
        "{said}"
    );
    assert!(!said.contains("hidden"), "{said}");
    assert!(record.attempts.is_empty() && app.fleet.received().is_empty());
}
