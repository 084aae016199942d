//! The dialect `anthropic_messages`: `POST /v1/messages`.
//!
//! Its turns alternate between user and assistant; instructions stand outside of them, results of tools inside a
//! user's turn. Read and written again, a request may differ in form though not in meaning: a single bare text is
//! written as a string, neighbouring turns of one speaker become one, `output_format` becomes
//! `output_config.format`, `cache_control` with the default life loses its `ttl`, fields that are `null` are left out.

mod blocks_read;
mod blocks_write;
mod error;
mod finish;
mod messages_write;
pub(crate) mod model;
pub(crate) mod reasoning;
mod relay;
mod request_read;
mod request_write;
mod response;
pub(crate) mod schema;
mod stream_read;
mod stream_write;
mod usage;

pub(crate) use blocks_write::{arguments, legal_id};
pub(crate) use messages_write::lost_thoughts;
pub(crate) use request_read::split_results;
use wye_types::chat::{ChatRequest, ChatResponse, Maker};
use wye_types::error::UpstreamError;
use wye_types::reply::ErrorReply;
use wye_types::{DialectId, RequestId};

use crate::dialect::{
    Dialect, PathAsk, ReadError, Relay, RequestError, Seen, StreamAsk, StreamAt, StreamReader, StreamWriter,
    WriteOptions, Written,
};
use crate::scan::Head;
use crate::sse::write_event;

/// The dialect `anthropic_messages`.
#[derive(Debug, Clone, Copy)]
pub struct AnthropicMessages;

impl Dialect for AnthropicMessages {
    fn id(&self) -> DialectId {
        DialectId::AnthropicMessages
    }

    fn maker(&self) -> Maker {
        Maker::Anthropic
    }

    fn heartbeat(&self, _sse: bool) -> &'static [u8] {
        b"event: ping\ndata: {\"type\": \"ping\"}\n\n"
    }

    fn answer_id(&self, id: RequestId) -> String {
        format!("msg_{:032x}", id.0)
    }

    fn scan(&self, body: &[u8], _path: &PathAsk) -> Result<Head, RequestError> {
        request_read::scan(body)
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
        response::write(chat)
    }

    fn stream_reader(&self) -> Box<dyn StreamReader> {
        Box::new(stream_read::Reader::default())
    }

    fn stream_writer(&self, ask: &StreamAsk) -> Box<dyn StreamWriter> {
        Box::new(stream_write::Writer::new(ask, false))
    }

    fn relay(&self, ask: &StreamAsk) -> Box<dyn Relay> {
        Box::new(relay::Passage::new(ask))
    }

    fn peek_response(&self, body: &[u8], ask: &StreamAsk) -> Seen {
        relay::peek(body, ask)
    }

    fn read_error(&self, status: u16, body: &[u8]) -> UpstreamError {
        error::read(status, body)
    }

    fn write_error(&self, reply: &ErrorReply<'_>) -> Vec<u8> {
        error::write(reply)
    }

    fn write_stream_error(&self, reply: &ErrorReply<'_>, _at: StreamAt) -> Vec<u8> {
        let mut out = Vec::new();
        write_event(&mut out, "error", &error::write(reply));
        out
    }

    fn read_count_request(&self, body: &[u8], _path: &PathAsk) -> Result<ChatRequest, RequestError> {
        request_read::read(body)
    }

    fn write_count_request(&self, chat: &ChatRequest, options: &WriteOptions) -> Option<Written> {
        Some(request_write::write_count(chat, options))
    }

    fn read_count(&self, body: &[u8]) -> Option<u64> {
        serde_json::from_slice::<serde_json::Value>(body).ok()?.get("input_tokens")?.as_u64()
    }

    fn write_count(&self, tokens: u64) -> Vec<u8> {
        format!("{{\"input_tokens\":{tokens}}}").into_bytes()
    }
}

#[cfg(test)]
mod tests;
