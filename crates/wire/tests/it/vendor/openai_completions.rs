//! `openai_completions`.

use serde_json::{Value, json};
use wye_types::Usage;

use super::{Vendor, number, same};

pub(super) const VENDOR: Option<&Vendor> = Some(&Vendor {
    request,
    response,
    last_usage,
    numbers,
    model: "gpt-3.5-turbo-instruct",
    turn_of: |answer| vec![answer["choices"][0]["text"].clone()],
    conversation,
});

/// A text that is gone on with is a prompt.
fn conversation(turns: Vec<Value>) -> Value {
    let turns: String = turns.iter().filter_map(Value::as_str).collect();
    json!({"model": "m", "prompt": format!("q{turns}")})
}

/// `stop` may be a text or an array, false is the default of `stream`, and usage is always asked for.
fn request(body: &mut Value) {
    let top = body.as_object_mut().unwrap();
    if top.get("stop").is_some_and(Value::is_string) {
        let stop = top.remove("stop");
        top.insert("stop".into(), json!([stop]));
    }
    if top.get("stream") == Some(&json!(false)) {
        top.remove("stream");
    }
    top.remove("stream_options");
}

/// Together spells the object its own way. Usage is compared by its numbers.
fn response(body: &mut Value) {
    let top = body.as_object_mut().unwrap();
    top.remove("usage");
    top.insert("object".into(), json!("text_completion"));
}

fn last_usage(events: &[Value]) -> Value {
    let last = events.iter().rev().map(|chunk| &chunk["usage"]).find(|usage| usage.is_object());
    json!({"usage": last})
}

fn numbers(body: &Value, usage: &Usage) -> Result<(), String> {
    let wanted = (number(body, "/usage/prompt_tokens"), number(body, "/usage/completion_tokens"));
    same(&(usage.prompt_total(), usage.output_total()), &wanted)
}
