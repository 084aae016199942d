//! Hugging Face: a router in OpenAI's dialect; answers and limits are those of whom it asks.

use super::Provider;
use crate::Models;
use crate::free::{COMPARED, Free, FreeTier};
use crate::models::List;

const FREE: FreeTier =
    FreeTier { of: Free::Credit("$0.10 each month"), terms: "", limits: &[], source: COMPARED };

/// Hugging Face's inference providers. Recordings: usage with and without a choice, `x_groq`, limits of the routed provider
/// (`openai_chat__stream__02`) and of its own in the IETF's form (`models__models__01`).
pub(super) const PROVIDER: Provider = Provider {
    title: "Hugging Face",
    models: Models::open("/models", List::HuggingFace),
    free: Some(FREE),
    key_url: Some("https://huggingface.co/settings/tokens"),
    docs: "https://huggingface.co/docs/inference-providers/tasks/chat-completion",
    ..Provider::openai_compatible(
        "huggingface",
        "https://router.huggingface.co/v1",
        &["HF_TOKEN", "HUGGINGFACE_API_KEY", "HUGGING_FACE_HUB_TOKEN"],
    )
};
