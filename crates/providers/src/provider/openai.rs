//! OpenAI: the home of the chat dialect, of Responses and of the older completions; newer models refuse the old name of the output limit.

use wye_types::DialectId;

use super::Provider;
use crate::{ModelRule, Quirks, Spoken};

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

/// OpenAI. `max_completion_tokens` is demanded by the o series and everything from gpt-5 on, and taken by all older
/// chat models, so it is always written.
pub(super) const PROVIDER: Provider = Provider {
    title: "OpenAI",
    also: &[Spoken::here(DialectId::OpenAiResponses).counting(), Spoken::here(DialectId::OpenAiCompletions)],
    rules: RULES,
    base_url_env: Some("OPENAI_BASE_URL"),
    quirks: Quirks { max_tokens_key: "max_completion_tokens", developer_role: true, ..Quirks::NONE },
    docs: "https://platform.openai.com/docs/api-reference/chat",
    ..Provider::openai_compatible("openai", "https://api.openai.com/v1", &["OPENAI_API_KEY"])
};
