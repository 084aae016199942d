//! Requesty: an aggregator in OpenAI's dialect.

use super::Provider;
use crate::{Kind, Serves};

/// <https://docs.requesty.ai/>.
const SERVES: &[Serves] = &[Serves::openai(Kind::Embeddings)];

/// Requesty. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "Requesty",
    serves: SERVES,
    key_url: Some("https://app.requesty.ai/api-keys"),
    docs: "https://docs.requesty.ai/",
    ..Provider::openai_compatible("requesty", "https://router.requesty.ai/v1", &["REQUESTY_API_KEY"])
};
