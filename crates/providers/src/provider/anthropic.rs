//! Anthropic: the home of its dialect; the key goes into `x-api-key`.

use wye_types::DialectId;

use super::{Auth, Provider};
use crate::{Counting, Quirks};

/// Anthropic.
pub(super) const PROVIDER: Provider = Provider {
    id: "anthropic",
    title: "Anthropic",
    dialect: DialectId::AnthropicMessages,
    also: &[],
    rules: &[],
    base_url: "https://api.anthropic.com",
    key_env: &["ANTHROPIC_API_KEY"],
    base_url_env: Some("ANTHROPIC_BASE_URL"),
    auth: Auth::of(DialectId::AnthropicMessages),
    headers: &[],
    quirks: Quirks { counting: Counting::BUCKETS, ..Quirks::NONE },
    local: false,
    docs: "https://docs.anthropic.com/en/api/messages",
};
