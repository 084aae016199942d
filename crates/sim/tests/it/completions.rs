//! The legacy completions as OpenAI speaks them.

use serde_json::{Value, json};

use super::client::{PLAIN, completions, fleet, with};

fn ask(text: &str) -> Value {
    json!({ "model": "m", "prompt": text, "max_tokens": 200 })
}

#[tokio::test]
async fn plain_and_stream_say_the_same() {
    let fleet = fleet(PLAIN).await;
    let plain = completions(&fleet, &ask("Say hello to the world")).await.json();
    let choice = &plain["choices"][0];
    assert!(choice["text"].as_str().unwrap().contains("Say hello to the world"));
    assert_eq!((&plain["object"], &choice["finish_reason"]), (&json!("text_completion"), &json!("stop")));

    let more = json!({ "stream": true, "stream_options": { "include_usage": true } });
    let stream = completions(&fleet, &with(ask("Say hello to the world"), more)).await;
    assert!(stream.whole && stream.body.ends_with("data: [DONE]\n\n"));
    let events = stream.events();
    let said: String = events.iter().filter_map(|e| e["choices"][0]["text"].as_str()).collect();
    assert_eq!(said, *choice["text"].as_str().unwrap());
    assert_eq!(events.last().unwrap()["usage"], plain["usage"]);
    assert_eq!(events[events.len() - 2]["choices"][0]["finish_reason"], "stop");
    let bare = completions(&fleet, &with(ask("Hi"), json!({ "stream": true }))).await;
    assert!(bare.events().iter().all(|e| e.get("usage").is_none()));
}

#[tokio::test]
async fn lengths_logprobs_and_refusals() {
    let fleet = fleet(PLAIN).await;
    let reply = completions(&fleet, &json!({ "model": "m", "prompt": ["Go on [[tokens=99]]"] })).await.json();
    assert_eq!(
        (&reply["usage"]["completion_tokens"], &reply["choices"][0]["finish_reason"]),
        (&json!(16), &json!("length"))
    );
    let reply = completions(&fleet, &with(ask("Hi"), json!({ "logprobs": 2, "n": 2 }))).await.json();
    let logs = &reply["choices"][1]["logprobs"];
    assert_eq!(logs["tokens"].as_array().unwrap().len(), logs["text_offset"].as_array().unwrap().len());
    assert_eq!(logs["top_logprobs"][0].as_object().unwrap().len(), 2);
    for (more, word) in [
        (json!({ "messages": [] }), "Unrecognized request argument supplied: messages"),
        (json!({ "max_completion_tokens": 9 }), "max_completion_tokens"),
        (json!({ "prompt": null }), "prompt"),
        (json!({ "logprobs": true }), "logprobs"),
    ] {
        let reply = completions(&fleet, &with(ask("Hi"), more.clone())).await;
        assert!(reply.status == 400 && reply.body.contains(word), "{more}: {}", reply.body);
    }
}
