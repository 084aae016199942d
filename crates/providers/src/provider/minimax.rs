//! MiniMax: OpenAI chat and Anthropic's Messages of its own models, which it lists nowhere.

use wye_types::DialectId;

use super::Provider;
use crate::free::MODELS_DEV;
use crate::{Models, Spoken};

/// MiniMax, outside China. Key, Messages and models: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "MiniMax",
    also: &[Spoken::at(DialectId::AnthropicMessages, "https://api.minimax.io/anthropic")],
    models: Models::Named {
        ids: &[
            "MiniMax-M3",
            "MiniMax-M2.7",
            "MiniMax-M2.7-highspeed",
            "MiniMax-M2.5",
            "MiniMax-M2.5-highspeed",
            "MiniMax-M2.1",
            "MiniMax-M2",
        ],
        source: MODELS_DEV,
    },
    docs: "https://platform.minimax.io/docs/api-reference/text-openai-api",
    ..Provider::openai_compatible("minimax", "https://api.minimax.io/v1", &["MINIMAX_API_KEY"])
};
