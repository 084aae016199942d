//! Crusoe: OpenAI chat of open models.

use super::Provider;

/// Crusoe. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "Crusoe",
    docs: "https://docs.crusoecloud.com/managed-inference/overview",
    ..Provider::openai_compatible("crusoe", "https://api.inference.crusoecloud.com/v1", &["CRUSOE_API_KEY"])
};
