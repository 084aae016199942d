//! Nscale: OpenAI chat and images of open models, served in Europe.

use super::Provider;
use crate::{Kind, Serves};

/// <https://docs.nscale.com/docs/inference/serverless-models/overview>.
const SERVES: &[Serves] = &[Serves::openai(Kind::Images)];

/// Nscale. Address: API Evangelist's description of 2026-06-21; key: `LiteLLM`'s name for it.
pub(super) const PROVIDER: Provider = Provider {
    title: "Nscale",
    serves: SERVES,
    docs: "https://docs.nscale.com/docs/inference/serverless-models/overview",
    ..Provider::openai_compatible("nscale", "https://inference.api.nscale.com/v1", &["NSCALE_API_KEY"])
};
