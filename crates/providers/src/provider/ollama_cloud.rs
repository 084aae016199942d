//! Ollama Cloud: Ollama's hosted models, through the same doors as a local one.

use wye_types::DialectId;
use wye_wire::dialect::{ReasoningField, ThinkingField};

use super::Provider;
use crate::free::{Free, FreeTier, KnownLimit, Per, SMLGATEWAY};
use crate::models::List;
use crate::{Models, Quirks, Spoken};

const FREE: FreeTier = FreeTier {
    of: Free::Plan,
    terms: "",
    limits: &[KnownLimit::requests(100, Per::Hour)],
    source: SMLGATEWAY,
};

/// Ollama Cloud. Address and key: the models.dev snapshot of 2026-08-18; the other variable and the limit:
/// SMLGateway's table.
pub(super) const PROVIDER: Provider = Provider {
    title: "Ollama Cloud",
    aliases: &["ollamacloud"],
    also: &[Spoken::at(DialectId::Ollama, "https://ollama.com")],
    quirks: Quirks {
        reasoning_field: ReasoningField::ReasoningDetails,
        thinking: ThinkingField::Reasoning,
        ..Quirks::NONE
    },
    models: Models::open("/../api/tags", List::Ollama),
    free: Some(FREE),
    key_url: Some("https://ollama.com/settings/keys"),
    docs: "https://docs.ollama.com/cloud",
    ..Provider::openai_compatible(
        "ollama-cloud",
        "https://ollama.com/v1",
        &["OLLAMA_CLOUD_API_KEY", "OLLAMA_API_KEY"],
    )
};
