//! Xiaomi: OpenAI chat of the MiMo models, switched with `thinking`. No recording of it is published.

use wye_wire::dialect::{ReasoningField, ThinkingField};

use super::Provider;
use crate::Quirks;

/// Xiaomi MiMo. From its documentation: `thinking: {"type": "enabled" | "disabled"}`, `reasoning_content` both ways,
/// `max_completion_tokens`.
pub(super) const PROVIDER: Provider = Provider {
    title: "Xiaomi MiMo",
    aliases: &["xiaomi_mimo"],
    quirks: Quirks {
        max_tokens_key: "max_completion_tokens",
        reasoning_field: ReasoningField::ReasoningContent,
        thinking: ThinkingField::Switch { effort: false },
        ..Quirks::NONE
    },
    docs: "https://platform.xiaomimimo.com/static/docs/api/chat/openai-api.md",
    ..Provider::openai_compatible(
        "xiaomi",
        "https://api.xiaomimimo.com/v1",
        &["XIAOMI_API_KEY", "MIMO_API_KEY"],
    )
};
