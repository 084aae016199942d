//! SiliconFlow (China): the same service with accounts and prices of its own.

use wye_wire::dialect::{ReasoningField, ThinkingField};

use super::{Provider, siliconflow};
use crate::Quirks;

/// SiliconFlow in China. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "SiliconFlow (China)",
    quirks: Quirks {
        reasoning_field: ReasoningField::ReasoningContent,
        thinking: ThinkingField::Budget,
        ..Quirks::NONE
    },
    serves: siliconflow::SERVES,
    key_url: Some("https://cloud.siliconflow.cn/account/ak"),
    docs: "https://docs.siliconflow.cn/cn/api-reference/chat-completions/chat-completions",
    ..Provider::openai_compatible(
        "siliconflow-cn",
        "https://api.siliconflow.cn/v1",
        &["SILICONFLOW_CN_API_KEY"],
    )
};
