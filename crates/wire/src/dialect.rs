//! What a dialect can do: read and write requests, responses, streams and errors.

use std::fmt;

use wye_types::chat::{ChatRequest, ChatResponse, Maker};
use wye_types::error::UpstreamError;
use wye_types::event::StreamEvent;
use wye_types::reply::ErrorReply;
use wye_types::{DialectId, Map, RequestId, Usage};

use crate::frames::Framing;
pub use crate::loss::Loss;
use crate::names::NameMap;
use crate::scan::{Head, same_folded};
use crate::sse::SseEvent;
use crate::written;
use crate::{
    anthropic_messages, bedrock_converse, cohere, gemini, ollama, openai_chat, openai_completions,
    openai_responses,
};

/// A wire format, in both directions. Implementations are stateless; streams get a reader, writer or relay each.
pub trait Dialect: Send + Sync + 'static {
    /// Which one this is.
    fn id(&self) -> DialectId;

    /// Whose seals ([`wye_types::chat::Signature`]) this dialect's own vendor understands. Seals of other makers are
    /// dropped by [`Dialect::write_request`] (with a loss) unless [`WriteOptions::foreign_seals`] allows them.
    fn maker(&self) -> Maker;

    /// How a provider cuts its streams into events.
    fn framing(&self) -> Framing {
        Framing::Text
    }

    /// The media type of a stream for the client. `sse`: [`StreamAsk::sse`].
    fn stream_type(&self, _sse: bool) -> &'static str {
        "text/event-stream; charset=utf-8"
    }

    /// What keeps a silent stream open: something that every client of the dialect ignores.
    fn heartbeat(&self, _sse: bool) -> &'static [u8] {
        b": wye is waiting for the provider\n\n"
    }

    /// An id in the dialect's habit, for answers whose provider sends none.
    fn answer_id(&self, id: RequestId) -> String {
        id.behind("")
    }

    /// What a client should know of a field of this dialect that no other dialect can say, after "dropped".
    fn hint(&self, _field: &str) -> Option<&'static str> {
        None
    }

    /// Reads what routing needs from one scan of the body, without building the IR.
    ///
    /// # Errors
    /// If the body is not a JSON object, a top-level key stands twice, or a field the head needs is missing or of the
    /// wrong type.
    fn scan(&self, body: &[u8], path: &PathAsk) -> Result<Head, RequestError>;

    /// Reads a client's request into the IR.
    ///
    /// # Errors
    /// If it is not what the dialect allows; the error names the field and what to write instead.
    fn read_request(&self, body: &[u8], path: &PathAsk) -> Result<ChatRequest, RequestError>;

    /// Writes a provider's request. What the dialect cannot say is listed in [`Written::losses`].
    fn write_request(&self, chat: &ChatRequest, options: &WriteOptions) -> Written;

    /// Reads a provider's whole answer.
    ///
    /// # Errors
    /// [`ReadError::Upstream`] if the body holds an error object, [`ReadError::Malformed`] if it cannot be read.
    fn read_response(&self, body: &[u8]) -> Result<ChatResponse, ReadError>;

    /// Writes a whole answer for the client.
    fn write_response(&self, chat: &ChatResponse) -> Vec<u8>;

    /// The same, where it matters what the client asked for.
    fn write_asked(&self, chat: &ChatResponse, _ask: &StreamAsk) -> Vec<u8> {
        self.write_response(chat)
    }

    /// Starts to read a provider's stream.
    fn stream_reader(&self) -> Box<dyn StreamReader>;

    /// Starts to write a stream for the client.
    fn stream_writer(&self, ask: &StreamAsk) -> Box<dyn StreamWriter>;

    /// Starts to relay a stream whose provider and client both speak this dialect.
    fn relay(&self, ask: &StreamAsk) -> Box<dyn Relay>;

    /// Looks at a whole answer that is relayed as it came.
    fn peek_response(&self, body: &[u8], ask: &StreamAsk) -> Seen;

    /// Reads a provider's error body. Never fails: what cannot be read is described by the status alone. The retry
    /// delay is taken from the body only; headers are the provider crate's.
    fn read_error(&self, status: u16, body: &[u8]) -> UpstreamError;

    /// Writes an error body for the client.
    fn write_error(&self, reply: &ErrorReply<'_>) -> Vec<u8>;

    /// Writes an error into a stream that has begun, complete with framing and whatever ends the stream.
    fn write_stream_error(&self, reply: &ErrorReply<'_>, at: StreamAt) -> Vec<u8>;

    /// Reads a client's request to count tokens.
    ///
    /// # Errors
    /// As [`Dialect::read_request`].
    fn read_count_request(&self, body: &[u8], path: &PathAsk) -> Result<ChatRequest, RequestError>;

    /// Writes a request to count tokens. `None` if the dialect has no such call.
    fn write_count_request(&self, chat: &ChatRequest, options: &WriteOptions) -> Option<Written>;

    /// Reads the count from a provider's answer.
    fn read_count(&self, body: &[u8]) -> Option<u64>;

    /// Writes the answer to a request to count tokens.
    fn write_count(&self, tokens: u64) -> Vec<u8>;
}

/// The implementation of a dialect.
#[must_use]
pub fn dialect(id: DialectId) -> &'static dyn Dialect {
    match id {
        DialectId::OpenAiChat => &openai_chat::OpenAiChat,
        DialectId::AnthropicMessages => &anthropic_messages::AnthropicMessages,
        DialectId::Gemini => &gemini::Gemini,
        DialectId::OpenAiResponses => &openai_responses::OpenAiResponses,
        DialectId::OpenAiCompletions => &openai_completions::OpenAiCompletions,
        DialectId::Cohere => &cohere::Cohere,
        DialectId::Ollama => &ollama::Ollama,
        DialectId::BedrockConverse => &bedrock_converse::BedrockConverse,
    }
}

/// What a request's path and query say, where the dialect puts it there (Gemini's model and method).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PathAsk {
    /// The model in the path.
    pub model: Option<String>,
    /// Whether the path asks for a stream.
    pub stream: bool,
    /// Whether a stream is to be SSE (`alt=sse`); otherwise Gemini's is a JSON array.
    pub sse: bool,
}

/// What a provider's flavour of a dialect wants. Filled from the provider's quirks.
#[derive(Debug, Clone, PartialEq)]
pub struct WriteOptions {
    /// The model's name at the provider; replaces the client's.
    pub model: String,
    /// `openai_chat`: the key of the output limit.
    pub max_tokens_key: &'static str,
    /// `openai_chat`: whether OpenAI's newer words are known: the role `developer`, for which `system` is written otherwise,
    /// and what its two chat dialects share.
    pub developer_role: bool,
    /// `openai_chat`: whether messages may carry a `name`; otherwise names are left out, with a loss.
    pub message_names: bool,
    /// `openai_chat`: under which name thoughts of earlier turns are sent back.
    pub reasoning_field: ReasoningField,
    /// `openai_chat`: what stands under that name in turns of the model whose thoughts the client did not send back.
    /// `None`: the name is left out.
    pub missing_thoughts: Option<&'static str>,
    /// `openai_chat`: how the wish to think is said.
    pub thinking: ThinkingField,
    /// `openai_chat`: in which order roles may follow each other.
    pub turns: Turns,
    /// `openai_chat`: whether `stream_options.include_usage` may be sent.
    pub stream_options: bool,
    /// Shape that tool-call ids must have.
    pub tool_ids: ToolIds,
    /// `anthropic_messages`: the output limit to send where the client gave none (the vendor demands one).
    pub default_max_tokens: u64,
    /// The provider passes seals of any maker on to that maker (an aggregator), so all are sent.
    pub foreign_seals: bool,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self {
            model: String::new(),
            max_tokens_key: "max_tokens",
            developer_role: false,
            message_names: true,
            reasoning_field: ReasoningField::None,
            missing_thoughts: None,
            thinking: ThinkingField::Effort,
            turns: Turns::Any,
            stream_options: true,
            tool_ids: ToolIds::Any,
            default_max_tokens: 8192,
            foreign_seals: false,
        }
    }
}

/// Under which name an OpenAI-compatible provider takes thoughts of earlier turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReasoningField {
    /// It does not; they are left out (no loss: the vendor ignores or refuses them).
    None,
    /// `reasoning_content`.
    ReasoningContent,
    /// `reasoning`.
    Reasoning,
    /// `reasoning`, with `reasoning_details` for seals.
    ReasoningDetails,
}

/// How an OpenAI-compatible provider is told to think.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThinkingField {
    /// `reasoning_effort`, a word.
    Effort,
    /// `reasoning`, with an effort or a budget.
    Reasoning,
    /// `thinking: {"type": "enabled" | "disabled"}`; whether `reasoning_effort` may stand beside it.
    Switch {
        /// It may.
        effort: bool,
    },
    /// `enable_thinking`, and a budget in `thinking_budget`.
    Budget,
}

/// In which order an OpenAI-compatible provider lets roles follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turns {
    /// In any.
    Any,
    /// After results of tools the model speaks first, and a turn of the model that the answer is to go on from is
    /// marked with `prefix`. A turn of the model that only says `OK` is put in where it is missing.
    ToolsAnswered,
    /// After the opening instructions, user and model take turns. Turns of one role are put together.
    Alternate,
}

/// Shape that tool-call ids must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToolIds {
    /// Anything up to 40 characters that is a word (`[A-Za-z0-9_-]`); others are hashed into that shape.
    Any,
    /// Exactly nine letters or digits; others are hashed into that shape.
    Nine,
}

/// What the client asked of an answer; steers how it is written or relayed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StreamAsk {
    /// The client asked for usage at the end of the stream (always true outside OpenAI's dialect).
    pub include_usage: bool,
    /// [`Seen::text`] is wanted (a route with keywords).
    pub want_text: bool,
    /// The stream is to be SSE; otherwise (Gemini without `alt=sse`) a JSON array.
    pub sse: bool,
    /// `openai_chat`: the client offered `functions`, which were there before `tools`, and knows `function_call` only.
    pub legacy_functions: bool,
    /// Unix seconds for dialects that carry a creation time, should the provider send none.
    pub now_s: i64,
    /// An id for answers whose provider sends none.
    pub fallback_id: String,
    /// The model's name, for dialects whose answers carry one, should the provider send none.
    pub model: String,
    /// `openai_responses`: the gateway keeps the answer. Unless it is relayed, it goes by `fallback_id`.
    pub kept: Option<KeptAs>,
}

/// What an answer that the gateway keeps says of that.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptAs {
    /// The id of the answer that the request goes on from.
    pub previous: Option<String>,
}

/// Where a stream stands when an error must be written into it. Only a JSON array (Gemini without `alt=sse`) cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamAt {
    /// The stream is SSE; otherwise a JSON array.
    pub sse: bool,
    /// Something of the answer was sent before.
    pub begun: bool,
}

/// A request that was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// The JSON body.
    pub body: Vec<u8>,
    /// What could not be said.
    pub losses: Vec<Loss>,
    /// How function names were changed; the reader of the answer changes them back.
    pub names: NameMap,
}

impl Written {
    /// The request as bytes. What rode along and differs only in upper and lower case from something that the writer wrote
    /// stays behind: servers in Go match names without regard to case, and the last one counts there.
    pub(crate) fn of(mut body: Map, chat: &ChatRequest, losses: Vec<Loss>, names: NameMap) -> Self {
        let twin = |key: &&String| body.keys().any(|other| other != *key && same_folded(other, key));
        let twins: Vec<String> = chat.rest.keys().filter(twin).cloned().collect();
        for key in twins {
            body.shift_remove(&key);
        }
        Self { body: written::object(body), losses, names }
    }
}

/// Why a client's request cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestError {
    /// Not JSON at all, or a key stands twice (as opposed to a wrong field).
    pub syntax: bool,
    /// The field at fault, e.g. `messages[2].content`.
    pub param: Option<String>,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl RequestError {
    /// A field is missing, of the wrong type or has a value that is not allowed.
    #[must_use]
    pub fn field(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self { syntax: false, param: Some(param.into()), message: message.into() }
    }

    /// The body is not a JSON object, or a key stands twice.
    #[must_use]
    pub fn syntax(message: impl Into<String>) -> Self {
        Self { syntax: true, param: None, message: message.into() }
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Why a provider's answer cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// It is an error, sent with a 200.
    Upstream(Box<UpstreamError>),
    /// It is not what the dialect says.
    Malformed(String),
}

/// Reads a provider's stream.
pub trait StreamReader: Send {
    /// Reads one SSE event (or one element of a JSON array), appending what it means to `out`. What cannot be read
    /// becomes [`StreamEvent::Error`] with a server fault.
    fn read(&mut self, event: &SseEvent<'_>, out: &mut Vec<StreamEvent>);

    /// The provider's body ended. Appends [`StreamEvent::End`] if the stream was complete by its dialect's rules
    /// (a finish reason was seen) but had no end marker of its own; nothing if it already ended or was cut short.
    fn finish(&mut self, out: &mut Vec<StreamEvent>);
}

/// Writes a stream for the client.
pub trait StreamWriter: Send {
    /// Appends what the event means in the client's dialect, framing included. [`StreamEvent::Error`] is ignored:
    /// errors are written by [`Dialect::write_stream_error`]. After [`StreamEvent::End`] the stream is complete.
    fn write(&mut self, event: &StreamEvent, out: &mut Vec<u8>);
}

/// Relays a stream whose provider and client speak the same dialect: bytes pass as they came, except that a usage
/// chunk the client did not ask for is hidden, a foreign end marker dropped and a missing one added.
pub trait Relay: Send {
    /// Appends the event's bytes to `out`, unless it must be hidden, and tells what it held.
    fn relay(&mut self, event: &SseEvent<'_>, out: &mut Vec<u8>) -> Seen;

    /// The provider's body ended; appends an end marker if one is due and missing. [`Seen::end`] tells whether the
    /// stream was complete.
    fn finish(&mut self, out: &mut Vec<u8>) -> Seen;
}

/// What a relayed event or answer held.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Seen {
    /// Content a client would see (text, refusal, thoughts, tool calls, media).
    pub content: bool,
    /// The text in it (not thoughts), if [`StreamAsk::want_text`].
    pub text: String,
    /// Usage, if it held some.
    pub usage: Option<Usage>,
    /// The vendor's error, if it was one.
    pub error: Option<UpstreamError>,
    /// The answer (or every choice of it) ended by its dialect's rules.
    pub end: bool,
}
