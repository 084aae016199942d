//! SEA-LION: OpenAI chat of models for Southeast Asia.

use super::Provider;
use crate::free::{Free, FreeTier, KnownLimit, Per, SMLGATEWAY};

const FREE: FreeTier = FreeTier {
    of: Free::Plan,
    terms: "",
    limits: &[KnownLimit::requests(10, Per::Minute)],
    source: SMLGATEWAY,
};

/// SEA-LION. Address and limit: SMLGateway's table of providers.
pub(super) const PROVIDER: Provider = Provider {
    title: "SEA-LION",
    aliases: &["sea-lion"],
    free: Some(FREE),
    key_url: Some("https://playground.sea-lion.ai/key-manager"),
    docs: "https://docs.sea-lion.ai/guides/inferencing/api",
    ..Provider::openai_compatible(
        "sealion",
        "https://api.sea-lion.ai/v1",
        &["SEALION_API_KEY", "SEA_LION_API_KEY"],
    )
};
