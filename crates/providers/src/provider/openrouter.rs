//! OpenRouter: an aggregator in OpenAI's dialect; carries every vendor's sealed thoughts in `reasoning_details`.

use wye_types::DialectId;
use wye_wire::dialect::{ReasoningField, ThinkingField};

use super::Provider;
use crate::free::{COMPARED, Free, FreeTier, KnownLimit, Per};
use crate::models::{List, Unit};
use crate::{Kind, Models, Quirks, Serves, Shape, Spoken};

/// Recordings of each.
const SERVES: &[Serves] = &[
    Serves::openai(Kind::Embeddings),
    Serves::openai(Kind::Speech),
    Serves::at(Kind::Transcriptions, Kind::Transcriptions.path(), Shape::OpenRouter),
    Serves::at(Kind::Rerank, "/rerank", Shape::Cohere),
];

const FREE: FreeTier = FreeTier {
    of: Free::Models(&["*:free", "openrouter/free"]),
    terms: "1000 requests a day once $10 were paid",
    limits: &[
        KnownLimit::requests(20, Per::Minute).of(&["*:free"]),
        KnownLimit::requests(50, Per::Day).of(&["*:free"]),
    ],
    source: COMPARED,
};

/// OpenRouter. Recordings: `reasoning_details` go back in `openai_chat__tool_result__01`, the role `developer` is
/// taken (3 requests).
pub(super) const PROVIDER: Provider = Provider {
    title: "OpenRouter",
    also: &[Spoken::here(DialectId::OpenAiResponses)],
    quirks: Quirks {
        reasoning_field: ReasoningField::ReasoningDetails,
        thinking: ThinkingField::Reasoning,
        developer_role: true,
        foreign_seals: true,
        ..Quirks::NONE
    },
    serves: SERVES,
    models: Models::open("/models", List::Common(Unit::Token)),
    free: Some(FREE),
    key_url: Some("https://openrouter.ai/settings/keys"),
    docs: "https://openrouter.ai/docs/api-reference/overview",
    ..Provider::openai_compatible("openrouter", "https://openrouter.ai/api/v1", &["OPENROUTER_API_KEY"])
};
