//! ThaiLLM: OpenAI chat of four Thai models of 8 billion parameters; the key goes into `apikey`.

use super::{Auth, Provider};
use crate::free::{Free, FreeTier, KnownLimit, Per, SMLGATEWAY};

const FREE: FreeTier = FreeTier {
    of: Free::Plan,
    terms: "",
    limits: &[KnownLimit::requests(200, Per::Minute)],
    source: SMLGATEWAY,
};

/// ThaiLLM. Address, key and limit: SMLGateway's table of providers.
pub(super) const PROVIDER: Provider = Provider {
    title: "ThaiLLM",
    auth: Auth::Header("apikey"),
    free: Some(FREE),
    docs: "https://thaillm.or.th",
    ..Provider::openai_compatible("thaillm", "https://api.thaillm.or.th/v1", &["THAILLM_API_KEY"])
};
