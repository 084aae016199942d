//! OpenCode Zen: an aggregator for coding agents.

use super::Provider;
use crate::free::{Free, FreeTier, MODELS_DEV};

const FREE: FreeTier =
    FreeTier { of: Free::Models(&["*-free", "big-pickle"]), terms: "", limits: &[], source: MODELS_DEV };

/// OpenCode Zen. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "OpenCode Zen",
    free: Some(FREE),
    key_url: Some("https://opencode.ai/auth"),
    docs: "https://opencode.ai/docs/zen",
    ..Provider::openai_compatible("opencode", "https://opencode.ai/zen/v1", &["OPENCODE_API_KEY"])
};
