//! OpenAI: the home of the chat dialect; newer models refuse the old name of the output limit.

use super::Provider;
use crate::Quirks;

/// OpenAI. `max_completion_tokens` is demanded by the o series and everything from gpt-5 on, and taken by all older
/// chat models, so it is always written.
pub(super) const PROVIDER: Provider = Provider {
    title: "OpenAI",
    base_url_env: Some("OPENAI_BASE_URL"),
    quirks: Quirks { max_tokens_key: "max_completion_tokens", developer_role: true, ..Quirks::NONE },
    docs: "https://platform.openai.com/docs/api-reference/chat",
    ..Provider::openai_compatible("openai", "https://api.openai.com/v1", &["OPENAI_API_KEY"])
};
