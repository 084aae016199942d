//! The dialect `openai_responses`: OpenAI's `POST /v1/responses`, and the servers that answer in its shape.
//!
//! This crate keeps no conversations: fields that take one up (`previous_response_id`, `conversation`) ride along to a
//! provider of the same dialect and are a loss elsewhere. How a request goes on from what the gateway keeps, [`kept`] says. What is normalised when a request or answer goes through the IR and
//! comes back in this dialect: `input` as a string becomes a message, a lone text part a string, fields that are `null`
//! are left out.

use wye_types::chat::{ChatRequest, ChatResponse, Maker};
use wye_types::error::UpstreamError;
use wye_types::reply::ErrorReply;
use wye_types::{DialectId, RequestId};

use crate::dialect::{
    Dialect, PathAsk, ReadError, Relay, RequestError, Seen, StreamAsk, StreamAt, StreamReader, StreamWriter,
    WriteOptions, Written,
};
use crate::scan::Head;
use crate::written;

mod error;
mod items_read;
mod items_write;
pub mod kept;
mod namespace;
mod output;
mod parts;
mod relay;
mod request_read;
mod request_write;
mod response_read;
mod response_write;
mod scan;
mod stream_item;
mod stream_read;
mod stream_write;
mod usage;

const ID: DialectId = DialectId::OpenAiResponses;

/// Marks the message that stood in `instructions`.
const INSTRUCTIONS: &str = "instructions";

/// Asks for log probabilities.
const LOGPROBS: &str = "message.output_text.logprobs";

/// The dialect `openai_responses`.
#[derive(Debug, Clone, Copy)]
pub struct OpenAiResponses;

impl Dialect for OpenAiResponses {
    fn id(&self) -> DialectId {
        ID
    }

    fn maker(&self) -> Maker {
        Maker::OpenAi
    }

    fn answer_id(&self, id: RequestId) -> String {
        format!("resp_{:032x}", id.0)
    }

    fn hint(&self, field: &str) -> Option<&'static str> {
        match field {
            "previous_response_id" | "conversation" => {
                Some("neither Wye nor this target keeps it; send the whole conversation in `input`")
            }
            "prompt" => Some("this target does not have the template; send its text in `input`"),
            "background" => Some("the answer comes while the request waits"),
            "text" => Some("this target knows no `text.verbosity`; only `text.format` was passed on"),
            _ => None,
        }
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
        response_read::read(body)
    }

    fn write_response(&self, chat: &ChatResponse) -> Vec<u8> {
        written::value(&response_write::write(chat))
    }

    fn write_asked(&self, chat: &ChatResponse, ask: &StreamAsk) -> Vec<u8> {
        let answer = self.write_response(chat);
        match &ask.kept {
            Some(kept) => kept::shown(&answer, kept.previous.as_deref()),
            None => answer,
        }
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
        error::write_event(reply)
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
        format!("{{\"object\":\"response.input_tokens\",\"input_tokens\":{tokens}}}").into_bytes()
    }
}
