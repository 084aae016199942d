//! Baseten: OpenAI chat of open models.

use super::Provider;

/// Baseten's model APIs. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "Baseten",
    key_url: Some("https://app.baseten.co/settings/api_keys"),
    docs: "https://docs.baseten.co/reference/inference-api/chat-completions",
    ..Provider::openai_compatible("baseten", "https://inference.baseten.co/v1", &["BASETEN_API_KEY"])
};
