//! Google's Vertex AI: Gemini's dialect below the address of a project, with tokens of a service account.

use wye_types::DialectId;

use super::{Auth, Provider};
use crate::free::MODELS_DEV;
use crate::{Kind, Models, Serves, Shape};

/// Recording `embeddings__embeddings__01`; images: <https://cloud.google.com/vertex-ai/generative-ai/docs/image/generate-images>.
const SERVES: &[Serves] = &[
    Serves::at(Kind::Embeddings, "/models/{model}:predict", Shape::Vertex),
    Serves::at(Kind::Images, "/models/{model}", Shape::Vertex),
];

/// Vertex AI at its global place; another region has an address of its own, which `base_url` names:
/// `https://REGION-aiplatform.googleapis.com/v1/projects/PROJECT/locations/REGION/publishers/google`.
///
/// The key is a service account's JSON file, of which tokens are made, or an API key of express mode. Keys: the models.dev
/// snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "Google Vertex AI",
    aliases: &["google-vertex", "vertex_ai"],
    dialect: DialectId::Gemini,
    auth: Auth::Google,
    serves: SERVES,
    models: Models::Named {
        ids: &[
            "gemini-3.7-flash",
            "gemini-3.6-flash",
            "gemini-3.5-flash",
            "gemini-3.5-flash-lite",
            "gemini-3.1-pro-preview",
            "gemini-3.1-flash-lite",
            "gemini-2.5-pro",
            "gemini-2.5-flash",
            "gemini-2.5-flash-lite",
            "gemini-embedding-001",
        ],
        source: MODELS_DEV,
    },
    key_url: Some("https://console.cloud.google.com/iam-admin/serviceaccounts"),
    docs: "https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference",
    ..Provider::openai_compatible(
        "vertex",
        "https://aiplatform.googleapis.com/v1/projects/{GOOGLE_CLOUD_PROJECT|GOOGLE_VERTEX_PROJECT|VERTEXAI_PROJECT}/locations/global/publishers/google",
        &["file:GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_VERTEX_API_KEY"],
    )
};
