//! STACKIT: OpenAI chat of open models in Germany.

use super::Provider;

/// STACKIT. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "STACKIT",
    docs: "https://docs.stackit.cloud/products/data-and-ai/ai-model-serving/basics/available-shared-models",
    ..Provider::openai_compatible(
        "stackit",
        "https://api.openai-compat.model-serving.eu01.onstackit.cloud/v1",
        &["STACKIT_API_KEY"],
    )
};
