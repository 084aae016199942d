//! LongCat: OpenAI chat of Meituan's models.

use super::Provider;

/// LongCat. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "LongCat",
    key_url: Some("https://longcat.chat/platform/api_keys"),
    docs: "https://longcat.chat/platform/docs",
    ..Provider::openai_compatible("longcat", "https://api.longcat.chat/openai/v1", &["LONGCAT_API_KEY"])
};
