//! Scripts, keys, quotas and the handle.

use serde_json::json;
use wye_sim::{DEMO_FLEET, Script};

use super::client::{PLAIN, anthropic, call, fleet, gemini, get, openai, read, send, soon};

#[test]
fn mistakes_are_named_with_their_line() {
    for (script, line, word) in [
        ("providers:\n  o:\n    dialect: openai\n", Some(3), "openai_chat"),
        ("providers:\n  o:\n    dialect: gemini\n    moods: 3\n", Some(4), "moods"),
        ("providers:\n  o: { dialect: gemini, models: { m: { ttft: soon } } }\n", Some(2), "120ms"),
        (
            "providers:\n  o:\n    dialect: gemini\n    faults:\n      - { fault: explode }\n",
            Some(5),
            "explode",
        ),
        (
            "providers:\n  o: { dialect: gemini, faults: [{ fault: { status: 200 } }] }\n",
            None,
            "not an error",
        ),
        ("providers:\n  o: { dialect: gemini, faults: [{ on: { model: x }, fault: empty }] }\n", None, "`x`"),
        ("providers:\n  o: { dialect: gemini, models: { m: { jitter: 2 } } }\n", None, "jitter"),
        ("providers: [\n", None, ""),
    ] {
        let error = Script::from_yaml(script).unwrap_err();
        assert!(error.message.contains(word), "{script}: {error}");
        assert!(line.is_none() || error.line == line, "{script}: {error}");
    }
}

#[test]
fn the_demo_fleet_and_json_are_scripts() {
    let demo = Script::from_yaml(DEMO_FLEET).unwrap();
    assert_eq!(demo.providers.len(), 10);
    Script::from_yaml(r#"{"seed": 1, "providers": {"o": {"dialect": "openai_chat", "models": {"m": {}}}}}"#)
        .unwrap();
}

const QUOTAS: &str = "
epoch: 1790000000
providers:
  o: { dialect: openai_chat, keys: [k1, k2], quota: { rpm: 1 }, models: { m: {} } }
  a: { dialect: anthropic_messages, quota: { tpm: 60 }, models: { m: {} } }
  g: { dialect: gemini, keys: [k], models: { m: { quota: { rpd: 1 } } } }
";

#[tokio::test(start_paused = true)]
async fn quotas_are_counted_by_key_and_told_in_the_vendors_way() {
    let fleet = fleet(QUOTAS).await;
    let body = json!({ "model": "m", "messages": [{ "role": "user", "content": "Hi" }] });
    let post = |key: &str| format!("POST /o/v1/chat/completions HTTP/1.1\r\nauthorization: Bearer {key}");
    let first = call(&fleet, &post("k1"), &body).await;
    assert_eq!((first.status, first.header("x-ratelimit-remaining-requests")), (200, Some("0")));
    let second = call(&fleet, &post("k1"), &body).await;
    assert_eq!((second.status, second.header("retry-after")), (429, Some("60")));
    assert_eq!(second.json()["error"]["code"], "rate_limit_exceeded");
    assert_eq!(call(&fleet, &post("k2"), &body).await.status, 200);
    let bad = call(&fleet, &post("k3"), &body).await;
    assert_eq!((bad.status, &bad.json()["error"]["code"]), (401, &json!("invalid_api_key")));
    tokio::time::advance(std::time::Duration::from_secs(61)).await;
    assert_eq!(call(&fleet, &post("k1"), &body).await.status, 200);

    let asked = json!({ "model": "m", "max_tokens": 99, "messages": [{ "role": "user", "content": "Hi" }] });
    let first = anthropic(&fleet, &asked).await;
    assert_eq!(first.status, 200);
    assert!(first.header("anthropic-ratelimit-tokens-remaining").unwrap().parse::<u64>().unwrap() < 60);
    let second = anthropic(&fleet, &asked).await;
    assert_eq!((second.status, second.header("x-should-retry")), (429, Some("true")));
    assert_eq!(second.json()["error"]["type"], "rate_limit_error");

    let asked = json!({ "contents": [{ "parts": [{ "text": "Hi" }] }] });
    let path = "POST /g/v1beta/models/m:generateContent";
    assert_eq!(call(&fleet, &format!("{path}?key=k HTTP/1.1"), &asked).await.status, 200);
    let second = call(&fleet, &format!("{path} HTTP/1.1\r\nx-goog-api-key: k"), &asked).await;
    assert_eq!((second.status, second.header("retry-after")), (429, None));
    assert!(second.body.contains("PerDay") && second.body.contains("retryDelay"), "{}", second.body);
    let bad = gemini(&fleet, "m", &asked).await;
    assert!(bad.status == 400 && bad.body.contains("API_KEY_INVALID"));
}

#[tokio::test]
async fn the_log_and_the_script_are_at_hand_in_process_and_over_http() {
    let fleet = fleet(PLAIN).await;
    let body = json!({ "model": "m", "messages": [{ "role": "user", "content": "Hi" }] });
    openai(&fleet, &body).await;
    soon(fleet.wait_for_requests(1)).await;
    let received = fleet.received();
    assert_eq!((received[0].provider.as_str(), received[0].model.as_str()), ("o", "m"));
    assert_eq!((received[0].path.as_str(), &received[0].body), ("/v1/chat/completions", &body));
    assert!(received[0].finished && received[0].headers.contains_key("host"));
    assert_eq!(get(&fleet, "/_sim/received").await.json()["received"][0]["body"], body);
    assert_eq!(get(&fleet, "/_sim/health").await.status, 200);

    let put =
        async |text: &'static str| read(send(&fleet, "PUT /_sim/script HTTP/1.1", text).await).await.unwrap();
    assert!(put("providers: 3").await.body.contains("line 1"));
    let script =
        "providers:\n  o: { dialect: openai_chat, models: { m: {} }, faults: [{ fault: { status: 503 } }] }";
    assert_eq!(put(script).await.status, 200);
    assert_eq!(openai(&fleet, &body).await.status, 503);
    assert_eq!(read(send(&fleet, "DELETE /_sim/received HTTP/1.1", "").await).await.unwrap().status, 200);
    assert!(fleet.received().is_empty());
    assert_eq!(get(&fleet, "/nobody/v1/models").await.status, 404);
    assert!(fleet.base_url("o").ends_with("/o/v1"));
}

#[tokio::test]
async fn a_prompt_longer_than_the_context_is_refused_in_the_vendors_words() {
    let script = PLAIN.replace("m: {}", "m: { context: 20 }");
    let fleet = fleet(&script).await;
    let text = "word ".repeat(100);
    let body = json!({ "model": "m", "max_tokens": 9, "messages": [{ "role": "user", "content": text }] });
    let reply = openai(&fleet, &body).await;
    assert_eq!((reply.status, &reply.json()["error"]["code"]), (400, &json!("context_length_exceeded")));
    assert!(anthropic(&fleet, &body).await.body.contains("prompt is too long"));
    let reply = gemini(&fleet, "m", &json!({ "contents": [{ "parts": [{ "text": text }] }] })).await;
    assert!(reply.status == 400 && reply.body.contains("exceeds the maximum number of tokens"));
}

#[tokio::test]
async fn what_began_before_the_log_was_cleared_is_not_counted_after() {
    let script = "providers: { o: { dialect: openai_chat, models: { m: {} }, faults: [{ on: { nth: [1] }, fault: stall_first }] } }";
    let fleet = fleet(script).await;
    let body = json!({ "model": "m", "messages": [{ "role": "user", "content": "Hi" }] });
    let head = "POST /o/v1/chat/completions HTTP/1.1";
    let stalled = send(&fleet, head, &body.to_string()).await;
    soon(fleet.wait_for_requests(1)).await;
    fleet.clear();
    let other = send(&fleet, head, &body.to_string()).await;
    soon(fleet.wait_for_requests(1)).await;
    drop((stalled, other));
    soon(fleet.wait_for_disconnects(1)).await;
    assert_eq!(fleet.counts(), wye_sim::Counts { requests: 1, disconnects: 1, finished: 0 });
}

#[tokio::test]
async fn a_provider_that_is_down_has_a_closed_port() {
    let fleet = fleet("providers: { o: { dialect: openai_chat, down: true } }").await;
    let url = fleet.base_url("o");
    let addr = url.strip_prefix("http://").unwrap().split('/').next().unwrap().to_owned();
    let error = tokio::net::TcpStream::connect(addr).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
    assert!(read(send(&fleet, "GET /o/v1/models HTTP/1.1", "").await).await.is_none());
}

#[tokio::test]
async fn skill_decides_how_often_an_exam_is_passed() {
    let fleet =
        fleet("providers: { o: { dialect: openai_chat, models: { m: { skill: { code: 0.7, math: 0 } } } } }")
            .await;
    let mut right = 0;
    for i in 0..50 {
        let text = format!("Question {i} [[category=code;answer=42]]");
        let body = json!({ "model": "m", "messages": [{ "role": "user", "content": text }] });
        let reply = openai(&fleet, &body).await.json();
        right += u32::from(reply["choices"][0]["message"]["content"] == "42");
    }
    assert!((25..=45).contains(&right), "{right} of 50");
    let body =
        json!({ "model": "m", "messages": [{ "role": "user", "content": "[[category=math;answer=42]]" }] });
    assert_eq!(openai(&fleet, &body).await.json()["choices"][0]["message"]["content"], "43");
}

#[tokio::test]
async fn fixed_answers_are_only_counted() {
    let fleet = fleet("providers: { o: { dialect: openai_chat, models: { m: { fixed: {} } } } }").await;
    let body =
        json!({ "model": "m", "messages": [], "stream": true, "stream_options": { "include_usage": true } });
    let stream = openai(&fleet, &body).await;
    assert_eq!(stream.events().len(), 43);
    assert!(stream.body.ends_with("data: [DONE]\n\n"));
    let plain = openai(&fleet, &json!({ "model": "m", "messages": [] })).await;
    assert!(plain.body.len().abs_diff(619) < 8);
    assert_eq!((fleet.counts().finished, fleet.received().len()), (2, 0));
}
