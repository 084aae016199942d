//! Perplexity: OpenAI chat in which user and model take turns strictly; sources ride along with the answers.

use wye_types::chat::Effort::{High, Low, Medium, Minimal};
use wye_wire::dialect::Turns;

use super::Provider;
use crate::free::MODELS_DEV;
use crate::quirk::{EVERY, Quirk, Rule};
use crate::{Models, Quirks};

const RULES: &[Rule] = &[Rule { models: EVERY, quirk: Quirk::Efforts(&[Minimal, Low, Medium, High]) }];

/// Perplexity. The order of turns is its 400 `After the (optional) system message(s), user or tool message(s) should
/// alternate with assistant message(s)`; `openai_chat__error_401__01` shows its errors.
pub(super) const PROVIDER: Provider = Provider {
    title: "Perplexity",
    quirks: Quirks { turns: Turns::Alternate, rules: RULES, ..Quirks::NONE },
    models: Models::Named {
        ids: &["sonar", "sonar-pro", "sonar-reasoning-pro", "sonar-deep-research"],
        source: MODELS_DEV,
    },
    docs: "https://docs.perplexity.ai/api-reference/sonar-post",
    ..Provider::openai_compatible(
        "perplexity",
        "https://api.perplexity.ai",
        &["PERPLEXITY_API_KEY", "PPLX_API_KEY"],
    )
};
