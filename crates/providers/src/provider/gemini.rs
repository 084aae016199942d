//! Google's Gemini API (the developer's one, not Vertex): the home of its dialect.

use wye_types::DialectId;

use super::{Auth, Provider};
use crate::free::{Free, FreeTier, KnownLimit, Per, RESOURCES};
use crate::models::List;
use crate::{Counting, Kind, Models, Quirks, Serves, Shape};

/// Recording `embeddings__embeddings__01`; images by Imagen: <https://ai.google.dev/gemini-api/docs/imagen>;
/// how a model is asked to draw follows from its name.
const SERVES: &[Serves] = &[
    Serves::at(Kind::Embeddings, "/v1beta/models/{model}:batchEmbedContents", Shape::Gemini),
    Serves::at(Kind::Images, "/v1beta/models/{model}", Shape::Gemini),
];

/// Limits differ by model: 5 to 15 requests a minute, 20 to 500 a day.
const FREE: FreeTier = FreeTier {
    of: Free::Plan,
    terms: "what is sent may be used for training",
    limits: &[
        KnownLimit::requests(15, Per::Minute),
        KnownLimit::requests(500, Per::Day),
        KnownLimit::tokens(250000, Per::Minute),
    ],
    source: RESOURCES,
};

/// Google Gemini. Where several key variables are set, Google's SDK takes the first of these.
pub(super) const PROVIDER: Provider = Provider {
    id: "gemini",
    title: "Google Gemini",
    aliases: &["google"],
    dialect: DialectId::Gemini,
    also: &[],
    rules: &[],
    base_url: "https://generativelanguage.googleapis.com",
    key_env: &["GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY"],
    base_url_env: Some("GOOGLE_GEMINI_BASE_URL"),
    auth: Auth::of(DialectId::Gemini),
    headers: &[],
    // "Requests per day quotas reset at midnight Pacific time", <https://ai.google.dev/gemini-api/docs/rate-limits>.
    quirks: Quirks {
        counting: Counting { day_zone: "America/Los_Angeles", ..Counting::UNKNOWN },
        ..Quirks::NONE
    },
    chats: true,
    serves: SERVES,
    models: Models::listed("/v1beta/models?pageSize=1000", List::Gemini),
    free: Some(FREE),
    own: false,
    local: false,
    key_url: Some("https://aistudio.google.com/apikey"),
    docs: "https://ai.google.dev/api/generate-content",
};
