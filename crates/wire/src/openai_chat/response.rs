//! Whole answers, both directions.

use serde_json::{Value, json};
use wye_types::chat::{Block, BlockKind, ChatResponse, Choice, Finish, ToolCall};
use wye_types::{DialectId, Map};

use super::{ID, error, functions, messages_write, parts, reasoning, tool_call, usage};
use crate::dialect::ReadError;
use crate::seal;
use crate::written;

/// Reads a provider's answer.
pub(super) fn read(body: &[u8]) -> Result<ChatResponse, ReadError> {
    let mut top: Map = serde_json::from_slice(body)
        .map_err(|e| ReadError::Malformed(format!("the answer is not a JSON object: {e}")))?;
    let choices = match top.shift_remove("choices") {
        Some(Value::Array(choices)) => choices,
        _ => Vec::new(),
    };
    let failed = top.get("error").is_some_and(|e| !e.is_null());
    if failed || (choices.is_empty() && !top.contains_key("usage")) {
        if failed || ["message", "detail", "errors"].iter().any(|key| top.contains_key(*key)) {
            return Err(ReadError::Upstream(Box::new(error::read(200, body))));
        }
        return Err(ReadError::Malformed("the answer has no `choices`".to_owned()));
    }
    top.shift_remove("object");
    let mut text = |key: &str| match top.shift_remove(key) {
        Some(Value::String(text)) => text,
        _ => String::new(),
    };
    let (id, model) = (text("id"), text("model"));
    let created = top.shift_remove("created").and_then(|v| v.as_i64());
    let reported = top.shift_remove("usage").filter(|v| !v.is_null());
    let reported = reported.or_else(|| top.get("x_groq")?.get("usage").cloned());
    let counts = reported.as_ref().and_then(|value| usage::read(&written::value(value)));
    if let Some(more) = reported.as_ref().map(usage::rest).filter(|more| !more.is_empty()) {
        top.insert("usage".into(), Value::Object(more));
    }
    let choices = choices
        .into_iter()
        .enumerate()
        .map(|(n, choice)| read_choice(choice, n, &id))
        .collect::<Result<_, _>>()?;
    Ok(ChatResponse { from: ID, id, model, created, choices, usage: counts, rest: top })
}

fn read_choice(choice: Value, place: usize, id: &str) -> Result<Choice, ReadError> {
    let path = format!("choices[{place}]");
    let Value::Object(mut choice) = choice else {
        return Err(ReadError::Malformed(format!("`{path}` is not an object")));
    };
    let index = choice.shift_remove("index").and_then(|v| u32::try_from(v.as_u64()?).ok());
    let index = index.or_else(|| u32::try_from(place).ok()).unwrap_or(0);
    let logprobs = choice.shift_remove("logprobs").filter(|v| !v.is_null());
    let word = choice.shift_remove("finish_reason");
    let word = word.as_ref().and_then(Value::as_str);
    if let Some(failed) = error::of_choice(&choice, word) {
        return Err(ReadError::Upstream(Box::new(failed)));
    }
    let Some(Value::Object(mut message)) = choice.shift_remove("message") else {
        return Err(ReadError::Malformed(format!("`{path}.message` is missing")));
    };
    message.shift_remove("role");
    let content = read_message(&mut message, &path, id)?;
    message.retain(|_, value| !value.is_null());
    let mut rest = choice;
    if !message.is_empty() {
        rest.insert("message".into(), Value::Object(message));
    }
    let finish = word.map(|word| {
        let has = |wanted: fn(&BlockKind) -> bool| content.iter().any(|b| wanted(&b.kind));
        let calls = has(|kind| matches!(kind, BlockKind::ToolCall(_)));
        let refused = has(|kind| matches!(kind, BlockKind::Refusal(_)));
        read_finish(word, calls, refused)
    });
    Ok(Choice { index, content, finish, stop_sequence: None, logprobs, rest })
}

fn read_message(message: &mut Map, path: &str, id: &str) -> Result<Vec<Block>, ReadError> {
    let bad = |e: crate::dialect::RequestError| ReadError::Malformed(e.message);
    let mut take = |key: &str| message.shift_remove(key).filter(|v| !v.is_null());
    let content = take("content");
    let details = take("reasoning_details");
    let plain = [take("reasoning_content"), take("reasoning")];
    let refusal = take("refusal");
    let calls = take("tool_calls");
    let details = details.as_ref().and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let plain = plain.iter().flatten().find_map(|v| v.as_str().filter(|s| !s.is_empty()));
    let thoughts = reasoning::read_message(plain, details);
    let mut blocks = thoughts.blocks;
    let mut said = parts::read_content(content, &format!("{path}.message.content")).map_err(bad)?;
    // Mistral's thoughts stand among the parts; clients get them where everyone else's are.
    for block in said.iter_mut().filter(|b| matches!(b.kind, BlockKind::Reasoning(_))) {
        block.rest.clear();
    }
    blocks.extend(said);
    if let Some(text) = refusal.as_ref().and_then(Value::as_str).filter(|text| !text.is_empty()) {
        blocks.push(Block::new(BlockKind::Refusal(text.to_owned())));
    }
    if let Some(seal) = thoughts.text_seal {
        match blocks.iter_mut().rfind(|b| matches!(b.kind, BlockKind::Text(_))) {
            Some(text) => text.signature = Some(seal),
            None => blocks.push(Block { signature: Some(seal), ..Block::text("") }),
        }
    }
    let Some(Value::Array(calls)) = calls else { return Ok(blocks) };
    let mut number = 0;
    for (k, call) in calls.into_iter().enumerate() {
        let mut block =
            tool_call::read_call(call, &format!("{path}.message.tool_calls[{k}]")).map_err(bad)?;
        block.rest.shift_remove("index");
        if let BlockKind::ToolCall(call) = &mut block.kind {
            if call.id.is_empty() {
                call.id = tool_call::made_up(id, number);
            }
            number += 1;
        }
        blocks.push(block);
    }
    Ok(blocks)
}

/// What a finish reason means. Some say `stop` beside calls or a refusal.
pub(crate) fn read_finish(word: &str, calls: bool, refused: bool) -> Finish {
    match word {
        "stop" | "eos" if calls => Finish::ToolCalls,
        "stop" if refused => Finish::Refusal,
        "stop" | "eos" => Finish::Stop,
        "length" => Finish::Length,
        "tool_calls" | "function_call" => Finish::ToolCalls,
        "content_filter" => Finish::ContentFilter,
        other => Finish::Other(other.to_owned()),
    }
}

/// The word for a finish reason.
pub(crate) fn write_finish(finish: &Finish, refused: bool) -> &'static str {
    match finish {
        Finish::Length => "length",
        Finish::ToolCalls => "tool_calls",
        Finish::ContentFilter => "content_filter",
        // OpenAI says `stop` where the refusal stands in its own field.
        Finish::Refusal if !refused => "content_filter",
        Finish::Refusal | Finish::Stop | Finish::StopSequence | Finish::Pause | Finish::Other(_) => "stop",
    }
}

/// Writes an answer for the client. `legacy`: [`crate::dialect::StreamAsk::legacy_functions`].
pub(super) fn write(chat: &ChatResponse, legacy: bool) -> Vec<u8> {
    let own = chat.from == ID;
    let mut out = Map::new();
    out.insert("id".into(), json!(chat.id));
    out.insert("object".into(), json!("chat.completion"));
    out.insert("created".into(), json!(chat.created.unwrap_or(0)));
    out.insert("model".into(), json!(chat.model));
    let mut choices: Vec<Value> = chat.choices.iter().map(|choice| write_choice(choice, chat.from)).collect();
    if legacy {
        choices.iter_mut().for_each(functions::write_choice);
    }
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

fn write_choice(choice: &Choice, from: DialectId) -> Value {
    let own = from == ID;
    let refused = choice.content.iter().any(|b| matches!(b.kind, BlockKind::Refusal(_)));
    let finish = choice.finish.as_ref().map(|finish| match finish {
        Finish::Other(word) if own => word.as_str(),
        finish => write_finish(finish, refused),
    });
    let mut out = Map::new();
    out.insert("index".into(), json!(choice.index));
    out.insert("message".into(), Value::Object(write_message(choice, own)));
    out.insert("logprobs".into(), choice.logprobs.clone().unwrap_or_default());
    out.insert("finish_reason".into(), json!(finish));
    if own {
        for (key, value) in &choice.rest {
            out.entry(key).or_insert_with(|| value.clone());
        }
    }
    Value::Object(out)
}

fn write_message(choice: &Choice, own: bool) -> Map {
    let mut text = String::new();
    let mut has_text = false;
    let mut plain = Vec::new();
    let mut thoughts = Vec::new();
    let mut refusal: Option<String> = None;
    let mut calls = Vec::new();
    for block in &choice.content {
        match &block.kind {
            BlockKind::Text(piece) => {
                has_text = true;
                text.push_str(piece);
            }
            BlockKind::Refusal(piece) => refusal.get_or_insert_default().push_str(piece),
            BlockKind::Reasoning(piece) => {
                plain.push(piece.as_str());
                thoughts.push(block);
            }
            BlockKind::Redacted => thoughts.push(block),
            BlockKind::ToolCall(call) => calls.push(write_call(block, call, own)),
            BlockKind::Foreign(value) if own && messages_write::is_call(value) => calls.push(value.clone()),
            BlockKind::Foreign(_) | BlockKind::Media(_) | BlockKind::ToolResult(_) => {}
        }
    }
    let mut out = Map::new();
    out.insert("role".into(), json!("assistant"));
    out.insert(
        "content".into(),
        if has_text || (calls.is_empty() && refusal.is_none()) { json!(text) } else { Value::Null },
    );
    out.insert("refusal".into(), json!(refusal));
    let plain = plain.concat();
    if !plain.is_empty() {
        out.insert("reasoning_content".into(), json!(plain));
    }
    let text_seal = choice
        .content
        .iter()
        .rfind(|b| b.as_text().is_some() && b.signature.is_some())
        .and_then(|b| b.signature.as_ref());
    let details = messages_write::details(&thoughts, text_seal, own);
    if !details.is_empty() {
        out.insert("reasoning_details".into(), Value::Array(details));
    }
    if !calls.is_empty() {
        out.insert("tool_calls".into(), Value::Array(calls));
    }
    if let Some(Value::Object(more)) = choice.rest.get("message").filter(|_| own) {
        for (key, value) in more {
            out.entry(key).or_insert_with(|| value.clone());
        }
    }
    out
}

fn write_call(block: &Block, call: &ToolCall, own: bool) -> Value {
    let id = seal::id_with_seal(&call.id, block.signature.as_ref());
    let mut out = tool_call::write_call(&id, &call.name, &call.arguments, own.then_some(&block.rest));
    if let Some(seal) = &block.signature {
        out.insert("extra_content".into(), tool_call::write_extra(seal));
    }
    Value::Object(out)
}
