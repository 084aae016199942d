//! NVIDIA NIM: OpenAI chat of many makers' models.

use super::Provider;
use crate::free::{Free, FreeTier, KnownLimit, Per, SMLGATEWAY};
use crate::models::{List, Unit};
use crate::{Kind, Models, Serves};

/// <https://docs.api.nvidia.com/nim/>.
const SERVES: &[Serves] = &[Serves::openai(Kind::Embeddings)];

const FREE: FreeTier = FreeTier {
    of: Free::Plan,
    terms: "for trying out, not for production",
    limits: &[KnownLimit::requests(40, Per::Minute), KnownLimit::requests(1000, Per::Month)],
    source: SMLGATEWAY,
};

/// NVIDIA NIM. Address and key: the models.dev snapshot of 2026-08-18; limits: SMLGateway's table.
pub(super) const PROVIDER: Provider = Provider {
    title: "NVIDIA NIM",
    aliases: &["nvidia_nim"],
    serves: SERVES,
    models: Models::open("/models", List::Common(Unit::None)),
    free: Some(FREE),
    key_url: Some("https://build.nvidia.com/settings/api-keys"),
    docs: "https://docs.api.nvidia.com/nim/",
    ..Provider::openai_compatible("nvidia", "https://integrate.api.nvidia.com/v1", &["NVIDIA_API_KEY"])
};
