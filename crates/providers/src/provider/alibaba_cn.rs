//! Alibaba Model Studio (China): the Qwen models with accounts in China. A variable of its own: keys of one place are
//! unknown at the other.

use wye_types::DialectId;
use wye_wire::dialect::{ReasoningField, ThinkingField};

use super::{Provider, alibaba};
use crate::free::MODELS_DEV;
use crate::{Kind, Models, Quirks, Serves, Spoken};

/// <https://help.aliyun.com/zh/model-studio/compatibility-of-openai-with-dashscope>.
const SERVES: &[Serves] = &[Serves::openai(Kind::Embeddings)];

/// Alibaba in China. Address: the models.dev snapshot of 2026-08-18; Responses and Messages: models.dev's notes.
pub(super) const PROVIDER: Provider = Provider {
    title: "Alibaba Model Studio (China)",
    also: &[
        Spoken::here(DialectId::OpenAiResponses),
        Spoken::at(DialectId::AnthropicMessages, "https://dashscope.aliyuncs.com/apps/anthropic"),
    ],
    quirks: Quirks {
        reasoning_field: ReasoningField::ReasoningContent,
        thinking: ThinkingField::Budget,
        ..Quirks::NONE
    },
    serves: SERVES,
    models: Models::Named { ids: alibaba::QWEN, source: MODELS_DEV },
    docs: "https://help.aliyun.com/zh/model-studio/compatibility-of-openai-with-dashscope",
    ..Provider::openai_compatible(
        "alibaba-cn",
        "https://dashscope.aliyuncs.com/compatible-mode/v1",
        &["DASHSCOPE_CN_API_KEY"],
    )
};
