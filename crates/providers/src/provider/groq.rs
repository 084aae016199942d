//! Groq: OpenAI chat with the newer name of the output limit; refuses messages that carry thoughts of earlier turns.

use wye_types::DialectId;

use super::Provider;
use crate::{Quirks, Spoken};

/// Groq. Its reference calls `max_tokens` deprecated.
pub(super) const PROVIDER: Provider = Provider {
    title: "Groq",
    also: &[Spoken::here(DialectId::OpenAiResponses)],
    base_url_env: Some("GROQ_BASE_URL"),
    quirks: Quirks { max_tokens_key: "max_completion_tokens", ..Quirks::NONE },
    docs: "https://console.groq.com/docs/api-reference",
    ..Provider::openai_compatible("groq", "https://api.groq.com/openai/v1", &["GROQ_API_KEY"])
};
