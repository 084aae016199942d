//! Volcengine Ark: ByteDance's Doubao models in OpenAI's dialect.

use wye_wire::dialect::{ReasoningField, ThinkingField};

use super::Provider;
use crate::{Kind, Quirks, Serves};

/// <https://www.volcengine.com/docs/82379/1494384>.
const SERVES: &[Serves] = &[Serves::openai(Kind::Embeddings), Serves::openai(Kind::Images)];

/// Volcengine Ark. Address: SMLGateway's table of hosts.
pub(super) const PROVIDER: Provider = Provider {
    title: "Volcengine Ark",
    quirks: Quirks {
        reasoning_field: ReasoningField::ReasoningContent,
        thinking: ThinkingField::Switch { effort: false },
        ..Quirks::NONE
    },
    serves: SERVES,
    docs: "https://www.volcengine.com/docs/82379/1494384",
    ..Provider::openai_compatible(
        "volcengine",
        "https://ark.cn-beijing.volces.com/api/v3",
        &["ARK_API_KEY", "VOLCENGINE_API_KEY"],
    )
};
