//! Jina AI: embeddings and rerank; no chat at this address.

use super::Provider;
use crate::free::LITELLM;
use crate::{Kind, Models, Serves, Shape};

/// <https://api.jina.ai/redoc>.
const SERVES: &[Serves] = &[
    Serves::at(Kind::Embeddings, "/embeddings", Shape::Jina),
    Serves::at(Kind::Rerank, "/rerank", Shape::Jina),
];

/// Jina AI. It documents no list; LiteLLM knows one model of it by name.
pub(super) const PROVIDER: Provider = Provider {
    title: "Jina AI",
    aliases: &["jina_ai"],
    chats: false,
    serves: SERVES,
    models: Models::Named { ids: &["jina-reranker-v2-base-multilingual"], source: LITELLM },
    docs: "https://api.jina.ai/redoc",
    ..Provider::openai_compatible("jina", "https://api.jina.ai/v1", &["JINA_API_KEY", "JINA_AI_API_KEY"])
};
