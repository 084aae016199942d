//! AI21: OpenAI chat of the Jamba models, which it lists nowhere.

use super::Provider;
use crate::Models;
use crate::free::LITELLM;

/// AI21. Address: SMLGateway's table of providers.
pub(super) const PROVIDER: Provider = Provider {
    title: "AI21",
    models: Models::Named {
        ids: &["jamba-large-1.7", "jamba-mini-1.7", "jamba-large-1.6", "jamba-mini-1.6"],
        source: LITELLM,
    },
    docs: "https://docs.ai21.com/reference/jamba-1-6-api-ref",
    ..Provider::openai_compatible("ai21", "https://api.ai21.com/studio/v1", &["AI21_API_KEY"])
};
