//! SambaNova: OpenAI chat of open models on its own chips.

use super::Provider;
use crate::free::{Free, FreeTier, KnownLimit, Per, SMLGATEWAY};
use crate::models::{List, Unit};
use crate::{Kind, Models, Serves};

/// <https://docs.sambanova.ai/cloud/api-reference/overview>.
const SERVES: &[Serves] = &[
    Serves::openai(Kind::Embeddings),
    Serves::openai(Kind::Transcriptions),
    Serves::openai(Kind::Translations),
];

const FREE: FreeTier = FreeTier {
    of: Free::Plan,
    terms: "no means of payment",
    limits: &[KnownLimit::requests(30, Per::Minute), KnownLimit::tokens(30000, Per::Minute)],
    source: SMLGATEWAY,
};

/// SambaNova Cloud. Address and free tier: SMLGateway's table of providers.
pub(super) const PROVIDER: Provider = Provider {
    title: "SambaNova",
    serves: SERVES,
    models: Models::open("/models", List::Common(Unit::None)),
    free: Some(FREE),
    key_url: Some("https://cloud.sambanova.ai/apis"),
    docs: "https://docs.sambanova.ai/cloud/api-reference/overview",
    ..Provider::openai_compatible("sambanova", "https://api.sambanova.ai/v1", &["SAMBANOVA_API_KEY"])
};
