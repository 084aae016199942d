//! What clients say to the gateway about routing: it reaches no provider, and what is wrong with it is said in the client's
//! own dialect.

use serde_json::{Value, json};
use wye_types::{Code, DialectId};

use super::support::{CLIENTS, Call, TestApp, code};

const SCRIPT: &str = "providers:
  a: { dialect: openai_chat, models: { m: {}, vectors: {} } }
  b: { dialect: anthropic_messages, models: { m: {} } }
  c: { dialect: gemini, models: { m: {} } }
  d: { dialect: openai_responses, models: { m: {} } }
";
const CONFIG: &str = "discover: false
providers:
  a: { dialect: openai_chat, base_url: \"@a@\", api_key: k, models: [{ id: m, price: { input: 1, output: 1 } }, { id: vectors, price: { input: 1 } }] }
  b: { dialect: anthropic_messages, base_url: \"@b@\", api_key: k, models: [{ id: m, price: { input: 1, output: 1 } }] }
  c: { dialect: gemini, base_url: \"@c@\", api_key: k, models: [{ id: m, price: { input: 1, output: 1 } }] }
  d: { dialect: openai_responses, base_url: \"@d@\", api_key: k, models: [{ id: m, price: { input: 1, output: 1 } }] }
";

/// Everything that can be said in a body.
fn everything() -> Value {
    json!({
        "prefer": ["a", "b"], "exclude": "nobody", "max_latency_ms": 60_000, "strategy": "fastest", "models": ["a/m"],
        "route": "fallback", "session_id": "s", "hedge": false, "trace": true, "free_only": false,
        "usage": {"include": true},
        "provider": {
            "order": ["a", "b"], "only": ["a", "b", "c", "d"], "ignore": ["nobody"], "sort": "latency",
            "max_price": {"prompt": 1000}, "allow_fallbacks": true, "quantizations": ["fp8"],
        },
    })
}

/// A call with more fields in its body.
fn with(mut call: Call, more: &Value) -> Call {
    let mut body: Value = serde_json::from_slice(&call.body).unwrap();
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    call.body = body.to_string().into();
    call
}

fn with_headers(call: Call) -> Call {
    call.with("x-wye-prefer", "a")
        .with("x-smlgateway-exclude", "nobody")
        .with("x-smlgateway-max-latency", "60000")
        .with("x-smlgateway-strategy", "fastest")
        .with("x-wye-max-price", "prompt=1000")
        .with("x-session-id", "s")
}

async fn sent(app: &mut TestApp, call: Call) -> (Value, String) {
    let (answer, _) = app.recorded(call).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let received = app.fleet.received().pop().unwrap();
    for name in received.headers.keys() {
        let ours = ["x-wye-", "x-smlgateway-", "x-session-id"].iter().any(|prefix| name.starts_with(prefix));
        assert!(!ours, "{name} is for the gateway");
    }
    (received.body, answer.header("x-wye-warnings").to_owned())
}

#[tokio::test]
async fn a_provider_is_sent_what_it_would_be_sent_without() {
    let mut app = TestApp::start(SCRIPT, CONFIG).await;
    for client in CLIENTS {
        for target in ["a/m", "b/m", "c/m", "d/m"] {
            let plain = || Call::chat(client, target, false, "Tell me something.");
            let (wanted, _) = sent(&mut app, plain()).await;
            let (got, warnings) = sent(&mut app, with_headers(with(plain(), &everything()))).await;
            assert_eq!(got, wanted, "{client} to {target}");
            assert!(warnings.contains("provider.quantizations: dropped"), "{warnings}");
            for path in ["extra", "extra_body"] {
                let (got, _) = sent(&mut app, with(plain(), &json!({path: everything()}))).await;
                assert_eq!(got, wanted, "{client} to {target} in {path}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_wrong_is_said_in_every_dialect() {
    let mut app = TestApp::start(SCRIPT, CONFIG).await;
    for client in CLIENTS {
        let plain = || Call::chat(client, "a/m", false, "x");
        for (call, field) in [
            (with(plain(), &json!({"prefer": "groq", "exclude": ["groq"]})), "prefer"),
            (with(plain(), &json!({"extra": {"max_latency_ms": 0}})), "extra.max_latency_ms"),
            (with(plain(), &json!({"provider": {"zdr": true}})), "provider.zdr"),
            (plain().with("x-smlgateway-strategy", "best"), "x-smlgateway-strategy"),
        ] {
            let (answer, record) = app.recorded(call).await;
            assert_eq!((answer.status.as_u16(), code(&record)), (400, Code::CallerInvalidRequest.name()));
            let error = answer.error().unwrap().to_string();
            assert!(error.contains(&format!("`{field}`")), "{client}: {error}");
        }
    }
    assert!(app.fleet.received().is_empty(), "nothing was called");
}

#[tokio::test]
async fn other_doors_read_them_too() {
    let mut app = TestApp::start(SCRIPT, CONFIG).await;
    let vectors = || Call::post("/v1/embeddings", json!({"model": "a/vectors", "input": "x"}).to_string());
    let count = || {
        let body = json!({"model": "b/m", "messages": [{"role": "user", "content": "x"}]});
        Call::post("/v1/messages/count_tokens", body.to_string())
    };
    for plain in [&vectors as &dyn Fn() -> Call, &count] {
        let (wanted, _) = sent(&mut app, plain()).await;
        let (got, _) = sent(&mut app, with_headers(with(plain(), &everything()))).await;
        assert_eq!(got, wanted);
        let (answer, _) = app.recorded(with(plain(), &json!({"max_latency_ms": -1}))).await;
        assert_eq!(answer.status, 400);
        assert!(answer.error().unwrap().to_string().contains("`max_latency_ms`"));
    }
}

#[tokio::test]
async fn a_list_of_models_alone_names_the_first() {
    let mut app = TestApp::start(SCRIPT, CONFIG).await;
    for client in CLIENTS.into_iter().filter(|client| *client != DialectId::Gemini) {
        let mut call = Call::chat(client, "nobody", false, "x");
        let mut body: Value = serde_json::from_slice(&call.body).unwrap();
        body.as_object_mut().unwrap().remove("model");
        body["models"] = json!(["b/m", "a/m"]);
        call.body = body.to_string().into();
        let (answer, record) = app.recorded(call).await;
        assert_eq!(answer.status, 200, "{client}: {}", answer.text());
        assert_eq!(record.asked, "b/m", "{client}");
        // Nor does that help who names none at all.
        for models in [json!([]), json!([7]), json!([""]), json!("b/m")] {
            let mut call = Call::chat(client, "nobody", false, "x");
            body["models"] = models;
            call.body = body.to_string().into();
            let (answer, _) = app.recorded(call).await;
            assert_eq!(answer.status, 400);
            assert!(answer.error().unwrap().to_string().contains("`model` is missing"), "{client}");
        }
    }
}

#[tokio::test]
async fn who_asks_for_a_trace_is_told_in_the_answer_how_it_came_about() {
    let script = SCRIPT.replace("vectors: {} } }", "vectors: {} }, faults: [{ fault: { status: 500 } }] }");
    let config = format!("{CONFIG}routes:\n  r: {{ strategy: cheapest, targets: [a/m, b/m, c/m] }}\n");
    for (stream, end) in [(false, "b/m served in "), (true, "b/m answers")] {
        let mut app = TestApp::start(&script, &config).await;
        let call = || with(Call::ask("r", stream), &json!({"exclude": ["c"]}));
        let traced = with(call(), &json!({"trace": true}));
        let (answer, _) = app.recorded(traced).await;
        let line = answer.header("x-wye-trace");
        assert!(line.starts_with("order: a/m -"), "{line}");
        let rest = "; refused: c/m excluded; attempts: a/m provider_error (500) in ";
        assert!(line.contains(rest) && line.contains(end), "{line}");
        let (answer, _) = app.recorded(call()).await;
        assert!(answer.headers.get("x-wye-trace").is_none(), "nobody asked");
    }
}
