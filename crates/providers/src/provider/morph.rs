//! Morph: OpenAI chat of models that apply edits.

use super::Provider;

/// Morph. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "Morph",
    docs: "https://docs.morphllm.com/api-reference/introduction",
    ..Provider::openai_compatible("morph", "https://api.morphllm.com/v1", &["MORPH_API_KEY"])
};
