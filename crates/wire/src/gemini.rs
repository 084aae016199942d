//! The dialect `gemini`.

use wye_types::DialectId;
use wye_types::chat::{ChatRequest, ChatResponse, Maker};
use wye_types::error::UpstreamError;
use wye_types::reply::ErrorReply;

use crate::dialect::{
    Dialect, PathAsk, ReadError, Relay, RequestError, Seen, StreamAsk, StreamReader, StreamWriter,
    WriteOptions, Written,
};
use crate::scan::Head;

/// The dialect `gemini`.
#[derive(Debug, Clone, Copy)]
pub struct Gemini;

#[expect(clippy::unimplemented, unused_variables, reason = "replaced by its developer")]
impl Dialect for Gemini {
    fn id(&self) -> DialectId {
        DialectId::Gemini
    }
    fn maker(&self) -> Maker {
        Maker::Google
    }
    fn scan(&self, body: &[u8], path: &PathAsk) -> Result<Head, RequestError> {
        unimplemented!()
    }
    fn read_request(&self, body: &[u8], path: &PathAsk) -> Result<ChatRequest, RequestError> {
        unimplemented!()
    }
    fn write_request(&self, chat: &ChatRequest, options: &WriteOptions) -> Written {
        unimplemented!()
    }
    fn read_response(&self, body: &[u8]) -> Result<ChatResponse, ReadError> {
        unimplemented!()
    }
    fn write_response(&self, chat: &ChatResponse) -> Vec<u8> {
        unimplemented!()
    }
    fn stream_reader(&self) -> Box<dyn StreamReader> {
        unimplemented!()
    }
    fn stream_writer(&self, ask: &StreamAsk) -> Box<dyn StreamWriter> {
        unimplemented!()
    }
    fn relay(&self, ask: &StreamAsk) -> Box<dyn Relay> {
        unimplemented!()
    }
    fn peek_response(&self, body: &[u8], ask: &StreamAsk) -> Seen {
        unimplemented!()
    }
    fn read_error(&self, status: u16, body: &[u8]) -> UpstreamError {
        unimplemented!()
    }
    fn write_error(&self, reply: &ErrorReply<'_>) -> Vec<u8> {
        unimplemented!()
    }
    fn write_stream_error(&self, reply: &ErrorReply<'_>) -> Vec<u8> {
        unimplemented!()
    }
    fn read_count_request(&self, body: &[u8], path: &PathAsk) -> Result<ChatRequest, RequestError> {
        unimplemented!()
    }
    fn write_count_request(&self, chat: &ChatRequest, options: &WriteOptions) -> Option<Written> {
        unimplemented!()
    }
    fn read_count(&self, body: &[u8]) -> Option<u64> {
        unimplemented!()
    }
    fn write_count(&self, tokens: u64) -> Vec<u8> {
        unimplemented!()
    }
}
