//! The console's own page at the clients' doors: a key that ends with the session, and what snippets need.

use std::time::Duration;

use serde_json::{Value, json};

use super::desk::{Ask, Desk, Seen};
use super::stub::{Stub, told};

async fn provider() -> Stub {
    Stub::start(|_| {
        let body = json!({
            "id": "c", "object": "chat.completion", "created": 1, "model": "small",
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "ok"}}],
            "usage": {"prompt_tokens": 12, "completion_tokens": 1, "total_tokens": 13},
        });
        told(200, &[("content-type", "application/json")], body.to_string())
    })
    .await
}

fn config(stub: &Stub, more: &str) -> String {
    format!(
        "
discover: false
{more}
providers:
  p: {{ dialect: openai_chat, base_url: {}, models: [small] }}
routes:
  mine: {{ targets: [p/small] }}
",
        stub.url("/v1")
    )
}

const KEYED: &str = "keys: [{ name: ci, key: sk-ci-0123456789abcdef, models: [nothing] }]";

fn chat() -> Value {
    json!({"model": "p/small", "messages": [{"role": "user", "content": "hi"}]})
}

async fn chats(desk: &Desk, token: &str) -> Seen {
    desk.call(Ask::post("/v1/chat/completions", &chat()).bearer(token)).await
}

#[tokio::test]
async fn a_page_is_given_a_key_that_ends_with_its_session() {
    let stub = provider().await;
    let (desk, [viewer, operator, _]) = Desk::peopled(&config(&stub, KEYED)).await;
    let open = || Ask::post("/api/v1/playground/session", &json!({}));
    assert_eq!(desk.call(open().bearer(&viewer)).await.status, 403);
    let browser = desk.browser("operator").await;
    assert_eq!(desk.call(open().cookies(&browser)).await.status, 403, "cookies alone are not the page's");
    let made = desk.call(open().page(&browser)).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let token = made.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(made.json()["key"], "console:operator");
    assert!(token.starts_with("wye-console-") && token.len() > 50, "signed with 256 bits");

    assert_eq!(chats(&desk, &token).await.status, 200);
    assert_eq!(desk.call(Ask::get("/v1/models").bearer(&token)).await.status, 200);
    assert_eq!(chats(&desk, "wye-console-made-up").await.status, 401);
    assert_eq!(chats(&desk, "sk-ci-0123456789abcdef").await.status, 403, "ordinary keys keep their scopes");
    // It is a client's key, and none of the admin API.
    assert_eq!(desk.call(Ask::get("/api/v1/me").bearer(&token)).await.status, 401);

    // Another one's session ends: this one stays. Its own ends: so does it.
    let other = desk.browser("operator").await;
    assert_eq!(desk.call(Ask::post("/api/v1/session/logout", &json!({})).page(&other)).await.status, 204);
    assert_eq!(chats(&desk, &token).await.status, 200);
    assert_eq!(desk.call(Ask::post("/api/v1/session/logout", &json!({})).page(&browser)).await.status, 204);
    assert_eq!(chats(&desk, &token).await.status, 401);

    // An hour later it is over, whatever else.
    let made = desk.call(open().bearer(&operator)).await;
    let token = made.json()["token"].as_str().unwrap().to_owned();
    desk.hands.forward(Duration::from_secs(3599));
    assert_eq!(chats(&desk, &token).await.status, 200);
    desk.hands.forward(Duration::from_secs(1));
    assert_eq!(chats(&desk, &token).await.status, 401);
}

#[tokio::test]
async fn whoever_may_no_longer_try_models_loses_the_key() {
    let stub = provider().await;
    let (desk, [_, operator, admin]) = Desk::peopled(&config(&stub, KEYED)).await;
    let made = desk.call(Ask::post("/api/v1/playground/session", &json!({})).bearer(&operator)).await;
    let token = made.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(chats(&desk, &token).await.status, 200);
    let users = desk.call(Ask::get("/api/v1/users").bearer(&admin)).await.json();
    let user = users["items"].as_array().unwrap().iter().find(|user| user["name"] == "operator").unwrap();
    let path = format!("/api/v1/users/{}", user["id"].as_str().unwrap());
    let lowered = desk.call(Ask::new("PATCH", &path).json(&json!({"role": "viewer"})).bearer(&admin)).await;
    assert!(lowered.status.is_success(), "{}", lowered.text());
    assert_eq!(chats(&desk, &token).await.status, 401);
}

#[tokio::test]
async fn a_key_holds_on_every_node_until_its_session_ends_on_any() {
    let stub = provider().await;
    let (desk, _) = Desk::peopled(&config(&stub, KEYED)).await;
    let other = desk.beside(&config(&stub, KEYED)).await;
    let browser = desk.browser("operator").await;
    let open = || Ask::post("/api/v1/playground/session", &json!({})).page(&browser);
    let token = desk.call(open()).await.json()["token"].as_str().unwrap().to_owned();
    // The one that did not give it knows it at once, in whatever header, also at the clients' own address.
    let with = |name: &str| Ask::get("/v1/models").with(name, &token).with("origin", "http://localhost:9930");
    for seen in [chats(&other, &token).await, other.call_client(with("x-api-key")).await] {
        assert_eq!(seen.status, 200, "{}", seen.text());
    }
    let seen = other.call_client(with("x-goog-api-key")).await;
    let allowed = seen.header("access-control-allow-origin");
    assert_eq!(allowed, "http://localhost:9930", "and where its page comes from");
    let forged = format!("{}x", &token[..token.len() - 1]);
    for made_up in ["wye-console-", "wye-console-a.b.c", &forged] {
        assert_eq!(chats(&other, made_up).await.status, 401, "{made_up}");
    }
    // The session ends here; a second later the other one has heard of it.
    assert_eq!(desk.call(Ask::post("/api/v1/session/logout", &json!({})).page(&browser)).await.status, 204);
    assert_eq!(chats(&desk, &token).await.status, 401);
    assert_eq!(chats(&other, &token).await.status, 200, "it has not looked yet");
    tokio::time::pause();
    let mut watch = Box::pin(other.app.watch());
    assert!(futures_util::poll!(&mut watch).is_pending());
    // Timers go by whole milliseconds.
    tokio::time::advance(Duration::from_millis(1001)).await;
    // Time stands still again; what is waited for is the database's answer.
    while !other.pipeline.guests().sessions().is_empty() {
        assert!(futures_util::poll!(&mut watch).is_pending(), "it watches on");
        tokio::task::yield_now().await;
    }
    tokio::time::resume();
    assert_eq!(chats(&other, &token).await.status, 401);
    // A third one, which never saw it, does not take it in any more.
    assert_eq!(chats(&desk.beside(&config(&stub, KEYED)).await, &token).await.status, 401);
}

#[tokio::test]
async fn the_console_at_an_address_of_its_own_may_call_the_doors() {
    let stub = provider().await;
    let (desk, _) = Desk::peopled(&config(&stub, KEYED)).await;
    let browser = desk.browser("root").await;
    let from = |ask: Ask| ask.with("origin", "http://localhost:9930");
    let preflight = || {
        let ask = Ask::new("OPTIONS", "/v1/chat/completions").with("access-control-request-method", "POST");
        from(ask.with("access-control-request-headers", "authorization"))
    };
    let allowed = |seen: &Seen| seen.header("access-control-allow-origin").to_owned();
    assert_eq!(allowed(&desk.call_client(preflight()).await), "", "nobody has a key yet");
    let made = desk.call_admin(Ask::post("/api/v1/playground/session", &json!({})).page(&browser)).await;
    let token = made.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(allowed(&desk.call_client(preflight()).await), "http://localhost:9930");
    let answered = desk.call_client(from(Ask::post("/v1/chat/completions", &chat()).bearer(&token))).await;
    assert_eq!((answered.status.as_u16(), allowed(&answered).as_str()), (200, "http://localhost:9930"));
    let other =
        Ask::post("/v1/chat/completions", &chat()).bearer(&token).with("origin", "https://evil.example");
    assert_eq!(allowed(&desk.call_client(other).await), "", "pages of others cannot read answers");
}

#[tokio::test]
async fn an_open_gateway_knows_its_own_page_too() {
    let stub = provider().await;
    let (desk, admin) = Desk::set_up(&config(&stub, "")).await;
    let made = desk.call(Ask::post("/api/v1/playground/session", &json!({})).bearer(&admin)).await;
    let token = made.json()["token"].as_str().unwrap().to_owned();
    for key in [token.as_str(), "anything"] {
        assert_eq!(chats(&desk, key).await.status, 200);
    }
}

#[tokio::test]
async fn snippets_are_told_where_the_gateway_is_as_seen_from_here() {
    let stub = provider().await;
    let proxied = format!("{KEYED}\naccess: {{ trusted_proxies: [10.0.0.0/8] }}");
    let (desk, [viewer, _, _]) = Desk::peopled(&config(&stub, &proxied)).await;
    let guide = async |ask: Ask| desk.call(ask.bearer(&viewer)).await.json();
    let here = guide(Ask::get("/api/v1/guide")).await;
    assert_eq!(here["base_url"], "http://localhost:9930");
    assert_eq!(
        (&here["routes"], &here["default_model"], &here["needs_key"]),
        (&json!(["mine"]), &json!("mine"), &json!(true))
    );
    assert!(here["built_in"].as_array().unwrap().contains(&json!("auto")));
    let through = |remote: &str| {
        let ask = Ask::get("/api/v1/guide").from(remote).with("host", "inner:1");
        ask.with("x-forwarded-host", "ai.example")
            .with("x-forwarded-proto", "https")
            .with("x-forwarded-prefix", "/wye/")
    };
    assert_eq!(guide(through("10.0.0.1")).await["base_url"], "https://ai.example/wye");
    assert_eq!(
        guide(through("203.0.113.1")).await["base_url"],
        "http://inner:1",
        "anybody can write headers"
    );
    let odd = Ask::get("/api/v1/guide")
        .from("10.0.0.1")
        .with("host", "inner:1")
        .with("x-forwarded-prefix", "//evil.example");
    assert_eq!(guide(odd).await["base_url"], "http://inner:1");
}
