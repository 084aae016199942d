//! ModelScope: OpenAI chat of open models in China.

use super::Provider;
use crate::free::{Free, FreeTier, MODELS_DEV};

const FREE: FreeTier = FreeTier { of: Free::Plan, terms: "", limits: &[], source: MODELS_DEV };

/// ModelScope. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "ModelScope",
    free: Some(FREE),
    key_url: Some("https://modelscope.cn/my/myaccesstoken"),
    docs: "https://modelscope.cn/docs/model-service/API-Inference/intro",
    ..Provider::openai_compatible(
        "modelscope",
        "https://api-inference.modelscope.cn/v1",
        &["MODELSCOPE_API_KEY"],
    )
};
