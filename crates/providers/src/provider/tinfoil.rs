//! Tinfoil: OpenAI chat of open models in enclaves.

use super::Provider;

/// Tinfoil. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "Tinfoil",
    docs: "https://docs.tinfoil.sh",
    ..Provider::openai_compatible("tinfoil", "https://inference.tinfoil.sh/v1", &["TINFOIL_API_KEY"])
};
