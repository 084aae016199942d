//! Featherless: OpenAI chat of thousands of models from Hugging Face.

use wye_types::DialectId;

use super::Provider;
use crate::Spoken;

/// Featherless. Address: LiteLLM's provider page.
pub(super) const PROVIDER: Provider = Provider {
    title: "Featherless",
    aliases: &["featherless-ai", "featherless_ai"],
    also: &[Spoken::here(DialectId::OpenAiCompletions)],
    docs: "https://featherless.ai/docs/overview",
    ..Provider::openai_compatible(
        "featherless",
        "https://api.featherless.ai/v1",
        &["FEATHERLESS_API_KEY", "FEATHERLESS_AI_API_KEY"],
    )
};
