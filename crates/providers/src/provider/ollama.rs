//! Ollama on the user's own machine, through its OpenAI-compatible door; needs no key and is found by itself.

use wye_types::DialectId;
use wye_wire::dialect::{ReasoningField, ThinkingField};

use super::Provider;
use crate::models::List;
use crate::{Kind, Models, Quirks, Serves, Spoken};

/// <https://github.com/ollama/ollama/blob/main/docs/openai.md>.
const SERVES: &[Serves] = &[Serves::openai(Kind::Embeddings)];

/// Ollama. Recording `openai_chat__tool_result__01`: assistant turns go back with `reasoning`.
pub(super) const PROVIDER: Provider = Provider {
    title: "Ollama",
    aliases: &["ollama_chat"],
    also: &[
        Spoken::here(DialectId::Ollama),
        Spoken::here(DialectId::OpenAiResponses),
        Spoken::here(DialectId::OpenAiCompletions),
    ],
    base_url_env: Some("OLLAMA_HOST"),
    quirks: Quirks {
        reasoning_field: ReasoningField::ReasoningDetails,
        thinking: ThinkingField::Reasoning,
        ..Quirks::NONE
    },
    local: true,
    serves: SERVES,
    models: Models::open("/../api/tags", List::Ollama),
    own: true,
    docs: "https://github.com/ollama/ollama/blob/main/docs/openai.md",
    ..Provider::openai_compatible("ollama", "http://127.0.0.1:11434/v1", &[])
};
