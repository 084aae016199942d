//! Arcee: OpenAI chat of its own small models.

use super::Provider;

/// Arcee. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "Arcee",
    docs: "https://docs.arcee.ai",
    ..Provider::openai_compatible("arcee", "https://api.arcee.ai/api/v1", &["ARCEE_API_KEY"])
};
