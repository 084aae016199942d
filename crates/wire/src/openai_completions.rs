//! The dialect `openai_completions`: OpenAI's older `POST /v1/completions`, which continues a text.
//!
//! A prompt is one message of the user's. A conversation that comes from another dialect is written as a prompt in plain
//! words (module `prompt`); tools, media, schemas and thoughts have no place in it and are losses. Several prompts in one
//! request pass only to a provider of this dialect, as bytes. Where a client names no limit, another dialect's provider
//! applies its own: the 16 tokens of OpenAI's are not everyone's (Together's answers go to their end).
//!
//! What is normalised when a request or answer goes through the IR and comes back in this dialect: a lone prompt in an
//! array becomes a string, `stop` an array, `echo: false` and `best_of: 1` go, the answer's `object` becomes
//! `text_completion`, and `stream_options.include_usage` is always asked for. Log probabilities are kept in OpenAI's chat
//! shape on the way; a stream's `text_offset` is counted from the answer's start.

use wye_types::chat::{ChatRequest, ChatResponse, Maker};
use wye_types::error::UpstreamError;
use wye_types::reply::ErrorReply;
use wye_types::{DialectId, RequestId};

use crate::dialect::{
    Dialect, PathAsk, ReadError, Relay, RequestError, Seen, StreamAsk, StreamAt, StreamReader, StreamWriter,
    WriteOptions, Written,
};
use crate::openai_chat::OpenAiChat;
use crate::openai_chat::relay::{Relayed, peek_with};
use crate::scan::Head;

mod logprobs;
mod look;
mod prompt;
mod request_read;
mod request_write;
mod response;
mod stream_read;
mod stream_write;

const ID: DialectId = DialectId::OpenAiCompletions;

/// The dialect `openai_completions`. Errors are those of [`OpenAiChat`].
#[derive(Debug, Clone, Copy)]
pub struct OpenAiCompletions;

impl Dialect for OpenAiCompletions {
    fn id(&self) -> DialectId {
        ID
    }

    fn maker(&self) -> Maker {
        Maker::OpenAi
    }

    fn answer_id(&self, id: RequestId) -> String {
        id.behind("cmpl-")
    }

    fn scan(&self, body: &[u8], _path: &PathAsk) -> Result<Head, RequestError> {
        request_read::head(body)
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
        Box::new(Relayed::with(&OpenAiCompletions, look::look, ask))
    }

    fn peek_response(&self, body: &[u8], ask: &StreamAsk) -> Seen {
        peek_with(&Self, look::look, body, ask)
    }

    fn read_error(&self, status: u16, body: &[u8]) -> UpstreamError {
        OpenAiChat.read_error(status, body)
    }

    fn write_error(&self, reply: &ErrorReply<'_>) -> Vec<u8> {
        OpenAiChat.write_error(reply)
    }

    fn write_stream_error(&self, reply: &ErrorReply<'_>, at: StreamAt) -> Vec<u8> {
        OpenAiChat.write_stream_error(reply, at)
    }

    fn read_count_request(&self, body: &[u8], path: &PathAsk) -> Result<ChatRequest, RequestError> {
        self.read_request(body, path)
    }

    fn write_count_request(&self, _chat: &ChatRequest, _options: &WriteOptions) -> Option<Written> {
        None
    }

    fn read_count(&self, body: &[u8]) -> Option<u64> {
        OpenAiChat.read_count(body)
    }

    fn write_count(&self, tokens: u64) -> Vec<u8> {
        OpenAiChat.write_count(tokens)
    }
}
