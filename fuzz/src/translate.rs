//! Any request and any answer, from any dialect to any other: what comes out is JSON that the other reads, and no
//! seal reaches a maker that did not make it.

use serde_json::Value;
use wye_types::DialectId;
use wye_types::chat::{BlockKind, ChatRequest, ChatResponse, Signature};
use wye_types::error::GatewayError;
use wye_types::reply::ErrorReply;
use wye_wire::assemble::{Assembler, explode};
use wye_wire::dialect::{ReadError, StreamAt};
use wye_wire::{dialect, seal};

use crate::input::{Input, ask, options, path, says_something};
use crate::stream::read;
use crate::twins::has_twins;

/// Translates the input: a request, an answer or an error, as its third byte says.
pub fn check(data: &[u8]) {
    let Some(input) = Input::of(data) else { return };
    match input.kind % 3 {
        0 => request(&input),
        1 => answer(&input),
        _ => error(&input),
    }
}

fn request(input: &Input<'_>) {
    let Ok(chat) = dialect(input.id).read_request(input.body, &path(false)) else { return };
    let written = dialect(input.other).write_request(&chat, &options());
    let body = String::from_utf8_lossy(&written.body);
    assert!(serde_json::from_str::<Value>(&body).is_ok(), "not JSON: {body}");
    if says_something(&chat) {
        let again = dialect(input.other).read_request(&written.body, &path(chat.stream));
        assert!(again.is_ok(), "{} to {}: {again:?}: {body}", input.id, input.other);
    }
    let own = dialect(input.other).maker();
    let asked = String::from_utf8_lossy(input.body);
    for seal in seals(&chat).filter(|seal| seal.maker != own) {
        // Long enough not to stand there by chance, and nowhere but in its place.
        let distinct = seal.data.len() >= 12 && asked.matches(&seal.data).count() == 1;
        assert!(!distinct || !body.contains(&seal.data), "{seal:?} to {}: {body}", input.other);
    }
}

fn seals(chat: &ChatRequest) -> impl Iterator<Item = Signature> {
    let blocks = chat.messages.iter().flat_map(|m| &m.content);
    blocks.flat_map(|block| {
        let in_id = match &block.kind {
            BlockKind::ToolCall(call) => seal::split_id(&call.id).1,
            _ => None,
        };
        block.signature.clone().into_iter().chain(in_id)
    })
}

fn answer(input: &Input<'_>) {
    let from = dialect(input.id);
    let seen = from.peek_response(input.body, &ask());
    let answer = match from.read_response(input.body) {
        Ok(answer) => answer,
        Err(ReadError::Upstream(error)) => return assert_eq!(seen.error, Some(*error)),
        Err(ReadError::Malformed(_)) => return,
    };
    if !has_twins(input.body) {
        // Counts of a wrong type it does not see.
        assert!(seen.usage.is_none() || seen.usage == answer.usage, "the peek does not agree: {seen:?}");
        assert_eq!(seen.error, None, "the peek does not agree");
    }
    if answer.choices.is_empty() {
        // Counts alone (a prompt that was filtered): not every dialect can say that.
        return;
    }
    let to = dialect(input.other);
    let written = to.write_response(&answer);
    let again = to.read_response(&written);
    let said = String::from_utf8_lossy(&written);
    let again = again.unwrap_or_else(|e| panic!("{} to {}: {e:?}: {said}", input.id, input.other));
    assert_eq!(text(&again), text(&answer), "{} to {}: {said}", input.id, input.other);
    // Where a dialect has one answer, its stream tells the one with the number 0.
    if answer.choices.len() == 1 && answer.choices[0].index == 0 {
        streamed(input.other, &answer);
    }
}

/// The answer taken apart and told as a stream says the same.
fn streamed(id: DialectId, answer: &ChatResponse) {
    let mut writer = dialect(id).stream_writer(&ask());
    let mut out = Vec::new();
    let events = explode(answer);
    events.iter().for_each(|event| writer.write(event, &mut out));
    let mut assembler = Assembler::new(id);
    read(id, [out.as_slice()]).into_iter().for_each(|event| assembler.push(event));
    assert_eq!(text(&assembler.finish()), text(answer), "{id}: {}", String::from_utf8_lossy(&out));
}

/// What the first answer says; not every dialect has several.
fn text(answer: &ChatResponse) -> String {
    let blocks = answer.choices.first().into_iter().flat_map(|c| &c.content);
    let said = blocks.filter_map(|block| match &block.kind {
        BlockKind::Text(text) | BlockKind::Refusal(text) => Some(text.as_str()),
        _ => None,
    });
    said.collect()
}

fn error(input: &Input<'_>) {
    let status = 400 + u16::from(input.kind);
    let upstream = dialect(input.id).read_error(status, input.body);
    assert!(!upstream.message.is_empty(), "an error without words");
    let mut error = GatewayError::new(upstream.fault.code(), upstream.message.clone());
    error.upstream = Some(Box::new(upstream));
    let reply = ErrorReply::new(&error, "req");
    let to = dialect(input.other);
    assert!(serde_json::from_slice::<Value>(&to.write_error(&reply)).is_ok());
    let framed = to.write_stream_error(&reply, StreamAt { sse: true, begun: false });
    assert!(!framed.is_empty());
}
