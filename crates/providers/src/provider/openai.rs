//! OpenAI: the home of the chat dialect, of Responses and of the older completions; newer models refuse what older ones
//! took.

use wye_types::DialectId;
use wye_types::chat::Effort::{High, Low, Medium, Minimal, None, XHigh};

use super::Provider;
use crate::quirk::{Quirk, Rule};
use crate::{Counting, Kind, ModelRule, Quirks, Serves, Spoken};

/// What the vendor's model pages list under one endpoint only.
const RULES: &[ModelRule] = &[
    ModelRule {
        models: &["*-pro", "*-pro-20*", "*codex*", "*deep-research*", "computer-use-preview*"],
        dialect: DialectId::OpenAiResponses,
        exclusive: false,
    },
    ModelRule {
        models: &["gpt-3.5-turbo-instruct*", "davinci-002", "babbage-002"],
        dialect: DialectId::OpenAiCompletions,
        exclusive: true,
    },
];

/// What models that think refuse to be told. <https://platform.openai.com/docs/guides/reasoning> and the vendor's 400s:
/// `Unsupported parameter: 'temperature' is not supported with this model`.
const SAMPLING: &[&str] = &[
    "temperature",
    "top_p",
    "presence_penalty",
    "frequency_penalty",
    "logprobs",
    "top_logprobs",
    "logit_bias",
];

/// The vendor's models by generation, wherever they are served.
///
/// From 5.1 on the sampling fields are refused only while the model thinks, which 5.1, 5.2 and 5.4 do not unasked:
/// recording `openai_chat__stream_logprobs__01` (gpt-5.4) gives log probabilities. Efforts: `minimal` is refused by 5.1
/// with `Supported values are: 'none', 'low', 'medium', and 'high'`; earlier ones know no `none`, later ones `xhigh`.
pub(super) const GENERATIONS: &[Rule] = &[
    Rule {
        models: &["o1*", "o3*", "o4*", "gpt-5", "gpt-5-*", "!gpt-5-chat*"],
        quirk: Quirk::RefusesThinking { fields: SAMPLING, unasked: true },
    },
    Rule {
        models: &["gpt-5.1*", "gpt-5.2*", "gpt-5.3*", "gpt-5.4*"],
        quirk: Quirk::RefusesThinking { fields: SAMPLING, unasked: false },
    },
    Rule {
        models: &["gpt-5.*", "gpt-6*", "!gpt-5.1*", "!gpt-5.2*", "!gpt-5.3*", "!gpt-5.4*"],
        quirk: Quirk::RefusesThinking { fields: SAMPLING, unasked: true },
    },
    // The API reference: not supported with the latest reasoning models o3 and o4-mini.
    Rule { models: &["o3*", "o4-mini*", "!o3-mini*"], quirk: Quirk::Refuses(&["stop"]) },
    Rule { models: &["gpt-5-pro*"], quirk: Quirk::Efforts(&[High]) },
    Rule {
        models: &[
            "gpt-3*",
            "gpt-4*",
            "ft:gpt-3*",
            "ft:gpt-4*",
            "chatgpt-*",
            "gpt-5-chat*",
            "o1-mini*",
            "o1-preview*",
        ],
        quirk: Quirk::Efforts(&[]),
    },
    Rule { models: &["o1*", "o3*", "o4*"], quirk: Quirk::Efforts(&[Low, Medium, High]) },
    Rule { models: &["gpt-5", "gpt-5-*"], quirk: Quirk::Efforts(&[Minimal, Low, Medium, High]) },
    Rule { models: &["gpt-5.1*", "!gpt-5.1-codex-max*"], quirk: Quirk::Efforts(&[None, Low, Medium, High]) },
    Rule { models: &["gpt-5.*"], quirk: Quirk::Efforts(&[None, Low, Medium, High, XHigh]) },
];

/// Recordings of each but variations and realtime; those are in the API reference.
const SERVES: &[Serves] = &[
    Serves::openai(Kind::Embeddings),
    Serves::openai(Kind::Images),
    Serves::openai(Kind::ImageEdits),
    Serves::openai(Kind::ImageVariations),
    Serves::openai(Kind::Speech),
    Serves::openai(Kind::Transcriptions),
    Serves::openai(Kind::Translations),
    Serves::openai(Kind::Moderations),
    Serves::openai(Kind::Files),
    Serves::openai(Kind::Batches),
    Serves::openai(Kind::Realtime),
];

/// OpenAI. `max_completion_tokens` is demanded by the o series and everything from gpt-5 on
/// (`openai_chat__stream_reasoning__01`), and taken by all older chat models, so it is always written.
pub(super) const PROVIDER: Provider = Provider {
    title: "OpenAI",
    also: &[Spoken::here(DialectId::OpenAiResponses).counting(), Spoken::here(DialectId::OpenAiCompletions)],
    rules: RULES,
    base_url_env: Some("OPENAI_BASE_URL"),
    quirks: Quirks {
        max_tokens_key: "max_completion_tokens",
        developer_role: true,
        rules: GENERATIONS,
        counting: Counting::BUCKETS,
        ..Quirks::NONE
    },
    serves: SERVES,
    key_url: Some("https://platform.openai.com/api-keys"),
    docs: "https://platform.openai.com/docs/api-reference/chat",
    ..Provider::openai_compatible("openai", "https://api.openai.com/v1", &["OPENAI_API_KEY"])
};
