//! `ollama`.

use serde_json::{Value, json};
use wye_types::Usage;

use super::{Vendor, number, same};

pub(super) const VENDOR: Option<&Vendor> = Some(&Vendor {
    request,
    response,
    last_usage,
    numbers,
    model: "qwen3:4b",
    turn_of: |answer| vec![answer["message"].clone()],
    conversation,
});

fn conversation(turns: Vec<Value>) -> Value {
    let mut messages = vec![json!({"role": "user", "content": "q"})];
    messages.extend(turns);
    json!({"model": "m", "messages": messages})
}

/// It streams unless told not to; no options and no tools are none.
fn request(body: &mut Value) {
    let top = body.as_object_mut().unwrap();
    top.entry("stream").or_insert(json!(true));
    for (key, empty) in [("options", json!({})), ("tools", json!([]))] {
        if top.get(key) == Some(&empty) {
            top.remove(key);
        }
    }
}

/// Usage is compared by its numbers.
fn response(body: &mut Value) {
    let top = body.as_object_mut().unwrap();
    top.remove("prompt_eval_count");
    top.remove("eval_count");
}

fn last_usage(events: &[Value]) -> Value {
    events.iter().rev().find(|line| line["done"] == true).cloned().unwrap_or_default()
}

fn numbers(body: &Value, usage: &Usage) -> Result<(), String> {
    let wanted = (number(body, "/prompt_eval_count"), number(body, "/eval_count"));
    same(&(usage.prompt_total(), usage.output_total()), &wanted)
}
