//! Cohere: the home of its dialect.

use wye_types::DialectId;

use super::{Auth, Provider};
use crate::free::{COMPARED, Free, FreeTier, KnownLimit, Per};
use crate::models::List;
use crate::{Kind, Models, Serves, Shape};

/// Recordings `embeddings__embeddings__01` and `rerank__rerank__01`.
const SERVES: &[Serves] = &[
    Serves::at(Kind::Embeddings, "/v2/embed", Shape::Cohere),
    Serves::at(Kind::Rerank, "/v2/rerank", Shape::Cohere),
];

const FREE: FreeTier = FreeTier {
    of: Free::Plan,
    terms: "a trial key, not for production",
    limits: &[KnownLimit::requests(20, Per::Minute), KnownLimit::requests(1000, Per::Month)],
    source: COMPARED,
};

/// Cohere, by its own chat call of version 2.
pub(super) const PROVIDER: Provider = Provider {
    title: "Cohere",
    aliases: &["cohere_chat"],
    dialect: DialectId::Cohere,
    auth: Auth::of(DialectId::Cohere),
    serves: SERVES,
    models: Models::listed("/v1/models?page_size=1000", List::Cohere),
    free: Some(FREE),
    key_url: Some("https://dashboard.cohere.com/api-keys"),
    docs: "https://docs.cohere.com/reference/chat",
    ..Provider::openai_compatible("cohere", "https://api.cohere.com", &["CO_API_KEY", "COHERE_API_KEY"])
};
