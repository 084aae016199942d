//! Z.ai (Zhipu): OpenAI chat of the GLM models, switched with `thinking`.

use wye_wire::dialect::{ReasoningField, ThinkingField};

use super::Provider;
use crate::Quirks;

/// Z.ai. Recordings: `thinking: {"type": "enabled"}` (`openai_chat__stream_reasoning__01`), `reasoning_content`, usage on the
/// last chunk with a choice, whole calls in one delta (`openai_chat__tools__01`).
pub(super) const PROVIDER: Provider = Provider {
    title: "Z.ai",
    quirks: Quirks {
        reasoning_field: ReasoningField::ReasoningContent,
        thinking: ThinkingField::Switch { effort: false },
        ..Quirks::NONE
    },
    docs: "https://docs.z.ai/api-reference/llm/chat-completion",
    ..Provider::openai_compatible(
        "zai",
        "https://api.z.ai/api/paas/v4",
        &["ZAI_API_KEY", "ZHIPU_API_KEY", "ZHIPUAI_API_KEY"],
    )
};
