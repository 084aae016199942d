//! vLLM: one's own server of open models. Only used where configured: its port is everybody's.

use wye_types::DialectId;
use wye_wire::dialect::ReasoningField;

use super::{Auth, Provider};
use crate::{Kind, Quirks, Serves, Shape, Spoken};

/// <https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html>.
const SERVES: &[Serves] = &[
    Serves::openai(Kind::Embeddings),
    Serves::openai(Kind::Transcriptions),
    Serves::openai(Kind::Translations),
    Serves::at(Kind::Rerank, "/rerank", Shape::Jina),
];

/// vLLM. What it serves depends on the model it was started with.
pub(super) const PROVIDER: Provider = Provider {
    title: "vLLM",
    aliases: &["hosted_vllm"],
    also: &[Spoken::here(DialectId::OpenAiResponses), Spoken::here(DialectId::OpenAiCompletions)],
    auth: Auth::None,
    quirks: Quirks { reasoning_field: ReasoningField::ReasoningContent, ..Quirks::NONE },
    serves: SERVES,
    own: true,
    docs: "https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html",
    ..Provider::openai_compatible("vllm", "http://127.0.0.1:8000/v1", &[])
};
