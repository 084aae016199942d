//! The dialect `cohere`: `POST /v2/chat`.
//!
//! Content is a text or parts; calls stand beside it, as does `tool_plan`, the model's reflection before it calls:
//! those are thoughts. Results of tools may be documents, which answers then cite. Nothing here is sealed.
//!
//! Read and written again, a request may differ in form though not in meaning: a lone text part becomes a string,
//! `response_format.schema` becomes `json_schema`, empty lists and `null` are left out.
//!
//! Facts: Cohere's API reference of Chat v2, and recordings.

mod content_read;
mod content_write;
mod error;
mod finish;
mod request_read;
mod request_write;
mod response;
mod stream_read;
mod stream_write;
mod usage;

use wye_types::DialectId;
use wye_types::chat::{ChatRequest, ChatResponse, Maker, Signature};
use wye_types::error::UpstreamError;
use wye_types::reply::ErrorReply;

use crate::dialect::{
    Dialect, PathAsk, ReadError, Relay, RequestError, Seen, StreamAsk, StreamAt, StreamReader, StreamWriter,
    WriteOptions, Written,
};
use crate::scan::Head;
use crate::seal;
use crate::sse::{write_data, write_event};
use crate::watch::{self, Watch};

/// The dialect `cohere`.
#[derive(Debug, Clone, Copy)]
pub struct Cohere;

/// The vendor's name as a maker of seals. It makes none.
fn maker() -> Maker {
    Maker::Other(DialectId::Cohere.name().to_owned())
}

/// Another maker's seal, in a field of our own that clients send back: always marked with whose it is.
fn marked(seal: &Signature) -> String {
    seal::tag(seal, &Maker::Other(String::new()))
}

impl Dialect for Cohere {
    fn id(&self) -> DialectId {
        DialectId::Cohere
    }

    fn maker(&self) -> Maker {
        maker()
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
        Box::new(stream_write::Writer::new(ask))
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
        write_event(&mut out, "message-end", &error::write_event(reply));
        write_data(&mut out, b"[DONE]");
        out
    }

    fn read_count_request(&self, body: &[u8], _path: &PathAsk) -> Result<ChatRequest, RequestError> {
        request_read::read(body)
    }

    /// The vendor counts the tokens of a text (`/v1/tokenize`), not those of a conversation.
    fn write_count_request(&self, _chat: &ChatRequest, _options: &WriteOptions) -> Option<Written> {
        None
    }

    fn read_count(&self, _body: &[u8]) -> Option<u64> {
        None
    }

    fn write_count(&self, tokens: u64) -> Vec<u8> {
        format!("{{\"input_tokens\":{tokens}}}").into_bytes()
    }
}

#[cfg(test)]
mod tests;
