//! A share of the requests goes to one more target as well, whose answers are recorded and never returned.

use std::time::Duration;

use serde_json::json;
use wye_pipeline::mirror::AT_ONCE;
use wye_types::record::{InnerCall, Purpose, RequestRecord};

use super::support::{Call, TestApp};

const SCRIPT: &str = "
providers:
  main: { dialect: openai_chat, models: { m: { tokens: 8 } } }
  shadow: { dialect: gemini, models: { m: {} }, faults: [{ fault: { text_200: 'Nobody hears me.' } }] }
  stuck: { dialect: openai_chat, models: { m: {} }, faults: [{ fault: stall_first }] }
  broken: { dialect: openai_chat, models: { m: {} }, faults: [{ fault: { status: 500 } }] }
";

async fn app(rest: &str) -> TestApp {
    let price = "models: [{ id: m, price: { input: 10, output: 10 } }]";
    let config = format!(
        r#"
discover: false
log: {{ bodies: all }}
providers:
  main: {{ dialect: openai_chat, base_url: "@main@", {price} }}
  shadow: {{ dialect: gemini, base_url: "@shadow@", {price} }}
  stuck: {{ dialect: openai_chat, base_url: "@stuck@", {price} }}
  broken: {{ dialect: openai_chat, base_url: "@broken@", {price} }}
routes:
  all: {{ targets: [main/m], mirror: {{ target: shadow/m, share: 1 }} }}
  none: {{ targets: [main/m], mirror: {{ target: shadow/m, share: 0 }} }}
  stuck: {{ targets: [main/m], mirror: {{ target: stuck/m, share: 1 }}, timeouts: {{ total: 100s }} }}
  broken: {{ targets: [main/m], mirror: {{ target: broken/m, share: 1 }} }}
  fails: {{ targets: [broken/m], mirror: {{ target: shadow/m, share: 1 }} }}
{rest}
"#
    );
    TestApp::start_keeping(SCRIPT, &config).await
}

/// The record of the request, and that of its copy.
async fn both(app: &mut TestApp) -> (RequestRecord, RequestRecord) {
    let (one, other) = (app.record().await, app.record().await);
    if one.inner.is_none() { (one, other) } else { (other, one) }
}

#[tokio::test]
async fn a_copy_is_answered_recorded_and_never_returned() {
    let mut app = app("").await;
    for stream in [false, true] {
        let answer = app.send(Call::ask("all", stream)).await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
        assert!(!answer.text().contains("Nobody hears me."), "{}", answer.text());
        assert_eq!(answer.header("x-wye-provider"), "main");
        let (record, copy) = both(&mut app).await;
        assert_eq!(copy.inner, Some(InnerCall { parent: record.id, purpose: Purpose::Mirror }));
        assert_eq!(copy.served.as_deref().map(ToString::to_string).as_deref(), Some("shadow/m"));
        assert_eq!((copy.status, copy.code, copy.route.as_deref()), (200, None, Some("all (mirror)")));
        assert!(copy.cost.unwrap() > 0 && copy.usage.is_some());
        let said = copy.bodies.unwrap().response.concat();
        let said = String::from_utf8_lossy(&said);
        assert!(said.contains("hears"), "{said}");
        assert_eq!(record.attempts.len(), 1, "it is no attempt of the client's");
    }
    let answer = app.send(Call::ask("none", false)).await;
    assert_eq!(answer.status.as_u16(), 200);
    assert_eq!(app.record().await.inner, None);
    app.no_record();
}

#[tokio::test]
async fn a_copy_that_fails_or_stalls_is_nothing_to_the_client() {
    let mut app = app("").await;
    let answer = app.send(Call::ask("broken", false)).await;
    assert_eq!((answer.status.as_u16(), answer.header("x-wye-attempts")), (200, "1"));
    let (record, copy) = both(&mut app).await;
    assert!(record.status == 200 && copy.status >= 500);
    // Who gets no answer is not copied.
    let answer = app.send(Call::ask("fails", false)).await;
    assert!(answer.status.is_server_error());
    assert_eq!(app.record().await.inner, None);
    app.no_record();
    // Copies that are stuck take their places, and there is no queue.
    let live = app.pipeline.live();
    let mirrors = &live.routes["stuck"].mirror.as_ref().unwrap().mirrors;
    for _ in 0..AT_ONCE + 3 {
        assert_eq!(app.send(Call::ask("stuck", false)).await.status.as_u16(), 200);
        assert_eq!(app.record().await.inner, None);
    }
    assert_eq!(mirrors.dropped(), 3);
    // A gateway that stops does not wait for them.
    app.pipeline.stop_streams();
    for _ in 0..AT_ONCE {
        let copy = app.record().await;
        assert_eq!((copy.inner.unwrap().purpose, copy.status), (Purpose::Mirror, 503));
        assert!(copy.total < Duration::from_secs(60));
    }
}

#[tokio::test]
async fn the_operator_pays_and_what_lies_at_a_provider_is_not_copied() {
    let keys =
        "keys: [{ name: n, key: secret-key, budgets: [{ usd: 100, per: day }] }]\nresponses: { store: on }";
    let mut app = app(keys).await;
    let call = |body: &serde_json::Value| {
        Call::post("/v1/responses", body.to_string()).with("authorization", "Bearer secret-key")
    };
    let body = json!({ "model": "all", "input": "Hello", "store": true });
    let answer = app.send(call(&body)).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    let (record, copy) = both(&mut app).await;
    assert_eq!((record.key.as_deref(), copy.key.as_deref()), (Some("n"), None));
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    let body = json!({ "model": "all", "input": "And now?", "previous_response_id": id });
    let answer = app.send(call(&body)).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    assert_eq!(app.record().await.inner, None);
    app.no_record();
}
