//! Responses that later requests go on from: with providers that keep nothing, and with one that keeps them itself.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::IntoResponse;
use axum::routing::any;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use wye_types::kept::{KeepSlot, KeptError, KeptResponse, Looking, Responses};
use wye_types::record::UsageSource;

use super::support::{Answer, Call, TestApp};

const SCRIPT: &str = r"
providers:
  chat: { dialect: openai_chat, keys: [sk-c], models: { m: {}, thinker: { reasoning: true } } }
  anthropic: { dialect: anthropic_messages, keys: [sk-a], models: { m: {} } }
";

const CONFIG: &str = r#"
discover: false
keys:
  - { name: alice, key: wye-alice-0123456789abcdef0123456789 }
  - { name: bob, key: wye-bob-0123456789abcdef0123456789ab }
  - { name: chatty, key: wye-chatty-0123456789abcdef01234567, apis: [openai_chat] }
providers:
  chat: { like: openai, dialects: [openai_chat], base_url: "@chat@", api_key: sk-c }
  anthropic: { dialect: anthropic_messages, base_url: "@anthropic@", api_key: sk-a }
  vendor: { dialect: openai_responses, base_url: "VENDOR/v1", api_keys: [sk-1, sk-2] }
routes:
  mixed: { targets: [chat/m, vendor/m] }
"#;

const ALICE: &str = "wye-alice-0123456789abcdef0123456789";
const BOB: &str = "wye-bob-0123456789abcdef0123456789ab";

/// A vendor that keeps responses, for the key that asked.
#[derive(Default)]
struct Kept {
    /// Id and key of each.
    responses: Vec<(String, String)>,
    /// Method and path, key and body of each request.
    received: Vec<(String, String, Value)>,
}

type Vendor = Arc<Mutex<Kept>>;

async fn vendor_answers(State(vendor): State<Vendor>, request: Request) -> axum::response::Response {
    let (head, body) = request.into_parts();
    let body: Value = serde_json::from_slice(&body.collect().await.unwrap().to_bytes()).unwrap_or_default();
    let key = head.headers["authorization"].to_str().unwrap().trim_start_matches("Bearer ").to_owned();
    let path = head.uri.path().trim_start_matches("/v1/responses").to_owned();
    let mut vendor = vendor.lock().unwrap();
    vendor.received.push((format!("{} {path}", head.method), key.clone(), body.clone()));
    let keeps = |id: &str| vendor.responses.contains(&(id.to_owned(), key.clone()));
    let answer = |id: &str, status: &str| {
        let said = json!({"type": "message", "id": format!("msg_{id}"), "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": format!("said in {id}"), "annotations": []}]});
        let output = if status == "completed" { json!([said]) } else { json!([]) };
        let usage = json!({"input_tokens": 1, "output_tokens": 1, "total_tokens": 2});
        let usage = if status == "queued" { Value::Null } else { usage };
        json!({"id": id, "object": "response", "created_at": 1, "status": status, "model": "m", "output": output,
            "store": true, "usage": usage})
    };
    let mut steps = path.trim_start_matches('/').split('/');
    let id = steps.next().unwrap_or("").to_owned();
    let found = match (head.method.as_str(), steps.next()) {
        ("POST", None) => {
            if let Some(previous) = body["previous_response_id"].as_str().filter(|id| !keeps(id)) {
                let error = json!({"error": {"message": format!("Previous response with id '{previous}' not found."),
                    "type": "invalid_request_error", "param": "previous_response_id", "code": "previous_response_not_found"}});
                return (http::StatusCode::BAD_REQUEST, error.to_string()).into_response();
            }
            let id = format!("resp_{}", vendor.received.len());
            vendor.responses.push((id.clone(), key));
            Some(answer(&id, if body["background"] == true { "queued" } else { "completed" }))
        }
        ("GET", None) if keeps(&id) => Some(answer(&id, "completed")),
        ("POST", Some("cancel")) if keeps(&id) => Some(answer(&id, "cancelled")),
        ("DELETE", None) if keeps(&id) => {
            vendor.responses.retain(|kept| kept.0 != id);
            Some(json!({"id": id, "object": "response", "deleted": true}))
        }
        _ => None,
    };
    match found {
        Some(found) => ([("content-type", "application/json")], found.to_string()).into_response(),
        None => (http::StatusCode::NOT_FOUND, r#"{"error":{"message":"not found"}}"#).into_response(),
    }
}

struct House {
    app: TestApp,
    vendor: Vendor,
    _tasks: JoinSet<()>,
}

impl House {
    async fn start(more: &str) -> Self {
        let vendor = Vendor::default();
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(any(vendor_answers)).with_state(Arc::clone(&vendor));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { drop(axum::serve(listener, router).await) });
        let config = CONFIG.replace("VENDOR", &address) + more;
        Self { app: TestApp::start_keeping(SCRIPT, &config).await, vendor, _tasks: tasks }
    }

    async fn ask(&self, key: &str, body: Value) -> Answer {
        let call = Call::post("/v1/responses", body.to_string());
        self.app.send(call.with("authorization", &format!("Bearer {key}"))).await
    }

    async fn good(&self, body: Value) -> Value {
        let answer = self.ask(ALICE, body).await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
        let whole = |event: &Value| event["type"] == "response.completed";
        answer
            .events()
            .iter()
            .find(|event| whole(event))
            .map_or_else(|| answer.json(), |end| end["response"].clone())
    }

    async fn call(&self, key: &str, method: &'static str, path: &str) -> Answer {
        let call = Call { method, ..Call::get(path) };
        self.app.send(call.with("authorization", &format!("Bearer {key}"))).await
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.call(ALICE, "GET", path).await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
        answer.json()
    }

    /// What the vendor was asked, and with which key.
    fn asked(&self) -> Vec<(String, String)> {
        self.vendor
            .lock()
            .unwrap()
            .received
            .iter()
            .map(|(what, key, _)| (what.clone(), key.clone()))
            .collect()
    }

    fn last(&self) -> Value {
        self.vendor.lock().unwrap().received.last().unwrap().2.clone()
    }
}

/// The texts of a chat request's messages.
fn texts(body: &Value) -> Vec<String> {
    let text = |content: &Value| match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        _ => String::new(),
    };
    body["messages"].as_array().unwrap().iter().map(|message| text(&message["content"])).collect()
}

#[tokio::test]
async fn a_conversation_goes_on_with_providers_that_keep_nothing() {
    let house = House::start("").await;
    for stream in [false, true] {
        let first = house
            .good(json!({"model": "chat/m", "stream": stream, "input": "one", "instructions": "be brief"}))
            .await;
        assert_eq!(
            (&first["store"], &first["previous_response_id"]),
            (&json!(true), &Value::Null),
            "{first}"
        );
        let said = first["output"][0]["content"][0]["text"].as_str().unwrap();
        // The second asks another provider, in another dialect.
        let second = json!({"model": "anthropic/m", "stream": stream, "previous_response_id": first["id"],
            "input": [{"role": "user", "content": "two"}]});
        let second = house.good(second).await;
        assert_eq!(second["previous_response_id"], first["id"]);
        let got = house.app.fleet.received().last().unwrap().body.clone();
        assert_eq!(texts(&got), ["one", said, "two"]);
        assert_eq!(got.get("system"), None, "instructions are not carried over");
        let third = json!({"model": "chat/m", "previous_response_id": second["id"], "input": "three"});
        house.good(third).await;
        let again = second["output"][0]["content"][0]["text"].as_str().unwrap();
        let got = house.app.fleet.received().last().unwrap().body.clone();
        assert_eq!(texts(&got), ["one", said, "two", again, "three"]);

        let id = first["id"].as_str().unwrap();
        let shown = house.get(&format!("/v1/responses/{id}")).await;
        assert_eq!((&shown["id"], &shown["output"]), (&first["id"], &first["output"]));
        let id = second["id"].as_str().unwrap();
        let items = house.get(&format!("/v1/responses/{id}/input_items?order=asc")).await;
        let kinds: Vec<&Value> = items["data"].as_array().unwrap().iter().map(|item| &item["role"]).collect();
        assert_eq!(kinds, ["user", "assistant", "user"]);
        let newest = house.get(&format!("/v1/responses/{id}/input_items?limit=1")).await;
        assert_eq!((&newest["data"][0], &newest["has_more"]), (&items["data"][2], &json!(true)));
        let after = newest["last_id"].as_str().unwrap();
        let rest = house.get(&format!("/v1/responses/{id}/input_items?after={after}")).await;
        assert_eq!(rest["data"], json!([items["data"][1], items["data"][0]]));
        let deleted = house.call(ALICE, "DELETE", &format!("/v1/responses/{id}")).await;
        assert_eq!(deleted.json(), json!({"id": id, "object": "response", "deleted": true}));
        assert_eq!(house.call(ALICE, "GET", &format!("/v1/responses/{id}")).await.status.as_u16(), 404);
    }
}

#[tokio::test]
async fn whose_it_is_not_it_does_not_exist_for() {
    let house = House::start("").await;
    let first = house.good(json!({"model": "chat/m", "input": "one"})).await;
    let id = first["id"].as_str().unwrap();
    for (method, path) in [("GET", ""), ("DELETE", ""), ("GET", "/input_items"), ("POST", "/cancel")] {
        let answer = house.call(BOB, method, &format!("/v1/responses/{id}{path}")).await;
        assert_eq!(answer.status.as_u16(), 404, "{method} {path}");
    }
    let answer = house.ask(BOB, json!({"model": "chat/m", "input": "x", "previous_response_id": id})).await;
    let error = answer.json()["error"].clone();
    assert_eq!((answer.status.as_u16(), &error["param"]), (404, &json!("previous_response_id")), "{error}");
    let chatty =
        house.call("wye-chatty-0123456789abcdef01234567", "GET", &format!("/v1/responses/{id}")).await;
    assert_eq!(chatty.status.as_u16(), 403);
    // It is there all the same.
    house.get(&format!("/v1/responses/{id}")).await;
}

#[tokio::test]
async fn what_cannot_be_is_said_clearly() {
    let house = House::start("").await;
    let secret = house.good(json!({"model": "chat/m", "input": "one", "store": false})).await;
    assert_eq!(secret["store"], false);
    let first = house.good(json!({"model": "chat/m", "input": "one"})).await;
    let (id, gone) = (first["id"].as_str().unwrap(), secret["id"].as_str().unwrap());
    for (method, path, status, words) in [
        ("GET", gone.to_owned(), 404, "store: false"),
        ("GET", format!("{id}?stream=true"), 400, "`stream`"),
        ("POST", format!("{id}/cancel"), 400, "background"),
        ("GET", format!("{id}/input_items?limit=0"), 400, "`limit`"),
        ("GET", format!("{id}/input_items?limit=x"), 400, "`limit`"),
        ("GET", format!("{id}/input_items?order=up"), 400, "`order`"),
        ("GET", format!("{id}/input_items?after=nothing"), 400, "`after`"),
        ("GET", format!("{id}/else"), 404, "input_items"),
        ("PUT", id.to_owned(), 405, "PUT"),
        ("POST", "compact".to_owned(), 404, "compacts"),
    ] {
        let answer = house.call(ALICE, method, &format!("/v1/responses/{path}")).await;
        let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
        assert_eq!((answer.status.as_u16(), message.contains(words)), (status, true), "{path}: {message}");
    }
    for (body, param) in [
        (json!({"conversation": "conv_1"}), "conversation"),
        (json!({"prompt": {"id": "pmpt_1"}}), "prompt"),
        (json!({"previous_response_id": 7}), "previous_response_id"),
        (json!({"store": "false"}), "store"),
        (json!({"previous_response_id": "resp_none"}), "previous_response_id"),
    ] {
        let mut whole = json!({"model": "chat/m", "input": "x"});
        whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        let answer = house.ask(ALICE, whole).await;
        let said = answer.text() + answer.header("x-wye-warnings");
        assert!(answer.status.is_client_error() && said.contains(param), "{param}: {} {said}", answer.status);
    }
}

#[tokio::test]
async fn a_provider_that_keeps_it_is_asked_by_id_with_the_key_it_is_kept_for() {
    let house = House::start("").await;
    let first = house.good(json!({"model": "vendor/m", "input": "one"})).await;
    for turn in 2..6 {
        let body = json!({"model": "vendor/m", "input": format!("turn {turn}"), "previous_response_id": first["id"]});
        house.good(body).await;
        assert_eq!(
            (&house.last()["previous_response_id"], &house.last()["input"]),
            (&first["id"], &json!(format!("turn {turn}")))
        );
    }
    let asked = house.asked();
    assert!(asked.iter().all(|(_, key)| *key == asked[0].1), "{asked:?}");
    // A route goes to the provider that has it, though another one stands first.
    let body = json!({"model": "mixed", "input": "six", "previous_response_id": first["id"]});
    house.good(body.clone()).await;
    assert_eq!(house.last()["input"], "six");
    // A provider that does not keep it is sent everything.
    let body = json!({"model": "chat/m", "input": "seven", "previous_response_id": first["id"]});
    house.good(body).await;
    assert_eq!(texts(&house.app.fleet.received().last().unwrap().body), ["one", "said in resp_1", "seven"]);
    // When it is deleted here, it is deleted there.
    house.call(ALICE, "DELETE", "/v1/responses/resp_1").await;
    let last = house.asked().last().unwrap().clone();
    assert_eq!(last, ("DELETE /resp_1".to_owned(), asked[0].1.clone()));
}

#[tokio::test]
async fn what_the_provider_has_forgotten_is_sent_again() {
    let house = House::start("").await;
    let first = house.good(json!({"model": "vendor/m", "input": "one"})).await;
    house.vendor.lock().unwrap().responses.clear();
    let second =
        house.good(json!({"model": "vendor/m", "input": "two", "previous_response_id": first["id"]})).await;
    assert_eq!(second["previous_response_id"], first["id"]);
    let got = house.last();
    assert_eq!(got.get("previous_response_id"), None);
    let texts: Vec<&Value> = got["input"].as_array().unwrap().iter().map(|item| &item["content"]).collect();
    assert_eq!((texts[0], texts.len(), texts[2]), (&json!("one"), 3, &json!("two")));
    let shown = house.get(&format!("/v1/responses/{}", second["id"].as_str().unwrap())).await;
    assert_eq!(shown["id"], second["id"]);
}

#[tokio::test]
async fn work_in_the_background_is_looked_at_and_cancelled_where_it_is_done() {
    let house = House::start("").await;
    for (method, path, status) in [("GET", "", "completed"), ("POST", "/cancel", "cancelled")] {
        let begun = house.good(json!({"model": "vendor/m", "input": "one", "background": true})).await;
        assert_eq!(begun["status"], "queued");
        let id = begun["id"].as_str().unwrap();
        let path = format!("/v1/responses/{id}{path}");
        let answer = house.call(ALICE, method, &path).await.json();
        assert_eq!((&answer["id"], &answer["status"]), (&begun["id"], &json!(status)), "{answer}");
        // What has ended is known here from then on.
        let calls = house.asked().len();
        assert_eq!(house.get(&format!("/v1/responses/{id}")).await["status"], status);
        assert_eq!(house.asked().len(), calls);
    }
}

#[tokio::test]
async fn work_in_the_background_is_paid_for_when_it_is_begun() {
    let mut house = House::start("").await;
    let body = json!({"model": "vendor/m", "input": "one", "background": true, "max_output_tokens": 9000});
    let call =
        Call::post("/v1/responses", body.to_string()).with("authorization", &format!("Bearer {ALICE}"));
    let (answer, record) = house.app.recorded(call).await;
    assert_eq!(answer.json()["status"], "queued");
    let usage = record.usage.unwrap();
    assert_eq!((usage.output_total(), record.usage_source), (9000, UsageSource::Estimated));
}

#[tokio::test]
async fn a_gateway_that_keeps_nothing_says_so() {
    let house = House::start("responses: { store: \"off\" }\n").await;
    let first = house.good(json!({"model": "chat/m", "input": "one"})).await;
    assert_eq!(first["store"], false);
    let answer = house.call(ALICE, "GET", &format!("/v1/responses/{}", first["id"].as_str().unwrap())).await;
    assert_eq!(answer.status.as_u16(), 404);
    assert!(answer.text().contains("keeps no responses"), "{}", answer.text());
}

/// Has no place for any response, and cannot be read.
struct Away;

impl Responses for Away {
    fn reserve(&self) -> Option<Box<dyn KeepSlot>> {
        None
    }

    fn find<'a>(&'a self, _: &'a str, _: &'a str) -> Looking<'a, Arc<KeptResponse>> {
        Box::pin(async { Err(KeptError::Unavailable("down".to_owned())) })
    }

    fn conversation<'a>(&'a self, _: &'a str, _: &'a str, _: usize) -> Looking<'a, Vec<Arc<KeptResponse>>> {
        Box::pin(async { Err(KeptError::Unavailable("down".to_owned())) })
    }

    fn forget<'a>(&'a self, _: &'a str, _: &'a str) -> Looking<'a, ()> {
        Box::pin(async { Err(KeptError::Unavailable("down".to_owned())) })
    }
}

#[tokio::test]
async fn a_store_that_is_away_costs_only_what_needs_it() {
    let config =
        "discover: false\nproviders: { chat: { dialect: openai_chat, base_url: \"@chat@\", api_key: sk-c } }";
    let app = TestApp::start_with_responses(SCRIPT, config, Arc::new(Away)).await;
    for stream in [false, true] {
        let body = json!({"model": "chat/m", "input": "one", "stream": stream});
        let answer = app.send(Call::post("/v1/responses", body.to_string())).await;
        assert_eq!(answer.status.as_u16(), 200);
        assert!(answer.header("x-wye-warnings").contains("not kept"), "{:?}", answer.headers);
        let events = answer.events();
        let last = events.last().unwrap();
        let response = if stream { &last["response"] } else { last };
        assert_eq!(response["store"], false, "{response}");
    }
    let body = json!({"model": "chat/m", "input": "two", "previous_response_id": "resp_1"});
    for call in [Call::post("/v1/responses", body.to_string()), Call::get("/v1/responses/resp_1")] {
        let answer = app.send(call).await;
        assert_eq!((answer.status.as_u16(), answer.header("x-wye-code")), (503, "gateway_store_unavailable"));
        assert!(!answer.text().contains("down"), "{}", answer.text());
    }
}
