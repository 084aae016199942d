//! Poolside: OpenAI chat of its own models for code.

use super::Provider;

/// Poolside. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "Poolside",
    docs: "https://platform.poolside.ai",
    ..Provider::openai_compatible("poolside", "https://inference.poolside.ai/v1", &["POOLSIDE_API_KEY"])
};
