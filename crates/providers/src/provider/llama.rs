//! Llama API: OpenAI chat of Meta's models, by Meta.

use super::Provider;
use crate::free::{Free, FreeTier, MODELS_DEV};

const FREE: FreeTier = FreeTier { of: Free::Plan, terms: "", limits: &[], source: MODELS_DEV };

/// Llama API. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "Llama API",
    aliases: &["meta_llama"],
    free: Some(FREE),
    docs: "https://llama.developer.meta.com/docs/models",
    ..Provider::openai_compatible("llama", "https://api.llama.com/compat/v1", &["LLAMA_API_KEY"])
};
