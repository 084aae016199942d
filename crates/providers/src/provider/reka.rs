//! Reka: OpenAI chat of its own multimodal models.

use super::Provider;
use crate::free::{Free, FreeTier, SMLGATEWAY};

const FREE: FreeTier =
    FreeTier { of: Free::Credit("$10 each month"), terms: "", limits: &[], source: SMLGATEWAY };

/// Reka. Address and credit: SMLGateway's table of providers.
pub(super) const PROVIDER: Provider = Provider {
    title: "Reka",
    free: Some(FREE),
    docs: "https://docs.reka.ai/chat/overview",
    ..Provider::openai_compatible("reka", "https://api.reka.ai/v1", &["REKA_API_KEY"])
};
