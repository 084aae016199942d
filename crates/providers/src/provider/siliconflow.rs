//! SiliconFlow: OpenAI chat of open models, switched with `enable_thinking`; images and rerank in words of its own.

use wye_wire::dialect::{ReasoningField, ThinkingField};

use super::Provider;
use crate::{Kind, Quirks, Serves, Shape};

/// The same in all its places. <https://docs.siliconflow.com/en/api-reference/chat-completions/chat-completions>.
pub(super) const SERVES: &[Serves] = &[
    Serves::openai(Kind::Embeddings),
    Serves::at(Kind::Images, "/images/generations", Shape::SiliconFlow),
    Serves::openai(Kind::Speech),
    Serves::openai(Kind::Transcriptions),
    Serves::at(Kind::Rerank, "/rerank", Shape::Jina),
];

/// SiliconFlow, outside China. Address and key: the models.dev snapshot of 2026-08-18; `enable_thinking` and
/// `thinking_budget`: models.dev's notes.
pub(super) const PROVIDER: Provider = Provider {
    title: "SiliconFlow",
    quirks: Quirks {
        reasoning_field: ReasoningField::ReasoningContent,
        thinking: ThinkingField::Budget,
        ..Quirks::NONE
    },
    serves: SERVES,
    key_url: Some("https://cloud.siliconflow.com/account/ak"),
    docs: "https://docs.siliconflow.com/en/api-reference/chat-completions/chat-completions",
    ..Provider::openai_compatible("siliconflow", "https://api.siliconflow.com/v1", &["SILICONFLOW_API_KEY"])
};
