//! What an answer to a request for embeddings says, whoever's words it is in. The numbers stay text as long as they can: most
//! clients want what the provider sent.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use wye_types::Usage;
use wye_types::usage::Ledger;

use super::ask::Type;
use crate::dialect::ReadError;

/// An answer.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Answer<'a> {
    pub(super) id: Option<String>,
    /// The model's name, as the provider says it.
    pub(super) model: Option<String>,
    /// Every type that was asked for, each with all vectors in the order of the inputs.
    pub(super) sets: Vec<(Type, Vec<Vector<'a>>)>,
    /// Tokens of the inputs.
    pub(super) tokens: Option<u64>,
    /// In nano-dollars.
    pub(super) cost: Option<u64>,
}

/// One vector.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Vector<'a> {
    /// A JSON array.
    Numbers(Cow<'a, str>),
    /// Floats of four bytes, little-endian, in base64.
    Base64(Cow<'a, str>),
}

impl<'a> Vector<'a> {
    /// From a JSON value.
    pub(super) fn of(raw: &'a str) -> Result<Self, ReadError> {
        let malformed =
            || ReadError::Malformed("a vector is neither a list of numbers nor base64".to_owned());
        match raw.as_bytes().first() {
            Some(b'[') => Ok(Self::Numbers(Cow::Borrowed(raw))),
            Some(b'"') => serde_json::from_str(raw).map(Self::Base64).map_err(|_| malformed()),
            _ => Err(malformed()),
        }
    }

    /// As a JSON array of numbers.
    pub(super) fn numbers(&self) -> Result<Cow<'_, str>, ReadError> {
        match self {
            Self::Numbers(text) => Ok(Cow::Borrowed(text)),
            Self::Base64(text) => to_numbers(text).map(Cow::Owned),
        }
    }

    /// As base64.
    pub(super) fn base64(&self) -> Result<Cow<'_, str>, ReadError> {
        match self {
            Self::Base64(text) => Ok(Cow::Borrowed(text)),
            Self::Numbers(text) => to_base64(text).map(Cow::Owned),
        }
    }
}

/// A JSON array of numbers as base64.
pub(super) fn to_base64(numbers: &str) -> Result<String, ReadError> {
    let numbers: Vec<f32> = serde_json::from_str(numbers)
        .map_err(|error| ReadError::Malformed(format!("a vector is not a list of numbers: {error}")))?;
    let bytes: Vec<u8> = numbers.into_iter().flat_map(f32::to_le_bytes).collect();
    Ok(STANDARD.encode(bytes))
}

/// Base64 as a JSON array of numbers.
fn to_numbers(text: &str) -> Result<String, ReadError> {
    let malformed = || ReadError::Malformed("a vector in base64 is not made of floats".to_owned());
    let bytes = STANDARD.decode(text).or_else(|_| STANDARD_NO_PAD.decode(text)).map_err(|_| malformed())?;
    let (floats, []) = bytes.as_chunks::<4>() else { return Err(malformed()) };
    let floats: Vec<f32> = floats.iter().map(|four| f32::from_le_bytes(*four)).collect();
    if floats.iter().any(|float| !float.is_finite()) {
        return Err(malformed());
    }
    serde_json::to_string(&floats).map_err(|_| malformed())
}

impl Answer<'_> {
    pub(super) fn has_vectors(&self) -> bool {
        self.sets.iter().any(|(_, vectors)| !vectors.is_empty())
    }

    pub(super) fn ledger(&self) -> Option<Ledger> {
        ledger(self.tokens, self.cost)
    }

    /// The vectors as one of the types that the client asked for.
    pub(super) fn set(&self, wanted: Type) -> Result<&[Vector<'_>], ReadError> {
        let numbers = if wanted == Type::Base64 { Type::Float } else { wanted };
        let found = self.sets.iter().find(|(kind, _)| *kind == numbers);
        found
            .map(|(_, vectors)| vectors.as_slice())
            .ok_or_else(|| ReadError::Malformed(format!("the answer has no {} vectors", numbers.name())))
    }
}

/// What inputs cost, as far as it is told.
pub(super) fn ledger(tokens: Option<u64>, cost: Option<u64>) -> Option<Ledger> {
    if tokens.is_none() && cost.is_none() {
        return None;
    }
    let tokens = Usage { input: tokens.unwrap_or(0), ..Usage::default() };
    Some(Ledger { reported: cost, ..Ledger::from(tokens) })
}
