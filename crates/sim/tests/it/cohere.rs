//! Chat as Cohere speaks it.

use serde_json::{Value, json};

use super::client::{PLAIN, cohere, fleet, get, with};

fn ask(text: &str) -> Value {
    json!({ "model": "m", "messages": [{ "role": "user", "content": text }] })
}

fn weather() -> Value {
    let schema =
        json!({ "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"] });
    json!([{ "type": "function", "function": { "name": "get_weather", "parameters": schema } }])
}

/// Content and calls of a stream, put together.
fn assemble(events: &[Value]) -> (String, String, Vec<String>) {
    let (mut text, mut thoughts, mut calls) = (String::new(), String::new(), Vec::new());
    for event in events {
        let message = &event["delta"]["message"];
        text.push_str(message["content"]["text"].as_str().unwrap_or(""));
        thoughts.push_str(message["content"]["thinking"].as_str().unwrap_or(""));
        match event["type"].as_str().unwrap() {
            "tool-call-start" => calls.push(String::new()),
            "tool-call-delta" => {
                let more = message["tool_calls"]["function"]["arguments"].as_str().unwrap();
                calls.last_mut().unwrap().push_str(more);
            }
            _ => {}
        }
    }
    (text, thoughts, calls)
}

#[tokio::test]
async fn plain_and_stream_say_the_same() {
    let fleet = fleet(PLAIN).await;
    let plain = cohere(&fleet, &with(ask("Hello there"), json!({ "model": "r" }))).await.json();
    let more = json!({ "model": "r", "stream": true });
    let stream = cohere(&fleet, &with(ask("Hello there"), more)).await;
    assert!(stream.body.ends_with("data: [DONE]\n\n"));
    let events = stream.events();
    let (text, thoughts, _) = assemble(&events);
    assert_eq!(plain["message"]["content"][0]["thinking"], thoughts);
    assert_eq!(plain["message"]["content"][1]["text"], text);
    let end = &events.last().unwrap()["delta"];
    assert_eq!((&end["finish_reason"], &end["usage"]), (&json!("COMPLETE"), &plain["usage"]));
}

#[tokio::test]
async fn tools_go_round_and_schemas_and_images_are_taken() {
    let fleet = fleet(PLAIN).await;
    let body = with(ask("The weather in Paris and Tokyo?"), json!({ "tools": weather() }));
    let plain = cohere(&fleet, &body).await.json();
    assert_eq!(plain["finish_reason"], "TOOL_CALL");
    let calls = plain["message"]["tool_calls"].as_array().unwrap();
    let events = cohere(&fleet, &with(body.clone(), json!({ "stream": true }))).await.events();
    assert_eq!(assemble(&events).2, [r#"{"city":"Paris"}"#, r#"{"city":"Tokyo"}"#]);
    let mut next = body.clone();
    let messages = next["messages"].as_array_mut().unwrap();
    messages.push(plain["message"].clone());
    for call in calls {
        let document = json!([{ "type": "document", "document": { "data": "sunny" } }]);
        messages.push(json!({ "role": "tool", "tool_call_id": call["id"], "content": document }));
    }
    assert!(cohere(&fleet, &next).await.body.contains("sunny | sunny"));
    next["messages"].as_array_mut().unwrap().pop();
    assert_eq!(cohere(&fleet, &next).await.status, 400);

    let schema = json!({ "type": "object", "properties": { "age": { "type": "integer", "minimum": 18 } } });
    let format = json!({ "type": "json_object", "json_schema": schema });
    let reply = cohere(&fleet, &with(ask("A person"), json!({ "response_format": format }))).await.json();
    assert_eq!(reply["message"]["content"][0]["text"], r#"{"age":18}"#);
    let image = json!({ "type": "image_url", "image_url": { "url": "data:image/png;base64,AAAA" } });
    let body = json!({ "model": "m", "messages": [{ "role": "user", "content": [image] }] });
    assert!(cohere(&fleet, &body).await.body.contains("image/png of 3 bytes"));
}

#[tokio::test]
async fn bad_requests_are_refused() {
    let fleet = fleet(PLAIN).await;
    let named = json!({ "type": "json_object", "json_schema": { "name": "p", "schema": {} } });
    for (more, status) in [
        (json!({ "stop": ["x"] }), 422),
        (json!({ "top_p": 0.5 }), 422),
        (json!({ "model": "none" }), 404),
        (json!({ "messages": [] }), 400),
        (json!({ "temperature": 1.5 }), 400),
        (json!({ "tools": weather(), "tool_choice": "auto" }), 400),
        (json!({ "response_format": { "type": "json_schema" } }), 400),
        (json!({ "response_format": named }), 400),
        (json!({ "messages": [{ "role": "developer", "content": "x" }] }), 400),
    ] {
        let reply = cohere(&fleet, &with(ask("Hi"), more.clone())).await;
        assert_eq!(reply.status, status, "{more}");
        assert!(reply.json()["message"].is_string());
    }
    assert_eq!(get(&fleet, "/c/v1/models").await.json()["models"][0]["name"], "m");
}
