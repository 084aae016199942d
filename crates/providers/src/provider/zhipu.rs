//! Zhipu AI (China): the GLM models where they are at home, with accounts of its own.

use wye_wire::dialect::{ReasoningField, ThinkingField};

use super::{Provider, zai};
use crate::free::MODELS_DEV;
use crate::{Kind, Models, Quirks, Serves};

/// <https://docs.bigmodel.cn/cn/guide/capabilities/thinking>.
const SERVES: &[Serves] = &[Serves::openai(Kind::Embeddings), Serves::openai(Kind::Images)];

/// Zhipu AI. Address: the models.dev snapshot of 2026-08-18. A variable of its own: keys of one place are unknown at
/// the other.
pub(super) const PROVIDER: Provider = Provider {
    title: "Zhipu AI (China)",
    aliases: &["zhipuai", "bigmodel"],
    quirks: Quirks {
        reasoning_field: ReasoningField::ReasoningContent,
        thinking: ThinkingField::Switch { effort: false },
        ..Quirks::NONE
    },
    serves: SERVES,
    models: Models::Named { ids: zai::GLM, source: MODELS_DEV },
    free: Some(zai::FLASH),
    key_url: Some("https://open.bigmodel.cn/usercenter/apikeys"),
    docs: "https://docs.bigmodel.cn/cn/guide/capabilities/thinking",
    ..Provider::openai_compatible("zhipu", "https://open.bigmodel.cn/api/paas/v4", &["BIGMODEL_API_KEY"])
};
