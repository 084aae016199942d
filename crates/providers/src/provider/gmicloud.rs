//! GMI Cloud: OpenAI chat of open models.

use super::Provider;

/// GMI Cloud. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "GMI Cloud",
    aliases: &["gmi"],
    docs: "https://docs.gmicloud.ai/inference-engine/api-reference/llm-api-reference",
    ..Provider::openai_compatible("gmicloud", "https://api.gmi-serving.com/v1", &["GMICLOUD_API_KEY"])
};
