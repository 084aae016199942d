//! Voyage AI: embeddings and rerank in words of its own; no chat and no list.

use super::Provider;
use crate::free::LITELLM;
use crate::{Kind, Models, Serves, Shape};

/// <https://docs.voyageai.com/reference/embeddings-api>.
const SERVES: &[Serves] = &[
    Serves::at(Kind::Embeddings, "/embeddings", Shape::Voyage),
    Serves::at(Kind::Rerank, "/rerank", Shape::Voyage),
];

/// Voyage AI. Recording `embeddings__error_400__01`.
pub(super) const PROVIDER: Provider = Provider {
    title: "Voyage AI",
    chats: false,
    serves: SERVES,
    models: Models::Named {
        ids: &[
            "voyage-4-large",
            "voyage-4",
            "voyage-4-lite",
            "voyage-code-4",
            "voyage-context-4",
            "voyage-multimodal-3.5",
            "voyage-3.5",
            "voyage-3.5-lite",
            "voyage-3-large",
            "voyage-code-3",
            "rerank-3",
            "rerank-3-lite",
            "rerank-2.5",
            "rerank-2.5-lite",
        ],
        source: LITELLM,
    },
    docs: "https://docs.voyageai.com/reference/embeddings-api",
    ..Provider::openai_compatible("voyage", "https://api.voyageai.com/v1", &["VOYAGE_API_KEY"])
};
