//! DeepSeek: OpenAI chat that wants its thoughts back as `reasoning_content` and does not know the developer's role.

use wye_types::DialectId;
use wye_types::chat::Effort::{High, Low, Max};
use wye_wire::dialect::{ReasoningField, ThinkingField};

use super::Provider;
use crate::quirk::{EVERY, Quirk, Rule};
use crate::{Quirks, Spoken};

/// Models that think unless told otherwise.
const THINKERS: &[&str] = &["*reasoner*", "*-v4*", "*-r1*", "*-flash*", "*-pro*"];

/// The vendor's rules changed: R1 refused `reasoning_content` in the history, since V3.2 thinking models refuse a turn
/// that lacks it where tools were called (`The reasoning_content in the thinking mode must be passed back to the API`).
/// An empty one is taken (`openai_chat__tool_result__01`, third message).
const RULES: &[Rule] = &[
    Rule { models: THINKERS, quirk: Quirk::MissingThoughts("") },
    // <https://api-docs.deepseek.com/guides/reasoning_model>: other sampling fields are ignored, these are an error.
    Rule {
        models: THINKERS,
        quirk: Quirk::RefusesThinking { fields: &["logprobs", "top_logprobs"], unasked: true },
    },
    // <https://api-docs.deepseek.com/guides/thinking_mode>.
    Rule { models: EVERY, quirk: Quirk::Efforts(&[Low, High, Max]) },
];

/// DeepSeek. Recordings `openai_chat__tool_result__01` and `openai_chat__stream_tool_result__01`: every assistant
/// turn with tool calls carries `reasoning_content`; `openai_chat__reasoning__01`: `thinking` beside `reasoning_effort`.
/// Every recorded path has no version (`/chat/completions`, `/responses`). Responses: eight recordings from `openai_responses__tools__01` on.
pub(super) const PROVIDER: Provider = Provider {
    title: "DeepSeek",
    also: &[
        Spoken::at(DialectId::AnthropicMessages, "https://api.deepseek.com/anthropic"),
        Spoken::here(DialectId::OpenAiResponses),
    ],
    quirks: Quirks {
        reasoning_field: ReasoningField::ReasoningContent,
        thinking: ThinkingField::Switch { effort: true },
        rules: RULES,
        ..Quirks::NONE
    },
    key_url: Some("https://platform.deepseek.com/api_keys"),
    docs: "https://api-docs.deepseek.com/",
    ..Provider::openai_compatible("deepseek", "https://api.deepseek.com", &["DEEPSEEK_API_KEY"])
};
