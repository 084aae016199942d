//! Responses as OpenAI speaks them.

use serde_json::{Value, json};

use super::client::{PLAIN, call, fleet, responses, with};

fn ask(text: &str) -> Value {
    json!({ "model": "m", "input": text })
}

fn weather() -> Value {
    let parameters =
        json!({ "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"] });
    json!([{ "type": "function", "name": "get_weather", "parameters": parameters }])
}

/// Puts a stream together as a client would, and holds every event against the ones before it.
fn assemble(events: &[Value]) -> Vec<Value> {
    let mut items: Vec<Value> = Vec::new();
    for (i, event) in events.iter().enumerate() {
        assert_eq!(event["sequence_number"], json!(i));
        let at = event["output_index"].as_u64().map(|at| usize::try_from(at).unwrap());
        let delta = event["delta"].as_str().unwrap_or("");
        let grow = |items: &mut Vec<Value>, place: &str| {
            let text = items[at.unwrap()].pointer_mut(place).unwrap();
            *text = json!(format!("{}{delta}", text.as_str().unwrap()));
        };
        match event["type"].as_str().unwrap() {
            "response.output_item.added" => items.push(event["item"].clone()),
            "response.content_part.added" => {
                items[at.unwrap()]["content"].as_array_mut().unwrap().push(event["part"].clone());
            }
            "response.reasoning_summary_part.added" => {
                items[at.unwrap()]["summary"].as_array_mut().unwrap().push(event["part"].clone());
            }
            "response.output_text.delta" => grow(&mut items, "/content/0/text"),
            "response.refusal.delta" => grow(&mut items, "/content/0/refusal"),
            "response.reasoning_summary_text.delta" => grow(&mut items, "/summary/0/text"),
            "response.function_call_arguments.delta" => grow(&mut items, "/arguments"),
            "response.output_item.done" => {
                let item = &mut items[at.unwrap()];
                for key in ["status", "encrypted_content"] {
                    if let Some(done) = event["item"].get(key) {
                        item[key] = done.clone();
                    }
                }
                assert_eq!(*item, event["item"]);
            }
            _ => {}
        }
    }
    items
}

#[tokio::test]
async fn plain_and_stream_say_the_same() {
    let fleet = fleet(PLAIN).await;
    for (more, last) in [
        (json!({ "model": "m" }), "response.completed"),
        (json!({ "model": "r", "reasoning": { "summary": "auto" }, "store": false }), "response.completed"),
        (json!({ "tools": weather(), "input": "The weather in Paris and Tokyo" }), "response.completed"),
        (json!({ "input": "No [[refuse]]" }), "response.completed"),
        (json!({ "input": "More [[tokens=99]]", "max_output_tokens": 16 }), "response.incomplete"),
    ] {
        let plain = responses(&fleet, &with(ask("Hello there"), more.clone())).await;
        assert_eq!(plain.status, 200, "{}", plain.body);
        let plain = plain.json();
        let stream = responses(&fleet, &with(with(ask("Hello there"), more), json!({ "stream": true })))
            .await
            .events();
        let end = stream.last().unwrap();
        assert_eq!(end["type"], last);
        assert_eq!(json!(assemble(&stream)), end["response"]["output"]);
        assert_eq!(end["response"]["usage"], plain["usage"]);
        let said = |output: &Value| {
            let items = output.as_array().unwrap().iter();
            items
                .map(|i| json!([i["content"][0]["text"], i["arguments"], i["summary"], i["status"]]))
                .collect()
        };
        let (one, two): (Vec<Value>, Vec<Value>) = (said(&plain["output"]), said(&end["response"]["output"]));
        assert_eq!(one, two);
    }
}

#[tokio::test]
async fn tools_and_reasoning_go_round() {
    let fleet = fleet(PLAIN).await;
    let body = json!({
        "model": "r", "store": false, "include": ["reasoning.encrypted_content"], "tools": weather(),
        "input": [{ "role": "user", "content": [{ "type": "input_text", "text": "The weather in Paris?" }] }],
    });
    let first = responses(&fleet, &body).await.json();
    let output = first["output"].as_array().unwrap();
    assert_eq!((&output[0]["type"], &output[1]["type"]), (&json!("reasoning"), &json!("function_call")));
    let mut next = body.clone();
    let input = next["input"].as_array_mut().unwrap();
    input.extend(output.iter().cloned());
    let id = output[1]["call_id"].clone();
    input.push(json!({ "type": "function_call_output", "call_id": id, "output": "sunny-in-paris" }));
    let answer = responses(&fleet, &next).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.body.contains("sunny-in-paris"));

    let refused = async |change: &dyn Fn(&mut Vec<Value>), word: &str| {
        let mut body = next.clone();
        change(body["input"].as_array_mut().unwrap());
        let answer = responses(&fleet, &body).await;
        assert!(answer.status >= 400 && answer.body.contains(word), "{word}: {}", answer.body);
    };
    refused(&|i| i[1]["encrypted_content"] = json!("gAAAAABx"), "could not be verified").await;
    refused(&|i| drop(i[1].as_object_mut().unwrap().remove("encrypted_content")), "not found").await;
    refused(&|i| i.truncate(2), "without its required following item").await;
    refused(&|i| drop(i.pop()), "No tool output found").await;
    refused(&|i| drop(i.remove(2)), "No tool call found").await;
    refused(&|i| i[2]["id"] = json!("call_1"), "begins with 'fc'").await;

    // What the vendor keeps may be named only.
    let kept = with(body, json!({ "store": true, "include": [] }));
    let first = responses(&fleet, &kept).await.json();
    let mut next = kept.clone();
    let input = next["input"].as_array_mut().unwrap();
    input.extend(first["output"].as_array().unwrap().iter().cloned());
    let id = first["output"][1]["call_id"].clone();
    input.push(json!({ "type": "function_call_output", "call_id": id, "output": "sunny" }));
    assert_eq!(responses(&fleet, &next).await.status, 200);
}

#[tokio::test]
async fn schemas_images_counts_and_logprobs() {
    let fleet = fleet(PLAIN).await;
    let schema = json!({ "type": "object", "properties": { "age": { "type": "integer", "minimum": 18 } } });
    let format = json!({ "format": { "type": "json_schema", "name": "p", "schema": schema } });
    let reply = responses(&fleet, &with(ask("A person"), json!({ "text": format }))).await.json();
    assert_eq!(reply["output"][0]["content"][0]["text"], r#"{"age":18}"#);

    let image = json!({ "type": "input_image", "image_url": "data:image/png;base64,AAAA" });
    let body = json!({ "model": "m", "input": [{ "role": "user", "content": [image] }] });
    assert!(responses(&fleet, &body).await.body.contains("image image/png of 3 bytes"));

    let counted = call(&fleet, "POST /o/v1/responses/input_tokens HTTP/1.1", &ask("Hello")).await.json();
    assert_eq!(counted["object"], "response.input_tokens");
    assert!(counted["input_tokens"].as_u64().unwrap() > 0);

    let more = json!({ "include": ["message.output_text.logprobs"], "top_logprobs": 2 });
    let reply = responses(&fleet, &with(ask("Hi"), more)).await.json();
    assert_eq!(reply["output"][0]["content"][0]["logprobs"][0]["top_logprobs"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn other_dialects_fields_and_bad_requests_are_refused() {
    let fleet = fleet(PLAIN).await;
    let input = |item: Value| json!({ "input": [item] });
    let chat_tool = json!([{ "type": "function", "function": { "name": "f" } }]);
    let nested = json!({ "format": { "type": "json_schema", "json_schema": { "name": "p", "schema": {} } } });
    for (more, word) in [
        (json!({ "messages": [] }), "Unknown parameter: 'messages'"),
        (json!({ "max_tokens": 9 }), "Unknown parameter: 'max_tokens'"),
        (json!({ "stop": ["x"] }), "Unknown parameter: 'stop'"),
        (json!({ "max_output_tokens": 5 }), "Expected a value >= 16"),
        (json!({ "tools": chat_tool }), "'tools[0].name'"),
        (json!({ "text": nested }), "text.format.json_schema"),
        (json!({ "text": { "format": { "type": "json_object" } } }), "the word 'json'"),
        (json!({ "previous_response_id": "resp_1" }), "not found"),
        (input(json!({ "role": "tool", "content": "x" })), "'tool'"),
        (input(json!({ "role": "user", "content": [{ "type": "text", "text": "x" }] })), "'input_text'"),
        (
            input(json!({ "role": "assistant", "content": [{ "type": "input_text", "text": "x" }] })),
            "output_text",
        ),
        (
            input(
                json!({ "role": "user", "content": [{ "type": "input_image", "image_url": { "url": "x" } }] }),
            ),
            "image_url",
        ),
        (input(json!({ "type": "message", "id": "x", "role": "user", "content": "x" })), "'msg'"),
        (input(json!({ "role": "user", "content": "x", "name": "y" })), "Unknown parameter: 'input[0].name'"),
    ] {
        let reply = responses(&fleet, &with(ask("Hi"), more.clone())).await;
        assert_eq!(reply.status, 400, "{more}");
        assert!(reply.json()["error"]["message"].as_str().unwrap().contains(word), "{more}: {}", reply.body);
    }
}
