//! DeepInfra: OpenAI chat of open models, with prices in its list.

use wye_types::DialectId;
use wye_wire::dialect::ReasoningField;

use super::Provider;
use crate::models::List;
use crate::{Kind, Models, Quirks, Serves, Spoken};

/// <https://docs.deepinfra.com/api-reference/chat-completions/openai-chat-completions>.
const SERVES: &[Serves] = &[
    Serves::openai(Kind::Embeddings),
    Serves::openai(Kind::Images),
    Serves::openai(Kind::Speech),
    Serves::openai(Kind::Transcriptions),
    Serves::openai(Kind::Translations),
];

/// DeepInfra. Address: SMLGateway's table; key: the models.dev snapshot of 2026-08-18; Messages: models.dev's notes
/// of 2026-07-02.
pub(super) const PROVIDER: Provider = Provider {
    title: "DeepInfra",
    also: &[
        Spoken::at(DialectId::AnthropicMessages, "https://api.deepinfra.com/anthropic"),
        Spoken::here(DialectId::OpenAiCompletions),
    ],
    quirks: Quirks { reasoning_field: ReasoningField::ReasoningContent, ..Quirks::NONE },
    serves: SERVES,
    models: Models::open("/models", List::DeepInfra),
    key_url: Some("https://deepinfra.com/dash/api_keys"),
    docs: "https://docs.deepinfra.com/api-reference/chat-completions/openai-chat-completions",
    ..Provider::openai_compatible(
        "deepinfra",
        "https://api.deepinfra.com/v1/openai",
        &["DEEPINFRA_API_KEY", "DEEPINFRA_TOKEN"],
    )
};
