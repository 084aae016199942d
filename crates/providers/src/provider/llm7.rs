//! LLM7: a free aggregator in OpenAI's dialect.

use super::Provider;
use crate::free::{Free, FreeTier, KnownLimit, Per, SMLGATEWAY};

const FREE: FreeTier = FreeTier {
    of: Free::Plan,
    terms: "",
    limits: &[KnownLimit::requests(30, Per::Minute)],
    source: SMLGATEWAY,
};

/// LLM7. Address and limit: SMLGateway's table of providers.
pub(super) const PROVIDER: Provider = Provider {
    title: "LLM7",
    free: Some(FREE),
    key_url: Some("https://token.llm7.io/"),
    docs: "https://llm7.io",
    ..Provider::openai_compatible("llm7", "https://api.llm7.io/v1", &["LLM7_API_KEY"])
};
