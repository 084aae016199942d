//! Every client path below the name of an SDK, and nothing else there.

use serde_json::Value;
use wye_types::DialectId;

use super::support::{CLIENTS, Call, TestApp};

async fn app() -> TestApp {
    let script = "providers: { p: { dialect: openai_chat, models: { m: {} } } }";
    let config =
        "discover: false\nproviders:\n  p: { dialect: openai_chat, base_url: \"@p@\", models: [m] }\n";
    TestApp::start(script, config).await
}

#[tokio::test]
async fn every_dialect_is_served_below_every_name() {
    let mut app = app().await;
    for name in ["/openai", "/anthropic", "/genai"] {
        for dialect in CLIENTS {
            for stream in [false, true] {
                let mut call = Call::chat(dialect, "p/m", stream, "x");
                call.path.insert_str(0, name);
                let (answer, record) = app.recorded(call).await;
                assert_eq!(
                    (answer.status.as_u16(), record.dialect),
                    (200, dialect),
                    "{name} {}",
                    answer.text()
                );
                assert!(!answer.said().is_empty(), "{name} {dialect:?}");
            }
        }
    }
    for (dialect, name) in [(DialectId::OpenAiChat, "/openai"), (DialectId::AnthropicMessages, "/anthropic")]
    {
        let mut call = Call::chat(dialect, "p/m", false, "x");
        call.path = call.path.replacen("/v1", name, 1);
        assert_eq!(app.recorded(call).await.0.status.as_u16(), 200, "{name} without a version");
    }
}

#[tokio::test]
async fn lists_have_the_shape_of_the_name() {
    let app = app().await;
    for (path, pointer) in [
        ("/openai/v1/models", "/data/0/owned_by"),
        ("/openai/models", "/data/0/owned_by"),
        ("/anthropic/v1/models", "/data/0/display_name"),
        ("/genai/v1beta/models", "/models/0/displayName"),
        ("/genai/v1/models", "/models/0/displayName"),
        ("/anthropic/v1/models/p/m", "/display_name"),
        ("/genai/models/p/m", "/displayName"),
        ("/openai/v1/models/search", "/models/0/model_id"),
    ] {
        let list = app.send(Call::get(path)).await;
        assert!(list.json().pointer(pointer).is_some_and(Value::is_string), "{path}: {}", list.text());
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_in_the_dialect_of_the_name() {
    let app = app().await;
    for (path, pointer) in [
        ("/openai/v1/nothing", "/error/code"),
        ("/anthropic/v1/nothing", "/error/type"),
        ("/anthropic/v1/models/none", "/request_id"),
        ("/genai/v1beta/nothing", "/error/status"),
        ("/anthropic/v1/models/search?top=0", "/request_id"),
    ] {
        let answer = app.send(Call::get(path)).await;
        assert!([400, 404].contains(&answer.status.as_u16()), "{path}");
        assert!(answer.json().pointer(pointer).is_some(), "{path}: {}", answer.text());
    }
    let wrong = app.send(Call::get("/anthropic/v1/messages")).await;
    assert_eq!((wrong.status.as_u16(), &wrong.json()["type"]), (405, &Value::from("error")));
}
