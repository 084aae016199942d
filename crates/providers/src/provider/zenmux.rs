//! ZenMux: an aggregator in OpenAI's dialect.

use super::Provider;

/// ZenMux. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "ZenMux",
    docs: "https://docs.zenmux.ai",
    ..Provider::openai_compatible("zenmux", "https://zenmux.ai/api/v1", &["ZENMUX_API_KEY"])
};
