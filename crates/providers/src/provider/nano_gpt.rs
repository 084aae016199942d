//! NanoGPT: an aggregator in OpenAI's dialect.

use super::Provider;

/// NanoGPT. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "NanoGPT",
    key_url: Some("https://nano-gpt.com/api"),
    docs: "https://docs.nano-gpt.com",
    ..Provider::openai_compatible("nano-gpt", "https://nano-gpt.com/api/v1", &["NANO_GPT_API_KEY"])
};
