//! Vercel AI Gateway: an aggregator in OpenAI's dialect, with prices per token in its list.

use wye_types::DialectId;
use wye_wire::dialect::{ReasoningField, ThinkingField};

use super::Provider;
use crate::models::{List, Unit};
use crate::{Kind, Models, Quirks, Serves, Spoken};

/// <https://vercel.com/docs/ai-gateway/sdks-and-apis/openai-chat-completions>.
const SERVES: &[Serves] = &[Serves::openai(Kind::Embeddings)];

/// Vercel AI Gateway. Key: the models.dev snapshot of 2026-08-18; address and `reasoning`: models.dev's notes.
pub(super) const PROVIDER: Provider = Provider {
    title: "Vercel AI Gateway",
    aliases: &["vercel_ai_gateway"],
    also: &[Spoken::here(DialectId::OpenAiResponses), Spoken::here(DialectId::AnthropicMessages)],
    quirks: Quirks {
        reasoning_field: ReasoningField::ReasoningDetails,
        thinking: ThinkingField::Reasoning,
        ..Quirks::NONE
    },
    serves: SERVES,
    models: Models::open("/models", List::Common(Unit::Token)),
    docs: "https://vercel.com/docs/ai-gateway/sdks-and-apis/openai-chat-completions",
    ..Provider::openai_compatible("vercel", "https://ai-gateway.vercel.sh/v1", &["AI_GATEWAY_API_KEY"])
};
