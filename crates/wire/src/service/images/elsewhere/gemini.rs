//! Gemini's models that draw: they are asked like those that write, and put images between their words,
//! <https://ai.google.dev/gemini-api/docs/image-generation>.

use serde_json::{Map, Value, json};
use wye_types::Usage;
use wye_types::usage::Ledger;

use super::super::{Reading, Told, told};
use super::Words;
use crate::dialect::ReadError;

pub(super) fn write(words: &mut Words, prompt: &str) -> Value {
    words.count(false);
    let mut config = Map::new();
    config.insert("responseModalities".to_owned(), json!(["TEXT", "IMAGE"]));
    if let Some(ratio) = words.ratio() {
        config.insert("imageConfig".to_owned(), json!({ "aspectRatio": ratio }));
    }
    json!({ "contents": [{ "role": "user", "parts": [{ "text": prompt }] }], "generationConfig": config })
}

pub(super) fn read(body: &Value, answer: &Reading<'_>) -> Result<Told, ReadError> {
    let candidates = body["candidates"].as_array().map_or(&[][..], Vec::as_slice);
    let mut images = Vec::new();
    let mut said = String::new();
    for part in candidates.iter().filter_map(|one| one["content"]["parts"].as_array()).flatten() {
        // What it drew while it thought is not what it made.
        if part["thought"] == true {
            continue;
        }
        said.push_str(part["text"].as_str().unwrap_or(""));
        if let Some(data) = part["inlineData"]["data"].as_str() {
            images.push(json!({ "b64_json": data }));
        }
    }
    if images.is_empty()
        && let Some(why) = candidates.first().and_then(|one| one["finishReason"].as_str())
        && why != "STOP"
    {
        return Err(ReadError::Malformed(format!("no image was made: {why}")));
    }
    if let Some(first) = images.first_mut().filter(|_| !said.is_empty()) {
        first["revised_prompt"] = said.into();
    }
    let mut told = told(images, answer);
    if let (Some(ledger), Some(tokens)) = (&mut told.ledger, tokens(&body["usageMetadata"])) {
        *ledger = Ledger { tokens, ..*ledger };
    }
    Ok(told)
}

/// Each token once: images of the answer apart from its words.
fn tokens(usage: &Value) -> Option<Usage> {
    let number = |name: &str| usage[name].as_u64();
    let output = number("candidatesTokenCount");
    let details = usage["candidatesTokensDetails"].as_array();
    let drawn = details.into_iter().flatten().filter(|detail| detail["modality"] == "IMAGE");
    let drawn: u64 = drawn.filter_map(|detail| detail["tokenCount"].as_u64()).sum();
    let output = output.unwrap_or(drawn);
    let drawn = drawn.min(output);
    Some(Usage {
        input: number("promptTokenCount")?,
        output: output - drawn,
        image_out: Some(drawn),
        reasoning: number("thoughtsTokenCount"),
        ..Usage::default()
    })
}
