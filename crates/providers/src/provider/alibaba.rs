//! Alibaba's Model Studio (DashScope): OpenAI chat of the Qwen models, switched with `enable_thinking`.

use wye_types::DialectId;
use wye_wire::dialect::{ReasoningField, ThinkingField};

use super::Provider;
use crate::free::MODELS_DEV;
use crate::{Kind, Models, Quirks, Serves, Spoken};

/// This door of the vendor answers no list.
pub(super) const QWEN: &[&str] = &[
    "qvq-max",
    "qwen-flash",
    "qwen-max",
    "qwen-mt-plus",
    "qwen-mt-turbo",
    "qwen-omni-turbo",
    "qwen-omni-turbo-realtime",
    "qwen-plus",
    "qwen-plus-character-ja",
    "qwen-turbo",
    "qwen-vl-max",
    "qwen-vl-ocr",
    "qwen-vl-plus",
    "qwen2-5-14b-instruct",
    "qwen2-5-32b-instruct",
    "qwen2-5-72b-instruct",
    "qwen2-5-7b-instruct",
    "qwen2-5-omni-7b",
    "qwen2-5-vl-72b-instruct",
    "qwen2-5-vl-7b-instruct",
    "qwen3-14b",
    "qwen3-235b-a22b",
    "qwen3-32b",
    "qwen3-8b",
    "qwen3-asr-flash",
    "qwen3-coder-30b-a3b-instruct",
    "qwen3-coder-480b-a35b-instruct",
    "qwen3-coder-flash",
    "qwen3-coder-plus",
    "qwen3-livetranslate-flash-realtime",
    "qwen3-max",
    "qwen3-next-80b-a3b-instruct",
    "qwen3-next-80b-a3b-thinking",
    "qwen3-omni-flash",
    "qwen3-omni-flash-realtime",
    "qwen3-vl-235b-a22b",
    "qwen3-vl-30b-a3b",
    "qwen3-vl-plus",
    "qwen3.5-122b-a10b",
    "qwen3.5-27b",
    "qwen3.5-35b-a3b",
    "qwen3.5-397b-a17b",
    "qwen3.5-plus",
    "qwen3.6-27b",
    "qwen3.6-35b-a3b",
    "qwen3.6-flash",
    "qwen3.6-max-preview",
    "qwen3.6-plus",
    "qwen3.7-max",
    "qwen3.7-plus",
    "qwen3.8-max",
    "qwq-plus",
];

/// Alibaba, outside China. Recording `openai_chat__stream_reasoning__01`: `reasoning_content`, and no `[DONE]` at the end.
/// `enable_thinking` and `thinking_budget`: <https://www.alibabacloud.com/help/en/model-studio/deep-thinking>.
pub(super) const PROVIDER: Provider = Provider {
    title: "Alibaba Model Studio",
    // models.dev's notes of 2026-07-02 name both.
    also: &[
        Spoken::here(DialectId::OpenAiResponses),
        Spoken::at(DialectId::AnthropicMessages, "https://dashscope-intl.aliyuncs.com/apps/anthropic"),
    ],
    base_url_env: Some("DASHSCOPE_BASE_URL"),
    quirks: Quirks {
        reasoning_field: ReasoningField::ReasoningContent,
        thinking: ThinkingField::Budget,
        ..Quirks::NONE
    },
    aliases: &["dashscope"],
    models: Models::Named { ids: QWEN, source: MODELS_DEV },
    serves: &[Serves::openai(Kind::Embeddings)],
    docs: "https://www.alibabacloud.com/help/en/model-studio/compatibility-of-openai-with-dashscope",
    ..Provider::openai_compatible(
        "alibaba",
        "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
        &["DASHSCOPE_API_KEY"],
    )
};
