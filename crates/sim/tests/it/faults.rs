//! Every fault, streamed and not.

use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;
use wye_sim::FleetHandle;

use super::client::{Answer, fleet, openai, read, send, soon};

fn body(stream: bool) -> Value {
    json!({ "model": "m", "stream": stream, "messages": [{ "role": "user", "content": "Hi" }] })
}

async fn faulty(fault: &str) -> FleetHandle {
    let script = format!(
        "providers: {{ o: {{ dialect: openai_chat, models: {{ m: {{}} }}, faults: [{{ fault: {fault} }}] }} }}"
    );
    fleet(&script).await
}

async fn raw(fleet: &FleetHandle, stream: bool) -> Option<Answer> {
    read(send(fleet, "POST /o/v1/chat/completions HTTP/1.1", &body(stream).to_string()).await).await
}

#[tokio::test]
async fn statuses_speak_like_their_vendor() {
    for status in [400, 401, 402, 403, 404, 413, 422, 429, 500, 502, 503, 504, 529] {
        let script = format!(
            "providers:\n  o: &p {{ dialect: openai_chat, models: {{ m: {{}} }}, faults: [{{ fault: {{ status: {status}, \
             retry_after: 2s }} }}] }}\n  a: {{ dialect: anthropic_messages, models: {{ m: {{}} }}, faults: [{{ fault: \
             {{ status: {status} }} }}] }}\n  g: {{ dialect: gemini, models: {{ m: {{}} }}, faults: [{{ fault: {{ \
             status: {status}, retry_after: 2s }} }}] }}"
        );
        let fleet = fleet(&script).await;
        let reply = raw(&fleet, false).await.unwrap();
        assert_eq!((reply.status, reply.header("retry-after")), (status, Some("2")));
        assert!(reply.json()["error"]["message"].is_string());
        let reply = super::client::anthropic(&fleet, &body(false)).await;
        assert_eq!((reply.status, &reply.json()["type"]), (status, &json!("error")));
        let reply = super::client::gemini(&fleet, "m", &json!({})).await;
        assert_eq!(reply.status, if status == 529 { 503 } else { status });
        assert!(reply.json()["error"]["status"].is_string() && reply.body.contains("\"2s\""));
        assert_eq!(fleet.received()[0].fault.as_deref(), Some("status"));
    }
}

#[tokio::test]
async fn bodies_and_headers_can_be_given() {
    let fleet =
        faulty("{ status: 502, body: \"<html>\", headers: { content-type: text/html, x-a: b } }").await;
    let reply = raw(&fleet, true).await.unwrap();
    assert_eq!((reply.status, reply.body.as_str()), (502, "<html>"));
    assert_eq!((reply.header("content-type"), reply.header("x-a")), (Some("text/html"), Some("b")));
}

#[tokio::test]
async fn resets_reset() {
    for fault in ["reset", "refuse"] {
        let fleet = faulty(fault).await;
        for stream in [false, true] {
            let mut socket =
                send(&fleet, "POST /o/v1/chat/completions HTTP/1.1", &body(stream).to_string()).await;
            let error = socket.read(&mut [0; 16]).await.unwrap_err();
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{fault}");
        }
        assert_eq!((fleet.counts().requests, fleet.disconnects()), (2, 0));
    }
}

#[tokio::test]
async fn cuts_break_off() {
    let fleet = faulty("{ cut_after_events: 3 }").await;
    let stream = raw(&fleet, true).await.unwrap();
    assert!(!stream.whole);
    assert_eq!(stream.events().len(), 3);
    let plain = raw(&fleet, false).await.unwrap();
    assert!(!plain.whole && !plain.body.is_empty());
    assert!(!fleet.received()[0].finished);
}

#[tokio::test]
async fn stalls_stall_until_the_client_goes() {
    for fault in ["stall_first", "stall_body", "{ stall_after_events: 2 }"] {
        let fleet = faulty(fault).await;
        for (n, stream) in [(1, false), (2, true)] {
            let mut socket =
                send(&fleet, "POST /o/v1/chat/completions HTTP/1.1", &body(stream).to_string()).await;
            soon(fleet.wait_for_requests(n)).await;
            if fault != "stall_first" {
                let mut head = [0; 15];
                soon(socket.read_exact(&mut head)).await.unwrap();
                assert_eq!(&head, b"HTTP/1.1 200 OK");
            }
            drop(socket);
            soon(fleet.wait_for_disconnects(n)).await;
        }
        assert_eq!(fleet.counts().finished, 0);
    }
}

#[tokio::test]
async fn good_statuses_may_hide_bad_answers() {
    let fleet = faulty("{ error_after_events: 2 }").await;
    let events = raw(&fleet, true).await.unwrap().events();
    assert_eq!(events.len(), 3);
    assert!(events[2]["error"].is_object());

    let fleet = faulty("{ text_200: rate limit exceeded }").await;
    let reply = openai(&fleet, &body(false)).await.json();
    assert_eq!(reply["choices"][0]["message"]["content"], "rate limit exceeded");

    let fleet = faulty("error_in_200").await;
    for stream in [false, true] {
        let reply = openai(&fleet, &body(stream)).await;
        assert!(reply.status == 200 && reply.json()["error"].is_object());
    }

    let fleet = faulty("empty").await;
    let reply = openai(&fleet, &body(false)).await.json();
    assert_eq!(
        (&reply["choices"][0]["message"]["content"], &reply["usage"]["completion_tokens"]),
        (&json!(""), &json!(0))
    );
    let events = openai(&fleet, &body(true)).await.events();
    assert!(events.iter().all(|e| e["choices"][0]["delta"]["content"].as_str().is_none_or(str::is_empty)));

    let fleet = faulty("garbage").await;
    let reply = openai(&fleet, &body(false)).await;
    assert!(reply.status == 200 && serde_json::from_str::<Value>(&reply.body).is_err());
}

#[tokio::test]
async fn a_dripping_answer_is_whole() {
    let fleet = faulty("drip").await;
    let plain = raw(&fleet, false).await.unwrap();
    assert!(plain.whole && plain.json()["choices"].is_array());
    let stream = raw(&fleet, true).await.unwrap();
    assert!(stream.whole && stream.body.ends_with("data: [DONE]\n\n"));
}

#[tokio::test(start_paused = true)]
async fn time_passes_as_scripted() {
    let script = "providers: { o: { dialect: openai_chat, models: { m: { ttft: 10s, tps: 2 } }, faults: [{ on: { nth: [2] }, fault: { slow_first: 30s } }] } }";
    let fleet = fleet(script).await;
    let timed = async |stream: bool| {
        let start = tokio::time::Instant::now();
        assert_eq!(openai(&fleet, &body(stream)).await.status, 200);
        start.elapsed().as_secs()
    };
    let plain = timed(false).await;
    assert!((29..=40).contains(&plain), "{plain} s for 40 tokens at 2 a second after 10 s");
    assert!((59..=70).contains(&timed(false).await));
    assert!((29..=75).contains(&timed(true).await));
}

#[tokio::test]
async fn rules_match_in_order() {
    let script = "
providers:
  o:
    dialect: openai_chat
    models: { m: {} }
    faults:
      - { on: { nth: [1, 2] }, fault: { status: 429 } }
      - { on: { contains: boom }, fault: { status: 500 } }
      - { on: { stream: true, from: 5 }, fault: { status: 503 } }
      - { on: { every: 4 }, fault: { status: 502 } }
";
    let fleet = fleet(script).await;
    let mut statuses = Vec::new();
    for (text, stream) in
        [("a", false), ("a", false), ("boom", false), ("a", true), ("a", true), ("a", false)]
    {
        let body =
            json!({ "model": "m", "stream": stream, "messages": [{ "role": "user", "content": text }] });
        statuses.push(openai(&fleet, &body).await.status);
    }
    assert_eq!(statuses, [429, 429, 500, 502, 503, 200]);
    fleet.clear();
    assert_eq!(openai(&fleet, &body(false)).await.status, 429);
}
