//! Alibaba's Model Studio (DashScope): OpenAI chat of the Qwen models, switched with `enable_thinking`.

use wye_wire::dialect::{ReasoningField, ThinkingField};

use super::Provider;
use crate::Quirks;

/// Alibaba, outside China. Recording `openai_chat__stream_reasoning__01`: `reasoning_content`, and no `[DONE]` at the end.
/// `enable_thinking` and `thinking_budget`: <https://www.alibabacloud.com/help/en/model-studio/deep-thinking>.
pub(super) const PROVIDER: Provider = Provider {
    title: "Alibaba Model Studio",
    base_url_env: Some("DASHSCOPE_BASE_URL"),
    quirks: Quirks {
        reasoning_field: ReasoningField::ReasoningContent,
        thinking: ThinkingField::Budget,
        ..Quirks::NONE
    },
    docs: "https://www.alibabacloud.com/help/en/model-studio/compatibility-of-openai-with-dashscope",
    ..Provider::openai_compatible(
        "alibaba",
        "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
        &["DASHSCOPE_API_KEY"],
    )
};
