//! StepFun: OpenAI chat of its own models; thoughts are `reasoning`.

use wye_types::DialectId;
use wye_wire::dialect::ReasoningField;

use super::Provider;
use crate::{Quirks, Spoken};

/// StepFun, outside China. Address and key: the models.dev snapshot of 2026-08-18; `reasoning`: models.dev's notes.
pub(super) const PROVIDER: Provider = Provider {
    title: "StepFun",
    aliases: &["stepfun-ai"],
    also: &[Spoken::here(DialectId::OpenAiResponses), Spoken::here(DialectId::AnthropicMessages)],
    quirks: Quirks { reasoning_field: ReasoningField::Reasoning, ..Quirks::NONE },
    docs: "https://platform.stepfun.ai/docs/en/overview/concept",
    ..Provider::openai_compatible("stepfun", "https://api.stepfun.ai/v1", &["STEPFUN_API_KEY"])
};
