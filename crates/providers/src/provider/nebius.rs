//! Nebius Token Factory: OpenAI chat of open models.

use wye_types::DialectId;

use super::Provider;
use crate::{Kind, Serves, Spoken};

/// <https://docs.tokenfactory.nebius.com/>.
const SERVES: &[Serves] = &[
    Serves::openai(Kind::Embeddings),
    Serves::openai(Kind::Images),
    Serves::openai(Kind::Files),
    Serves::openai(Kind::Batches),
];

/// Nebius. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "Nebius Token Factory",
    also: &[Spoken::here(DialectId::OpenAiCompletions)],
    serves: SERVES,
    docs: "https://docs.tokenfactory.nebius.com/",
    ..Provider::openai_compatible("nebius", "https://api.tokenfactory.nebius.com/v1", &["NEBIUS_API_KEY"])
};
