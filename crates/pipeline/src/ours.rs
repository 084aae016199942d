//! What a request says to the gateway itself, by headers and by fields of its body. It is read once, and no provider is sent
//! these fields: it would refuse them, or take them for its own.
//!
//! `docs/controls.md` lists them for clients. A request that says nothing of the kind pays for one walk over the names of its
//! headers and fields, and for no memory.

mod apply;
mod controls;
mod field;
mod gather;
mod pattern;
mod price;
mod value;

use bytes::Bytes;
use http::HeaderMap;
use wye_types::Code;
use wye_types::error::GatewayError;
use wye_wire::patch::{Patch, json_string};
use wye_wire::scan::TopLevel;

pub use controls::{Controls, Strategy};
use field::Field;
use gather::Gathered;
pub use pattern::Pattern;
pub use price::MaxPrice;

/// What a request asks of the gateway.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ours {
    /// Only what is proved to cost nothing may be called.
    pub(crate) free_only: bool,
    /// The answer is to say what it cost.
    pub(crate) cost: bool,
    /// How it is to be routed, where it says anything of that.
    pub(crate) controls: Option<Box<Controls>>,
    /// What it asked for and does not get, in words for the client.
    pub(crate) unheeded: Vec<String>,
}

/// Reads what a request asks of the gateway, and takes it out of the body: gives the body without it, if there was
/// something.
///
/// # Errors
/// [`Code::CallerInvalidRequest`] with the field or header that cannot be understood, or that contradicts another.
pub(crate) fn read(
    headers: &HeaderMap,
    top: &TopLevel,
    body: &[u8],
) -> Result<(Ours, Option<Bytes>), GatewayError> {
    let mut patch = Patch::new();
    let mut said = Gathered::default();
    said.headers(headers)?;
    said.fields(top, body, &mut patch)?;
    let body = (!patch.is_empty()).then(|| patch.apply(body, top).into());
    let ours = if said.is_empty() { Ours::default() } else { understood(said)? };
    Ok((ours, body))
}

/// The same for a body that has not been looked at. What is no JSON object is left to whoever reads it next.
///
/// # Errors
/// See [`read`].
pub(crate) fn taken(headers: &HeaderMap, body: Bytes) -> Result<(Ours, Bytes), GatewayError> {
    let top = TopLevel::scan(&body).unwrap_or_default();
    let (ours, left) = read(headers, &top, &body)?;
    Ok((ours, left.unwrap_or(body)))
}

/// The body with the first of its `models` as its `model`, if it names none: `OpenRouter`'s clients may send the list alone.
pub(crate) fn with_first_model(body: &[u8]) -> Option<Bytes> {
    let top = TopLevel::scan(body).ok().filter(|top| top.raw(body, "model").is_none())?;
    let models: Vec<String> = serde_json::from_slice(top.raw(body, "models")?).ok()?;
    let first = models.first().filter(|model| !model.is_empty())?;
    let mut patch = Patch::new();
    patch.set("model", json_string(first));
    Some(patch.apply(body, &top).into())
}

/// Whether the headers say that only what is proved to cost nothing may be called.
pub(crate) fn wants_free(headers: &HeaderMap) -> Result<bool, GatewayError> {
    let mut said = Gathered::default();
    said.headers(headers)?;
    any(&mut said, Field::FreeOnly)
}

fn understood(mut said: Gathered) -> Result<Ours, GatewayError> {
    let free_only = any(&mut said, Field::FreeOnly)?;
    let cost = any(&mut said, Field::Cost)?;
    let mut unheeded = std::mem::take(&mut said.unheeded);
    let controls = if said.is_empty() { None } else { Some(Box::new(Controls::read(said, &mut unheeded)?)) };
    Ok(Ours { free_only, cost, controls, unheeded })
}

/// Whether a header or the body says yes: what is said for safety's sake is not taken back by the other.
fn any(said: &mut Gathered, field: Field) -> Result<bool, GatewayError> {
    let mut yes = false;
    while let Some(one) = said.take(field) {
        yes |= value::yes_or_no(&one)?;
    }
    Ok(yes)
}

/// An error that names the field or header.
fn wrong(at: &str, message: String) -> GatewayError {
    GatewayError::new(Code::CallerInvalidRequest, message).param(at)
}

#[cfg(test)]
mod tests;
