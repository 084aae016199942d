//! Novita: OpenAI chat of open models.

use wye_types::DialectId;
use wye_wire::dialect::ReasoningField;

use super::Provider;
use crate::models::{List, Unit};
use crate::{Kind, Models, Quirks, Serves, Shape, Spoken};

/// <https://novita.ai/docs/api-reference/model-apis-llm-create-chat-completion>.
const SERVES: &[Serves] =
    &[Serves::openai(Kind::Embeddings), Serves::at(Kind::Rerank, "/rerank", Shape::Jina)];

/// Novita AI. Address: its quick start, last verified 2026-02-09; `v3/openai` is the older one. Its list has prices
/// in a unit
/// that is documented nowhere we know, so they are not read.
pub(super) const PROVIDER: Provider = Provider {
    title: "Novita",
    aliases: &["novita-ai"],
    also: &[Spoken::here(DialectId::OpenAiCompletions)],
    quirks: Quirks { reasoning_field: ReasoningField::ReasoningContent, ..Quirks::NONE },
    serves: SERVES,
    models: Models::open("/models", List::Common(Unit::None)),
    key_url: Some("https://novita.ai/settings/key-management"),
    docs: "https://novita.ai/docs/api-reference/model-apis-llm-create-chat-completion",
    ..Provider::openai_compatible("novita", "https://api.novita.ai/openai/v1", &["NOVITA_API_KEY"])
};
