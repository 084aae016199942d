//! Sarvam AI: OpenAI chat of models for India's languages.

use super::Provider;

/// Sarvam AI. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "Sarvam AI",
    docs: "https://docs.sarvam.ai/api-reference-docs/getting-started/models",
    ..Provider::openai_compatible("sarvam", "https://api.sarvam.ai/v1", &["SARVAM_API_KEY"])
};
