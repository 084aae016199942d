//! Converse as Amazon speaks it.

use serde_json::{Value, json};

use super::client::{PLAIN, bedrock, fleet, with};

fn ask(text: &str) -> Value {
    json!({ "messages": [{ "role": "user", "content": [{ "text": text }] }] })
}

fn weather() -> Value {
    let schema =
        json!({ "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"] });
    json!({ "tools": [{ "toolSpec": { "name": "get_weather", "inputSchema": { "json": schema } } }] })
}

/// The frames' headers and payloads. The checksums are another test's business: gzip's are the same.
pub(crate) fn frames(bytes: &[u8]) -> Vec<(Vec<(String, String)>, Value)> {
    let number = |at: &[u8]| u32::from_be_bytes(at[..4].try_into().unwrap()) as usize;
    let (mut rest, mut frames) = (bytes, Vec::new());
    while !rest.is_empty() {
        let (size, head) = (number(rest), number(&rest[4..]));
        assert_eq!(number(&rest[8..]), crc(&rest[..8]), "the prelude's checksum");
        assert_eq!(number(&rest[size - 4..]), crc(&rest[..size - 4]), "the message's checksum");
        let (mut headers, mut named) = (&rest[12..12 + head], Vec::new());
        while let [length, more @ ..] = headers {
            let (name, more) = more.split_at(usize::from(*length));
            assert_eq!(more[0], 7);
            let length = usize::from(u16::from_be_bytes([more[1], more[2]]));
            let text = |b: &[u8]| String::from_utf8(b.to_vec()).unwrap();
            named.push((text(name), text(&more[3..3 + length])));
            headers = &more[3 + length..];
        }
        frames.push((named, serde_json::from_slice(&rest[12 + head..size - 4]).unwrap()));
        rest = &rest[size..];
    }
    frames
}

/// CRC-32, from a table as the specification of PNG has it.
fn crc(bytes: &[u8]) -> usize {
    let table: Vec<u32> = (0..256_u32)
        .map(|n| (0..8).fold(n, |c, _| if c & 1 == 1 { 0xedb8_8320 ^ (c >> 1) } else { c >> 1 }))
        .collect();
    let crc = bytes.iter().fold(u32::MAX, |crc, b| table[(crc as u8 ^ b) as usize] ^ (crc >> 8));
    (crc ^ u32::MAX) as usize
}

fn events(bytes: &[u8]) -> Vec<(String, Value)> {
    let kind =
        |headers: &[(String, String)]| headers.iter().find(|(n, _)| n == ":event-type").unwrap().1.clone();
    frames(bytes).into_iter().map(|(headers, payload)| (kind(&headers), payload)).collect()
}

fn joined(events: &[(String, Value)], place: &str) -> String {
    events.iter().filter_map(|(_, e)| e["delta"].pointer(place)?.as_str()).collect()
}

#[tokio::test]
async fn plain_and_stream_say_the_same() {
    let fleet = fleet(PLAIN).await;
    let thinking = json!({ "additionalModelRequestFields": { "thinking": { "type": "enabled", "budget_tokens": 1024 } } });
    let body = with(ask("Hello there"), thinking);
    let plain = bedrock(&fleet, "a.r-v1%3A0/converse", &body).await.json();
    let stream = bedrock(&fleet, "a.r-v1%3A0/converse-stream", &body).await;
    assert_eq!(stream.header("content-type"), Some("application/vnd.amazon.eventstream"));
    let events = events(&stream.bytes);
    let content = &plain["output"]["message"]["content"];
    let thought = &content[0]["reasoningContent"]["reasoningText"];
    assert_eq!(thought["text"], joined(&events, "/reasoningContent/text"));
    assert_eq!(thought["signature"], joined(&events, "/reasoningContent/signature"));
    assert_eq!(content[1]["text"], joined(&events, "/text"));
    let kinds: Vec<&str> = events.iter().map(|(k, _)| k.as_str()).collect();
    assert_eq!((kinds[0], &kinds[kinds.len() - 2..]), ("messageStart", &["messageStop", "metadata"][..]));
    assert_eq!(events.last().unwrap().1["usage"], plain["usage"]);

    let mut next = body.clone();
    let messages = next["messages"].as_array_mut().unwrap();
    messages.push(plain["output"]["message"].clone());
    messages.push(json!({ "role": "user", "content": [{ "text": "And?" }] }));
    assert_eq!(bedrock(&fleet, "a.r-v1%3A0/converse", &next).await.status, 200);
    next["messages"][1]["content"][0]["reasoningContent"]["reasoningText"]["signature"] = json!("x");
    assert_eq!(bedrock(&fleet, "a.r-v1%3A0/converse", &next).await.status, 400);
}

#[tokio::test]
async fn tools_go_round_and_images_and_counts() {
    let fleet = fleet(PLAIN).await;
    let body = with(ask("The weather in Paris and Tokyo?"), json!({ "toolConfig": weather() }));
    let plain = bedrock(&fleet, "m/converse", &body).await.json();
    assert_eq!(plain["stopReason"], "tool_use");
    let message = &plain["output"]["message"];
    let inputs = events(&bedrock(&fleet, "m/converse-stream", &body).await.bytes);
    assert_eq!(joined(&inputs, "/toolUse/input"), r#"{"city":"Paris"}{"city":"Tokyo"}"#);
    let result = |i: usize| {
        let id = &message["content"][i]["toolUse"]["toolUseId"];
        json!({ "toolResult": { "toolUseId": id, "content": [{ "text": "sunny" }] } })
    };
    let mut next = body.clone();
    let messages = next["messages"].as_array_mut().unwrap();
    messages.push(message.clone());
    messages.push(json!({ "role": "user", "content": [result(0), result(1)] }));
    assert!(bedrock(&fleet, "m/converse", &next).await.body.contains("sunny | sunny"));
    let mut bare = next.clone();
    bare.as_object_mut().unwrap().remove("toolConfig");
    assert!(bedrock(&fleet, "m/converse", &bare).await.body.contains("toolConfig field must be defined"));
    next["messages"][2]["content"].as_array_mut().unwrap().pop();
    assert!(bedrock(&fleet, "m/converse", &next).await.body.contains("Expected toolResult blocks"));

    let image = json!({ "image": { "format": "png", "source": { "bytes": "AAAA" } } });
    let body = json!({ "messages": [{ "role": "user", "content": [image, { "text": "What?" }] }] });
    assert!(bedrock(&fleet, "m/converse", &body).await.body.contains("image/png of 3 bytes"));
    let count =
        bedrock(&fleet, "m/count-tokens", &json!({ "input": { "converse": ask("Hello") } })).await.json();
    assert!(count["inputTokens"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn bad_requests_are_refused() {
    let fleet = fleet(PLAIN).await;
    let message = |role: &str, content: Value| json!({ "messages": [{ "role": role, "content": content }] });
    for (model, body, status, kind) in [
        ("m", json!({}), 400, "ValidationException"),
        ("none", ask("Hi"), 404, "ResourceNotFoundException"),
        ("m", message("assistant", json!([{ "text": "x" }])), 400, "ValidationException"),
        ("m", message("user", json!([{ "text": " " }])), 400, "ValidationException"),
        ("m", message("user", json!([{ "type": "text", "text": "x" }])), 400, "ValidationException"),
        ("m", message("user", json!([])), 400, "ValidationException"),
        ("m", with(ask("x"), json!({ "toolConfig": { "tools": [] } })), 400, "ValidationException"),
        ("m", with(ask("x"), json!({ "inferenceConfig": { "temperature": 2 } })), 400, "ValidationException"),
    ] {
        let reply = bedrock(&fleet, &format!("{model}/converse"), &body).await;
        assert_eq!(reply.status, status, "{body}");
        assert!(reply.header("x-amzn-errortype").unwrap().starts_with(kind), "{body}");
        assert!(reply.json()["message"].is_string());
    }
}
