//! Scaleway: OpenAI chat of open models in Europe.

use super::Provider;
use crate::free::{Free, FreeTier, SMLGATEWAY};
use crate::{Kind, Serves};

/// <https://www.scaleway.com/en/docs/generative-apis/>.
const SERVES: &[Serves] = &[Serves::openai(Kind::Embeddings), Serves::openai(Kind::Transcriptions)];

const FREE: FreeTier =
    FreeTier { of: Free::Credit("1,000,000 tokens"), terms: "", limits: &[], source: SMLGATEWAY };

/// Scaleway Generative APIs. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "Scaleway",
    serves: SERVES,
    free: Some(FREE),
    key_url: Some("https://console.scaleway.com/iam/api-keys"),
    docs: "https://www.scaleway.com/en/docs/generative-apis/",
    ..Provider::openai_compatible("scaleway", "https://api.scaleway.ai/v1", &["SCALEWAY_API_KEY"])
};
