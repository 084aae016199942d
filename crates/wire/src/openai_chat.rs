//! The dialect `openai_chat`: OpenAI's `POST /v1/chat/completions`, and the many servers that answer in its shape.
//!
//! What is normalised when a request or answer goes through the IR and comes back in this dialect: a lone text part
//! becomes a string, `stop` an array, `max_completion_tokens` the provider's key, `tool_choice: "any"` `"required"`,
//! the old `function_call` a tool call, `reasoning` in answers `reasoning_content`, `finish_reason: "stop"` beside
//! tool calls `"tool_calls"`, and `stream_options.include_usage` is always asked for.

use wye_types::chat::{ChatRequest, ChatResponse, Maker};
use wye_types::error::UpstreamError;
use wye_types::reply::ErrorReply;
use wye_types::{DialectId, RequestId};

use crate::dialect::{
    Dialect, PathAsk, ReadError, Relay, RequestError, Seen, StreamAsk, StreamAt, StreamReader, StreamWriter,
    WriteOptions, Written,
};
use crate::scan::Head;
use crate::sse;

mod chunk;
pub(crate) mod error;
mod functions;
mod likeness;
pub(crate) mod messages_write;
pub(crate) mod parts;
pub(crate) mod reasoning;
pub(crate) mod relay;
pub(crate) mod request_read;
pub(crate) mod request_write;
pub(crate) mod response;
pub(crate) mod scan;
pub(crate) mod shared;
mod stream_read;
mod stream_write;
pub(crate) mod thinking;
pub(crate) mod tool_call;
mod turns;
pub(crate) mod usage;

pub use turns::{Turn, turns_of};

const ID: DialectId = DialectId::OpenAiChat;

/// The dialect `openai_chat`.
#[derive(Debug, Clone, Copy)]
pub struct OpenAiChat;

impl Dialect for OpenAiChat {
    fn id(&self) -> DialectId {
        ID
    }

    fn maker(&self) -> Maker {
        Maker::OpenAi
    }

    fn answer_id(&self, id: RequestId) -> String {
        id.behind("chatcmpl-")
    }

    fn scan(&self, body: &[u8], _path: &PathAsk) -> Result<Head, RequestError> {
        scan::head(body)
    }

    fn read_request(&self, body: &[u8], _path: &PathAsk) -> Result<ChatRequest, RequestError> {
        request_read::read(body)
    }

    fn write_request(&self, chat: &ChatRequest, options: &WriteOptions) -> Written {
        request_write::write(chat, options)
    }

    fn read_response(&self, body: &[u8]) -> Result<ChatResponse, ReadError> {
        response::read(body)
    }

    fn write_response(&self, chat: &ChatResponse) -> Vec<u8> {
        response::write(chat, false)
    }

    fn write_asked(&self, chat: &ChatResponse, ask: &StreamAsk) -> Vec<u8> {
        response::write(chat, ask.legacy_functions)
    }

    fn stream_reader(&self) -> Box<dyn StreamReader> {
        Box::new(stream_read::Reader::default())
    }

    fn stream_writer(&self, ask: &StreamAsk) -> Box<dyn StreamWriter> {
        Box::new(stream_write::Writer::new(ask))
    }

    fn relay(&self, ask: &StreamAsk) -> Box<dyn Relay> {
        Box::new(relay::Relayed::new(ask))
    }

    fn peek_response(&self, body: &[u8], ask: &StreamAsk) -> Seen {
        relay::peek(body, ask)
    }

    fn read_error(&self, status: u16, body: &[u8]) -> UpstreamError {
        error::read(status, body)
    }

    fn write_error(&self, reply: &ErrorReply<'_>) -> Vec<u8> {
        error::write(reply).to_string().into_bytes()
    }

    fn write_stream_error(&self, reply: &ErrorReply<'_>, _at: StreamAt) -> Vec<u8> {
        // Official clients raise on the event and read no further, so no end marker follows.
        let mut out = Vec::new();
        sse::write_data(&mut out, error::write(reply).to_string().as_bytes());
        out
    }

    fn read_count_request(&self, body: &[u8], _path: &PathAsk) -> Result<ChatRequest, RequestError> {
        request_read::read(body)
    }

    fn write_count_request(&self, _chat: &ChatRequest, _options: &WriteOptions) -> Option<Written> {
        None
    }

    fn read_count(&self, body: &[u8]) -> Option<u64> {
        let answer: serde_json::Value = serde_json::from_slice(body).ok()?;
        answer.get("input_tokens")?.as_u64()
    }

    fn write_count(&self, tokens: u64) -> Vec<u8> {
        serde_json::json!({"input_tokens": tokens}).to_string().into_bytes()
    }
}
