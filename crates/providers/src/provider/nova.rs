//! Amazon Nova: OpenAI chat of Amazon's models, outside AWS.

use super::Provider;

/// Amazon Nova. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "Amazon Nova",
    docs: "https://nova.amazon.com/dev/documentation",
    ..Provider::openai_compatible("nova", "https://api.nova.amazon.com/v1", &["NOVA_API_KEY"])
};
