//! Hugging Face: a router in OpenAI's dialect; answers and limits are those of whom it asks.

use super::Provider;

/// Hugging Face's inference providers. Recordings: usage with and without a choice, `x_groq`, limits of the routed provider
/// (`openai_chat__stream__02`) and of its own in the IETF's form (`models__models__01`).
pub(super) const PROVIDER: Provider = Provider {
    title: "Hugging Face",
    docs: "https://huggingface.co/docs/inference-providers/tasks/chat-completion",
    ..Provider::openai_compatible(
        "huggingface",
        "https://router.huggingface.co/v1",
        &["HF_TOKEN", "HUGGINGFACE_API_KEY", "HUGGING_FACE_HUB_TOKEN"],
    )
};
