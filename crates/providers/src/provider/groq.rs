//! Groq: OpenAI chat with the newer name of the output limit; refuses messages that carry thoughts of earlier turns.

use wye_types::DialectId;
use wye_types::chat::Effort::{High, Low, Medium};

use super::Provider;
use crate::free::{Free, FreeTier, KnownLimit, Per, SMLGATEWAY};
use crate::quirk::{EVERY, Quirk, Rule};
use crate::{Counting, Kind, Quirks, Serves, Spoken, limits};

const RULES: &[Rule] = &[
    // <https://console.groq.com/docs/openai>: these "will result in a 400 error". `n` must be 1.
    Rule { models: EVERY, quirk: Quirk::Refuses(&["logprobs", "top_logprobs", "logit_bias", "n"]) },
    // Unasked, thoughts come as `<think>` within the content (`openai_chat__chat__01`, qwen3); `parsed` puts them into a
    // field (`openai_chat__reasoning__01`).
    Rule {
        models: &["qwen3*", "qwen-3*", "qwen-qwq*", "deepseek-r1*"],
        quirk: Quirk::Default { field: "reasoning_format", value: "\"parsed\"" },
    },
    Rule { models: &["gpt-oss*"], quirk: Quirk::Efforts(&[Low, Medium, High]) },
];

/// <https://console.groq.com/docs/openai>; recording `audio_transcriptions__audio_transcriptions__01`.
const SERVES: &[Serves] = &[
    Serves::openai(Kind::Speech),
    Serves::openai(Kind::Transcriptions),
    Serves::openai(Kind::Translations),
    Serves::openai(Kind::Files),
    Serves::openai(Kind::Batches),
];

/// Requests a day: <https://www.mintlify.com/cheahjs/free-llm-api-resources/guides/rate-limits>.
const FREE: FreeTier = FreeTier {
    of: Free::Plan,
    terms: "no means of payment",
    limits: &[
        KnownLimit::requests(30, Per::Minute).of(&["*"]),
        KnownLimit::requests(14400, Per::Day).of(&["llama-3.1-8b*"]),
        KnownLimit::requests(1000, Per::Day).of(&["llama-3.3-70b*"]),
        KnownLimit::tokens(6000, Per::Minute).of(&["llama-3.1-8b*", "qwen*"]),
        KnownLimit::tokens(12000, Per::Minute).of(&["llama-3.3-70b*"]),
        KnownLimit::tokens(10000, Per::Minute).of(&["*kimi-k2*"]),
        KnownLimit::tokens(30000, Per::Minute).of(&["*llama-4*"]),
    ],
    source: SMLGATEWAY,
};

/// Groq. Its reference calls `max_tokens` deprecated.
pub(super) const PROVIDER: Provider = Provider {
    title: "Groq",
    also: &[Spoken::here(DialectId::OpenAiResponses)],
    base_url_env: Some("GROQ_BASE_URL"),
    quirks: Quirks {
        max_tokens_key: "max_completion_tokens",
        message_names: false,
        rules: RULES,
        // "x-ratelimit-limit-requests always refers to Requests Per Day", <https://console.groq.com/docs/rate-limits>;
        // `openai_chat__stream__01`: one of 14400 is back after 6 s.
        counting: Counting { requests: Some(limits::DAY), ..Counting::BUCKETS },
        ..Quirks::NONE
    },
    serves: SERVES,
    free: Some(FREE),
    key_url: Some("https://console.groq.com/keys"),
    docs: "https://console.groq.com/docs/api-reference",
    ..Provider::openai_compatible("groq", "https://api.groq.com/openai/v1", &["GROQ_API_KEY"])
};
