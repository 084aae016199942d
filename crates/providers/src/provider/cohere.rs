//! Cohere: the home of its dialect.

use wye_types::DialectId;

use super::{Auth, Provider};

/// Cohere, by its own chat call of version 2.
pub(super) const PROVIDER: Provider = Provider {
    title: "Cohere",
    dialect: DialectId::Cohere,
    auth: Auth::of(DialectId::Cohere),
    docs: "https://docs.cohere.com/reference/chat",
    ..Provider::openai_compatible("cohere", "https://api.cohere.com", &["CO_API_KEY", "COHERE_API_KEY"])
};
