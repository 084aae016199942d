//! What is refused at the doors, and how it is told in each dialect.

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::stream;
use http::Request;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use wye_types::DialectId;

use super::support::{Answer, CLIENTS, Call, TestApp, is_built_in, panic};

const OPENAI: DialectId = DialectId::OpenAiChat;
const ANTHROPIC: DialectId = DialectId::AnthropicMessages;
const GEMINI: DialectId = DialectId::Gemini;

async fn app(more: &str) -> TestApp {
    let script = "providers: { p: { dialect: openai_chat, keys: [sk-sim-p], models: { m: {}, a/b: {} } } }";
    let config = format!(
        "discover: false\nproviders: {{ p: {{ dialect: openai_chat, base_url: \"@p@\", api_key: sk-sim-p, \
         models: [m, a/b] }} }}\nroutes: {{ chat: {{ targets: [p/m] }} }}\n{more}"
    );
    TestApp::start(script, &config).await
}

fn path(dialect: DialectId) -> &'static str {
    match dialect {
        OPENAI => "/v1/chat/completions",
        ANTHROPIC => "/v1/messages",
        GEMINI => "/v1beta/models/chat:generateContent",
        DialectId::OpenAiResponses => "/v1/responses",
        DialectId::OpenAiCompletions => "/v1/completions",
        DialectId::Cohere => "/v2/chat",
        DialectId::Ollama => "/api/chat",
        DialectId::BedrockConverse => panic("there is no door for Bedrock's clients"),
    }
}

/// That an error has its dialect's shape, status and code.
fn check(answer: &Answer, dialect: DialectId, status: u16, code: &str, at: &str) {
    let text = answer.text();
    assert_eq!(answer.status.as_u16(), status, "{at}: {text}");
    assert_eq!(answer.header("x-wye-code"), code, "{at}: {text}");
    assert_eq!(answer.header("content-type"), "application/json", "{at}");
    assert!(!answer.header("x-request-id").is_empty(), "{at}");
    let json = answer.json();
    let error = &json["error"];
    let message = match dialect {
        DialectId::Ollama => error,
        DialectId::Cohere => &json["message"],
        _ => &error["message"],
    };
    assert!(message.as_str().is_some_and(|m| !m.is_empty()), "{at}: {text}");
    let shape = match dialect {
        DialectId::Ollama | DialectId::Cohere => true,
        OPENAI | DialectId::OpenAiResponses | DialectId::OpenAiCompletions | DialectId::BedrockConverse => {
            error["type"].is_string() && error["code"].is_string()
        }
        ANTHROPIC => {
            json["type"] == "error" && error["type"].is_string() && !answer.header("request-id").is_empty()
        }
        GEMINI => error["code"] == status && error["status"].is_string(),
    };
    assert!(shape, "{at}: {text}");
}

#[tokio::test]
async fn bad_bodies_are_told_what_is_wrong() {
    let json = "caller_invalid_json";
    let request = "caller_invalid_request";
    let rows: &[(DialectId, &str, &str, &str)] = &[
        (OPENAI, "{not json", json, ""),
        (OPENAI, "", json, ""),
        (OPENAI, "[]", json, ""),
        (OPENAI, "null", json, ""),
        (OPENAI, r#"{"model":"chat","messages":[],"model":"x"}"#, json, "model"),
        (OPENAI, r#"{"messages":[{"role":"user","content":"x"}]}"#, request, "model"),
        (OPENAI, r#"{"model":7,"messages":[{"role":"user","content":"x"}]}"#, request, "model"),
        (OPENAI, r#"{"model":"chat"}"#, request, "messages"),
        (OPENAI, r#"{"model":"chat","messages":"x"}"#, request, "messages"),
        (
            OPENAI,
            r#"{"model":"chat","messages":[{"role":"user","content":"x"}],"stream":"yes"}"#,
            request,
            "stream",
        ),
        (ANTHROPIC, "{not json", json, ""),
        (ANTHROPIC, "", json, ""),
        (ANTHROPIC, "[]", json, ""),
        (ANTHROPIC, r#"{"model":"chat","max_tokens":5,"messages":[],"max_tokens":6}"#, json, "max_tokens"),
        (ANTHROPIC, r#"{"max_tokens":5,"messages":[{"role":"user","content":"x"}]}"#, request, "model"),
        (ANTHROPIC, r#"{"model":"chat","max_tokens":5}"#, request, "messages"),
        (GEMINI, "{not json", json, ""),
        (GEMINI, "", json, ""),
        (GEMINI, "[]", json, ""),
        (GEMINI, r#"{"contents":[],"contents":[]}"#, json, "contents"),
        (GEMINI, "{}", request, "contents"),
        (GEMINI, r#"{"contents":7}"#, request, "contents"),
    ];
    let app = app("").await;
    let mut wrong = Vec::new();
    for (dialect, body, code, names) in rows {
        let answer = app.send(Call::post(path(*dialect), *body)).await;
        let at = format!("{dialect} {body}");
        if answer.status != 400 || answer.header("x-wye-code") != *code || !answer.text().contains(names) {
            wrong.push(format!("{at} → {} {}", answer.status, answer.text()));
            continue;
        }
        check(&answer, *dialect, 400, code, &at);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(app.fleet.counts().requests, 0, "a bad request reached a provider");
}

#[tokio::test]
async fn only_vendors_that_demand_max_tokens_get_to_refuse_its_absence() {
    let app = app("").await;
    let body = r#"{"model":"chat","messages":[{"role":"user","content":"x"}]}"#;
    let answer = app.send(Call::post(path(ANTHROPIC), body)).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
}

#[tokio::test]
async fn an_unknown_model_names_its_neighbours() {
    let mut app = app("").await;
    for dialect in CLIENTS {
        let (answer, record) = app.recorded(Call::chat(dialect, "chatt", false, "x")).await;
        check(&answer, dialect, 404, "caller_model_not_found", "unknown model");
        assert!(answer.text().contains("did you mean chat"), "{}", answer.text());
        assert_eq!((record.status, record.asked.as_str()), (404, "chatt"));
    }
    let answer = app.send(Call::chat(OPENAI, "q/m", false, "x")).await;
    check(&answer, OPENAI, 404, "caller_model_not_found", "unknown provider");
}

#[tokio::test]
async fn any_model_of_a_known_provider_is_asked_for() {
    let mut app = app("").await;
    let (answer, record) = app.recorded(Call::ask("p/a/b", false)).await;
    assert_eq!(answer.status.as_u16(), 200);
    assert_eq!((answer.header("x-wye-provider"), answer.header("x-wye-model")), ("p", "a/b"));
    assert_eq!(record.served.unwrap().model, "a/b");
    let (answer, _) = app.recorded(Call::ask("p/none", false)).await;
    assert_eq!((answer.status.as_u16(), answer.header("x-wye-code")), (502, "provider_model_not_found"));
}

#[tokio::test]
async fn bodies_over_the_limit_are_refused_announced_or_not() {
    let app = app("body_limit: 2000").await;
    for dialect in CLIENTS {
        let answer = app.send(Call::post(path(dialect), "x".repeat(2001))).await;
        check(&answer, dialect, 413, "caller_body_too_large", "announced");
        let stream = TcpStream::connect(app.addr).await.unwrap();
        let (mut sender, conn) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(conn);
        let piece = || Ok::<_, std::io::Error>(Frame::data(Bytes::from("x".repeat(900))));
        let body = StreamBody::new(stream::iter([piece(), piece(), piece()]));
        let request = Request::post(path(dialect)).header("host", "localhost").body(body).unwrap();
        let (head, body) = sender.send_request(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let answer = Answer { status: head.status, headers: head.headers, body };
        check(&answer, dialect, 413, "caller_body_too_large", "chunked");
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A zstd frame of one raw block.
fn zstd(bytes: &[u8]) -> Vec<u8> {
    let size = u32::try_from(bytes.len()).unwrap();
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0b1010_0000];
    frame.extend(size.to_le_bytes());
    frame.extend(&(size << 3 | 1).to_le_bytes()[..3]);
    frame.extend(bytes);
    frame
}

#[tokio::test]
async fn compressed_bodies_are_read_within_the_same_limit() {
    let app = app("body_limit: 2000").await;
    let send = |body: Vec<u8>, coding: &'static str| {
        app.send(Call::post(path(OPENAI), body).with("content-encoding", coding))
    };
    let plain = Call::ask("chat", false).body;
    for (body, coding) in [
        (gzip(&plain), "gzip"),
        (gzip(&plain), "X-GZIP"),
        (zstd(&plain), "zstd"),
        (plain.to_vec(), "identity"),
    ] {
        let answer = send(body, coding).await;
        assert_eq!(answer.status.as_u16(), 200, "{coding}: {}", answer.text());
    }
    let bomb = vec![b' '; 3000];
    for (body, coding) in [(gzip(&bomb), "gzip"), (gzip(&vec![b' '; 1_000_000]), "gzip")] {
        check(&send(body, coding).await, OPENAI, 413, "caller_body_too_large", coding);
    }
    let unread = "caller_unsupported_encoding";
    check(&send(plain.to_vec(), "br").await, OPENAI, 415, unread, "unknown");
    check(&send(plain.to_vec(), "gzip, br").await, OPENAI, 415, unread, "two");
    check(&send(plain.to_vec(), "gzip").await, OPENAI, 400, "caller_invalid_json", "no gzip");
    check(&send(plain.to_vec(), "zstd").await, OPENAI, 400, "caller_invalid_json", "no zstd");
    let half = gzip(&plain);
    check(
        &send(half[..half.len() / 2].to_vec(), "gzip").await,
        OPENAI,
        400,
        "caller_invalid_json",
        "broken gzip",
    );
}

#[tokio::test]
async fn wrong_paths_and_methods_are_told_in_the_dialect_of_the_path() {
    let app = app("").await;
    for (dialect, path) in [
        (OPENAI, "/"),
        (OPENAI, "/v1/nothing"),
        (ANTHROPIC, "/v1/messages/nothing"),
        (GEMINI, "/v1beta/nothing"),
        (DialectId::Ollama, "/api/nothing"),
        (DialectId::OpenAiCompletions, "/v1/completions/nothing"),
    ] {
        check(&app.send(Call::get(path)).await, dialect, 404, "caller_not_found", path);
    }
    for dialect in [OPENAI, ANTHROPIC] {
        let answer = app.send(Call::get(path(dialect))).await;
        check(&answer, dialect, 405, "caller_method_not_allowed", path(dialect));
    }
    let answer = app.send(Call::post("/v1beta/models/chat:sing", "{}")).await;
    check(&answer, GEMINI, 404, "caller_not_found", "unknown call");
}

const KEYS: &str = "keys: [{ name: alice, key: wye-alice-key-0123456789 }]";
const ALICE: &str = "wye-alice-key-0123456789";

#[tokio::test]
async fn a_key_opens_every_door_in_any_of_three_headers() {
    let mut app = app(KEYS).await;
    let bearer = format!("Bearer {ALICE}");
    for dialect in CLIENTS {
        for (name, value) in
            [("authorization", bearer.as_str()), ("x-api-key", ALICE), ("x-goog-api-key", ALICE)]
        {
            let (answer, record) =
                app.recorded(Call::chat(dialect, "chat", false, "x").with(name, value)).await;
            assert_eq!(answer.status.as_u16(), 200, "{name}");
            assert_eq!(record.key.as_deref(), Some("alice"));
            let wrong = Call::chat(dialect, "chat", false, "x").with(name, "Bearer wrong");
            let (answer, record) = app.recorded(wrong).await;
            check(&answer, dialect, 401, "caller_unauthenticated", name);
            assert_eq!((record.status, record.dialect, record.key), (401, dialect, None));
        }
        let (answer, _) = app.recorded(Call::chat(dialect, "chat", false, "x")).await;
        check(&answer, dialect, 401, "caller_unauthenticated", "no key");
    }
    for path in ["/v1/models", "/v1/models/chat", "/v1beta/models"] {
        assert_eq!(app.send(Call::get(path)).await.status.as_u16(), 401, "{path}");
        assert_eq!(app.send(Call::get(path).with("x-api-key", ALICE)).await.status.as_u16(), 200, "{path}");
    }
    for path in ["/health/liveness", "/health/readiness", "/healthz", "/readyz"] {
        let answer = app.send(Call::get(path)).await;
        assert_eq!(answer.status.as_u16(), 200, "{path}");
        assert!(answer.json()["status"].is_string());
    }
}

fn ids(list: &Value, key: &str) -> Vec<String> {
    let all = list.as_array().unwrap().iter().map(|m| m[key].as_str().unwrap());
    all.filter(|name| !is_built_in(name)).map(str::to_owned).collect()
}

#[tokio::test]
async fn names_are_listed_in_four_shapes() {
    let app = app("").await;
    let list = app.send(Call::get("/v1/models")).await.json();
    assert_eq!(list["object"], "list");
    assert_eq!(ids(&list["data"], "id"), ["chat", "p/a/b", "p/m"]);
    assert_eq!(list["data"][0]["object"], "model");
    assert_eq!(list["data"][0]["id"], "auto");
    let list = app.send(Call::get("/v1/models").with("anthropic-version", "2023-06-01")).await.json();
    assert_eq!(ids(&list["data"], "display_name"), ["chat", "p/a/b", "p/m"]);
    assert_eq!((&list["has_more"], &list["data"][0]["type"]), (&Value::Bool(false), &Value::from("model")));
    let list = app.send(Call::get("/api/tags")).await.json();
    assert_eq!(ids(&list["models"], "model"), ["chat", "p/a/b", "p/m"]);
    assert!(app.send(Call::get("/api/version")).await.json()["version"].is_string());
    let list = app.send(Call::get("/v1beta/models")).await.json();
    assert_eq!(ids(&list["models"], "name"), ["models/chat", "models/p/a/b", "models/p/m"]);

    let one = app.send(Call::get("/v1/models/p/a/b")).await.json();
    assert_eq!((&one["id"], &one["object"]), (&Value::from("p/a/b"), &Value::from("model")));
    let one = app.send(Call::get("/v1/models/p/a/b").with("anthropic-version", "2023-06-01")).await.json();
    assert_eq!((&one["id"], &one["type"]), (&Value::from("p/a/b"), &Value::from("model")));
    let one = app.send(Call::get("/v1beta/models/p/a/b")).await.json();
    assert_eq!(one["name"], "models/p/a/b");
    let none = app.send(Call::get("/v1/models/none")).await;
    check(&none, OPENAI, 404, "caller_model_not_found", "no such name");
    let none = app.send(Call::get("/v1/models/none").with("anthropic-version", "2023-06-01")).await;
    check(&none, ANTHROPIC, 404, "caller_model_not_found", "no such name");
}

#[tokio::test]
async fn nothing_is_served_that_cannot_be_recorded() {
    let mut app = app("records_queue: 1").await;
    assert_eq!(app.send(Call::ask("chat", false)).await.status.as_u16(), 200);
    for dialect in CLIENTS {
        let answer = app.send(Call::chat(dialect, "chat", false, "x")).await;
        check(&answer, dialect, 503, "gateway_overloaded", "queue full");
        assert_eq!(answer.header("retry-after"), "1");
    }
    assert_eq!(app.fleet.counts().requests, 1);
    app.record().await;
    assert_eq!(app.send(Call::ask("chat", false)).await.status.as_u16(), 200);
}

/// A request that is refused before its body is read, in words of the dialect of its path.
fn refused_at_the_door() -> Vec<(Call, u16, &'static str)> {
    let open = |call: Call| call.with("x-api-key", ALICE);
    let chat = || Call::ask("chat", false);
    vec![
        (chat(), 401, "caller_unauthenticated"),
        (Call::get("/v1/models"), 401, "caller_unauthenticated"),
        (open(Call::post("/v1/messages", "x".repeat(2001))), 413, "caller_body_too_large"),
        (open(chat()).with("content-encoding", "br"), 415, "caller_unsupported_encoding"),
        (open(chat()).with("content-encoding", "gzip"), 400, "caller_invalid_json"),
        (Call::get("/v1/nothing"), 404, "caller_not_found"),
        (Call::get("/v1/chat/completions"), 405, "caller_method_not_allowed"),
        (Call::post("/v1beta/models/chat:sing", "{}"), 404, "caller_not_found"),
    ]
}

#[tokio::test]
async fn what_is_refused_at_the_door_is_recorded() {
    let mut app = app(&format!("{KEYS}\nbody_limit: 2000")).await;
    for (call, status, code) in refused_at_the_door() {
        let at = format!("{} {status}", call.path);
        let known = call.headers.iter().any(|(_, value)| value == ALICE);
        let (answer, record) = app.recorded(call).await;
        assert_eq!((answer.status.as_u16(), answer.header("x-wye-code")), (status, code), "{at}");
        assert_eq!(answer.header("x-wye-decision-id"), record.id.to_string(), "{at}");
        assert_eq!((record.status, record.code.map(wye_types::Code::name)), (status, Some(code)), "{at}");
        assert_eq!(record.key.as_deref(), known.then_some("alice"), "{at}");
        assert!(record.attempts.is_empty() && record.at_ms > 0, "{at}");
    }
    // A browser's icon is no call.
    assert_eq!(app.send(Call::get("/favicon.ico")).await.status.as_u16(), 404);
    app.no_record();
}

#[tokio::test]
async fn a_slow_body_is_refused_and_recorded() {
    let mut app = app("body_timeout: 50ms").await;
    let stream = TcpStream::connect(app.addr).await.unwrap();
    let (mut sender, conn) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(conn);
    let body = StreamBody::new(stream::pending::<Result<Frame<Bytes>, std::io::Error>>());
    let request = Request::post(path(OPENAI)).header("host", "localhost").body(body).unwrap();
    let response = sender.send_request(request).await.unwrap();
    assert_eq!(response.status().as_u16(), 408);
    let record = app.record().await;
    assert_eq!((record.status, record.code), (408, Some(wye_types::Code::CallerTooSlow)));
}

#[tokio::test]
async fn a_flood_of_refused_requests_keeps_nobody_else_out() {
    let mut app = app(&format!("{KEYS}\nrecords_queue: 4")).await;
    for _ in 0..20 {
        assert_eq!(app.send(Call::ask("chat", false)).await.status.as_u16(), 401);
    }
    let answer = app.send(Call::ask("chat", false).with("x-api-key", ALICE)).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(app.record().await.status);
    }
    assert_eq!(statuses, [401, 401, 401, 200]);
    app.no_record();
    assert_eq!(app.pipeline.unrecorded(), 17);
}

#[tokio::test]
async fn responses_that_were_not_kept_are_told_of() {
    let mut app = app(KEYS).await;
    let kept = "/v1/responses/resp_123";
    for call in [
        Call::get(kept),
        Call { method: "DELETE", ..Call::get(kept) },
        Call::post(&format!("{kept}/cancel"), "{}"),
        Call::get(&format!("{kept}/input_items")),
    ] {
        let answer = app.recorded(call.clone()).await.0;
        check(&answer, DialectId::OpenAiResponses, 401, "caller_unauthenticated", kept);
        let answer = app.recorded(call.with("x-api-key", ALICE)).await.0;
        check(&answer, DialectId::OpenAiResponses, 404, "caller_not_found", kept);
        assert!(answer.text().contains("keeps no responses"), "{}", answer.text());
    }
}

#[tokio::test]
async fn a_head_over_the_limit_is_refused() {
    let app = app("header_limit: 8KiB").await;
    let mut many = Call::ask("chat", false);
    many.headers.extend((0..200).map(|_| ("x-many", "x".to_owned())));
    for call in [Call::ask("chat", false).with("x-long", &"x".repeat(9000)), many] {
        assert_eq!(app.send(call).await.status.as_u16(), 431);
    }
    assert_eq!(app.send(Call::ask("chat", false)).await.status.as_u16(), 200);
}
