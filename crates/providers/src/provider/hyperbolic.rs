//! Hyperbolic: OpenAI chat of open models.

use super::Provider;

/// Hyperbolic. Address: SMLGateway's table of providers.
pub(super) const PROVIDER: Provider = Provider {
    title: "Hyperbolic",
    docs: "https://docs.hyperbolic.xyz/docs/inference-api",
    ..Provider::openai_compatible("hyperbolic", "https://api.hyperbolic.xyz/v1", &["HYPERBOLIC_API_KEY"])
};
