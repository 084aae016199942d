//! Moonshot AI (China): the Kimi models with accounts in China. A variable of its own: keys of one place are unknown
//! at the other.

use super::{Provider, moonshot};
use crate::{Kind, Serves};

/// <https://platform.moonshot.cn/docs/api/chat>.
const SERVES: &[Serves] = &[Serves::openai(Kind::Files)];

/// Moonshot AI in China. Address: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "Moonshot AI (China)",
    aliases: &["moonshotai-cn"],
    quirks: moonshot::QUIRKS,
    serves: SERVES,
    key_url: Some("https://platform.moonshot.cn/console/api-keys"),
    docs: "https://platform.moonshot.cn/docs/api/chat",
    ..Provider::openai_compatible("moonshot-cn", "https://api.moonshot.cn/v1", &["MOONSHOT_CN_API_KEY"])
};
