//! Cortecs: an aggregator of European providers.

use super::Provider;

/// Cortecs. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "Cortecs",
    docs: "https://api.cortecs.ai/v1/models",
    ..Provider::openai_compatible("cortecs", "https://api.cortecs.ai/v1", &["CORTECS_API_KEY"])
};
