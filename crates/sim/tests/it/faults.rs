//! Every fault, streamed and not.

use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;
use wye_sim::FleetHandle;

use super::client::{Answer, fleet, openai, read, send, soon, with};

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

/// A provider of each of the other dialects that fails in this way: its name, its path and a body.
async fn others(fault: &str) -> (FleetHandle, Vec<(&'static str, &'static str, Value)>) {
    let faults = format!("models: {{ m: {{}} }}, faults: [{{ fault: {fault} }}]");
    let script = format!(
        "providers:\n  o: {{ dialects: [openai_responses, openai_completions], {faults} }}\n  c: {{ dialect: cohere, \
         {faults} }}\n  l: {{ dialect: ollama, {faults} }}\n  b: {{ dialect: bedrock_converse, {faults} }}"
    );
    let messages = json!([{ "role": "user", "content": "Hi" }]);
    let chat = json!({ "model": "m", "messages": messages });
    let converse = json!({ "messages": [{ "role": "user", "content": [{ "text": "Hi" }] }] });
    let calls = vec![
        ("responses", "/o/v1/responses", json!({ "model": "m", "input": "Hi" })),
        ("completions", "/o/v1/completions", json!({ "model": "m", "prompt": "Hi" })),
        ("cohere", "/c/v2/chat", chat.clone()),
        ("ollama", "/l/api/chat", chat),
        ("bedrock", "/b/model/m/converse", converse),
    ];
    (fleet(&script).await, calls)
}

fn asked(name: &str, path: &str, body: &Value, stream: bool) -> (String, String) {
    let suffix = if stream && name == "bedrock" { "-stream" } else { "" };
    let body = with(body.clone(), json!({ "stream": stream }));
    (format!("POST {path}{suffix} HTTP/1.1"), body.to_string())
}

#[tokio::test]
async fn the_other_dialects_fail_in_their_own_words() {
    for status in [400, 401, 403, 404, 429, 500, 503, 529] {
        let (fleet, calls) = others(&format!("{{ status: {status} }}")).await;
        for (name, path, body) in calls {
            let (head, body) = asked(name, path, &body, false);
            let reply = read(send(&fleet, &head, &body).await).await.unwrap();
            let known = if name == "bedrock" && status == 529 { 503 } else { status };
            assert_eq!(reply.status, known, "{name}");
            let place = match name {
                "cohere" | "bedrock" => "/message",
                "ollama" => "/error",
                _ => "/error/message",
            };
            assert!(reply.json().pointer(place).is_some_and(Value::is_string), "{name}: {}", reply.body);
        }
    }
}

#[tokio::test]
async fn the_other_dialects_streams_break_and_fail() {
    let (fleet, calls) = others("{ cut_after_events: 3 }").await;
    for (name, path, body) in calls {
        for stream in [false, true] {
            let (head, body) = asked(name, path, &body, stream);
            let reply = read(send(&fleet, &head, &body).await).await.unwrap();
            assert!(!reply.whole && !reply.bytes.is_empty(), "{name}");
        }
    }
    let (fleet, calls) = others("{ error_after_events: 3 }").await;
    for (name, path, body) in calls {
        let (head, body) = asked(name, path, &body, true);
        let reply = read(send(&fleet, &head, &body).await).await.unwrap();
        assert!(reply.whole, "{name}");
        match name {
            "responses" => {
                let kinds: Vec<Value> = reply.events().iter().map(|e| e["type"].clone()).collect();
                assert_eq!(kinds[3..], ["error", "response.failed"]);
            }
            "completions" => assert!(reply.events()[3]["error"].is_object()),
            "cohere" => assert_eq!(reply.events()[3]["delta"]["finish_reason"], "ERROR"),
            "ollama" => assert!(reply.lines()[3]["error"].is_string()),
            _ => {
                let (headers, payload) = super::bedrock::frames(&reply.bytes).pop().unwrap();
                assert!(headers.contains(&(":message-type".to_owned(), "exception".to_owned())));
                assert!(payload["message"].is_string());
            }
        }
    }
    let (fleet, calls) = others("{ text_200: rate limit exceeded }").await;
    for (name, path, body) in calls {
        let (head, body) = asked(name, path, &body, false);
        let reply = read(send(&fleet, &head, &body).await).await.unwrap();
        assert!(reply.status == 200 && reply.body.contains("rate limit exceeded"), "{name}");
    }
    let (fleet, calls) = others("empty").await;
    for (name, path, body) in calls {
        let (head, body) = asked(name, path, &body, false);
        let reply = read(send(&fleet, &head, &body).await).await.unwrap();
        assert!(reply.status == 200 && !reply.body.contains("answering"), "{name}");
    }
    let (fleet, calls) = others("reset").await;
    for (name, path, body) in calls {
        let (head, body) = asked(name, path, &body, true);
        let error = send(&fleet, &head, &body).await.read(&mut [0; 16]).await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{name}");
    }
}
