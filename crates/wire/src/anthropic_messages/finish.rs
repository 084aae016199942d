//! Why an answer ended.

use wye_types::chat::Finish;

/// Reads a `stop_reason`.
pub(super) fn read(reason: &str) -> Finish {
    match reason {
        "end_turn" => Finish::Stop,
        "stop_sequence" => Finish::StopSequence,
        "max_tokens" | "model_context_window_exceeded" => Finish::Length,
        "tool_use" => Finish::ToolCalls,
        "refusal" => Finish::Refusal,
        "pause_turn" => Finish::Pause,
        other => Finish::Other(other.to_owned()),
    }
}

/// Writes a `stop_reason`. A word of another dialect's becomes the plain end; `own` says that it is ours.
pub(super) fn write(finish: &Finish, own: bool) -> &str {
    match finish {
        Finish::Stop => "end_turn",
        Finish::StopSequence => "stop_sequence",
        Finish::Length => "max_tokens",
        Finish::ToolCalls => "tool_use",
        Finish::ContentFilter | Finish::Refusal => "refusal",
        Finish::Pause => "pause_turn",
        Finish::Other(word) if own => word,
        Finish::Other(_) => "end_turn",
    }
}
