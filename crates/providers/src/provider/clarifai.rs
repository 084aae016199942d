//! Clarifai: OpenAI chat of open models.

use super::Provider;

/// Clarifai. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "Clarifai",
    docs: "https://docs.clarifai.com/compute/inference",
    ..Provider::openai_compatible("clarifai", "https://api.clarifai.com/v2/ext/openai/v1", &["CLARIFAI_PAT"])
};
