//! Moonshot: OpenAI chat of the Kimi models, which want their thoughts back and are switched with `thinking`.

use wye_wire::dialect::{ReasoningField, ThinkingField};

use super::Provider;
use crate::quirk::{Quirk, Rule};
use crate::{Kind, Quirks, Serves};

const RULES: &[Rule] = &[
    // 400 `thinking is enabled but reasoning_content is missing in assistant tool call message`; an empty text counts as
    // missing with some versions, a space does not.
    Rule { models: &["kimi-k2*", "kimi-k3*", "*thinking*"], quirk: Quirk::MissingThoughts(" ") },
    // The vendor fixes them for these models; any other value is an error.
    Rule {
        models: &["kimi-k2.5*", "kimi-k2.6*", "kimi-k2.7*"],
        quirk: Quirk::Refuses(&["temperature", "top_p", "n", "presence_penalty", "frequency_penalty"]),
    },
];

/// The same in all its places.
pub(super) const QUIRKS: Quirks = Quirks {
    reasoning_field: ReasoningField::ReasoningContent,
    thinking: ThinkingField::Switch { effort: false },
    rules: RULES,
    ..Quirks::NONE
};

/// Moonshot AI. Recording `openai_chat__reasoning__01`: thoughts in `reasoning_content`; `openai_chat__tools__01`:
/// `cached_tokens` at the top of `usage`. `thinking` and `reasoning_effort` may not stand side by side
/// (`cannot specify both 'thinking' and 'reasoning_effort'`).
pub(super) const PROVIDER: Provider = Provider {
    title: "Moonshot AI",
    quirks: QUIRKS,
    aliases: &["moonshotai"],
    serves: &[Serves::openai(Kind::Files)],
    key_url: Some("https://platform.moonshot.ai/console/api-keys"),
    docs: "https://platform.moonshot.ai/docs/api/chat",
    ..Provider::openai_compatible("moonshot", "https://api.moonshot.ai/v1", &["MOONSHOT_API_KEY"])
};
