//! GitHub Models: OpenAI chat of many makers' models, with a list of its own. `GITHUB_TOKEN` is not asked
//! for: it is everywhere, and means other things.

use super::Provider;
use crate::free::{COMPARED, Free, FreeTier, KnownLimit, Per};
use crate::models::{List, Unit};
use crate::{Kind, Models, Serves};

/// <https://docs.github.com/en/rest/models/inference>.
const SERVES: &[Serves] = &[Serves::openai(Kind::Embeddings)];

const FREE: FreeTier = FreeTier {
    of: Free::Plan,
    terms: "a personal access token that may read models",
    limits: &[KnownLimit::requests(15, Per::Minute), KnownLimit::requests(150, Per::Day)],
    source: COMPARED,
};

/// GitHub Models. Address: models.dev's notes of 2026-07-02; list: <https://docs.github.com/rest/models/catalog>. A
/// token needs the permission to read models.
pub(super) const PROVIDER: Provider = Provider {
    title: "GitHub Models",
    serves: SERVES,
    models: Models::listed("/../catalog/models", List::Common(Unit::None)),
    free: Some(FREE),
    key_url: Some("https://github.com/settings/tokens"),
    docs: "https://docs.github.com/en/rest/models/inference",
    ..Provider::openai_compatible("github", "https://models.github.ai/inference", &["GITHUB_MODELS_TOKEN"])
};
