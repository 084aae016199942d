//! `/pass/{provider}/…`: whatever a provider offers, with the gateway's key, limits and log.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::BodyExt;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Mutex, mpsc};
use wye_config::{Config, Scopes};
use wye_types::record::UsageSource;
use wye_types::{Code, DialectId, Kind};

use super::limits::{key, monthly, usd};
use super::stub::{Seen, Stub, Told, coming, told};
use super::support::{Call, PATIENCE, TIMEOUTS, TestApp, attempts, connect};

/// Providers of several kinds, all at one address.
fn config(stub: &Stub) -> String {
    format!(
        r#"
discover: false
defaults: {{ timeouts: {TIMEOUTS} }}
providers:
  one: {{ like: openai, base_url: "{v1}", api_key: sk-one, headers: {{ x-team: ours }} }}
  two: {{ like: openai, base_url: "{v1}", api_keys: [sk-a, sk-b] }}
  full: {{ like: openai, base_url: "{v1}", api_key: sk-full, limits: {{ rpm: 1 }} }}
  anthropic: {{ dialect: anthropic_messages, base_url: "{bare}", api_key: sk-ant }}
  gemini: {{ dialect: gemini, base_url: "{bare}", api_key: sk-goog }}
"#,
        v1 = stub.url("/v1"),
        bare = stub.url("")
    )
}

async fn app(answer: impl Fn(&Seen) -> Told + Clone + Send + Sync + 'static) -> (Stub, TestApp) {
    app_with(answer, |_| {}).await
}

async fn app_with(
    answer: impl Fn(&Seen) -> Told + Clone + Send + Sync + 'static,
    change: impl FnOnce(&mut Config),
) -> (Stub, TestApp) {
    let stub = Stub::start(answer).await;
    let app = TestApp::start_with("providers: {}", &config(&stub), change).await;
    (stub, app)
}

fn ok(_: &Seen) -> Told {
    told(200, &[("content-type", "application/json")], r#"{"ok":true}"#)
}

#[tokio::test]
async fn what_a_provider_offers_goes_through_as_it_is() {
    let answer = r#"{ "id":"x",  "usage" : {"prompt_tokens":7,"completion_tokens":5} }"#;
    let (stub, mut app) = app(move |_| {
        let headers = [
            ("content-type", "application/json; charset=utf-8"),
            ("etag", "\"1\""),
            ("set-cookie", "a=b"),
            ("x-request-id", "req_theirs"),
            ("openai-organization", "org-ours"),
        ];
        told(201, &headers, answer)
    })
    .await;
    let body = "{\n \"odd\" : [1.0, 1e2],\"model\":\"m\"}";
    let call = Call::post("/pass/one/vector%20stores/a%2Fb/?x=1&y=%20z&x=2", body)
        .with("authorization", "Bearer sk-client")
        .with("openai-beta", "assistants=v2")
        .with("x-wye-tags", "a,b")
        .with("x-team", "theirs")
        .with("cookie", "c=1")
        .with("x-request-id", "mine");
    let (got, record) = app.recorded(call).await;
    assert_eq!((got.status.as_u16(), got.text().as_str()), (201, answer));
    for (name, value) in [
        ("content-type", "application/json; charset=utf-8"),
        ("content-length", "66"),
        ("etag", "\"1\""),
        ("set-cookie", ""),
        ("openai-organization", ""),
        ("x-request-id", "mine"),
        ("x-upstream-request-id", "req_theirs"),
        ("x-wye-provider", "one"),
        ("x-wye-attempts", "1"),
        ("content-security-policy", "sandbox"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(got.header(name), value, "{name}");
    }
    let seen = stub.seen().remove(0);
    assert_eq!(
        (seen.method.as_str(), seen.path.as_str()),
        ("POST", "/v1/vector%20stores/a%2Fb/?x=1&y=%20z&x=2")
    );
    assert_eq!(seen.body, body);
    for (name, value) in [
        ("authorization", "Bearer sk-one"),
        ("content-type", "application/json"),
        ("openai-beta", "assistants=v2"),
        ("x-team", "ours"),
        ("x-wye-tags", ""),
        ("cookie", ""),
    ] {
        assert_eq!(seen.header(name), value, "{name}");
    }
    assert_eq!((record.kind, record.status, record.code), (Kind::Pass, 201, None));
    assert_eq!(record.asked, "POST one/vector%20stores/a%2Fb/");
    assert_eq!(record.served.as_ref().unwrap().to_string(), "one/pass");
    assert_eq!(record.request_bytes, body.len() as u64);
    assert_eq!(record.usage.map(|usage| (usage.prompt_total(), usage.output_total())), Some((7, 5)));
    assert_eq!((record.usage_source, record.cost), (UsageSource::Reported, None));
    let tags: Vec<&str> = record.tags.iter().map(|tag| &**tag).collect();
    assert_eq!(tags, ["a", "b"]);
}

#[tokio::test]
async fn every_method_goes_through_and_reading_costs_nothing() {
    let (stub, mut app) = app(|seen| match seen.method.as_str() {
        "DELETE" => told(204, &[], ""),
        "HEAD" => told(200, &[("content-type", "text/plain"), ("content-length", "9")], ""),
        _ => ok(seen),
    })
    .await;
    for (method, path, status, cost) in [
        ("GET", "/v1/files", 200, Some(0)),
        ("HEAD", "/v1/files/1", 200, Some(0)),
        ("DELETE", "/v1/files/1", 204, Some(0)),
        ("PUT", "/v1/x", 200, None),
        ("PATCH", "/v1/x", 200, None),
        ("OPTIONS", "/v1/x", 200, Some(0)),
        ("GET", "/v1/", 200, Some(0)),
    ] {
        let mut call = Call::get(&format!("/pass/one{}", path.strip_prefix("/v1").unwrap()));
        call.method = method;
        let (got, record) = app.recorded(call).await;
        assert_eq!((got.status.as_u16(), record.status, record.cost), (status, status, cost), "{method}");
        let seen = stub.seen().pop().unwrap();
        assert_eq!((seen.method.as_str(), seen.path.as_str()), (method, path));
        assert!(!seen.headers.contains_key("content-type"), "{method}: a type of nothing");
    }
    // With the version and without it, a path leads to the same place.
    for path in ["/pass/one/v1/x", "/pass/one/x"] {
        app.send(Call::get(path)).await;
        assert_eq!(stub.seen().pop().unwrap().path, "/v1/x");
    }
    app.send(Call::get("/pass/anthropic")).await;
    assert_eq!(stub.seen().pop().unwrap().path, "/");
}

#[tokio::test]
async fn the_key_is_put_where_the_provider_wants_it() {
    let (stub, app) = app(ok).await;
    let call = |path: &str| {
        Call::post(path, "{}").with("x-api-key", "sk-client").with("anthropic-version", "2024-01-01")
    };
    app.send(call("/pass/anthropic/v1/complete")).await;
    let seen = stub.seen().pop().unwrap();
    assert_eq!((seen.path.as_str(), seen.header("x-api-key")), ("/v1/complete", "sk-ant"));
    assert_eq!((seen.header("authorization"), seen.header("anthropic-version")), ("", "2024-01-01"));
    app.send(call("/pass/gemini/v1beta/interactions?key=sk-client&alt=sse")).await;
    let seen = stub.seen().pop().unwrap();
    assert_eq!(
        (seen.path.as_str(), seen.header("x-goog-api-key")),
        ("/v1beta/interactions?alt=sse", "sk-goog")
    );
    assert_eq!(seen.header("x-api-key"), "");
}

#[tokio::test]
async fn events_go_through_as_they_come() {
    let (pieces, answer) = mpsc::channel(1);
    let answer = Arc::new(std::sync::Mutex::new(Some(answer)));
    let (_stub, mut app) = app(move |_| {
        let pieces = answer.lock().unwrap().take().unwrap();
        coming(200, &[("content-type", "text/event-stream")], pieces)
    })
    .await;
    let (first, second) = (
        "event: a\ndata: {\"type\":\"content\"}\n\n",
        "data: {\"usage\":{\"input_tokens\":3,\"output_tokens\":4}}\n\n",
    );
    pieces.send(Ok(Bytes::from(first))).await.unwrap();
    let mut live = app.open(Call::post("/pass/one/stream", "{}")).await;
    assert_eq!(live.response.headers()["content-type"], "text/event-stream");
    assert_eq!(live.piece().await.unwrap(), first);
    pieces.send(Ok(Bytes::from(second))).await.unwrap();
    assert_eq!(live.piece().await.unwrap(), second);
    drop(pieces);
    assert!(live.piece().await.is_none());
    let record = app.record().await;
    assert_eq!(record.usage.map(|usage| usage.total()), Some(7));
    assert_eq!((record.status, record.code), (200, None));
}

#[tokio::test]
async fn bytes_are_bytes() {
    let sound: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let sent = Bytes::from(sound);
    let reply = sent.clone();
    let (stub, app) = app(move |_| {
        told(206, &[("content-type", "audio/mpeg"), ("content-range", "bytes 0-99999/200000")], reply.clone())
    })
    .await;
    let mut call = Call::post("/pass/one/audio/x", sent.clone()).with("range", "bytes=0-99999");
    call.headers[0].1 = "audio/wav".to_owned();
    let got = app.send(call).await;
    assert_eq!((got.status.as_u16(), got.header("content-range")), (206, "bytes 0-99999/200000"));
    assert_eq!(got.body, sent);
    let seen = stub.seen().remove(0);
    assert_eq!((seen.header("content-type"), seen.header("range")), ("audio/wav", "bytes=0-99999"));
    assert_eq!(seen.body, sent);
}

#[tokio::test]
async fn a_body_goes_through_while_it_comes() {
    let (told_us, mut pieces) = mpsc::channel(1);
    let stub = Stub::start_raw(move |request| {
        let told_us = told_us.clone();
        Box::pin(async move {
            let mut body = request.into_body();
            while let Some(Ok(frame)) = body.frame().await {
                told_us.send(frame.into_data().unwrap()).await.unwrap();
            }
            told(200, &[], "done")
        })
    })
    .await;
    let mut app = TestApp::start("providers: {}", &config(&stub)).await;
    let mut client = TcpStream::connect(app.addr).await.unwrap();
    let head = "POST /pass/one/files HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n";
    client.write_all(head.as_bytes()).await.unwrap();
    for piece in ["abc", "de", "f"] {
        let chunk = format!("{:x}\r\n{piece}\r\n", piece.len());
        client.write_all(chunk.as_bytes()).await.unwrap();
        let got = tokio::time::timeout(PATIENCE, pieces.recv()).await.unwrap().unwrap();
        assert_eq!(got, piece);
    }
    client.write_all(b"0\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("done"), "{answer}");
    let record = app.record().await;
    assert_eq!((record.status, record.request_bytes), (200, 6));
}

#[tokio::test]
async fn a_body_that_breaks_off_or_stops_is_the_clients_fault() {
    for stops in [true, false] {
        let broken = Arc::new(tokio::sync::Notify::new());
        let noticed = Arc::clone(&broken);
        let stub = Stub::start_raw(move |request| {
            let noticed = Arc::clone(&noticed);
            Box::pin(async move {
                if request.into_body().collect().await.is_err() {
                    noticed.notify_one();
                }
                told(200, &[], "")
            })
        })
        .await;
        let text = config(&stub) + "body_timeout: 300ms\n";
        let mut app = TestApp::start("providers: {}", &text).await;
        let mut client = TcpStream::connect(app.addr).await.unwrap();
        let head = "POST /pass/one/files HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\nabc";
        client.write_all(head.as_bytes()).await.unwrap();
        if stops {
            let mut answer = vec![0; 12];
            client.read_exact(&mut answer).await.unwrap();
            assert_eq!(answer, b"HTTP/1.1 408");
            let record = app.record().await;
            assert_eq!((record.status, record.code), (408, Some(Code::CallerTooSlow)));
        } else {
            drop(client);
            let record = app.record().await;
            assert!(
                matches!(record.code, Some(Code::CallerGone | Code::CallerInvalidRequest)),
                "{:?}",
                record.code
            );
        }
        tokio::time::timeout(PATIENCE, broken.notified()).await.unwrap();
    }
}

#[tokio::test]
async fn a_providers_no_is_passed_on_and_its_account_rests() {
    let (stub, mut app) = app(|seen| match seen.path.as_str() {
        "/v1/busy" if seen.header("authorization") == "Bearer sk-a" => told(
            429,
            &[("retry-after", "30"), ("content-type", "application/json")],
            r#"{"error":"slow down"}"#,
        ),
        "/v1/bad" => {
            told(422, &[("content-type", "text/plain")], format!("no: {}", seen.header("authorization")))
        }
        "/v1/down" => told(503, &[], "away"),
        _ => ok(seen),
    })
    .await;
    let (got, record) = app.recorded(Call::post("/pass/one/bad", "{}")).await;
    assert_eq!((got.status.as_u16(), got.header("x-wye-code")), (422, "caller_rejected"));
    assert_eq!(got.header("content-type"), "text/plain");
    assert!(got.text().starts_with("no: Bearer ") && !got.text().contains("sk-one"), "{}", got.text());
    assert_eq!(attempts(&record), "one 422 caller_rejected");
    let (got, record) = app.recorded(Call::get("/pass/one/down")).await;
    assert_eq!((got.status.as_u16(), got.text().as_str()), (503, "away"));
    assert_eq!(record.code, Some(Code::ProviderOverloaded));
    // Accounts take turns; the one that was told to wait is left alone.
    let mut statuses: Vec<u16> = Vec::new();
    for _ in 0..4 {
        statuses.push(app.send(Call::get("/pass/two/busy")).await.status.as_u16());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 1, "{statuses:?}");
    let keys: Vec<String> =
        stub.seen().iter().rev().take(2).map(|seen| seen.header("authorization").to_owned()).collect();
    assert_eq!(keys, ["Bearer sk-b", "Bearer sk-b"]);
}

#[tokio::test]
async fn redirects_are_the_clients_to_follow() {
    let (stub, app) = app(|_| told(302, &[("location", "http://169.254.169.254/latest")], "")).await;
    let got = app.send(Call::get("/pass/one/x")).await;
    assert_eq!((got.status.as_u16(), got.header("location")), (302, "http://169.254.169.254/latest"));
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn who_may_not_is_told_why_and_nothing_is_sent() {
    let scopes = |apis: Vec<DialectId>, pass, models: &[&str]| Scopes {
        apis,
        pass,
        free_only: false,
        models: models.iter().map(|model| (*model).to_owned()).collect(),
    };
    let (stub, mut app) = app_with(ok, |config| {
        config.keys = vec![
            key("any", |_| {}),
            key("chat", |key| key.scopes = scopes(vec![DialectId::OpenAiChat], false, &[])),
            key("pass", |key| key.scopes = scopes(Vec::new(), true, &[])),
            key("few", |key| key.scopes = scopes(Vec::new(), false, &["one/m"])),
            key("all", |key| key.scopes = scopes(Vec::new(), false, &["one/*"])),
            key("poor", |key| key.budgets = vec![monthly(usd(100))]),
            key("trusted", |key| {
                key.budgets = vec![monthly(usd(100))];
                key.budgets[0].allow_unpriced = true;
            }),
        ];
    })
    .await;
    for (name, path, status, code) in [
        ("nobody", "/pass/one/x", 401, "caller_unauthenticated"),
        ("chat", "/pass/one/x", 403, "caller_forbidden"),
        ("few", "/pass/one/x", 403, "caller_forbidden"),
        ("all", "/pass/two/x", 403, "caller_forbidden"),
        ("poor", "/pass/one/x", 402, "budget_unpriced"),
        ("any", "/pass/none/x", 404, "caller_not_found"),
        ("any", "/pass/one/../x", 400, "caller_invalid_request"),
        ("any", "/pass/one/a/%2e%2E/x", 400, "caller_invalid_request"),
        ("any", "/pass/one/a%2f..%2fx", 400, "caller_invalid_request"),
    ] {
        let call = Call::post(path, "{}").with("authorization", &format!("Bearer sk-{name}"));
        let (got, record) = app.recorded(call).await;
        assert_eq!(
            (got.status.as_u16(), got.header("x-wye-code")),
            (status, code),
            "{name} {path}: {}",
            got.text()
        );
        assert_eq!(record.status, status);
        assert!(!got.error().unwrap()["message"].as_str().unwrap().is_empty());
    }
    assert!(stub.seen().is_empty());
    for (name, path) in
        [("any", "/pass/one/x"), ("pass", "/pass/two/x"), ("all", "/pass/one/x"), ("trusted", "/pass/one/x")]
    {
        let call = Call::post(path, "{}").with("authorization", &format!("Bearer sk-{name}"));
        assert_eq!(app.recorded(call).await.0.status.as_u16(), 200, "{name}");
    }
    // Whoever may only pass does nothing else.
    let call = Call::ask("one/m", false).with("authorization", "Bearer sk-pass");
    assert_eq!(app.recorded(call).await.0.status.as_u16(), 403);
}

#[tokio::test]
async fn a_budget_pays_for_what_the_provider_says_it_cost_and_for_nothing_when_it_is_used_up() {
    let cost = r#"{"usage":{"prompt_tokens":7,"completion_tokens":5,"cost":0.6}}"#;
    let (_stub, mut app) = app_with(
        move |_| told(200, &[("content-type", "application/json")], cost),
        |config| {
            config.keys = vec![key("k", |key| {
                key.budgets = vec![monthly(usd(100))];
                key.budgets[0].allow_unpriced = true;
            })];
        },
    )
    .await;
    let call = |call: Call| call.with("authorization", "Bearer sk-k");
    for used in [usd(60), usd(120)] {
        let (got, record) = app.recorded(call(Call::post("/pass/one/x", "{}"))).await;
        assert_eq!((got.status.as_u16(), record.cost), (200, Some(usd(60))));
        assert_eq!(app.used("key k"), used);
    }
    let (got, _) = app.recorded(call(Call::post("/pass/one/x", "{}"))).await;
    assert_eq!((got.status.as_u16(), got.header("x-wye-limit-owner")), (402, "gateway"), "{}", got.text());
    // What costs nothing needs no money.
    assert_eq!(app.recorded(call(Call::get("/pass/one/x"))).await.0.status.as_u16(), 200);
    assert_eq!(app.used("key k"), usd(120));
}

#[tokio::test]
async fn limits_of_the_key_and_of_the_provider_hold() {
    let (_stub, mut app) = app_with(ok, |config| {
        let mut few = key("few", |_| {});
        few.limits.rpm = Some(2);
        config.keys = vec![few];
    })
    .await;
    let call = |path: &str| Call::get(path).with("authorization", "Bearer sk-few");
    for (path, status, owner) in
        [("/pass/full/x", 200, ""), ("/pass/full/x", 429, "provider"), ("/pass/one/x", 429, "gateway")]
    {
        let (got, _) = app.recorded(call(path)).await;
        assert_eq!((got.status.as_u16(), got.header("x-wye-limit-owner")), (status, owner));
    }
}

#[tokio::test]
async fn a_provider_that_fails_is_told_of_as_it_failed() {
    // Nobody there.
    let stub = Stub::start(ok).await;
    let text = config(&stub);
    drop(stub);
    let mut app = TestApp::start("providers: {}", &text).await;
    let (got, record) = app.recorded(Call::post("/pass/one/x", "{}")).await;
    assert_eq!((got.status.as_u16(), record.code), (502, Some(Code::ProviderUnreachable)));
    assert_eq!((record.cost, attempts(&record).as_str()), (Some(0), "one - provider_unreachable"));
    // Somebody there who says nothing.
    let stub = Stub::start_raw(|_| Box::pin(std::future::pending())).await;
    let mut app = TestApp::start("providers: {}", &config(&stub)).await;
    let (got, record) = app.recorded(Call::get("/pass/one/x")).await;
    assert_eq!((got.status.as_u16(), record.code), (504, Some(Code::ProviderTimeout)));
}

#[tokio::test]
async fn an_answer_that_breaks_off_or_stops_breaks_off() {
    for stops in [true, false] {
        let (pieces, answer) = mpsc::channel(2);
        let answer = Arc::new(std::sync::Mutex::new(Some(answer)));
        let (_stub, mut app) = app(move |_| coming(200, &[], answer.lock().unwrap().take().unwrap())).await;
        pieces.send(Ok(Bytes::from("abc"))).await.unwrap();
        let mut live = app.open(Call::get("/pass/one/x")).await;
        assert_eq!(live.piece().await.unwrap(), "abc");
        if !stops {
            pieces.send(Err(std::io::Error::other("gone"))).await.unwrap();
        }
        let next = tokio::time::timeout(PATIENCE, live.response.frame()).await.unwrap();
        assert!(next.unwrap().is_err(), "an answer that is not whole must not look whole");
        let record = app.record().await;
        let code = if stops { Code::ProviderTimeout } else { Code::ProviderUnreachable };
        assert_eq!((record.status, record.code), (200, Some(code)));
    }
}

#[tokio::test]
async fn a_client_that_goes_away_ends_the_call() {
    // Told when it is called, and when it is let go of.
    let (gone, went) = (Arc::new(tokio::sync::Notify::new()), Arc::new(Mutex::new(())));
    let held = Arc::clone(&went).lock_owned().await;
    let held = Arc::new(std::sync::Mutex::new(Some(held)));
    let called = Arc::clone(&gone);
    let stub = Stub::start_raw(move |_| {
        let held = held.lock().unwrap().take();
        called.notify_one();
        Box::pin(async move {
            // Let go of when the connection is.
            let _held = held;
            std::future::pending().await
        })
    })
    .await;
    let text = config(&stub).replace("total: 2500ms", "total: 60s");
    let mut app = TestApp::start("providers: {}", &text).await;
    let (mut sender, conn) = connect(app.addr).await;
    let mut sending = tokio::task::JoinSet::new();
    sending.spawn(async move { sender.send_request(Call::post("/pass/one/x", "{}").into_request()).await });
    gone.notified().await;
    drop(conn);
    let _over = tokio::time::timeout(PATIENCE, went.lock()).await.unwrap();
    let record = app.record().await;
    assert_eq!((record.status, record.code), (499, Some(Code::CallerGone)));
    assert_eq!(attempts(&record), "one - cancelled");
}

#[tokio::test]
async fn nothing_of_it_is_kept_or_tried_again() {
    let (stub, app) = app(|_| told(500, &[], json!({"error": "x"}).to_string())).await;
    for _ in 0..2 {
        assert_eq!(app.send(Call::post("/pass/two/x", "{}")).await.status.as_u16(), 500);
    }
    assert_eq!(stub.seen().len(), 2);
}
