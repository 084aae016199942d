//! Vultr: OpenAI chat of open models.

use super::Provider;

/// Vultr. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "Vultr",
    docs: "https://api.vultrinference.com/",
    ..Provider::openai_compatible("vultr", "https://api.vultrinference.com/v1", &["VULTR_API_KEY"])
};
