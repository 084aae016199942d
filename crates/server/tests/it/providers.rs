//! Providers and deployments through the admin API: what is listed, what is tried before it is saved, and what is tested.

use http::StatusCode;
use serde_json::{Value, json};
use wye_types::DeploymentId;
use wye_types::record::{InnerCall, Purpose};

use super::desk::{Ask, Desk};
use super::stub::{Seen, Stub, told};
use super::support::TestApp;

const KEY: &str = "sk-good-0123456789abcdef";

/// A provider that knows one key, lists two models, and answers one of them.
async fn provider() -> Stub {
    Stub::start(|seen: &Seen| {
        if seen.header("authorization") != format!("Bearer {KEY}") {
            let message = format!("Incorrect API key provided: {}", seen.header("authorization"));
            let body = json!({"error": {"message": message, "type": "invalid_request_error", "code": "invalid_api_key"}});
            return told(401, &[], body.to_string());
        }
        if seen.method == "GET" {
            let limits = [("x-ratelimit-limit-requests", "50"), ("x-ratelimit-remaining-requests", "49")];
            return told(200, &limits, json!({"data": [{"id": "small"}, {"id": "big"}]}).to_string());
        }
        if seen.body.windows(8).any(|piece| piece == b"\"spent\"}" || piece == b"\"spent\",") {
            return told(429, &[("retry-after", "600")], json!({"error": {"message": "slow down"}}).to_string());
        }
        let body = json!({
            "id": "c", "object": "chat.completion", "created": 1, "model": "small",
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "ok"}}],
            "usage": {"prompt_tokens": 12, "completion_tokens": 1, "total_tokens": 13},
        });
        told(200, &[("content-type", "application/json")], body.to_string())
    })
    .await
}

fn config(stub: &Stub) -> String {
    format!(
        "
discover: false
access: {{ allow_open: true }}
providers:
  corp:
    dialect: openai_chat
    base_url: {}
    accounts: [{{ name: one, api_key: {KEY} }}, {{ name: two, api_key: sk-bad-0123456789abcdef }}]
    limits: {{ rpm: 100 }}
    models: [small, {{ id: dear, price: {{ input: 2, output: 4 }} }}, {{ id: gone, enabled: false }}]
  alone: {{ dialect: openai_chat, base_url: {}, api_key: {KEY}, models: [small] }}
  groq: {{ api_key: gsk-0123456789abcdefgh, enabled: false }}
routes:
  all: {{ targets: [corp/small, corp/gone] }}
  none: {{ targets: [corp/gone] }}
",
        stub.url("/v1"),
        stub.url("/v1"),
    )
}

async fn get(desk: &Desk, path: &str, token: &str) -> Value {
    let seen = desk.call(Ask::get(path).bearer(token)).await;
    assert_eq!(seen.status, 200, "{path}: {}", seen.text());
    seen.json()
}

fn of<'v>(list: &'v Value, key: &str, name: &str) -> &'v Value {
    list["items"].as_array().unwrap().iter().find(|item| item[key] == name).unwrap_or(&Value::Null)
}

#[tokio::test]
async fn every_provider_is_listed_with_what_a_form_needs() {
    let stub = provider().await;
    let (desk, [viewer, operator, _]) = Desk::peopled(&config(&stub)).await;
    let list = get(&desk, "/api/v1/providers", &operator).await;
    let items = list["items"].as_array().unwrap();
    assert!(items.len() > 90, "{}", items.len());
    let configured: Vec<&Value> = items.iter().take_while(|item| item["configured"] == true).collect();
    assert_eq!(configured.len(), 3);
    assert!(items[3]["free"].is_object(), "what is free comes next: {}", items[3]);
    let corp = of(&list, "id", "corp");
    assert_eq!(
        (&corp["owner"], &corp["known"], &corp["enabled"], &corp["deployments"]),
        (&json!("file"), &json!(false), &json!(true), &json!(2))
    );
    assert_eq!(corp["accounts"][0]["name"], "one");
    assert_eq!(corp["accounts"][0]["hint"], "…cdef");
    assert_eq!(corp["accounts"][0]["secret"], "file");
    assert_eq!(corp["limits"][0]["owner"], "provider corp");
    let groq = of(&list, "id", "groq");
    assert_eq!(
        (&groq["configured"], &groq["enabled"], &groq["env"]),
        (&json!(true), &json!(false), &json!("GROQ_API_KEY"))
    );
    assert_eq!(groq["key_url"], "https://console.groq.com/keys");
    assert_eq!(
        (&groq["free"]["kind"], &groq["free"]["limits"][0]["per"]),
        (&json!("plan"), &json!("minute"))
    );
    let bedrock = of(&list, "id", "bedrock");
    assert_eq!((&bedrock["configured"], &bedrock["owner"]), (&json!(false), &Value::Null));
    let names: Vec<&Value> = bedrock["needs"].as_array().unwrap().iter().map(|need| &need["name"]).collect();
    assert_eq!(names, ["api_key", "aws_region"]);
    // Who may not see which secrets there are sees no ends of them either.
    let list = get(&desk, "/api/v1/providers", &viewer).await;
    assert_eq!(of(&list, "id", "corp")["accounts"][0]["hint"], Value::Null);
}

#[tokio::test]
async fn a_key_is_tried_before_it_is_saved() {
    let stub = provider().await;
    let (desk, [_, operator, admin]) = Desk::peopled(&config(&stub)).await;
    let before = get(&desk, "/api/v1/config", &operator).await;
    let attempt =
        async |body: Value| desk.call(Ask::post("/api/v1/providers/try", &body).bearer(&operator)).await;
    let at = |key: &str| json!({"id": "mine", "dialect": "openai_chat", "base_url": stub.url("/v1"), "api_key": key});
    let good = attempt(at(KEY)).await;
    let told = good.json();
    assert_eq!(
        (good.status, &told["ok"], &told["key_proved"]),
        (StatusCode::OK, &json!(true), &json!(true)),
        "{told}"
    );
    assert_eq!((&told["models"], &told["status"]), (&json!(["big", "small"]), &json!(200)));
    assert_eq!((&told["limits"][0]["left"], &told["limits"][0]["of"]), (&json!(49), &json!("requests")));
    let seen = stub.seen();
    assert_eq!((seen.len(), seen[0].method.as_str(), seen[0].path.as_str()), (1, "GET", "/v1/models"));

    let bad = attempt(at("sk-wrong-0123456789abcdef")).await;
    let told = bad.json();
    assert_eq!(
        (&told["ok"], &told["status"], &told["code"]),
        (&json!(false), &json!(401), &json!("provider_auth_failed"))
    );
    assert!(told["message"].as_str().unwrap().contains("refuses this key"), "{told}");
    assert!(!bad.text().contains("sk-wrong"), "the vendor quoted the key: {told}");

    let nobody = attempt(
        json!({"id": "mine", "dialect": "openai_chat", "base_url": "http://127.0.0.1:1/v1", "api_key": KEY}),
    );
    let told = nobody.await.json();
    assert_eq!(
        (&told["ok"], &told["code"], &told["status"]),
        (&json!(false), &json!("provider_unreachable"), &Value::Null)
    );

    // What could not be saved is not tried either, and says which field.
    let wrong = attempt(json!({"id": "mine", "api_key": KEY})).await;
    assert_eq!(wrong.status, 400, "{}", wrong.text());
    assert!(wrong.text().contains("base_url"), "{}", wrong.text());
    let file =
        attempt(json!({"id": "mine", "dialect": "openai_chat", "base_url": "ftp://x", "api_key": KEY})).await;
    assert_eq!(file.status, 400, "{}", file.text());
    let unknown = attempt(json!({"id": "groq", "api_key": KEY, "needs": {"region": "x"}})).await;
    assert!(unknown.status == 400 && unknown.text().contains("needs.region"), "{}", unknown.text());
    let vault = attempt(json!({"id": "groq", "secret": "nothing"})).await;
    assert!(vault.status == 400 && vault.text().contains("vault"), "{}", vault.text());

    // A secret of the vault is as good as a key.
    let put = Ask::new("PUT", "/api/v1/secrets/mine").json(&json!({"value": KEY})).bearer(&operator);
    assert_eq!(desk.call(put).await.status, 204);
    let mut body = at(KEY);
    body.as_object_mut().unwrap().remove("api_key");
    body["secret"] = json!("mine");
    assert_eq!(attempt(body).await.json()["ok"], true);

    // Nothing was saved, and the audit log has no key.
    assert_eq!(get(&desk, "/api/v1/config", &operator).await["items"], before["items"]);
    let audit = get(&desk, "/api/v1/audit?action=try_provider", &admin).await;
    assert!(audit["items"].as_array().unwrap().len() >= 5, "{audit}");
    assert!(!audit.to_string().contains("sk-"), "{audit}");
}

#[tokio::test]
async fn a_configured_provider_is_tried_account_by_account() {
    let stub = provider().await;
    let (desk, [_, operator, _]) = Desk::peopled(&config(&stub)).await;
    let seen = desk.call(Ask::post("/api/v1/providers/corp/try", &json!({})).bearer(&operator)).await;
    let told = seen.json();
    let of = |at: usize| (told["items"][at]["account"].clone(), told["items"][at]["ok"].clone());
    assert_eq!((of(0), of(1)), ((json!("one"), json!(true)), (json!("two"), json!(false))), "{told}");
    let none = desk.call(Ask::post("/api/v1/providers/nobody/try", &json!({})).bearer(&operator)).await;
    assert_eq!(none.status, 404);
    // Trying says nothing of how requests fare.
    let list = get(&desk, "/api/v1/providers", &operator).await;
    assert_eq!(of_health(&list, "corp"), json!([0, 0]));
}

fn of_health(list: &Value, id: &str) -> Value {
    let health = &of(list, "id", id)["health"];
    json!([health["resting"], health["failing"]])
}

#[tokio::test]
async fn a_deployment_is_tested_whether_it_rests_or_not() {
    let stub = provider().await;
    let (desk, [_, operator, _]) = Desk::peopled(&config(&stub)).await;
    let test = async |id: &str| {
        let path = format!("/api/v1/deployments/{}/test", id.replace('/', "%2F"));
        desk.call(Ask::post(&path, &json!({})).bearer(&operator)).await
    };
    let told = test("alone/small").await.json();
    assert_eq!(
        (&told["ok"], &told["text"], &told["input"], &told["output"], &told["status"]),
        (&json!(true), &json!("ok"), &json!(12), &json!(1), &json!(200)),
        "{told}"
    );
    assert!(told["request_id"].is_string() && told["cost_nano"].is_null(), "no price is known: {told}");
    // A model that is refused with a time rests that long; its account serves nothing else meanwhile.
    let told = test("alone/spent").await.json();
    assert_eq!(
        (&told["ok"], &told["status"], &told["code"]),
        (&json!(false), &json!(429), &json!("provider_rate_limited")),
        "{told}"
    );
    let chat = json!({"model": "alone/small", "messages": [{"role": "user", "content": "hi"}]});
    let refused = desk.call(Ask::post("/v1/chat/completions", &chat)).await;
    assert_ne!(refused.status, 200, "the provider said to wait");
    // A test asks all the same, and brings it back.
    assert_eq!(test("alone/small").await.json()["ok"], true);
    assert_eq!(desk.call(Ask::post("/v1/chat/completions", &chat)).await.status, 200);
    for (id, status) in [("nobody/x", 404), ("alone", 404)] {
        assert_eq!(test(id).await.status, status, "{id}");
    }
}

#[tokio::test]
async fn a_test_is_recorded_with_its_purpose_and_paid_by_nobody() {
    let script = "providers: { p: { dialect: openai_chat, models: { m: {} } } }";
    let config =
        r#"{ discover: false, providers: { p: { dialect: openai_chat, base_url: "@p@", models: [m] } } }"#;
    let mut app = TestApp::start(script, config).await;
    let id = DeploymentId::parse("p/m").unwrap();
    let probed = app.pipeline.probe(&app.pipeline.live(), &id, "root").await.unwrap();
    assert!(probed.said.is_ok(), "{:?}", probed.said);
    let record = app.record().await;
    assert_eq!(record.inner, Some(InnerCall { parent: record.id, purpose: Purpose::Test }));
    assert_eq!((record.key.as_deref(), record.user.as_deref()), (Some("console"), Some("root")));
    assert_eq!((record.status, probed.record.map(|seen| seen.id)), (200, Some(record.id)));
    let none = app.pipeline.probe(&app.pipeline.live(), &DeploymentId::parse("q/m").unwrap(), "root").await;
    assert!(none.unwrap_err().message.contains("not configured"));
}

#[tokio::test]
async fn models_are_listed_with_all_that_is_known_of_them() {
    let stub = provider().await;
    let (desk, [viewer, _, _]) = Desk::peopled(&config(&stub)).await;
    let list = get(&desk, "/api/v1/models?limit=500", &viewer).await;
    let small = of(&list, "name", "corp/small");
    assert_eq!(
        (&small["what"], &small["provider"], &small["model"], &small["used_by"], &small["enabled"]),
        (&json!("deployment"), &json!("corp"), &json!("small"), &json!(["all"]), &json!(true)),
        "{small}"
    );
    assert_eq!(small["limits"][0]["owner"], "provider corp");
    let dear = of(&list, "name", "corp/dear");
    assert_eq!(
        (&dear["prices"][0], &dear["price_source"]),
        (&json!({"of": "input", "pico": 2_000_000}), &json!("override"))
    );
    let all = of(&list, "name", "all");
    assert_eq!(
        (&all["what"], &all["owner"], &all["targets_count"]),
        (&json!("route"), &json!("file"), &json!(1))
    );
    let auto = of(&list, "name", "auto");
    assert_eq!((&auto["what"], &auto["owner"]), (&json!("built_in"), &Value::Null));
    let names = async |query: &str| {
        let list = get(&desk, &format!("/api/v1/models?{query}"), &viewer).await;
        let names =
            list["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names("provider=corp").await, ["corp/dear", "corp/gone", "corp/small"]);
    assert_eq!(names("text=DEAR").await, ["corp/dear"]);
    assert_eq!(names("provider=corp&capability=embeddings").await, [""; 0]);
    assert_eq!(names("provider=corp&limit=1&cursor=corp%2Fdear").await, ["corp/gone"]);
    let bad = desk.call(Ask::get("/api/v1/models?capability=flying").bearer(&viewer)).await;
    assert!(bad.status == 400 && bad.text().contains("capability"), "{}", bad.text());
}

#[tokio::test]
async fn what_is_switched_off_is_shown_to_operators_and_called_by_nobody() {
    let stub = provider().await;
    let (desk, [viewer, _, _]) = Desk::peopled(&config(&stub)).await;
    let list = get(&desk, "/api/v1/models?provider=corp", &viewer).await;
    assert_eq!(of(&list, "name", "corp/gone")["enabled"], false);
    let seen = desk.call(Ask::get("/v1/models")).await.text();
    assert!(seen.contains("\"corp/small\"") && !seen.contains("\"corp/gone\""), "{seen}");
    let chat = |model: &str| json!({"model": model, "messages": [{"role": "user", "content": "hi"}]});
    for model in ["corp/gone", "none"] {
        let refused = desk.call(Ask::post("/v1/chat/completions", &chat(model))).await;
        assert_eq!(refused.status, 404, "{model}: {}", refused.text());
        assert!(refused.text().contains("switched it off"), "{}", refused.text());
    }
    let why =
        desk.call(Ask::post("/api/v1/route", &json!({"request": chat("all")})).bearer(&viewer)).await.text();
    assert!(why.contains("\"switched_off\""), "{why}");
    assert!(stub.seen().is_empty(), "nobody was called");
}

#[tokio::test]
async fn forms_are_told_what_can_be_set_and_what_holds() {
    let stub = provider().await;
    let (desk, [viewer, operator, _]) = Desk::peopled(&config(&stub)).await;
    let whole = get(&desk, "/api/v1/config/schema", &viewer).await;
    assert_eq!(whole["properties"]["body_limit"]["x-kind"], "size");
    let provider = get(&desk, "/api/v1/config/schema?kind=provider", &viewer).await;
    assert_eq!(provider, whole["properties"]["providers"]["additionalProperties"]);
    assert_eq!(provider["properties"]["api_key"]["x-kind"], "secret");
    let settings = get(&desk, "/api/v1/config/schema?kind=setting", &viewer).await;
    assert!(settings["properties"]["log"].is_object() && settings["properties"]["providers"].is_null());
    for kind in ["route", "key", "team", "budget"] {
        let schema = get(&desk, &format!("/api/v1/config/schema?kind={kind}"), &viewer).await;
        assert!(
            schema["properties"].as_object().is_some_and(|keys| keys.len() > 2) || schema["anyOf"].is_array(),
            "{kind}"
        );
    }
    let bad = desk.call(Ask::get("/api/v1/config/schema?kind=colour").bearer(&viewer)).await;
    assert!(bad.status == 400 && bad.text().contains("provider"), "{}", bad.text());

    let version = get(&desk, "/api/v1/config", &viewer).await["version"].clone();
    let put = json!({"body": {"keep": "3d"}, "base": version});
    let put =
        desk.call(Ask::new("PUT", "/api/v1/config/items/setting/log").json(&put).bearer(&operator)).await;
    assert_eq!(put.status, 200, "{}", put.text());
    let all = get(&desk, "/api/v1/settings", &viewer).await;
    let keep = of(&all, "path", "log.keep");
    assert_eq!(
        (&keep["value"], &keep["source"], &keep["owner"], &keep["editable"], &keep["kind"]),
        (&json!("3d"), &json!("database"), &json!("database"), &json!(true), &json!("wait")),
        "{keep}"
    );
    let open = of(&all, "path", "access.allow_open");
    assert_eq!(
        (&open["source"], &open["editable"], &open["value"]),
        (&json!("file"), &json!(false), &json!(true))
    );
    let listen = of(&all, "path", "listen");
    assert_eq!(
        (&listen["source"], &listen["restart"], &listen["owner"]),
        (&json!("default"), &json!(true), &Value::Null)
    );
    assert!(all["environment"].is_array());
}
