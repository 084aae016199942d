//! DigitalOcean: OpenAI chat of many makers' models.

use super::Provider;

/// DigitalOcean. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "DigitalOcean",
    docs: "https://docs.digitalocean.com/products/gradient-ai-platform/details/models",
    ..Provider::openai_compatible(
        "digitalocean",
        "https://inference.do-ai.run/v1",
        &["DIGITALOCEAN_ACCESS_TOKEN"],
    )
};
