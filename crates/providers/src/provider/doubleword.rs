//! Doubleword: OpenAI chat whose thoughts come under any of three names.

use super::Provider;
use crate::{Kind, Serves};

/// Recordings `embeddings__error_400__01` and `__error_404__01`; batches are what it was made for.
const SERVES: &[Serves] =
    &[Serves::openai(Kind::Embeddings), Serves::openai(Kind::Files), Serves::openai(Kind::Batches)];

/// Doubleword. Recording `openai_chat__error_403__01`. The 76 published answers name thoughts `reasoning_content`,
/// `reasoning` and `reasoning_details`, some of them all at once.
pub(super) const PROVIDER: Provider = Provider {
    title: "Doubleword",
    serves: SERVES,
    docs: "https://docs.doubleword.ai/",
    ..Provider::openai_compatible("doubleword", "https://api.doubleword.ai/v1", &["DOUBLEWORD_API_KEY"])
};
