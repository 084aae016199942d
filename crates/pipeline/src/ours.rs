//! What a request says to the gateway itself, by headers and by fields of its body. No provider is sent these fields: it
//! would refuse them, or take them for its own.

use bytes::Bytes;
use http::{HeaderMap, HeaderName};
use serde_json::Value;
use wye_types::Code;
use wye_types::error::GatewayError;
use wye_wire::patch::Patch;
use wye_wire::scan::TopLevel;

const FREE_FIELD: &str = "free_only";
/// Made once: a name that is a text is parsed and hashed anew at each look.
static FREE_HEADER: HeaderName = HeaderName::from_static("x-wye-free-only");
static COST_HEADER: HeaderName = HeaderName::from_static("x-wye-cost");
/// As `OpenRouter` is asked for it: `"usage": {"include": true}`.
const USAGE_FIELD: &str = "usage";
const INCLUDE: &str = "include";

/// What a request asks of the gateway.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Ours {
    /// Only what is proved to cost nothing may be called.
    pub(crate) free_only: bool,
    /// The answer is to say what it cost.
    pub(crate) cost: bool,
}

/// Reads what a request asks of the gateway, and takes it out of the body: gives the body without it, if there was
/// something.
///
/// # Errors
/// [`Code::CallerInvalidRequest`] with the field or header that says neither yes nor no.
pub(crate) fn read(
    headers: &HeaderMap,
    top: &TopLevel,
    body: &[u8],
) -> Result<(Ours, Option<Bytes>), GatewayError> {
    let mut ours = Ours { free_only: header(headers, &FREE_HEADER)?, cost: header(headers, &COST_HEADER)? };
    let mut patch = Patch::new();
    if let Some(raw) = top.span(FREE_FIELD).and_then(|span| body.get(span)) {
        ours.free_only |= match raw {
            b"true" => true,
            b"false" | b"null" => false,
            _ => return Err(neither(FREE_FIELD)),
        };
        patch.remove(FREE_FIELD);
    }
    if let Some(raw) = top.raw(body, USAGE_FIELD)
        && let Ok(Value::Object(usage)) = serde_json::from_slice(raw)
        && let Some(include) = usage.get(INCLUDE)
    {
        ours.cost |= include.as_bool().ok_or_else(|| neither("usage.include"))?;
        patch.remove(USAGE_FIELD);
    }
    let body = (!patch.is_empty()).then(|| patch.apply(body, top).into());
    Ok((ours, body))
}

/// Whether the headers say that only what is proved to cost nothing may be called.
pub(crate) fn wants_free(headers: &HeaderMap) -> Result<bool, GatewayError> {
    header(headers, &FREE_HEADER)
}

fn header(headers: &HeaderMap, name: &HeaderName) -> Result<bool, GatewayError> {
    match headers.get(name).map(http::HeaderValue::as_bytes) {
        None | Some(b"false" | b"0" | b"") => Ok(false),
        Some(b"true" | b"1") => Ok(true),
        Some(_) => Err(neither(name.as_str())),
    }
}

fn neither(field: &str) -> GatewayError {
    let message = format!("`{field}` says neither yes nor no; write true or false");
    GatewayError::new(Code::CallerInvalidRequest, message).param(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(headers: &[(&'static str, &'static str)], body: &str) -> Result<(Ours, String), String> {
        let headers = headers.iter().map(|(name, value)| {
            (http::HeaderName::from_static(name), http::HeaderValue::from_static(value))
        });
        let top = TopLevel::scan(body.as_bytes()).unwrap();
        let (ours, left) = read(&headers.collect(), &top, body.as_bytes())
            .map_err(|error| error.param.unwrap_or_default())?;
        let left = left.map_or_else(|| body.to_owned(), |left| String::from_utf8(left.to_vec()).unwrap());
        Ok((ours, left))
    }

    #[test]
    fn fields_and_headers_say_the_same_and_the_fields_go() {
        let neither = Ours::default();
        let free = Ours { free_only: true, ..neither };
        let cost = Ours { cost: true, ..neither };
        let plain = r#"{"model":"m","a":1}"#;
        for (headers, body, ours, left) in [
            (&[][..], plain, neither, plain),
            (&[], r#"{"model":"m","free_only":true,"a":1}"#, free, plain),
            (&[], r#"{"model":"m","free_only":false,"a":1}"#, neither, plain),
            (&[], r#"{"model":"m","a":1,"usage":{"include":true}}"#, cost, plain),
            (&[("x-wye-free-only", "true")], plain, free, plain),
            (&[("x-wye-free-only", "1"), ("x-wye-cost", "0")], plain, free, plain),
            (&[("x-wye-cost", "true")], r#"{"model":"m","a":1,"free_only":null}"#, cost, plain),
            // A `usage` that asks for nothing of ours is the client's business.
            (&[], r#"{"usage":{"x":1}}"#, neither, r#"{"usage":{"x":1}}"#),
            (&[], r#"{"usage":"full"}"#, neither, r#"{"usage":"full"}"#),
        ] {
            assert_eq!(of(headers, body), Ok((ours, left.to_owned())), "{body}");
        }
    }

    #[test]
    fn what_says_neither_yes_nor_no_is_named() {
        assert_eq!(of(&[], r#"{"free_only":"true"}"#), Err("free_only".to_owned()));
        assert_eq!(of(&[], r#"{"free_only":1}"#), Err("free_only".to_owned()));
        assert_eq!(of(&[], r#"{"usage":{"include":"yes"}}"#), Err("usage.include".to_owned()));
        assert_eq!(of(&[("x-wye-free-only", "yes")], "{}"), Err("x-wye-free-only".to_owned()));
    }
}
