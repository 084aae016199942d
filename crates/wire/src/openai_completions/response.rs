//! Whole answers, both directions.

use serde_json::{Value, json};
use wye_types::Map;
use wye_types::chat::{Block, BlockKind, ChatResponse, Choice, Finish};

use super::{ID, logprobs};
use crate::dialect::ReadError;
use crate::openai_chat::response::{read_finish, write_finish};
use crate::openai_chat::{error, usage};
use crate::written;

/// Reads a provider's answer.
pub(super) fn read(body: &[u8]) -> Result<ChatResponse, ReadError> {
    let mut top: Map = serde_json::from_slice(body)
        .map_err(|e| ReadError::Malformed(format!("the answer is not a JSON object: {e}")))?;
    let choices = top.shift_remove("choices");
    let failed = top.get("error").is_some_and(|e| !e.is_null());
    let choices = match choices {
        Some(Value::Array(choices)) if !failed => choices,
        _ if failed || ["message", "detail", "errors"].iter().any(|key| top.contains_key(*key)) => {
            return Err(ReadError::Upstream(Box::new(error::read(200, body))));
        }
        _ => return Err(ReadError::Malformed("the answer has no `choices`".to_owned())),
    };
    top.shift_remove("object");
    let mut text = |key: &str| match top.shift_remove(key) {
        Some(Value::String(text)) => text,
        _ => String::new(),
    };
    let (id, model) = (text("id"), text("model"));
    let created = top.shift_remove("created").and_then(|v| v.as_i64());
    let reported = top.shift_remove("usage").filter(|v| !v.is_null());
    let counts = reported.as_ref().and_then(|value| usage::read(value.to_string().as_bytes()));
    if let Some(more) = reported.as_ref().map(usage::rest).filter(|more| !more.is_empty()) {
        top.insert("usage".into(), Value::Object(more));
    }
    let choices = choices.into_iter().enumerate().map(read_choice).collect::<Result<_, _>>()?;
    Ok(ChatResponse { from: ID, id, model, created, choices, usage: counts, rest: top })
}

fn read_choice((place, choice): (usize, Value)) -> Result<Choice, ReadError> {
    let Value::Object(mut choice) = choice else {
        return Err(ReadError::Malformed(format!("`choices[{place}]` is not an object")));
    };
    let index = choice.shift_remove("index").and_then(|v| u32::try_from(v.as_u64()?).ok());
    let index = index.or_else(|| u32::try_from(place).ok()).unwrap_or(0);
    let text = match choice.shift_remove("text") {
        Some(Value::String(text)) => text,
        None | Some(Value::Null) => String::new(),
        Some(_) => return Err(ReadError::Malformed(format!("`choices[{place}].text` is not a string"))),
    };
    let word = choice.shift_remove("finish_reason");
    let word = word.as_ref().and_then(Value::as_str).filter(|word| !word.is_empty());
    if let Some(failed) = error::of_choice(&choice, word) {
        return Err(ReadError::Upstream(Box::new(failed)));
    }
    let finish = word.map(|word| read_finish(word, false, false));
    // Another word for the same end (Together's `eos`) stays with a client of this dialect.
    if let (Some(word), Some(finish)) = (word, &finish)
        && write_finish(finish, false) != word
    {
        choice.insert("finish_reason".into(), json!(word));
    }
    // As it came it is kept for a client of this dialect: the offsets count the prompt in.
    let logprobs = choice.get("logprobs").and_then(logprobs::read);
    let content = if text.is_empty() { Vec::new() } else { vec![Block::text(text)] };
    Ok(Choice { index, content, finish, stop_sequence: None, logprobs, rest: choice })
}

/// Writes an answer for the client. Thoughts and calls have no place in it.
pub(super) fn write(chat: &ChatResponse) -> Vec<u8> {
    let own = chat.from == ID;
    let mut out = Map::new();
    out.insert("id".into(), json!(chat.id));
    out.insert("object".into(), json!("text_completion"));
    out.insert("created".into(), json!(chat.created.unwrap_or(0)));
    out.insert("model".into(), json!(chat.model));
    let choices = chat.choices.iter().map(|choice| write_choice(choice, own)).collect();
    out.insert("choices".into(), Value::Array(choices));
    if let Some(counts) = &chat.usage {
        let more = chat.rest.get("usage").and_then(Value::as_object).filter(|_| own);
        out.insert("usage".into(), usage::write(counts, more));
    }
    if own {
        for (key, value) in &chat.rest {
            out.entry(key).or_insert_with(|| value.clone());
        }
    }
    written::object(out)
}

fn write_choice(choice: &Choice, own: bool) -> Value {
    let text: String = choice
        .content
        .iter()
        .filter_map(|block| match &block.kind {
            BlockKind::Text(text) | BlockKind::Refusal(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    let logprobs = choice.logprobs.as_ref().map(|logprobs| logprobs::write(logprobs, &mut 0));
    let mut out = Map::new();
    out.insert("text".into(), json!(text));
    out.insert("index".into(), json!(choice.index));
    out.insert("logprobs".into(), logprobs.unwrap_or_default());
    out.insert("finish_reason".into(), json!(choice.finish.as_ref().map(finish_word)));
    if own {
        out.extend(choice.rest.clone());
    }
    Value::Object(out)
}

/// The word for a finish reason. A completion knows no calls.
pub(super) fn finish_word(finish: &Finish) -> &'static str {
    match finish {
        Finish::ToolCalls => "stop",
        other => write_finish(other, false),
    }
}
