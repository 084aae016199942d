//! OpenAI's models on Azure: a resource of one's own, whose deployments are the models.

use super::{Auth, Provider, openai};
use crate::{Counting, Kind, Models, Quirks, Serves};

/// Recordings `embeddings__embeddings__01` and `__error_401__01`; the others: <https://learn.microsoft.com/azure/foundry/openai/latest>.
const SERVES: &[Serves] = &[
    Serves::openai(Kind::Embeddings),
    Serves::openai(Kind::Images),
    Serves::openai(Kind::ImageEdits),
    Serves::openai(Kind::Speech),
    Serves::openai(Kind::Transcriptions),
    Serves::openai(Kind::Translations),
    Serves::openai(Kind::Files),
    Serves::openai(Kind::Batches),
    Serves::openai(Kind::Realtime),
];

/// Azure OpenAI and Foundry. Three addresses are in use, and `base_url` says which:
/// - `https://RESOURCE.openai.azure.com/openai/v1`: the deployment is the body's `model`. The default, with the
///   resource from the environment.
/// - `https://RESOURCE.openai.azure.com/openai/deployments/{model}?api-version=2024-10-21`: the deployment stands in
///   the path (`openai_chat__chat__01`).
/// - `https://RESOURCE.services.ai.azure.com/models?api-version=2024-05-01-preview`: models of other makers too
///   (`openai_chat__tools__01`).
///
/// Deployments are named by their owners; those named after their model get its quirks.
pub(super) const PROVIDER: Provider = Provider {
    title: "Azure OpenAI",
    base_url_env: Some("AZURE_OPENAI_ENDPOINT"),
    auth: Auth::Header("api-key"),
    quirks: Quirks {
        max_tokens_key: "max_completion_tokens",
        developer_role: true,
        rules: openai::GENERATIONS,
        counting: Counting::BUCKETS,
        ..Quirks::NONE
    },
    serves: SERVES,
    models: Models::Deployed,
    key_url: Some("https://portal.azure.com/"),
    docs: "https://learn.microsoft.com/azure/foundry/openai/api-version-lifecycle",
    ..Provider::openai_compatible(
        "azure",
        "https://{AZURE_RESOURCE_NAME}.openai.azure.com/openai/v1",
        &["AZURE_OPENAI_API_KEY", "AZURE_API_KEY"],
    )
};
