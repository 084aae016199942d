//! Synthetic: OpenAI chat of open models; the successor of glhf.chat.

use super::Provider;

/// Synthetic. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "Synthetic",
    docs: "https://synthetic.new/pricing",
    ..Provider::openai_compatible("synthetic", "https://api.synthetic.new/openai/v1", &["SYNTHETIC_API_KEY"])
};
