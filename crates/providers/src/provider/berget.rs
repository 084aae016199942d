//! Berget AI: OpenAI chat of open models in Sweden.

use super::Provider;

/// Berget AI. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "Berget AI",
    docs: "https://api.berget.ai",
    ..Provider::openai_compatible("berget", "https://api.berget.ai/v1", &["BERGET_API_KEY"])
};
