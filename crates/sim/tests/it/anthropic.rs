//! Messages as Anthropic speaks them.

use serde_json::{Value, json};

use super::client::{PLAIN, anthropic, call, fleet, get};

fn user(content: Value) -> Value {
    json!({ "model": "m", "max_tokens": 4096, "messages": [{ "role": "user", "content": content }] })
}

fn with(mut body: Value, more: Value) -> Value {
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn weather() -> Value {
    let schema =
        json!({ "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"] });
    json!([{ "name": "get_weather", "input_schema": schema }])
}

/// Puts a stream's content blocks together as a client would.
fn assemble(events: &[Value]) -> Vec<Value> {
    let mut blocks: Vec<Value> = Vec::new();
    let mut json = String::new();
    for event in events {
        match event["type"].as_str().unwrap() {
            "content_block_start" => {
                blocks.push(event["content_block"].clone());
                json.clear();
            }
            "content_block_delta" => {
                let (block, delta) = (blocks.last_mut().unwrap(), &event["delta"]);
                for key in ["text", "thinking", "signature"] {
                    if let Some(more) = delta[key].as_str() {
                        block[key] = json!(format!("{}{more}", block[key].as_str().unwrap()));
                    }
                }
                if let Some(more) = delta["partial_json"].as_str() {
                    json.push_str(more);
                    if let Ok(input) = serde_json::from_str(&json) {
                        block["input"] = input;
                    }
                }
            }
            _ => {}
        }
    }
    blocks
}

#[tokio::test]
async fn plain_and_stream_say_the_same() {
    let fleet = fleet(PLAIN).await;
    let plain = anthropic(&fleet, &user(json!("Hello there"))).await;
    assert_eq!(plain.header("anthropic-ratelimit-requests-reset"), Some("2026-09-21T14:13:21Z"));
    let plain = plain.json();
    assert_eq!(plain["stop_reason"], "end_turn");
    let stream = anthropic(&fleet, &with(user(json!("Hello there")), json!({ "stream": true }))).await;
    let names: Vec<&str> = stream.body.lines().filter_map(|l| l.strip_prefix("event: ")).collect();
    assert_eq!(names[..3], ["message_start", "content_block_start", "ping"]);
    assert_eq!(names[names.len() - 3..], ["content_block_stop", "message_delta", "message_stop"]);
    let events = stream.events();
    assert_eq!(Value::Array(assemble(&events)), plain["content"]);
    let delta = events.iter().find(|e| e["type"] == "message_delta").unwrap();
    assert_eq!(delta["usage"]["output_tokens"], plain["usage"]["output_tokens"]);
}

#[tokio::test]
async fn tools_are_called_and_history_is_checked() {
    let fleet = fleet(PLAIN).await;
    let ask = with(user(json!("Weather in Paris and Tokyo?")), json!({ "tools": weather() }));
    let plain = anthropic(&fleet, &ask).await.json();
    assert_eq!(plain["stop_reason"], "tool_use");
    assert_eq!(plain["content"][1]["input"], json!({ "city": "Tokyo" }));
    let events = anthropic(&fleet, &with(ask.clone(), json!({ "stream": true }))).await.events();
    let inputs: Vec<Value> = assemble(&events).iter().map(|b| b["input"].clone()).collect();
    assert_eq!(inputs, [json!({ "city": "Paris" }), json!({ "city": "Tokyo" })]);

    let results: Vec<Value> = plain["content"]
        .as_array()
        .unwrap()
        .iter()
        .map(|b| json!({ "type": "tool_result", "tool_use_id": b["id"], "content": "dry" }))
        .collect();
    let next = |results: &[Value]| {
        let mut next = ask.clone();
        let messages = next["messages"].as_array_mut().unwrap();
        messages.push(json!({ "role": "assistant", "content": plain["content"] }));
        messages.push(json!({ "role": "user", "content": results }));
        next
    };
    let reply = anthropic(&fleet, &next(&results)).await;
    assert!(reply.body.contains("dry | dry"), "{}", reply.body);
    let missing = anthropic(&fleet, &next(&results[..1])).await;
    assert_eq!(missing.status, 400);
    assert!(missing.body.contains("without `tool_result`"));
    let late = [json!({ "type": "text", "text": "so" }), results[0].clone(), results[1].clone()];
    assert!(anthropic(&fleet, &next(&late)).await.body.contains("before other content"));
    let forced = json!({ "tools": weather(), "tool_choice": { "type": "tool", "name": "get_weather" } });
    let reply = anthropic(&fleet, &with(user(json!("Hi")), forced)).await.json();
    assert_eq!(reply["content"][0]["input"], json!({ "city": "example" }));
}

#[tokio::test]
async fn thoughts_are_signed_and_only_ours_are_taken_back() {
    let fleet = fleet(PLAIN).await;
    let thinking = json!({ "model": "r", "thinking": { "type": "enabled", "budget_tokens": 1024 } });
    let ask = with(user(json!("Think about it")), thinking);
    let events = anthropic(&fleet, &with(ask.clone(), json!({ "stream": true }))).await.events();
    let blocks = assemble(&events);
    assert_eq!(blocks[0]["type"], "thinking");
    let back = |block: Value| {
        let mut next = ask.clone();
        let messages = next["messages"].as_array_mut().unwrap();
        messages.push(json!({ "role": "assistant", "content": [block, { "type": "text", "text": "So." }] }));
        messages.push(json!({ "role": "user", "content": "Go on" }));
        next
    };
    assert_eq!(anthropic(&fleet, &back(blocks[0].clone())).await.status, 200);
    let mut edited = blocks[0].clone();
    edited["thinking"] = json!("something else");
    let refused = anthropic(&fleet, &back(edited)).await;
    assert_eq!(refused.status, 400);
    assert!(refused.body.contains("Invalid `signature` in `thinking` block"));
}

#[tokio::test]
async fn schemas_images_and_refusals() {
    let fleet = fleet(PLAIN).await;
    let schema = json!({ "type": "object", "properties": { "ok": { "type": "boolean" } } });
    let config = json!({ "output_config": { "format": { "type": "json_schema", "schema": schema } } });
    let reply = anthropic(&fleet, &with(user(json!("Go")), config)).await.json();
    assert_eq!(reply["content"][0]["text"], r#"{"ok":true}"#);
    let source = json!({ "type": "base64", "media_type": "image/jpeg", "data": "AAAAAA==" });
    let reply = anthropic(&fleet, &user(json!([{ "type": "image", "source": source }]))).await;
    assert!(reply.body.contains("image image/jpeg of 4 bytes"), "{}", reply.body);
    let reply = anthropic(&fleet, &user(json!("[[refuse]]"))).await.json();
    assert_eq!(reply["stop_reason"], "refusal");
    let reply = anthropic(&fleet, &with(user(json!("Hi")), json!({ "max_tokens": 3 }))).await.json();
    assert_eq!((&reply["stop_reason"], &reply["usage"]["output_tokens"]), (&json!("max_tokens"), &json!(3)));
    let reply =
        anthropic(&fleet, &with(user(json!("Hi")), json!({ "stop_sequences": ["is m"] }))).await.json();
    assert_eq!((&reply["stop_reason"], &reply["stop_sequence"]), (&json!("stop_sequence"), &json!("is m")));
}

#[tokio::test]
async fn bad_requests_are_refused() {
    let fleet = fleet(PLAIN).await;
    for (more, status, word) in [
        (json!({ "n": 2 }), 400, "n: Extra inputs are not permitted"),
        (json!({ "max_tokens": null }), 400, "max_tokens: Field required"),
        (json!({ "model": "none" }), 404, "model: none"),
        (json!({ "messages": [{ "role": "system", "content": "x" }] }), 400, "Unexpected role"),
        (json!({ "messages": [{ "role": "assistant", "content": "x" }] }), 400, "first message"),
        (
            json!({ "tools": [{ "name": "a.b", "input_schema": { "type": "object" } }] }),
            400,
            "tools.0.custom.name",
        ),
    ] {
        let reply = anthropic(&fleet, &with(user(json!("Hi")), more.clone())).await;
        assert_eq!((reply.status, &reply.json()["type"]), (status, &json!("error")), "{more}");
        assert!(reply.body.contains(word), "{more}: {}", reply.body);
    }
    let bare = call(&fleet, "POST /a/v1/messages HTTP/1.1", &user(json!("Hi"))).await;
    assert!(bare.status == 400 && bare.body.contains("anthropic-version"));
    let head = "POST /a/v1/messages/count_tokens HTTP/1.1\r\nanthropic-version: 2023-06-01";
    let body = json!({ "model": "m", "messages": [{ "role": "user", "content": "12345678" }] });
    assert_eq!(call(&fleet, head, &body).await.json(), json!({ "input_tokens": 3 }));
    assert_eq!(get(&fleet, "/a/v1/models").await.json()["data"][0]["type"], "model");
}
