//! What is lost of a request on its way into another dialect.

use std::borrow::Cow;
use std::fmt;

use wye_types::chat::ChatRequest;

use crate::dialect::dialect;

/// Something of the request that the target's dialect cannot say and that was left out or weakened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The field in the client's words, e.g. `logit_bias` or `messages[2].content[0]`.
    pub field: String,
    /// What was done instead, e.g. `dropped`.
    pub done: Cow<'static, str>,
}

impl Loss {
    /// The field was left out.
    #[must_use]
    pub fn dropped(field: impl Into<String>) -> Self {
        Self { field: field.into(), done: Cow::Borrowed("dropped") }
    }

    /// The fields of a request's own dialect that another one leaves unsaid.
    pub(crate) fn unsaid(chat: &ChatRequest) -> impl Iterator<Item = Self> {
        chat.unsaid().map(|field| match dialect(chat.from).hint(field) {
            Some(hint) => Self::changed(field, format!("dropped: {hint}")),
            None => Self::dropped(field),
        })
    }

    /// The field was weakened as described.
    #[must_use]
    pub fn changed(field: impl Into<String>, done: impl Into<Cow<'static, str>>) -> Self {
        Self { field: field.into(), done: done.into() }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.done)
    }
}
