//! Poe: an aggregator of bots in OpenAI's dialect.

use super::Provider;

/// Poe. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "Poe",
    docs: "https://creator.poe.com/docs/external-applications/openai-compatible-api",
    ..Provider::openai_compatible("poe", "https://api.poe.com/v1", &["POE_API_KEY"])
};
