//! Fireworks: OpenAI chat of open models, whose ids are `accounts/fireworks/models/…`.

use wye_types::DialectId;
use wye_wire::dialect::ReasoningField;

use super::Provider;
use crate::{Kind, Quirks, Serves, Shape, Spoken};

/// <https://docs.fireworks.ai/api-reference/introduction>.
const SERVES: &[Serves] =
    &[Serves::openai(Kind::Embeddings), Serves::at(Kind::Rerank, "/rerank", Shape::Cohere)];

/// Fireworks AI. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "Fireworks",
    aliases: &["fireworks-ai", "fireworks_ai"],
    also: &[Spoken::here(DialectId::OpenAiResponses), Spoken::here(DialectId::OpenAiCompletions)],
    quirks: Quirks { reasoning_field: ReasoningField::ReasoningContent, ..Quirks::NONE },
    serves: SERVES,
    key_url: Some("https://app.fireworks.ai/settings/users/api-keys"),
    docs: "https://docs.fireworks.ai/api-reference/introduction",
    ..Provider::openai_compatible(
        "fireworks",
        "https://api.fireworks.ai/inference/v1",
        &["FIREWORKS_API_KEY"],
    )
};
