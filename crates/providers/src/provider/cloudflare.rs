//! Cloudflare Workers AI: OpenAI chat below the address of an account.

use super::Provider;
use crate::{Kind, Serves};

/// <https://developers.cloudflare.com/workers-ai/configuration/open-ai-compatibility/>.
const SERVES: &[Serves] = &[Serves::openai(Kind::Embeddings)];

/// Cloudflare Workers AI. Recording `openai_chat__stream__01`: the account stands in the path, usage comes on the last chunk
/// with a choice.
pub(super) const PROVIDER: Provider = Provider {
    title: "Cloudflare Workers AI",
    serves: SERVES,
    docs: "https://developers.cloudflare.com/workers-ai/configuration/open-ai-compatibility/",
    ..Provider::openai_compatible(
        "cloudflare",
        "https://api.cloudflare.com/client/v4/accounts/{CLOUDFLARE_ACCOUNT_ID}/ai/v1",
        &["CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_KEY"],
    )
};
