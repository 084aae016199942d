//! Whole answers, both directions.

use serde_json::{Value, json};
use wye_types::chat::{Block, BlockKind, ChatResponse, Choice, Finish};
use wye_types::{Map, Usage};

use super::message_write::{read_arguments, write_call};
use super::{ID, message_read};
use crate::call_ids::number_calls;
use crate::dialect::{Dialect as _, ReadError};
use crate::fields::Fields;
use crate::openai_chat::OpenAiChat;
use crate::openai_chat::messages_write::details;
use crate::seal;
use crate::timestamp::{rfc3339, unix_seconds};
use crate::written;

/// Reads a provider's answer.
pub(super) fn read(body: &[u8]) -> Result<ChatResponse, ReadError> {
    let mut top: Map = serde_json::from_slice(body)
        .map_err(|e| ReadError::Malformed(format!("the answer is not a JSON object: {e}")))?;
    if has_error(&top) {
        return Err(ReadError::Upstream(Box::new(OpenAiChat.read_error(200, body))));
    }
    let Some(Value::Object(message)) = top.shift_remove("message") else {
        return Err(ReadError::Malformed("the answer has no `message`".to_owned()));
    };
    let mut text = |key: &str| match top.shift_remove(key) {
        Some(Value::String(text)) => text,
        _ => String::new(),
    };
    let (model, time, word) = (text("model"), text("created_at"), text("done_reason"));
    top.shift_remove("done");
    let usage = take_usage(&mut top);
    let logprobs = top.shift_remove("logprobs").as_ref().and_then(read_logprobs);
    let created = unix_seconds(&time);
    if created.map(rfc3339).as_ref() != Some(&time) && !time.is_empty() {
        // To the fraction of a second only here.
        top.insert("created_at".into(), json!(time));
    }
    let (mut content, left) = read_message(message)?;
    number_calls(&mut content, &time);
    let calls = content.iter().any(|block| matches!(block.kind, BlockKind::ToolCall(_)));
    let finish = (!word.is_empty()).then(|| read_finish(&word, calls));
    let mut rest = Map::new();
    if !left.is_empty() {
        rest.insert("message".into(), Value::Object(left));
    }
    let choice = Choice { index: 0, content, finish, stop_sequence: None, logprobs, rest };
    Ok(ChatResponse { from: ID, id: String::new(), model, created, choices: vec![choice], usage, rest: top })
}

/// Whether an answer or a line of a stream is an error.
pub(super) fn has_error(top: &Map) -> bool {
    top.get("error").is_some_and(|error| !error.is_null()) && !top.contains_key("message")
}

/// The blocks of an answer's message, and what else it held.
pub(super) fn read_message(message: Map) -> Result<(Vec<Block>, Map), ReadError> {
    let bad = |e: crate::dialect::RequestError| ReadError::Malformed(e.message);
    let mut fields = Fields::of(Value::Object(message), "message").map_err(bad)?;
    fields.take("role");
    let mut content = message_read::read_turn(&mut fields).map_err(bad)?;
    for block in &mut content {
        // The place among the calls is written anew.
        if let Some(Value::Object(function)) = block.rest.get_mut("function") {
            function.shift_remove("index");
            if function.is_empty() {
                block.rest.shift_remove("function");
            }
        }
    }
    Ok((content, fields.rest()))
}

/// Takes the counts. A prompt that was wholly cached is left out by some versions.
pub(super) fn take_usage(top: &mut Map) -> Option<Usage> {
    let mut count = |key: &str| top.shift_remove(key).and_then(|n| n.as_u64());
    let (input, output) = (count("prompt_eval_count"), count("eval_count"));
    (input.is_some() || output.is_some()).then(|| Usage {
        input: input.unwrap_or(0),
        output: output.unwrap_or(0),
        ..Usage::default()
    })
}

/// Ollama's list is OpenAI's `content`.
pub(super) fn read_logprobs(list: &Value) -> Option<Value> {
    list.is_array().then(|| json!({"content": list, "refusal": null}))
}

/// The list in what the IR carries.
pub(super) fn write_logprobs(logprobs: &Value) -> Option<&Value> {
    logprobs.get("content").filter(|list| list.is_array())
}

/// What a reason means: Ollama says `stop` beside calls.
pub(super) fn read_finish(word: &str, calls: bool) -> Finish {
    match word {
        "stop" if calls => Finish::ToolCalls,
        "stop" => Finish::Stop,
        "length" => Finish::Length,
        "content_filter" => Finish::ContentFilter,
        other => Finish::Other(other.to_owned()),
    }
}

/// The word for a reason. Ollama itself filters nothing; its clients take any word, so they are told of others' filters.
pub(super) fn write_finish(finish: Option<&Finish>, own: bool) -> &str {
    match finish {
        Some(Finish::Length) => "length",
        Some(Finish::ContentFilter | Finish::Refusal) => "content_filter",
        Some(Finish::Other(word)) if own => word,
        _ => "stop",
    }
}

/// Writes an answer for the client: the first, as there is place for one.
pub(super) fn write(chat: &ChatResponse) -> Vec<u8> {
    let own = chat.from == ID;
    let mut out = Map::new();
    out.insert("model".into(), json!(chat.model));
    let time = chat.rest.get("created_at").filter(|_| own).cloned();
    out.insert("created_at".into(), time.unwrap_or_else(|| json!(rfc3339(chat.created.unwrap_or(0)))));
    let choice = chat.choices.first();
    let mut message = Map::new();
    message.insert("role".into(), json!("assistant"));
    write_message(choice.map_or(&[][..], |choice| &choice.content), own, &mut message);
    if let Some(Value::Object(more)) = choice.and_then(|c| c.rest.get("message")).filter(|_| own) {
        for (key, value) in more {
            message.entry(key).or_insert_with(|| value.clone());
        }
    }
    out.insert("message".into(), Value::Object(message));
    let finish = choice.and_then(|choice| choice.finish.as_ref());
    out.insert("done_reason".into(), json!(write_finish(finish, own)));
    out.insert("done".into(), json!(true));
    if let Some(list) = choice.and_then(|c| c.logprobs.as_ref()).and_then(write_logprobs) {
        out.insert("logprobs".into(), list.clone());
    }
    if let Some(usage) = &chat.usage {
        out.extend(write_usage(usage));
    }
    if own {
        for (key, value) in &chat.rest {
            out.entry(key).or_insert_with(|| value.clone());
        }
    }
    written::object(out)
}

/// The counts of an answer.
pub(super) fn write_usage(usage: &Usage) -> Map {
    let counts = [("prompt_eval_count", usage.prompt_total()), ("eval_count", usage.output_total())];
    counts.into_iter().map(|(key, count)| (key.to_owned(), json!(count))).collect()
}

fn write_message(content: &[Block], own: bool, out: &mut Map) {
    let (mut text, mut plain) = (String::new(), String::new());
    let (mut thoughts, mut calls, mut text_seal) = (Vec::new(), Vec::new(), None);
    for block in content {
        match &block.kind {
            BlockKind::Text(piece) | BlockKind::Refusal(piece) => {
                text.push_str(piece);
                text_seal = block.signature.as_ref().or(text_seal);
            }
            BlockKind::Reasoning(piece) => {
                plain.push_str(piece);
                thoughts.push(block);
            }
            BlockKind::Redacted => thoughts.push(block),
            BlockKind::ToolCall(call) => {
                let id = seal::id_with_seal(&call.id, block.signature.as_ref());
                let arguments = read_arguments(&call.arguments).unwrap_or_default();
                let rest = own.then_some(&block.rest);
                calls.push(numbered(calls.len(), write_call(Some(&id), &call.name, arguments, rest)));
            }
            BlockKind::Media(_) | BlockKind::ToolResult(_) | BlockKind::Foreign(_) => {}
        }
    }
    out.insert("content".into(), json!(text));
    if !plain.is_empty() {
        out.insert("thinking".into(), json!(plain));
    }
    let details = details(&thoughts, text_seal, false);
    if !details.is_empty() {
        out.insert("reasoning_details".into(), Value::Array(details));
    }
    if !calls.is_empty() {
        out.insert("tool_calls".into(), Value::Array(calls));
    }
}

/// A call with its place among the calls.
pub(super) fn numbered(place: usize, mut call: Value) -> Value {
    if let Some(Value::Object(function)) = call.get_mut("function") {
        function.shift_insert(0, "index".into(), json!(place));
    }
    call
}
