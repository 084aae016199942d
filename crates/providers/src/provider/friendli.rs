//! FriendliAI: OpenAI chat of open models. Endpoints of one's own are below `/dedicated/v1`.

use super::Provider;

/// FriendliAI. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "FriendliAI",
    aliases: &["friendliai"],
    docs: "https://friendli.ai/docs/openapi/serverless/chat-completions",
    ..Provider::openai_compatible(
        "friendli",
        "https://api.friendli.ai/serverless/v1",
        &["FRIENDLI_TOKEN", "FRIENDLI_API_KEY"],
    )
};
