//! Chutes: OpenAI chat of open models on other people's machines.

use super::Provider;
use crate::Models;
use crate::models::{List, Unit};

/// Chutes. Address and key: the models.dev snapshot of 2026-08-18. `SMLGateway` had it as free and found that it is
/// not.
pub(super) const PROVIDER: Provider = Provider {
    title: "Chutes",
    models: Models::open("/models", List::Common(Unit::None)),
    docs: "https://chutes.ai/docs",
    ..Provider::openai_compatible("chutes", "https://llm.chutes.ai/v1", &["CHUTES_API_KEY"])
};
