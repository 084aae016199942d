//! LM Studio: models on one's own machine. Only used where configured.

use wye_types::DialectId;

use super::{Auth, Provider};
use crate::models::{List, Unit};
use crate::{Kind, Models, Serves, Spoken};

/// <https://lmstudio.ai/docs/developer/openai-compat>.
const SERVES: &[Serves] = &[Serves::openai(Kind::Embeddings)];

/// LM Studio. Address: the models.dev snapshot of 2026-08-18; Responses: models.dev's notes. Its own list says more
/// than OpenAI's.
pub(super) const PROVIDER: Provider = Provider {
    title: "LM Studio",
    aliases: &["lm_studio"],
    also: &[Spoken::here(DialectId::OpenAiResponses), Spoken::here(DialectId::OpenAiCompletions)],
    auth: Auth::None,
    serves: SERVES,
    models: Models::open("/../api/v0/models", List::Common(Unit::None)),
    own: true,
    docs: "https://lmstudio.ai/docs/developer/openai-compat",
    ..Provider::openai_compatible("lmstudio", "http://127.0.0.1:1234/v1", &[])
};
