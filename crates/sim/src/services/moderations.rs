//! Moderations. What says `attack` is violent; nothing else is anything.

use serde_json::{Value, json};

use super::{Served, only};
use crate::fail::{Fail, Outcome};
use crate::words;

const CATEGORIES: [&str; 13] = [
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/instructions",
    "self-harm/intent",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
];

pub(super) fn answer(body: &Value, model: &str) -> Outcome<Served> {
    only(body, &["model", "input"])?;
    let wrong = || Fail::bad("input", "Invalid value for 'input': expected a string or an array.");
    let results: Vec<Value> = match body.get("input") {
        Some(Value::String(text)) => vec![result(text, false)],
        Some(Value::Array(items)) if items.iter().all(Value::is_string) && !items.is_empty() => {
            items.iter().filter_map(Value::as_str).map(|text| result(text, false)).collect()
        }
        // Parts are judged together.
        Some(Value::Array(parts)) if !parts.is_empty() => {
            let mut text = String::new();
            let mut picture = false;
            for part in parts {
                match part["type"].as_str() {
                    Some("text") => text.push_str(part["text"].as_str().ok_or_else(wrong)?),
                    Some("image_url") => picture |= part["image_url"]["url"].is_string(),
                    _ => return Err(wrong()),
                }
            }
            vec![result(&text, picture)]
        }
        _ => return Err(wrong()),
    };
    let id = format!("modr-{:08x}", words::seed(&[body.to_string().as_bytes()]) >> 32);
    let tokens = words::tokens(body["input"].to_string().len());
    Ok(Served { body: json!({ "id": id, "model": model, "results": results }), tokens })
}

fn result(text: &str, picture: bool) -> Value {
    let violent = text.to_lowercase().contains("attack");
    let each = |value: &dyn Fn(bool) -> Value| -> Value {
        let one = |name: &&str| ((*name).to_owned(), value(*name == "violence" && violent));
        Value::Object(CATEGORIES.iter().map(one).collect())
    };
    let mut kinds = vec!["text"];
    kinds.extend(picture.then_some("image"));
    json!({
        "flagged": violent,
        "categories": each(&|is| json!(is)),
        "category_scores": each(&|is| json!(if is { 0.97 } else { 0.0001 })),
        "category_applied_input_types": each(&|_| json!(kinds)),
    })
}
