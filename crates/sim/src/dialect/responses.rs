//! `openai_responses`: Responses as OpenAI speaks them, with reasoning items that only it can read.

mod items;
mod read;
mod stream;
mod write;

use serde_json::{Value, json};

use super::{Stamp, openai};
use crate::fail::{Fail, Kind};

pub(super) use read::read;
pub(super) use stream::stream;
pub(super) use write::plain;

pub(super) fn error(fail: &Fail) -> Value {
    let mut error = openai::error(fail);
    if fail.kind == Kind::UnknownField
        && let Some(code) = error.pointer_mut("/error/code")
    {
        *code = json!("unknown_parameter");
    }
    error
}

/// A failure inside a stream: the event for it, and the answer that failed.
pub(super) fn error_event(fail: &Fail, stamp: &Stamp) -> String {
    let (code, number) = ("server_error", 1_000_000);
    let event = json!({
        "type": "error",
        "code": code,
        "message": fail.message,
        "param": null,
        "sequence_number": number,
    });
    let mut response = write::envelope(&crate::ask::Ask::default(), stamp, "failed");
    response.insert("error".to_owned(), json!({ "code": code, "message": fail.message }));
    let failed = json!({ "type": "response.failed", "response": response, "sequence_number": number + 1 });
    format!("event: error\ndata: {event}\n\nevent: response.failed\ndata: {failed}\n\n")
}

pub(super) fn count(tokens: u64) -> Value {
    json!({ "object": "response.input_tokens", "input_tokens": tokens })
}
