//! What the edge says in the client's dialect when there is no answer.

use serde_json::Value;

use crate::code::CodeRow;
use crate::error::GatewayError;

/// An error, ready to be written in a dialect (`Dialect::write_error`), whole or inside a stream.
#[derive(Debug, Clone)]
pub struct ErrorReply<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The row of the code table: types per dialect, and the code's name.
    pub row: &'static CodeRow,
    /// The message.
    pub message: &'a str,
    /// The provider's own `type`, passed on where the dialects agree about it.
    pub vendor_kind: Option<&'a str>,
    /// `error.code` in OpenAI's dialect: the provider's own, else the table's name.
    pub code: &'a str,
    /// The request field at fault.
    pub param: Option<&'a str>,
    /// Facts for `error.details`.
    pub details: Option<&'a Value>,
    /// The request's id.
    pub request_id: &'a str,
}

impl<'a> ErrorReply<'a> {
    /// Puts an error and a request id together.
    #[must_use]
    pub fn new(error: &'a GatewayError, request_id: &'a str) -> Self {
        let row = error.code.row();
        let upstream = error.upstream.as_deref();
        Self {
            status: error.http_status(),
            row,
            message: &error.message,
            vendor_kind: upstream.and_then(|u| u.kind.as_deref()),
            code: upstream.and_then(|u| u.code.as_deref()).unwrap_or(row.name),
            param: error.param.as_deref().or_else(|| upstream.and_then(|u| u.param.as_deref())),
            details: error.details.as_ref(),
            request_id,
        }
    }
}
