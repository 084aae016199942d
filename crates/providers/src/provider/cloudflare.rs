//! Cloudflare Workers AI: OpenAI chat below the address of an account.

use super::Provider;
use crate::free::{COMPARED, Free, FreeTier};
use crate::models::List;
use crate::{Kind, Models, Serves, Shape};

/// <https://developers.cloudflare.com/workers-ai/configuration/open-ai-compatibility/>.
/// Images and rerankers have only its own call: <https://developers.cloudflare.com/workers-ai/models/bge-reranker-base/>.
const SERVES: &[Serves] = &[
    Serves::openai(Kind::Embeddings),
    Serves::at(Kind::Images, "/../run/{model}", Shape::Cloudflare),
    Serves::at(Kind::Rerank, "/../run/{model}", Shape::Cloudflare),
];

/// Counted in neurons, of which a call takes more or less.
const FREE: FreeTier = FreeTier {
    of: Free::Plan,
    terms: "10,000 neurons a day on the free plan of Workers",
    limits: &[],
    source: COMPARED,
};

/// Cloudflare Workers AI. Recording `openai_chat__stream__01`: the account stands in the path, usage comes on the last chunk
/// with a choice.
pub(super) const PROVIDER: Provider = Provider {
    title: "Cloudflare Workers AI",
    serves: SERVES,
    aliases: &["cloudflare-workers-ai"],
    models: Models::listed("/../models/search?per_page=1000", List::Cloudflare),
    free: Some(FREE),
    key_url: Some("https://dash.cloudflare.com/profile/api-tokens"),
    docs: "https://developers.cloudflare.com/workers-ai/configuration/open-ai-compatibility/",
    ..Provider::openai_compatible(
        "cloudflare",
        "https://api.cloudflare.com/client/v4/accounts/{CLOUDFLARE_ACCOUNT_ID}/ai/v1",
        &["CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_KEY"],
    )
};
