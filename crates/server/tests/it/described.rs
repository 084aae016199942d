//! Images described in words for targets that see none.

use serde_json::{Value, json};
use wye_types::record::{InnerCall, Purpose, RequestRecord};

use super::support::{Answer, Call, TestApp};

const SCRIPT: &str = "
providers:
  blind: { dialect: openai_chat, models: { m: {} } }
  seeing: { dialect: anthropic_messages, models: { m: {} } }
  broken: { dialect: openai_chat, faults: [{ fault: { status: 500 } }], models: { v: {} } }
  eyes: { dialect: gemini, faults: [{ fault: { text_200: 'A red square.' } }], models: { v: {} } }
";

async fn app(describe: &str, rest: &str) -> TestApp {
    let config = format!(
        r#"
discover: false
providers:
  blind: {{ dialect: openai_chat, base_url: "@blind@", models: [{{ id: m, vision: false, price: {{ input: 1, output: 1 }} }}] }}
  seeing: {{ dialect: anthropic_messages, base_url: "@seeing@", models: [{{ id: m, price: {{ input: 1, output: 1 }} }}] }}
  broken: {{ dialect: openai_chat, base_url: "@broken@" }}
  eyes: {{ dialect: gemini, base_url: "@eyes@" }}
routes:
  r: {{ targets: [blind/m, seeing/m], describe_images: {{ {describe} }} }}
  only: {{ targets: [blind/m], describe_images: {{ {describe} }} }}
  plain: {{ targets: [blind/m] }}
{rest}
"#
    );
    TestApp::start(SCRIPT, &config).await
}

/// A conversation with one image twice and another one.
fn with_images(model: &str) -> Call {
    let image = |data: &str| json!({"type": "image_url", "image_url": {"url": format!("data:image/png;base64,{data}")}});
    let body = json!({"model": model, "user": "someone", "messages": [
        {"role": "user", "content": [{"type": "text", "text": "What is it?"}, image("iVBORw0KGgo="), image("iVBORw0KGgpy")]},
        {"role": "assistant", "content": "A thing."},
        {"role": "user", "content": [image("iVBORw0KGgo="), {"type": "text", "text": "And now?"}]},
    ]});
    Call::post("/v1/chat/completions", body.to_string())
}

/// The last body that a provider got.
fn got(app: &TestApp, provider: &str) -> Option<Value> {
    let received = app.fleet.received();
    received.iter().rev().find(|received| received.provider == provider).map(|received| received.body.clone())
}

/// An answer, the record of its request, and those of the calls that were made for it.
async fn all(app: &mut TestApp, call: Call, inner: usize) -> (Answer, RequestRecord, Vec<RequestRecord>) {
    let answer = app.send(call).await;
    let mut inner_records = Vec::new();
    for _ in 0..inner {
        inner_records.push(app.record().await);
    }
    let record = app.record().await;
    app.no_record();
    (answer, record, inner_records)
}

#[tokio::test]
async fn a_model_that_sees_describes_for_one_that_does_not() {
    let mut app = app("with: [broken/v, eyes/v], prompt: Say what you see", "").await;
    let (answer, record, inner) = all(&mut app, with_images("r"), 2).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    assert_eq!(answer.header("x-wye-provider"), "blind");
    let sent = got(&app, "blind").unwrap();
    assert!(!sent.to_string().contains("image_url"), "{sent}");
    assert_eq!(sent.to_string().matches("[image: A red square.]").count(), 3, "{sent}");
    assert!(got(&app, "eyes").unwrap().to_string().contains("Say what you see"));
    for call in &inner {
        assert_eq!(call.inner, Some(InnerCall { parent: record.id, purpose: Purpose::DescribeImage }));
        assert_eq!(call.served.as_deref().map(ToString::to_string).as_deref(), Some("eyes/v"));
        assert_eq!((call.status, call.user.as_deref()), (200, Some("someone")));
        assert!(call.usage.is_some() && call.id != record.id);
    }
    assert_eq!(record.inner, None);
    // What is known is not asked again, and what has no image asks nobody.
    let before = app.fleet.received().len();
    let (answer, ..) = all(&mut app, with_images("only"), 0).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    let (answer, ..) = all(&mut app, Call::ask("r", true), 0).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    assert_eq!(app.fleet.received().len(), before + 2);
    // Nobody is asked where the route does not ask for it.
    let (answer, ..) = all(&mut app, with_images("plain"), 0).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    assert!(got(&app, "blind").unwrap().to_string().contains("image_url"));
}

#[tokio::test]
async fn where_nobody_can_describe_the_next_target_sees_for_itself() {
    let mut app = app("with: [broken/v]", "").await;
    let answer = app.send(with_images("r")).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    assert_eq!(answer.header("x-wye-provider"), "seeing");
    assert!(got(&app, "seeing").unwrap().to_string().contains("iVBORw0KGgpy"));
    assert!(got(&app, "blind").is_none());
    while app.record().await.inner.is_some() {}
    let answer = app.send(with_images("only")).await;
    assert!(answer.status.is_client_error() || answer.status.is_server_error(), "{}", answer.text());
    let said = answer.text();
    assert!(said.contains("blind/m sees no images, and they could not be described"), "{said}");
}

#[tokio::test]
async fn the_clients_budget_pays_for_descriptions() {
    let keys = "keys: [{ name: n, key: secret-key, budgets: [{ usd: 100, per: day }] }]";
    let mut app = app("with: [eyes/v]", keys).await;
    // The describer has no price, so that a budget cannot pay for it.
    let answer = app.send(with_images("r").with("authorization", "Bearer secret-key")).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    assert_eq!(answer.header("x-wye-provider"), "seeing");
    assert!(got(&app, "eyes").is_none());
    let mut record = app.record().await;
    while record.inner.is_some() {
        assert_eq!(record.key.as_deref(), Some("n"));
        record = app.record().await;
    }
}

#[tokio::test]
async fn what_may_cost_nothing_costs_nothing_for_descriptions_either() {
    let priced = |price: &str| format!("models: [{{ id: v, price: {{ input: {price}, output: {price} }} }}]");
    for (price, status) in [("0", 200), ("1", 400)] {
        let config = format!(
            r#"
discover: false
providers:
  blind: {{ dialect: openai_chat, base_url: "@blind@", models: [{{ id: m, vision: false, price: {{ input: 0, output: 0 }} }}] }}
  eyes: {{ dialect: gemini, base_url: "@eyes@", {} }}
routes:
  r: {{ targets: [blind/m], describe_images: {{ with: [eyes/v] }} }}
"#,
            priced(price)
        );
        let app = TestApp::start(SCRIPT, &config).await;
        let answer = app.send(with_images("r").with("x-wye-free-only", "true")).await;
        assert_eq!(answer.status.as_u16() == 200, status == 200, "{price}: {}", answer.text());
        assert_eq!(got(&app, "eyes").is_some(), status == 200, "{price}");
    }
}
