//! io.net: OpenAI chat of open models.

use super::Provider;

/// io.net. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "io.net",
    docs: "https://io.net/docs/guides/intelligence/io-intelligence",
    ..Provider::openai_compatible(
        "io-net",
        "https://api.intelligence.io.solutions/api/v1",
        &["IOINTELLIGENCE_API_KEY"],
    )
};
