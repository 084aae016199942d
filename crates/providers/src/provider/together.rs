//! Together: OpenAI chat; ends some answers with `eos` and reports usage unasked.

use wye_types::DialectId;

use super::Provider;
use crate::free::{Free, FreeTier, KnownLimit, Per, SMLGATEWAY};
use crate::models::{List, Unit};
use crate::{Kind, Models, Serves, Shape, Spoken};

/// <https://docs.together.ai/reference>.
const SERVES: &[Serves] = &[
    Serves::openai(Kind::Embeddings),
    Serves::openai(Kind::Images),
    Serves::openai(Kind::Speech),
    Serves::openai(Kind::Transcriptions),
    Serves::openai(Kind::Translations),
    Serves::at(Kind::Rerank, "/rerank", Shape::Cohere),
    Serves::openai(Kind::Files),
    Serves::openai(Kind::Batches),
];

const FREE: FreeTier = FreeTier {
    of: Free::Models(&["*-Free"]),
    terms: "",
    limits: &[KnownLimit::requests(60, Per::Minute).of(&["*-Free"])],
    source: SMLGATEWAY,
};

/// Together AI. Recordings: `eos` (`openai_completions__openai_completions__01`), limits in `x-ratelimit-reset: 2` and a
/// `retry-after` on answers that went well (`openai_chat__chat__01`).
pub(super) const PROVIDER: Provider = Provider {
    title: "Together AI",
    also: &[Spoken::here(DialectId::OpenAiCompletions)],
    serves: SERVES,
    aliases: &["togetherai", "together_ai"],
    models: Models::listed("/models", List::Common(Unit::Million)),
    free: Some(FREE),
    key_url: Some("https://api.together.ai/settings/api-keys"),
    docs: "https://docs.together.ai/reference/chat-completions",
    ..Provider::openai_compatible(
        "together",
        "https://api.together.xyz/v1",
        &["TOGETHER_API_KEY", "TOGETHER_AI_API_KEY"],
    )
};
