//! Chat as Ollama speaks it.

use serde_json::{Value, json};

use super::client::{PLAIN, fleet, get, ollama, with};

fn ask(text: &str) -> Value {
    json!({ "model": "m", "messages": [{ "role": "user", "content": text }] })
}

fn weather() -> Value {
    let schema =
        json!({ "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"] });
    json!([{ "type": "function", "function": { "name": "get_weather", "parameters": schema } }])
}

fn joined(lines: &[Value], key: &str) -> String {
    lines.iter().filter_map(|l| l["message"][key].as_str()).collect()
}

#[tokio::test]
async fn it_streams_unless_told_not_to() {
    let fleet = fleet(PLAIN).await;
    let stream = ollama(&fleet, &with(ask("Hello there"), json!({ "model": "r" }))).await;
    assert_eq!(stream.header("content-type"), Some("application/x-ndjson"));
    let lines = stream.lines();
    let more = json!({ "model": "r", "stream": false });
    let plain = ollama(&fleet, &with(ask("Hello there"), more)).await.json();
    assert_eq!(plain["message"]["content"], joined(&lines, "content"));
    assert_eq!(plain["message"]["thinking"], joined(&lines, "thinking"));
    let last = lines.last().unwrap();
    assert!(lines.iter().rev().skip(1).all(|l| l["done"] == false));
    assert_eq!((&last["done"], &last["done_reason"]), (&json!(true), &json!("stop")));
    assert_eq!(last["eval_count"], plain["eval_count"]);
    let more = json!({ "model": "r", "think": false });
    let quiet = ollama(&fleet, &with(ask("Hello there"), more)).await.lines();
    assert!(joined(&quiet, "thinking").is_empty());
}

#[tokio::test]
async fn tools_go_round_and_schemas_and_images_are_taken() {
    let fleet = fleet(PLAIN).await;
    let body = with(ask("The weather in Paris and Tokyo?"), json!({ "tools": weather() }));
    let lines = ollama(&fleet, &body).await.lines();
    let calls: Vec<&Value> = lines.iter().filter_map(|l| l["message"]["tool_calls"].get(0)).collect();
    let cities: Vec<&Value> = calls.iter().map(|c| &c["function"]["arguments"]["city"]).collect();
    assert_eq!(cities, ["Paris", "Tokyo"]);
    let mut next = body.clone();
    let messages = next["messages"].as_array_mut().unwrap();
    messages.push(json!({ "role": "assistant", "content": "", "tool_calls": calls }));
    messages.extend(
        ["sunny", "rainy"].map(|w| json!({ "role": "tool", "tool_name": "get_weather", "content": w })),
    );
    assert!(joined(&ollama(&fleet, &next).await.lines(), "content").contains("sunny | rainy"));
    next["messages"][1]["tool_calls"][0]["function"]["arguments"] = json!("{}");
    assert_eq!(ollama(&fleet, &next).await.status, 400);

    let schema = json!({ "type": "object", "properties": { "age": { "type": "integer", "minimum": 18 } } });
    let reply =
        ollama(&fleet, &with(ask("A person"), json!({ "format": schema, "stream": false }))).await.json();
    assert_eq!(reply["message"]["content"], r#"{"age":18}"#);
    let message = json!({ "role": "user", "content": "What?", "images": ["AAAA"] });
    let body = json!({ "model": "m", "messages": [message], "stream": false });
    assert!(ollama(&fleet, &body).await.body.contains("of 3 bytes"));
    let more = json!({ "stream": false, "options": { "num_predict": 5 } });
    let reply = ollama(&fleet, &with(ask("Hi"), more)).await.json();
    assert_eq!((&reply["done_reason"], &reply["eval_count"]), (&json!("length"), &json!(5)));
}

#[tokio::test]
async fn wrong_types_are_refused() {
    let fleet = fleet(PLAIN).await;
    let parts = json!([{ "role": "user", "content": [{ "type": "text", "text": "x" }] }]);
    for (more, status, word) in [
        (json!({ "messages": parts }), 400, "cannot unmarshal"),
        (json!({ "think": true }), 400, "does not support thinking"),
        (json!({ "format": "yaml" }), 400, "invalid format"),
        (json!({ "options": { "stop": "x" } }), 400, "must be of type array"),
        (json!({ "model": "none" }), 404, "model 'none' not found"),
        (json!({ "messages": [{ "role": "developer", "content": "x" }] }), 400, "invalid role"),
    ] {
        let reply = ollama(&fleet, &with(ask("Hi"), more.clone())).await;
        assert_eq!(reply.status, status, "{more}");
        assert!(reply.json()["error"].as_str().unwrap().contains(word), "{more}: {}", reply.body);
    }
    assert_eq!(get(&fleet, "/l/api/tags").await.json()["models"][0]["name"], "m");
}
