//! The dialect `gemini`: Google's `generateContent` and `streamGenerateContent`.
//!
//! What reading and writing in this dialect makes uniform, without a change of meaning: keys in snake case become
//! camel case; `null`s, `thought: false` and empty `generationConfig` or `toolConfig` go; the functions of several
//! tools stand in one, every built-in tool in its own; turns of the same role that follow each other become one;
//! a missing role or index is written; thinking levels are lower case and modes of calling upper case; `responseSchema` becomes
//! `responseJsonSchema` in JSON Schema's words.
//!
//! Google's thought signatures are kept on the part they stand on. Seals of other vendors are written for clients of
//! this dialect into the same field, in base64 with a mark, and read back from it.

use wye_types::DialectId;
use wye_types::chat::{ChatRequest, ChatResponse, Maker};
use wye_types::error::UpstreamError;
use wye_types::reply::ErrorReply;

use crate::dialect::{
    Dialect, PathAsk, ReadError, Relay, RequestError, Seen, StreamAsk, StreamAt, StreamReader, StreamWriter,
    WriteOptions, Written,
};
use crate::scan::Head;

mod config_read;
mod config_write;
mod count;
mod error;
mod fields;
mod part_read;
mod part_write;
mod partial_args;
mod relay;
mod request_read;
mod request_write;
mod response;
mod scan;
mod schema;
mod stream_read;
mod stream_write;
mod thoughts;
mod usage;

/// The dialect `gemini`.
#[derive(Debug, Clone, Copy)]
pub struct Gemini;

impl Dialect for Gemini {
    fn id(&self) -> DialectId {
        DialectId::Gemini
    }
    fn maker(&self) -> Maker {
        Maker::Google
    }
    fn stream_type(&self, sse: bool) -> &'static str {
        if sse { "text/event-stream; charset=utf-8" } else { "application/json" }
    }
    fn heartbeat(&self, sse: bool) -> &'static [u8] {
        // Google's SDK for Python takes every line that is not blank for data, comments too.
        if sse { b"\r\n" } else { b"\n" }
    }
    fn scan(&self, body: &[u8], path: &PathAsk) -> Result<Head, RequestError> {
        scan::scan(body, path)
    }
    fn read_request(&self, body: &[u8], path: &PathAsk) -> Result<ChatRequest, RequestError> {
        request_read::read_request(body, path)
    }
    fn write_request(&self, chat: &ChatRequest, options: &WriteOptions) -> Written {
        request_write::write_request(chat, options)
    }
    fn read_response(&self, body: &[u8]) -> Result<ChatResponse, ReadError> {
        response::read_response(body)
    }
    fn write_response(&self, chat: &ChatResponse) -> Vec<u8> {
        response::write_response(chat)
    }
    fn stream_reader(&self) -> Box<dyn StreamReader> {
        Box::new(stream_read::Reader::default())
    }
    fn stream_writer(&self, ask: &StreamAsk) -> Box<dyn StreamWriter> {
        Box::new(stream_write::Writer::new(ask))
    }
    fn relay(&self, ask: &StreamAsk) -> Box<dyn Relay> {
        Box::new(relay::GeminiRelay::new(ask))
    }
    fn peek_response(&self, body: &[u8], ask: &StreamAsk) -> Seen {
        relay::peek(body, ask)
    }
    fn read_error(&self, status: u16, body: &[u8]) -> UpstreamError {
        error::read_error(status, body)
    }
    fn write_error(&self, reply: &ErrorReply<'_>) -> Vec<u8> {
        error::write_error(reply)
    }
    fn write_stream_error(&self, reply: &ErrorReply<'_>, at: StreamAt) -> Vec<u8> {
        error::write_stream_error(reply, at)
    }
    fn read_count_request(&self, body: &[u8], path: &PathAsk) -> Result<ChatRequest, RequestError> {
        count::read_count_request(body, path)
    }
    fn write_count_request(&self, chat: &ChatRequest, options: &WriteOptions) -> Option<Written> {
        Some(count::write_count_request(chat, options))
    }
    fn read_count(&self, body: &[u8]) -> Option<u64> {
        count::read_count(body)
    }
    fn write_count(&self, tokens: u64) -> Vec<u8> {
        count::write_count(tokens)
    }
}
