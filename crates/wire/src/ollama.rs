//! The dialect `ollama`: Ollama's own `POST /api/chat`, whose streams are JSON values, one a line.
//!
//! What is normalised when a request or answer goes through the IR and comes back in this dialect: `stream` is always
//! written (it is true unless said), `options.stop` becomes an array, empty `options` and `tools` go, roles are lower case,
//! and calls of an answer are numbered anew. A message holds one text and, after it, images: what another dialect says in
//! another order becomes several messages of the same role, as Ollama's own compatible endpoint makes them.
//!
//! Ollama names calls by ids only since late 2025; where they are missing they are made up and linked by name and order.
//! It has no seals: those of other makers reach its clients in the call's id, or in a field `reasoning_details` of the
//! message that has the shape it has in `openai_chat`, and are read back from there.

use wye_types::DialectId;
use wye_types::chat::{ChatRequest, ChatResponse, Maker};
use wye_types::error::UpstreamError;
use wye_types::reply::ErrorReply;

use crate::dialect::{
    Dialect, PathAsk, ReadError, Relay, RequestError, Seen, StreamAsk, StreamAt, StreamReader, StreamWriter,
    WriteOptions, Written,
};
use crate::openai_chat::OpenAiChat;
use crate::scan::Head;
use crate::watch;

mod error;
mod message_read;
mod message_write;
mod relay;
mod request_read;
mod request_write;
mod response;
mod scan;
mod stream_read;
mod stream_write;
mod think;

const ID: DialectId = DialectId::Ollama;

/// The dialect `ollama`.
#[derive(Debug, Clone, Copy)]
pub struct Ollama;

impl Dialect for Ollama {
    fn id(&self) -> DialectId {
        ID
    }

    /// Ollama seals nothing.
    fn maker(&self) -> Maker {
        Maker::Other(ID.name().to_owned())
    }

    fn stream_type(&self, _sse: bool) -> &'static str {
        "application/x-ndjson"
    }

    /// White space before the next line's value. A blank line would not do: Ollama's client for Python reads every line
    /// as JSON.
    fn heartbeat(&self, _sse: bool) -> &'static [u8] {
        b" "
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
        response::write(chat)
    }

    fn stream_reader(&self) -> Box<dyn StreamReader> {
        Box::new(stream_read::Reader::default())
    }

    fn stream_writer(&self, ask: &StreamAsk) -> Box<dyn StreamWriter> {
        Box::new(stream_write::Writer::new(ask))
    }

    fn relay(&self, ask: &StreamAsk) -> Box<dyn Relay> {
        Box::new(relay::Lines::new(ask))
    }

    fn peek_response(&self, body: &[u8], ask: &StreamAsk) -> Seen {
        watch::peek(self, body, ask)
    }

    /// Everything that servers of OpenAI's shape send is understood, Ollama's `{"error": "…"}` among it.
    fn read_error(&self, status: u16, body: &[u8]) -> UpstreamError {
        OpenAiChat.read_error(status, body)
    }

    fn write_error(&self, reply: &ErrorReply<'_>) -> Vec<u8> {
        error::write(reply)
    }

    fn write_stream_error(&self, reply: &ErrorReply<'_>, _at: StreamAt) -> Vec<u8> {
        let mut line = error::write(reply);
        line.push(b'\n');
        line
    }

    fn read_count_request(&self, body: &[u8], path: &PathAsk) -> Result<ChatRequest, RequestError> {
        self.read_request(body, path)
    }

    fn write_count_request(&self, _chat: &ChatRequest, _options: &WriteOptions) -> Option<Written> {
        None
    }

    fn read_count(&self, body: &[u8]) -> Option<u64> {
        let answer: serde_json::Value = serde_json::from_slice(body).ok()?;
        answer.get("prompt_eval_count")?.as_u64()
    }

    /// Ollama has no such call; the name is that of the count in its answers.
    fn write_count(&self, tokens: u64) -> Vec<u8> {
        serde_json::json!({"prompt_eval_count": tokens}).to_string().into_bytes()
    }
}
