//! Doubleword: OpenAI chat whose thoughts come under any of three names.

use super::Provider;

/// Doubleword. Recording `openai_chat__error_403__01`. The 76 published answers name thoughts `reasoning_content`,
/// `reasoning` and `reasoning_details`, some of them all at once.
pub(super) const PROVIDER: Provider = Provider {
    title: "Doubleword",
    docs: "https://docs.doubleword.ai/",
    ..Provider::openai_compatible("doubleword", "https://api.doubleword.ai/v1", &["DOUBLEWORD_API_KEY"])
};
