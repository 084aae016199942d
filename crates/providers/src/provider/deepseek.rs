//! DeepSeek: OpenAI chat that wants its thoughts back as `reasoning_content` and does not know the developer's role.

use wye_types::DialectId;
use wye_wire::dialect::ReasoningField;

use super::Provider;
use crate::{Quirks, Spoken};

/// DeepSeek. Recordings `openai_chat__tool_result__01` and `openai_chat__stream_tool_result__01`: every assistant
/// turn with tool calls carries `reasoning_content`.
pub(super) const PROVIDER: Provider = Provider {
    title: "DeepSeek",
    also: &[Spoken::at(DialectId::AnthropicMessages, "https://api.deepseek.com/anthropic")],
    quirks: Quirks { reasoning_field: ReasoningField::ReasoningContent, ..Quirks::NONE },
    docs: "https://api-docs.deepseek.com/",
    ..Provider::openai_compatible("deepseek", "https://api.deepseek.com/v1", &["DEEPSEEK_API_KEY"])
};
