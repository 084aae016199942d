//! Kilo Gateway: an aggregator in OpenAI's dialect, with a list of models in OpenRouter's form.

use wye_wire::dialect::{ReasoningField, ThinkingField};

use super::Provider;
use crate::free::{Free, FreeTier, SMLGATEWAY};
use crate::models::{List, Unit};
use crate::{Models, Quirks};

const FREE: FreeTier = FreeTier { of: Free::Models(&["*:free"]), terms: "", limits: &[], source: SMLGATEWAY };

/// Kilo. Address and key: the models.dev snapshot of 2026-08-18. Its models whose names end in `:free` cost nothing.
pub(super) const PROVIDER: Provider = Provider {
    title: "Kilo Gateway",
    quirks: Quirks {
        reasoning_field: ReasoningField::ReasoningDetails,
        thinking: ThinkingField::Reasoning,
        ..Quirks::NONE
    },
    models: Models::open("/models", List::Common(Unit::Token)),
    free: Some(FREE),
    docs: "https://kilo.ai/docs/gateway",
    ..Provider::openai_compatible("kilo", "https://api.kilo.ai/api/gateway", &["KILO_API_KEY"])
};
