//! Stage 2: parse, lazily. One scan gives the head; the IR is built once, when something needs it.

use std::sync::OnceLock;

use bytes::Bytes;
use wye_types::chat::ChatRequest;
use wye_types::error::GatewayError;
use wye_types::{Code, DialectId};
use wye_wire::dialect::PathAsk;
use wye_wire::scan::Head;
use wye_wire::{Dialect, RequestError, dialect};

/// A client's request.
pub(crate) struct Request {
    pub(crate) dialect: &'static dyn Dialect,
    pub(crate) path: PathAsk,
    pub(crate) bytes: Bytes,
    pub(crate) head: Head,
    chat: OnceLock<Result<ChatRequest, RequestError>>,
    count: bool,
}

impl Request {
    /// Scans a chat request.
    pub(crate) fn parse(id: DialectId, path: PathAsk, bytes: Bytes) -> Result<Self, GatewayError> {
        let dialect = dialect(id);
        let head = dialect.scan(&bytes, &path).map_err(|error| invalid(&error))?;
        Ok(Self { dialect, path, bytes, head, chat: OnceLock::new(), count: false })
    }

    /// Reads a request to count tokens, which is a chat request that may lack some fields.
    pub(crate) fn parse_count(id: DialectId, path: PathAsk, bytes: Bytes) -> Result<Self, GatewayError> {
        let dialect = dialect(id);
        let chat = dialect.read_count_request(&bytes, &path).map_err(|error| invalid(&error))?;
        let head = Head { model: chat.model.clone(), ..Head::default() };
        Ok(Self { dialect, path, bytes, head, chat: OnceLock::from(Ok(chat)), count: true })
    }

    /// The request in the IR.
    pub(crate) fn chat(&self) -> Result<&ChatRequest, GatewayError> {
        debug_assert!(!self.count || self.chat.get().is_some(), "a count request is read when parsed");
        self.chat.get_or_init(|| self.dialect.read_request(&self.bytes, &self.path)).as_ref().map_err(invalid)
    }
}

fn invalid(error: &RequestError) -> GatewayError {
    let code = if error.syntax { Code::CallerInvalidJson } else { Code::CallerInvalidRequest };
    let made = GatewayError::new(code, error.message.clone());
    match &error.param {
        Some(param) => made.param(param.clone()),
        None => made,
    }
}
