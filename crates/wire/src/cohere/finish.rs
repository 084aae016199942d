//! Why an answer ended.

use wye_types::chat::Finish;

/// Reads a `finish_reason`.
pub(super) fn read(reason: &str) -> Finish {
    match reason {
        "COMPLETE" => Finish::Stop,
        "STOP_SEQUENCE" => Finish::StopSequence,
        "MAX_TOKENS" => Finish::Length,
        "TOOL_CALL" => Finish::ToolCalls,
        "ERROR_TOXIC" => Finish::ContentFilter,
        other => Finish::Other(other.to_owned()),
    }
}

/// Writes a `finish_reason`. A word of another dialect's becomes the plain end; `own` says that it is ours.
pub(super) fn write(finish: &Finish, own: bool) -> &str {
    match finish {
        Finish::Stop | Finish::Pause => "COMPLETE",
        Finish::StopSequence => "STOP_SEQUENCE",
        Finish::Length => "MAX_TOKENS",
        Finish::ToolCalls => "TOOL_CALL",
        // The first version's word; the second has none.
        Finish::ContentFilter | Finish::Refusal => "ERROR_TOXIC",
        Finish::Other(word) if own => word,
        Finish::Other(_) => "COMPLETE",
    }
}
