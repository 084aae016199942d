//! Streams whose content is late: opened by a heartbeat, and still able to fail over.

use serde_json::Value;
use wye_types::DialectId;

use super::support::{CLIENTS, Call, TestApp, attempts, code};

const BACKUP: &str = "The backup answers.";

async fn app(fault: &str, targets: &str) -> TestApp {
    let script = format!(
        r#"
providers:
  late: {{ dialect: openai_chat, models: {{ m: {{ tokens: 30 }} }}, faults: [{{ fault: {fault} }}] }}
  backup: {{ dialect: openai_chat, models: {{ m: {{}} }}, faults: [{{ fault: {{ text_200: "{BACKUP}" }} }}] }}
"#
    );
    let config = format!(
        r#"
discover: false
sse_heartbeat: 50ms
providers:
  late: {{ dialect: openai_chat, base_url: "@late@" }}
  backup: {{ dialect: openai_chat, base_url: "@backup@" }}
routes:
  r: {{ targets: {targets}, timeouts: {{ first_content: 300ms, first_content_reasoning: 300ms, idle: 300ms }} }}
"#
    );
    TestApp::start(&script, &config).await
}

/// The same question to a client whose stream is a JSON array.
fn array() -> Call {
    let mut call = Call::chat(DialectId::Gemini, "r", true, "Hello");
    call.path = call.path.replace("?alt=sse", "");
    call
}

fn calls() -> Vec<(&'static str, Call)> {
    let mut calls: Vec<(&str, Call)> =
        CLIENTS.into_iter().map(|d| (d.name(), Call::chat(d, "r", true, "Hello"))).collect();
    calls.push(("gemini array", array()));
    calls
}

fn is_heartbeat(piece: &[u8]) -> bool {
    piece.starts_with(b": ") || piece.starts_with(b"event: ping") || piece.trim_ascii().is_empty()
}

#[tokio::test]
async fn a_heartbeat_comes_first_then_the_content() {
    for (name, call) in calls() {
        let mut app = app("{ slow_first: 200ms }", "[late/m]").await;
        let mut live = app.open(call.clone()).await;
        assert_eq!(live.response.status().as_u16(), 200);
        let first = live.piece().await.unwrap();
        assert!(is_heartbeat(&first), "{name}: {first:?}");
        let mut answer = live.read().await;
        if answer.header("content-type").starts_with("application/json") {
            answer.body = [first, answer.body].concat().into();
        }
        assert!(answer.said().len() > 50, "{name}: {}", answer.text());
        assert_eq!(answer.error(), None);
        let record = app.record().await;
        assert_eq!((attempts(&record).as_str(), code(&record)), ("late 200 served", "-"));
    }
}

#[tokio::test]
async fn another_target_may_still_take_over() {
    for (name, call) in calls() {
        let mut app = app("stall_body", "[late/m, backup/m]").await;
        let (answer, record) = app.recorded(call).await;
        assert_eq!(answer.status.as_u16(), 200);
        assert_eq!(answer.said(), BACKUP, "{name}: {}", answer.text());
        assert_eq!(attempts(&record), "late 200 provider_timeout, backup 200 served");
    }
}

#[tokio::test]
async fn a_failure_is_told_within_the_stream() {
    for (name, call) in calls() {
        let mut app = app("stall_first", "[late/m]").await;
        let (answer, record) = app.recorded(call).await;
        assert_eq!(answer.status.as_u16(), 200);
        let error = answer.error().unwrap_or(Value::Null);
        assert!(
            error.as_str().or(error["message"].as_str()).is_some_and(|m| m.contains("time limit")),
            "{name}: {}",
            answer.text()
        );
        assert_eq!((record.status, code(&record)), (200, "provider_timeout"));
        assert_eq!(attempts(&record), "late - provider_timeout");
    }
}

#[tokio::test]
async fn a_broken_array_is_still_an_array() {
    let mut app = app("{ cut_after_events: 4 }", "[late/m]").await;
    let (answer, record) = app.recorded(array()).await;
    assert!(answer.json().is_array(), "{}", answer.text());
    assert!(answer.error().is_some(), "{}", answer.text());
    assert_eq!(code(&record), "provider_stream_broken");
}
