//! Z.ai (Zhipu): OpenAI chat of the GLM models, switched with `thinking`.

use wye_wire::dialect::{ReasoningField, ThinkingField};

use super::Provider;
use crate::free::{Free, FreeTier, MODELS_DEV};
use crate::{Kind, Models, Quirks, Serves};

/// The vendor answers no list.
pub(super) const GLM: &[&str] = &[
    "glm-5.2",
    "glm-5.1",
    "glm-5",
    "glm-5-turbo",
    "glm-5v-turbo",
    "glm-4.7",
    "glm-4.7-flash",
    "glm-4.7-flashx",
    "glm-4.6",
    "glm-4.6v",
    "glm-4.5",
    "glm-4.5-air",
    "glm-4.5-flash",
    "glm-4.5v",
];

/// What costs nothing.
pub(super) const FLASH: FreeTier = FreeTier {
    of: Free::Models(&["glm-4.5-flash", "glm-4.7-flash"]),
    terms: "",
    limits: &[],
    source: MODELS_DEV,
};

/// Z.ai. Recordings: `thinking: {"type": "enabled"}` (`openai_chat__stream_reasoning__01`), `reasoning_content`, usage on the
/// last chunk with a choice, whole calls in one delta (`openai_chat__tools__01`).
pub(super) const PROVIDER: Provider = Provider {
    title: "Z.ai",
    quirks: Quirks {
        reasoning_field: ReasoningField::ReasoningContent,
        thinking: ThinkingField::Switch { effort: false },
        ..Quirks::NONE
    },
    models: Models::Named { ids: GLM, source: MODELS_DEV },
    serves: &[Serves::openai(Kind::Images)],
    free: Some(FLASH),
    key_url: Some("https://z.ai/manage-apikey/apikey-list"),
    docs: "https://docs.z.ai/api-reference/llm/chat-completion",
    ..Provider::openai_compatible(
        "zai",
        "https://api.z.ai/api/paas/v4",
        &["ZAI_API_KEY", "ZHIPU_API_KEY", "ZHIPUAI_API_KEY"],
    )
};
