//! OVHcloud AI Endpoints: OpenAI chat of open models in Europe.

use wye_types::DialectId;

use super::Provider;
use crate::{Kind, Serves, Spoken};

/// <https://www.ovhcloud.com/en/public-cloud/ai-endpoints/catalog/>.
const SERVES: &[Serves] = &[Serves::openai(Kind::Embeddings)];

/// OVHcloud. Address and key: the models.dev snapshot of 2026-08-18; Responses: models.dev's notes.
pub(super) const PROVIDER: Provider = Provider {
    title: "OVHcloud AI Endpoints",
    also: &[Spoken::here(DialectId::OpenAiResponses)],
    serves: SERVES,
    docs: "https://www.ovhcloud.com/en/public-cloud/ai-endpoints/catalog/",
    ..Provider::openai_compatible(
        "ovhcloud",
        "https://oai.endpoints.kepler.ai.cloud.ovh.net/v1",
        &["OVHCLOUD_API_KEY", "OVH_AI_ENDPOINTS_ACCESS_TOKEN"],
    )
};
