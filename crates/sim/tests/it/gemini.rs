//! generateContent as Google speaks it.

use serde_json::{Value, json};

use super::client::{PLAIN, call, fleet, gemini, gemini_stream, get};

fn user(text: &str) -> Value {
    json!({ "contents": [{ "role": "user", "parts": [{ "text": text }] }] })
}

fn with(mut body: Value, more: Value) -> Value {
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn weather() -> Value {
    let schema =
        json!({ "type": "OBJECT", "properties": { "city": { "type": "STRING" } }, "required": ["city"] });
    json!([{ "functionDeclarations": [{ "name": "get_weather", "parameters": schema }] }])
}

fn parts(events: &[Value]) -> Vec<Value> {
    let parts =
        events.iter().flat_map(|e| e["candidates"][0]["content"]["parts"].as_array().into_iter().flatten());
    parts.cloned().collect()
}

fn text(parts: &[Value]) -> String {
    parts.iter().filter(|p| p.get("thought").is_none()).filter_map(|p| p["text"].as_str()).collect()
}

#[tokio::test]
async fn plain_stream_and_array_say_the_same() {
    let fleet = fleet(PLAIN).await;
    let plain = gemini(&fleet, "m", &user("Hello there")).await.json();
    let said = plain["candidates"][0]["content"]["parts"][0]["text"].as_str().unwrap();
    let stream = gemini_stream(&fleet, "m", &user("Hello there")).await;
    assert!(stream.body.ends_with("}\r\n\r\n") && !stream.body.contains("[DONE]"));
    let events = stream.events();
    assert!(events.len() > 2);
    assert_eq!(text(&parts(&events)), said);
    assert_eq!(events.last().unwrap()["candidates"][0]["finishReason"], "STOP");
    assert_eq!(events.last().unwrap()["usageMetadata"], plain["usageMetadata"]);
    let head = "POST /g/v1beta/models/m:streamGenerateContent HTTP/1.1";
    let array = call(&fleet, head, &user("Hello there")).await.json();
    assert_eq!(text(&parts(array.as_array().unwrap())), said);
}

#[tokio::test]
async fn calls_carry_signatures_that_have_to_come_back() {
    let fleet = fleet(PLAIN).await;
    let ask = with(user("Weather in Paris and Tokyo?"), json!({ "tools": weather() }));
    let plain = gemini(&fleet, "r", &ask).await.json();
    let made = plain["candidates"][0]["content"]["parts"].clone();
    assert_eq!(made[1]["functionCall"]["args"], json!({ "city": "Tokyo" }));
    assert!(made[0]["thoughtSignature"].is_string() && made[1].get("thoughtSignature").is_none());
    let streamed = parts(&gemini_stream(&fleet, "r", &ask).await.events());
    assert_eq!(streamed[1]["functionCall"]["args"], json!({ "city": "Tokyo" }));

    let answer = json!({ "functionResponse": { "name": "get_weather", "response": { "sky": "clear" } } });
    let next = |made: &Value| {
        let mut next = ask.clone();
        let contents = next["contents"].as_array_mut().unwrap();
        contents.push(json!({ "role": "model", "parts": made }));
        contents.push(json!({ "role": "user", "parts": [answer, answer] }));
        next
    };
    let reply = gemini(&fleet, "r", &next(&made)).await;
    assert!(reply.status == 200 && reply.body.contains("clear"), "{}", reply.body);
    let mut bare = made.clone();
    bare[0].as_object_mut().unwrap().remove("thoughtSignature");
    assert!(gemini(&fleet, "r", &next(&bare)).await.body.contains("missing a thought_signature"));
    let mut foreign = made.clone();
    foreign[0]["thoughtSignature"] = json!("AAAA");
    assert!(gemini(&fleet, "r", &next(&foreign)).await.body.contains("signature is not valid"));
    assert_eq!(gemini(&fleet, "m", &next(&json!([made[0].clone()]))).await.status, 400);
}

#[tokio::test]
async fn schemas_images_thoughts_and_refusals() {
    let fleet = fleet(PLAIN).await;
    let schema = json!({ "type": "OBJECT", "properties": { "n": { "type": "INTEGER" } } });
    let config = json!({ "responseMimeType": "application/json", "responseSchema": schema });
    let reply = gemini(&fleet, "m", &with(user("Go"), json!({ "generationConfig": config }))).await.json();
    assert_eq!(reply["candidates"][0]["content"]["parts"][0]["text"], r#"{"n":1}"#);
    let image = json!({ "inlineData": { "mimeType": "image/png", "data": "AAAA" } });
    let reply = gemini(&fleet, "m", &json!({ "contents": [{ "parts": [image] }] })).await;
    assert!(reply.body.contains("image image/png of 3 bytes"), "{}", reply.body);
    let config = json!({ "thinkingConfig": { "includeThoughts": true } });
    let body = with(user("Hm"), json!({ "generationConfig": config }));
    let events = gemini_stream(&fleet, "r", &body).await.events();
    assert_eq!(parts(&events)[0]["thought"], true);
    assert!(events[0]["usageMetadata"]["thoughtsTokenCount"].as_u64().unwrap() > 0);
    let reply = gemini(&fleet, "m", &user("[[refuse]]")).await.json();
    assert_eq!(reply["candidates"][0]["finishReason"], "SAFETY");
    let reply = gemini(&fleet, "m", &user("[[filter]]")).await.json();
    assert!(reply.get("candidates").is_none() && reply["promptFeedback"]["blockReason"].is_string());
    let config = json!({ "maxOutputTokens": 4, "candidateCount": 2 });
    let reply = gemini(&fleet, "m", &with(user("Hi"), json!({ "generationConfig": config }))).await.json();
    assert_eq!(reply["candidates"][1]["finishReason"], "MAX_TOKENS");
}

#[tokio::test]
async fn bad_requests_are_refused() {
    let fleet = fleet(PLAIN).await;
    let function = json!({ "name": "f", "parameters": { "type": "object", "additionalProperties": false } });
    for (more, word) in [
        (json!({ "messages": [] }), "Unknown name \\\"messages\\\""),
        (
            json!({ "generationConfig": { "max_tokens": 3 } }),
            "Unknown name \\\"max_tokens\\\" at 'generation_config'",
        ),
        (json!({ "contents": [] }), "contents is not specified"),
        (json!({ "contents": [{ "role": "assistant", "parts": [{ "text": "x" }] }] }), "valid role"),
        (json!({ "tools": [{ "functionDeclarations": [function] }] }), "additionalProperties"),
    ] {
        let reply = gemini(&fleet, "m", &with(user("Hi"), more.clone())).await;
        assert_eq!(reply.status, 400, "{more}");
        assert!(reply.body.contains(word), "{more}: {}", reply.body);
    }
    let reply = gemini(&fleet, "none", &user("Hi")).await;
    assert_eq!((reply.status, &reply.json()["error"]["status"]), (404, &json!("NOT_FOUND")));
    let snake =
        json!({ "contents": user("Hi")["contents"], "generation_config": { "max_output_tokens": 9 } });
    assert_eq!(gemini(&fleet, "m", &snake).await.status, 200);
    let count = call(&fleet, "POST /g/v1/models/m:countTokens HTTP/1.1", &user("12345678")).await.json();
    assert_eq!(count["totalTokens"], 3);
    assert_eq!(get(&fleet, "/g/v1beta/models").await.json()["models"][0]["name"], "models/m");
}
