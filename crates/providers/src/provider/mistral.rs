//! Mistral: OpenAI chat whose tool-call ids are nine letters or digits and whose streams report usage unasked.

use wye_wire::dialect::ToolIds;

use super::Provider;
use crate::Quirks;

/// Mistral. Recordings: ids such as `g6fVbXS8K` (`openai_chat__tools__01`), and usage on the last chunk of 136 of
/// 136 streams, none of which asked for it.
pub(super) const PROVIDER: Provider = Provider {
    title: "Mistral",
    quirks: Quirks { tool_ids: ToolIds::Nine, stream_options: false, ..Quirks::NONE },
    docs: "https://docs.mistral.ai/api/",
    ..Provider::openai_compatible("mistral", "https://api.mistral.ai/v1", &["MISTRAL_API_KEY"])
};
