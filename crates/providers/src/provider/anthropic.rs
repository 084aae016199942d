//! Anthropic: the home of its dialect; the key goes into `x-api-key`.

use wye_types::DialectId;

use super::{Auth, Provider};
use crate::models::List;
use crate::serves::ANTHROPIC;
use crate::{Counting, Models, Quirks};

/// Anthropic.
pub(super) const PROVIDER: Provider = Provider {
    id: "anthropic",
    title: "Anthropic",
    aliases: &[],
    dialect: DialectId::AnthropicMessages,
    also: &[],
    rules: &[],
    base_url: "https://api.anthropic.com",
    key_env: &["ANTHROPIC_API_KEY"],
    base_url_env: Some("ANTHROPIC_BASE_URL"),
    auth: Auth::of(DialectId::AnthropicMessages),
    headers: &[],
    quirks: Quirks { counting: Counting::BUCKETS, ..Quirks::NONE },
    chats: true,
    serves: ANTHROPIC,
    models: Models::listed("/v1/models?limit=1000", List::Anthropic),
    free: None,
    own: false,
    local: false,
    key_url: Some("https://console.anthropic.com/settings/keys"),
    docs: "https://docs.anthropic.com/en/api/messages",
};
