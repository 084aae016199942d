//! What the tests know of each dialect beside what the product does: its normalisations, and where its numbers stand.
//!
//! What means the same in a dialect is made the same, so that recordings can be compared with what we write.

use serde_json::{Value, json};
use wye_types::chat::ChatRequest;
use wye_types::{DialectId, Usage};
use wye_wire::dialect;
use wye_wire::frames::Framing;

pub(crate) use bedrock_converse::{from_text as messages_of, to_text as text_of_messages};

mod anthropic_messages;
mod bedrock_converse;
mod cohere;
mod gemini;
mod ollama;
mod openai_chat;
mod openai_completions;
mod openai_responses;

/// What the tests know of a dialect.
pub(crate) struct Vendor {
    /// Makes a request (nulls are gone, numbers are floats) what its dialect documents as the same.
    pub(crate) request: fn(&mut Value),
    /// The same for an answer.
    pub(crate) response: fn(&mut Value),
    /// The vendor's last word about usage in a stream's events, in the shape of a whole answer.
    pub(crate) last_usage: fn(&[Value]) -> Value,
    /// Compares the vendor's own numbers in an answer with what was read.
    pub(crate) numbers: fn(&Value, &Usage) -> Result<(), String>,
    /// A model the vendor has.
    pub(crate) model: &'static str,
    /// The turn of a conversation that an answer is, in the dialect's requests.
    pub(crate) turn_of: fn(&Value) -> Vec<Value>,
    /// A request whose conversation is a question and these turns.
    pub(crate) conversation: fn(Vec<Value>) -> Value,
}

/// What the tests know of a dialect; `None` for one that is not built yet.
pub(crate) fn of(id: DialectId) -> Option<&'static Vendor> {
    match id {
        DialectId::OpenAiChat => openai_chat::VENDOR,
        DialectId::AnthropicMessages => anthropic_messages::VENDOR,
        DialectId::Gemini => gemini::VENDOR,
        DialectId::OpenAiResponses => openai_responses::VENDOR,
        DialectId::OpenAiCompletions => openai_completions::VENDOR,
        DialectId::Cohere => cohere::VENDOR,
        DialectId::Ollama => ollama::VENDOR,
        DialectId::BedrockConverse => bedrock_converse::VENDOR,
    }
}

/// A stream whose every event has this data.
pub(crate) fn framed(id: DialectId, data: &[u8]) -> Vec<u8> {
    match dialect(id).framing() {
        Framing::Text => [b"data: ", data, b"\n\ndata: ", data, b"\n\n"].concat(),
        Framing::EventStream => bedrock_converse::framed(data),
    }
}

/// The dialects that are built.
pub(crate) fn dialects() -> Vec<DialectId> {
    DialectId::ALL.into_iter().filter(|id| of(*id).is_some()).collect()
}

/// Whether all that a request or answer of the dialect can hold is one text.
pub(crate) fn text_only(id: DialectId) -> bool {
    id == DialectId::OpenAiCompletions
}

/// What the dialect makes of a request where it has no words for all of it. Each is a loss that its own tests look for.
pub(crate) fn expected(id: DialectId, chat: &mut ChatRequest) {
    match id {
        DialectId::OpenAiResponses => openai_responses::expected(chat),
        // It has no words for which tools must be called.
        DialectId::Ollama => chat.tool_choice = None,
        DialectId::BedrockConverse => bedrock_converse::expected(chat),
        DialectId::Cohere => cohere::expected(chat),
        _ => {}
    }
}

fn known(id: DialectId) -> &'static Vendor {
    of(id).unwrap()
}

/// Leaves out what means nothing: nulls, and how a number is spelt.
fn plain(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut fields: Vec<(String, Value)> =
                map.into_iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k, plain(v))).collect();
            fields.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(fields.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(plain).collect()),
        Value::Number(n) => json!(n.as_f64()),
        other => other,
    }
}

/// A request without what its dialect documents as the same.
pub(crate) fn plain_request(id: DialectId, body: Value) -> Value {
    let mut body = plain(body);
    (known(id).request)(&mut body);
    plain(body)
}

/// An answer without what its dialect documents as the same.
pub(crate) fn plain_response(id: DialectId, body: Value) -> Value {
    let mut body = plain(body);
    (known(id).response)(&mut body);
    plain(body)
}

/// The vendor's last word about usage, in the shape of a whole answer.
pub(crate) fn last_usage(id: DialectId, events: &[Value]) -> Value {
    (known(id).last_usage)(events)
}

/// Compares the vendor's own numbers with what was read.
pub(crate) fn numbers(id: DialectId, body: &Value, usage: &Usage) -> Result<(), String> {
    (known(id).numbers)(body, usage)
}

/// The number at a place of the vendor's, or zero.
fn number(body: &Value, pointer: &str) -> u64 {
    body.pointer(pointer).and_then(Value::as_u64).unwrap_or(0)
}

/// Nothing of it means the same as something else.
fn as_it_is(_: &mut Value) {}

/// Says where two values differ.
pub(crate) fn same<T: PartialEq + std::fmt::Debug>(got: &T, wanted: &T) -> Result<(), String> {
    if got == wanted {
        return Ok(());
    }
    let (got, wanted) = (format!("{got:?}"), format!("{wanted:?}"));
    let differ = got.bytes().zip(wanted.bytes()).position(|(a, b)| a != b).unwrap_or(0);
    let part = |text: &str| {
        let from = (0..=differ.saturating_sub(60)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text[from..].chars().take(200).collect::<String>()
    };
    Err(format!("got …{}… but wanted …{}…", part(&got), part(&wanted)))
}
