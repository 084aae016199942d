//! Chat completions as OpenAI speaks them.

use serde_json::{Value, json};

use super::client::{PLAIN, fleet, get, openai};

fn user(text: &str) -> Value {
    json!({ "model": "m", "messages": [{ "role": "user", "content": text }] })
}

fn with(mut body: Value, more: Value) -> Value {
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn weather() -> Value {
    let parameters =
        json!({ "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"] });
    json!([{ "type": "function", "function": { "name": "get_weather", "parameters": parameters } }])
}

#[tokio::test]
async fn plain_and_stream_say_the_same() {
    let fleet = fleet(PLAIN).await;
    let plain = openai(&fleet, &user("Say hello to the world")).await;
    assert_eq!(plain.status, 200);
    assert!(plain.header("x-ratelimit-limit-requests").is_some());
    let plain = plain.json();
    let text = plain["choices"][0]["message"]["content"].as_str().unwrap();
    assert!(text.contains("This is m") && text.contains("Say hello to the world"), "{text}");
    assert_eq!(plain["choices"][0]["finish_reason"], "stop");

    let body = with(
        user("Say hello to the world"),
        json!({ "stream": true, "stream_options": { "include_usage": true } }),
    );
    let stream = openai(&fleet, &body).await;
    assert!(stream.whole && stream.body.ends_with("data: [DONE]\n\n"));
    let events = stream.events();
    let said: String = events.iter().filter_map(|e| e["choices"][0]["delta"]["content"].as_str()).collect();
    assert_eq!(said, text);
    assert_eq!(events[0]["choices"][0]["delta"]["role"], "assistant");
    let last = events.last().unwrap();
    assert_eq!(last["choices"], json!([]));
    assert_eq!(last["usage"], plain["usage"]);

    let bare = openai(&fleet, &with(user("Hi"), json!({ "stream": true }))).await;
    assert!(bare.events().iter().all(|e| e.get("usage").is_none()));
}

#[tokio::test]
async fn the_same_request_gets_the_same_answer_in_every_run() {
    let (one, two) = (fleet(PLAIN).await, fleet(PLAIN).await);
    assert_eq!(openai(&one, &user("Again")).await.body, openai(&two, &user("Again")).await.body);
    let other = fleet(&PLAIN.replace("seed: 7", "seed: 8")).await;
    assert_ne!(openai(&one, &user("Again")).await.body, openai(&other, &user("Again")).await.body);
}

#[tokio::test]
async fn tools_are_called_and_their_results_quoted() {
    let fleet = fleet(PLAIN).await;
    let ask = with(user("What is the weather in Paris and Tokyo?"), json!({ "tools": weather() }));
    let plain = openai(&fleet, &ask).await.json();
    let message = &plain["choices"][0]["message"];
    assert_eq!(plain["choices"][0]["finish_reason"], "tool_calls");
    assert_eq!(message["content"], Value::Null);
    let args: Vec<&str> =
        (0..2).map(|i| message["tool_calls"][i]["function"]["arguments"].as_str().unwrap()).collect();
    assert_eq!(args, [r#"{"city":"Paris"}"#, r#"{"city":"Tokyo"}"#]);

    let events = openai(&fleet, &with(ask.clone(), json!({ "stream": true }))).await.events();
    let mut streamed = [String::new(), String::new()];
    for delta in
        events.iter().flat_map(|e| e["choices"][0]["delta"]["tool_calls"].as_array().into_iter().flatten())
    {
        let at = usize::try_from(delta["index"].as_u64().unwrap()).unwrap();
        streamed[at].push_str(delta["function"]["arguments"].as_str().unwrap());
    }
    assert_eq!(streamed, args.as_slice());

    let one = with(ask.clone(), json!({ "parallel_tool_calls": false }));
    assert_eq!(
        openai(&fleet, &one).await.json()["choices"][0]["message"]["tool_calls"].as_array().unwrap().len(),
        1
    );

    let mut next = ask.clone();
    let messages = next["messages"].as_array_mut().unwrap();
    messages.push(message.clone());
    for call in message["tool_calls"].as_array().unwrap() {
        messages.push(json!({ "role": "tool", "tool_call_id": call["id"], "content": "21 degrees" }));
    }
    let text = openai(&fleet, &next).await.json()["choices"][0]["message"]["content"].to_string();
    assert!(text.contains("21 degrees | 21 degrees"), "{text}");

    next["messages"].as_array_mut().unwrap().pop();
    let refused = openai(&fleet, &next).await;
    assert_eq!(refused.status, 400);
    assert!(refused.body.contains("tool_call_id"));
}

#[tokio::test]
async fn schemas_images_reasoning_logprobs_and_lengths() {
    let fleet = fleet(PLAIN).await;
    let schema = json!({ "type": "object", "properties": { "age": { "type": "integer", "minimum": 18 } } });
    let format = json!({ "type": "json_schema", "json_schema": { "name": "p", "schema": schema } });
    let reply = openai(&fleet, &with(user("A person"), json!({ "response_format": format }))).await.json();
    assert_eq!(reply["choices"][0]["message"]["content"], r#"{"age":18}"#);

    let image = json!({ "type": "image_url", "image_url": { "url": "data:image/png;base64,AAAA" } });
    let far = json!({ "type": "image_url", "image_url": { "url": "https://example.com/a.png" } });
    let body = json!({ "model": "m", "messages": [{ "role": "user", "content": [image, far] }] });
    let text = openai(&fleet, &body).await.body;
    assert!(
        text.contains("image image/png of 3 bytes") && text.contains("image at https://example.com/a.png")
    );

    let body = with(
        user("Think"),
        json!({ "model": "r", "stream": true, "stream_options": { "include_usage": true } }),
    );
    let events = openai(&fleet, &body).await.events();
    let at = |key: &str| {
        let text = |e: &Value| e["choices"][0]["delta"][key].as_str().is_some_and(|t| !t.is_empty());
        events.iter().position(text).unwrap()
    };
    assert!(at("reasoning_content") < at("content"));
    assert!(
        events.last().unwrap()["usage"]["completion_tokens_details"]["reasoning_tokens"].as_u64().unwrap()
            > 0
    );

    let reply = openai(&fleet, &with(user("Hi"), json!({ "logprobs": true, "top_logprobs": 2, "n": 2 })))
        .await
        .json();
    assert_eq!(reply["choices"].as_array().unwrap().len(), 2);
    assert_eq!(reply["choices"][1]["logprobs"]["content"][0]["top_logprobs"].as_array().unwrap().len(), 2);

    let reply = openai(&fleet, &with(user("Hi"), json!({ "max_tokens": 5 }))).await.json();
    assert_eq!(
        (&reply["choices"][0]["finish_reason"], &reply["usage"]["completion_tokens"]),
        (&json!("length"), &json!(5))
    );
    let reply = openai(&fleet, &user("Long [[tokens=200]]")).await.json();
    assert_eq!(reply["usage"]["completion_tokens"], 200);
    let reply = openai(&fleet, &user("Bad [[refuse]]")).await.json();
    assert!(reply["choices"][0]["message"]["refusal"].is_string());
    let reply = openai(&fleet, &user("Bad [[filter]]")).await.json();
    assert_eq!(reply["choices"][0]["finish_reason"], "content_filter");
}

#[tokio::test]
async fn long_prefixes_are_cached() {
    let fleet = fleet(PLAIN).await;
    let body = user(&"word ".repeat(2000));
    let cached = |v: &Value| v["usage"]["prompt_tokens_details"]["cached_tokens"].as_u64().unwrap();
    assert_eq!(cached(&openai(&fleet, &body).await.json()), 0);
    assert_eq!(cached(&openai(&fleet, &body).await.json()), 2048);
}

#[tokio::test]
async fn other_dialects_fields_and_bad_requests_are_refused() {
    let fleet = fleet(PLAIN).await;
    for (more, status, word) in [
        (json!({ "top_k": 4 }), 400, "Unrecognized request argument supplied: top_k"),
        (json!({ "model": "none" }), 404, "model_not_found"),
        (json!({ "messages": [] }), 400, "messages"),
        (json!({ "stream_options": {} }), 400, "stream_options"),
        (json!({ "tool_choice": "auto" }), 400, "tool_choice"),
        (json!({ "messages": [{ "role": "tool", "tool_call_id": "x", "content": "y" }] }), 400, "tool_calls"),
        (json!({ "messages": [{ "role": "robot", "content": "y" }] }), 400, "robot"),
    ] {
        let reply = openai(&fleet, &with(user("Hi"), more.clone())).await;
        assert_eq!(reply.status, status, "{more}");
        assert!(reply.json()["error"].to_string().contains(word), "{more}: {}", reply.body);
    }
    let listed = get(&fleet, "/o/v1/models").await.json();
    assert_eq!(listed["data"][0]["id"], "m");
    assert_eq!(get(&fleet, "/o/models/r").await.json()["id"], "r");
    assert_eq!(get(&fleet, "/o/v1/models/none").await.status, 404);
}
