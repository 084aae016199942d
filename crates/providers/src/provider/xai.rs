//! xAI: OpenAI chat whose models that think refuse penalties, and whose usage leaves their thoughts out of the output.

use wye_types::DialectId;
use wye_types::chat::Effort::{High, Low, Medium, None, XHigh};

use super::Provider;
use crate::models::List;
use crate::quirk::{Quirk, Rule};
use crate::{Counting, Kind, Models, Quirks, Serves, Spoken};

const RULES: &[Rule] = &[
    // 400 `Model grok-4.5 does not support parameter presencePenalty`, also where the value is 0.
    Rule {
        models: &["grok-4*", "grok-3-mini*", "grok-code*"],
        quirk: Quirk::Refuses(&["presence_penalty", "frequency_penalty"]),
    },
    // <https://docs.x.ai/developers/model-capabilities/text/reasoning>: refused by models that think.
    Rule { models: &["grok-4*", "grok-3-mini*", "!*non-reasoning*"], quirk: Quirk::Refuses(&["stop"]) },
    Rule { models: &["grok-3-mini*"], quirk: Quirk::Efforts(&[Low, High]) },
    Rule { models: &["grok-4.3*"], quirk: Quirk::Efforts(&[None, Low, Medium, High]) },
    Rule { models: &["grok-4.5*"], quirk: Quirk::Efforts(&[Low, Medium, High]) },
    Rule {
        models: &["grok-4.6*", "grok-4.20-multi-agent*"],
        quirk: Quirk::Efforts(&[Low, Medium, High, XHigh]),
    },
    // 400 `does not support parameter reasoningEffort`.
    Rule {
        models: &["grok-2*", "grok-3*", "grok-4", "grok-4-*", "grok-4.1*", "grok-4.20*", "grok-code*"],
        quirk: Quirk::Efforts(&[]),
    },
];

/// Recordings `images__images__01` and `files_batches__files_batches__01`, whose batches are not OpenAI's; realtime:
/// <https://docs.x.ai/docs/guides/voice>.
const SERVES: &[Serves] =
    &[Serves::openai(Kind::Images), Serves::openai(Kind::ImageEdits), Serves::openai(Kind::Realtime)];

/// xAI. Recordings: `reasoning_content` (`openai_chat__reasoning__01`), tokens of thoughts beside `completion_tokens`
/// (same), limits without resets (`openai_responses__builtin_tools__01`).
pub(super) const PROVIDER: Provider = Provider {
    title: "xAI",
    also: &[Spoken::here(DialectId::OpenAiResponses)],
    quirks: Quirks { rules: RULES, counting: Counting::MINUTES, ..Quirks::NONE },
    serves: SERVES,
    aliases: &["grok"],
    models: Models::listed("/language-models", List::Xai),
    key_url: Some("https://console.x.ai/"),
    docs: "https://docs.x.ai/docs/api-reference",
    ..Provider::openai_compatible("xai", "https://api.x.ai/v1", &["XAI_API_KEY"])
};
