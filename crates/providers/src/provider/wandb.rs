//! Weights & Biases: OpenAI chat of open models.

use super::Provider;

/// W&B Inference. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "Weights & Biases",
    key_url: Some("https://wandb.ai/authorize"),
    docs: "https://docs.wandb.ai/guides/integrations/inference/",
    ..Provider::openai_compatible("wandb", "https://api.inference.wandb.ai/v1", &["WANDB_API_KEY"])
};
