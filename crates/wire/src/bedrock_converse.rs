//! The dialect `bedrock_converse`: `POST /model/{model}/converse` and `…/converse-stream` of Amazon Bedrock Runtime.
//!
//! The model and whether to stream stand in the path. Bytes are base64. A block is an object with one key that names
//! its kind. What only one maker's models understand stands in `additionalModelRequestFields`, in that maker's own
//! words ([`extras`]). Streams are Amazon's binary messages ([`crate::event_stream`]).
//!
//! Read and written again, a request may differ in form though not in meaning: a user's turn with results of tools
//! keeps its neighbours, a cache point with the default life loses its `ttl`, empty objects and `null` are left out.
//!
//! Facts: the API reference of Amazon Bedrock Runtime (`Converse`, `ConverseStream`, `CountTokens`, `ContentBlock`).

mod blocks_read;
mod blocks_write;
mod count;
mod error;
mod extras;
mod finish;
mod media;
mod messages_write;
mod request_read;
mod request_write;
mod response;
mod stream_read;
mod stream_write;
mod usage;

use std::sync::LazyLock;

use wye_types::DialectId;
use wye_types::chat::{ChatRequest, ChatResponse, Maker};
use wye_types::error::UpstreamError;
use wye_types::reply::ErrorReply;

use crate::dialect::{
    Dialect, PathAsk, ReadError, Relay, RequestError, Seen, StreamAsk, StreamAt, StreamReader, StreamWriter,
    WriteOptions, Written,
};
use crate::event_stream::{write_event, write_exception};
use crate::frames::Framing;
use crate::scan::Head;
use crate::watch::{self, Watch};

/// The dialect `bedrock_converse`.
#[derive(Debug, Clone, Copy)]
pub struct BedrockConverse;

/// An event of a kind that no client knows: Amazon's SDKs pass over those, as their unions demand.
static HEARTBEAT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut out = Vec::new();
    write_event(&mut out, "ping", b"{}");
    out
});

impl Dialect for BedrockConverse {
    fn id(&self) -> DialectId {
        DialectId::BedrockConverse
    }

    /// Only Claude's thoughts carry signatures here.
    fn maker(&self) -> Maker {
        Maker::Anthropic
    }

    fn framing(&self) -> Framing {
        Framing::EventStream
    }

    fn stream_type(&self, _sse: bool) -> &'static str {
        "application/vnd.amazon.eventstream"
    }

    fn heartbeat(&self, _sse: bool) -> &'static [u8] {
        &HEARTBEAT
    }

    fn scan(&self, body: &[u8], path: &PathAsk) -> Result<Head, RequestError> {
        request_read::scan(body, path)
    }

    fn read_request(&self, body: &[u8], path: &PathAsk) -> Result<ChatRequest, RequestError> {
        request_read::read(body, path)
    }

    fn write_request(&self, chat: &ChatRequest, options: &WriteOptions) -> Written {
        request_write::write(chat, options)
    }

    fn read_response(&self, body: &[u8]) -> Result<ChatResponse, ReadError> {
        response::read(body)
    }

    fn write_response(&self, chat: &ChatResponse) -> Vec<u8> {
        response::write(chat)
    }

    fn stream_reader(&self) -> Box<dyn StreamReader> {
        Box::new(stream_read::Reader::default())
    }

    fn stream_writer(&self, _ask: &StreamAsk) -> Box<dyn StreamWriter> {
        Box::new(stream_write::Writer::default())
    }

    fn relay(&self, ask: &StreamAsk) -> Box<dyn Relay> {
        Box::new(Watch::new(self, ask))
    }

    fn peek_response(&self, body: &[u8], ask: &StreamAsk) -> Seen {
        watch::peek(self, body, ask)
    }

    fn read_error(&self, status: u16, body: &[u8]) -> UpstreamError {
        error::read(status, body)
    }

    fn write_error(&self, reply: &ErrorReply<'_>) -> Vec<u8> {
        error::write(reply)
    }

    fn write_stream_error(&self, reply: &ErrorReply<'_>, _at: StreamAt) -> Vec<u8> {
        let mut out = Vec::new();
        write_exception(&mut out, error::exception_of(reply), &error::write_message(reply));
        out
    }

    fn read_count_request(&self, body: &[u8], path: &PathAsk) -> Result<ChatRequest, RequestError> {
        count::read_request(body, path)
    }

    fn write_count_request(&self, chat: &ChatRequest, options: &WriteOptions) -> Option<Written> {
        Some(count::write_request(chat, options))
    }

    fn read_count(&self, body: &[u8]) -> Option<u64> {
        serde_json::from_slice::<serde_json::Value>(body).ok()?.get("inputTokens")?.as_u64()
    }

    fn write_count(&self, tokens: u64) -> Vec<u8> {
        format!("{{\"inputTokens\":{tokens}}}").into_bytes()
    }
}

#[cfg(test)]
mod tests;
