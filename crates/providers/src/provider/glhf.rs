//! glhf.chat: OpenAI chat of whatever Hugging Face has, as `hf:maker/model`.

use super::Provider;
use crate::Models;

/// glhf.chat. Address: SMLGateway's table of providers, which has no list of it but names nine models by hand.
pub(super) const PROVIDER: Provider = Provider {
    title: "glhf.chat",
    models: Models::Deployed,
    docs: "https://glhf.chat",
    ..Provider::openai_compatible("glhf", "https://glhf.chat/api/openai/v1", &["GLHF_API_KEY"])
};
