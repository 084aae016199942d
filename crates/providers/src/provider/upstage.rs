//! Upstage: OpenAI chat of the Solar models.

use super::Provider;
use crate::free::MODELS_DEV;
use crate::{Kind, Models, Serves};

/// <https://developers.upstage.ai/docs/apis/chat>.
const SERVES: &[Serves] = &[Serves::openai(Kind::Embeddings)];

/// Upstage. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "Upstage",
    serves: SERVES,
    models: Models::Named {
        ids: &["solar-pro4", "solar-pro3", "solar-pro2", "solar-mini"],
        source: MODELS_DEV,
    },
    key_url: Some("https://console.upstage.ai/api-keys"),
    docs: "https://developers.upstage.ai/docs/apis/chat",
    ..Provider::openai_compatible("upstage", "https://api.upstage.ai/v1/solar", &["UPSTAGE_API_KEY"])
};
