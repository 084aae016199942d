//! Cerebras: OpenAI chat that takes thoughts of earlier turns back as `reasoning` and refuses some fields.

use wye_types::chat::Effort::{High, Low, Medium, None};
use wye_wire::dialect::ReasoningField;

use super::Provider;
use crate::Quirks;
use crate::free::{Free, FreeTier, KnownLimit, Per, RESOURCES};
use crate::quirk::{EVERY, Quirk, Rule};

const RULES: &[Rule] = &[
    // <https://inference-docs.cerebras.ai/resources/openai>: answered with 400.
    Rule {
        models: EVERY,
        quirk: Quirk::Refuses(&[
            "frequency_penalty",
            "logit_bias",
            "presence_penalty",
            "parallel_tool_calls",
            "service_tier",
        ]),
    },
    Rule { models: &["gpt-oss*"], quirk: Quirk::Efforts(&[Low, Medium, High]) },
    // `openai_chat__chat__01`: thinking is on unless `none`.
    Rule { models: &["zai-glm*"], quirk: Quirk::Efforts(&[None]) },
];

/// `SMLGateway` adds that the context is cut to 8192 tokens.
const FREE: FreeTier = FreeTier {
    of: Free::Plan,
    terms: "no means of payment; context of 8192 tokens",
    limits: &[
        KnownLimit::requests(30, Per::Minute),
        KnownLimit::requests(14400, Per::Day),
        KnownLimit::tokens(60000, Per::Minute),
        KnownLimit::tokens(1000000, Per::Day),
    ],
    source: RESOURCES,
};

/// Cerebras. Recording `openai_chat__reasoning__04`: the turn of the model goes back with `reasoning`. Its `system` is what
/// others call `developer`, which it does not know.
pub(super) const PROVIDER: Provider = Provider {
    title: "Cerebras",
    quirks: Quirks {
        max_tokens_key: "max_completion_tokens",
        reasoning_field: ReasoningField::Reasoning,
        rules: RULES,
        ..Quirks::NONE
    },
    free: Some(FREE),
    key_url: Some("https://cloud.cerebras.ai/"),
    docs: "https://inference-docs.cerebras.ai/api-reference/chat-completions",
    ..Provider::openai_compatible("cerebras", "https://api.cerebras.ai/v1", &["CEREBRAS_API_KEY"])
};
