//! Inception: OpenAI chat of diffusion models.

use super::Provider;

/// Inception. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "Inception",
    docs: "https://platform.inceptionlabs.ai/docs",
    ..Provider::openai_compatible("inception", "https://api.inceptionlabs.ai/v1", &["INCEPTION_API_KEY"])
};
