//! Mistral: OpenAI chat whose tool-call ids are nine letters or digits, whose roles keep an order, whose streams report
//! usage unasked, and which refuses fields it does not know.

use wye_types::chat::Effort::{High, None};
use wye_wire::dialect::{ToolIds, Turns};

use super::Provider;
use crate::free::{Free, FreeTier, KnownLimit, Per, RESOURCES};
use crate::quirk::{EVERY, Quirk, Rule};
use crate::{Kind, Quirks, Serves, Shape};

/// Fields of OpenAI's that are answered with 422, `extra_forbidden`, and the two of recordings `openai_chat__error_400__01`
/// and `__02`: `Logprobs are not enabled for this model`.
const REFUSED: &[&str] = &[
    "audio",
    "logit_bias",
    "logprobs",
    "modalities",
    "prompt_cache_key",
    "reasoning",
    "safety_identifier",
    "service_tier",
    "store",
    "thinking",
    "top_k",
    "top_logprobs",
    "user",
    "verbosity",
    "web_search_options",
];

const RULES: &[Rule] = &[
    // `openai_chat__stream_vision__01`.
    Rule { models: EVERY, quirk: Quirk::Renames { from: "seed", to: "random_seed" } },
    Rule { models: EVERY, quirk: Quirk::Refuses(REFUSED) },
    // `openai_chat__reasoning__01` asks for `high`; there is nothing between it and `none`.
    Rule { models: EVERY, quirk: Quirk::Efforts(&[None, High]) },
];

/// Recordings of embeddings, speech and transcriptions; the others: <https://docs.mistral.ai/api/>. Its batches are jobs of
/// their own shape.
const SERVES: &[Serves] = &[
    Serves::openai(Kind::Embeddings),
    Serves::openai(Kind::Speech),
    Serves::openai(Kind::Transcriptions),
    Serves::openai(Kind::Moderations),
    Serves::openai(Kind::Files),
    Serves::at(Kind::Batches, "/batch/jobs", Shape::Mistral),
];

const FREE: FreeTier = FreeTier {
    of: Free::Plan,
    terms: "what is sent may be used for training",
    limits: &[
        KnownLimit::requests(1, Per::Second),
        KnownLimit::tokens(500000, Per::Minute),
        KnownLimit::tokens(1000000000, Per::Month),
    ],
    source: RESOURCES,
};

/// Mistral. Recordings: ids such as `g6fVbXS8K` (`openai_chat__tools__01`), and usage on the last chunk of 136 of
/// 136 streams, none of which asked for it. A `name` in a message is answered with 422, and so is `reasoning_content`.
pub(super) const PROVIDER: Provider = Provider {
    title: "Mistral",
    quirks: Quirks {
        tool_ids: ToolIds::Nine,
        stream_options: false,
        message_names: false,
        turns: Turns::ToolsAnswered,
        rules: RULES,
        ..Quirks::NONE
    },
    serves: SERVES,
    free: Some(FREE),
    key_url: Some("https://console.mistral.ai/api-keys"),
    docs: "https://docs.mistral.ai/api/",
    ..Provider::openai_compatible("mistral", "https://api.mistral.ai/v1", &["MISTRAL_API_KEY"])
};
