//! Cohere: the home of its dialect.

use wye_types::DialectId;

use super::{Auth, Provider};
use crate::{Kind, Serves, Shape};

/// Recordings `embeddings__embeddings__01` and `rerank__rerank__01`.
const SERVES: &[Serves] = &[
    Serves::at(Kind::Embeddings, "/v2/embed", Shape::Cohere),
    Serves::at(Kind::Rerank, "/v2/rerank", Shape::Cohere),
];

/// Cohere, by its own chat call of version 2.
pub(super) const PROVIDER: Provider = Provider {
    title: "Cohere",
    dialect: DialectId::Cohere,
    auth: Auth::of(DialectId::Cohere),
    serves: SERVES,
    docs: "https://docs.cohere.com/reference/chat",
    ..Provider::openai_compatible("cohere", "https://api.cohere.com", &["CO_API_KEY", "COHERE_API_KEY"])
};
