//! Venice: OpenAI chat; names cached tokens as Anthropic does.

use wye_wire::dialect::ReasoningField;

use super::Provider;
use crate::models::List;
use crate::{Models, Quirks};

/// Venice. Recording `openai_chat__error_404__01`: the error is a bare text. Thoughts are `reasoning_content` on all of the
/// 55 published answers that have some.
pub(super) const PROVIDER: Provider = Provider {
    title: "Venice",
    quirks: Quirks { reasoning_field: ReasoningField::ReasoningContent, ..Quirks::NONE },
    models: Models::open("/models?type=all", List::Venice),
    key_url: Some("https://venice.ai/settings/api"),
    docs: "https://docs.venice.ai/api-reference/endpoint/chat/completions",
    ..Provider::openai_compatible("venice", "https://api.venice.ai/api/v1", &["VENICE_API_KEY"])
};
