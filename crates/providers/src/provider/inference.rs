//! inference.net: OpenAI chat of open models.

use super::Provider;

/// inference.net. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "inference.net",
    docs: "https://inference.net/models",
    ..Provider::openai_compatible("inference", "https://inference.net/v1", &["INFERENCE_API_KEY"])
};
