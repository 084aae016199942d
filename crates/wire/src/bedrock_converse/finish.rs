//! Why an answer ended.

use wye_types::chat::Finish;

/// Reads a `stopReason`.
pub(super) fn read(reason: &str) -> Finish {
    match reason {
        "end_turn" => Finish::Stop,
        "stop_sequence" => Finish::StopSequence,
        "max_tokens" | "model_context_window_exceeded" => Finish::Length,
        "tool_use" => Finish::ToolCalls,
        "guardrail_intervened" | "content_filtered" => Finish::ContentFilter,
        "refusal" => Finish::Refusal,
        "pause_turn" => Finish::Pause,
        other => Finish::Other(other.to_owned()),
    }
}

/// Writes a `stopReason`. A word of another dialect's becomes the plain end; `own` says that it is ours.
pub(super) fn write(finish: &Finish, own: bool) -> &str {
    match finish {
        Finish::Stop => "end_turn",
        Finish::StopSequence => "stop_sequence",
        Finish::Length => "max_tokens",
        Finish::ToolCalls => "tool_use",
        Finish::ContentFilter => "content_filtered",
        // Words that the service passes on from the maker's own API.
        Finish::Refusal if own => "refusal",
        Finish::Pause if own => "pause_turn",
        Finish::Other(word) if own => word,
        Finish::Refusal => "content_filtered",
        Finish::Pause | Finish::Other(_) => "end_turn",
    }
}
