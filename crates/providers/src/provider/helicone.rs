//! Helicone AI Gateway: an aggregator in OpenAI's dialect.

use super::Provider;

/// Helicone AI Gateway. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "Helicone AI Gateway",
    docs: "https://helicone.ai/models",
    ..Provider::openai_compatible("helicone", "https://ai-gateway.helicone.ai/v1", &["HELICONE_API_KEY"])
};
