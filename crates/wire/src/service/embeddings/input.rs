//! The inputs of a request as they came: whether any vendor takes them, and how much text they are. Nothing is kept of them, since
//! most requests go on as they are.

use serde_json::value::RawValue;

use super::super::Shape;
use super::field_of;
use crate::RequestError;
use crate::scan::{TopLevel, kind_of};
use crate::walk::Walk;

/// The most inputs of one request; the most that any vendor takes.
pub(super) const MOST: usize = 2048;

/// Refuses inputs that no vendor takes, and counts the bytes of the others.
pub(super) fn check(shape: Shape, top: &TopLevel, body: &[u8]) -> Result<u64, RequestError> {
    let mut bytes = 0;
    let mut found = false;
    for (field, raw) in fields_of(shape).iter().filter_map(|field| Some((*field, top.raw(body, field)?))) {
        found = true;
        one_field(shape, field, raw)?;
        if shape == Shape::Gemini {
            requests(raw)?;
        }
        // A picture's bytes are no text.
        bytes += if field == "images" { 0 } else { raw.len() as u64 };
    }
    if found {
        return Ok(bytes);
    }
    let field = field_of(shape);
    let what = match shape {
        Shape::Gemini => "a list of requests, each with a `content`",
        Shape::GeminiOne => "a content with `parts`",
        Shape::OllamaOne => "a text",
        _ => "a text or a list of texts",
    };
    Err(RequestError::field(field, format!("`{field}` is missing; give {what}")))
}

/// How many inputs a request has that [`check`] took. `None` if they cannot be told apart.
pub(super) fn count(shape: Shape, top: &TopLevel, body: &[u8]) -> Option<usize> {
    let mut count = 0;
    for field in fields_of(shape) {
        let Some(raw) = top.raw(body, field) else { continue };
        let mut items = 0;
        let mut tokens = false;
        if raw.first() == Some(&b'[') {
            Walk::new(raw)?.items(|walk| {
                let item = raw.get(walk.value()?)?;
                tokens |= matches!(item.first(), Some(b'-' | b'0'..=b'9'));
                items += 1;
                Some(())
            })?;
        }
        count += if items == 0 || tokens { 1 } else { items };
    }
    Some(count)
}

/// The fields in which inputs stand.
const fn fields_of(shape: Shape) -> &'static [&'static str] {
    match shape {
        // Cohere's pictures are inputs of their own; its newer models mix both.
        Shape::Cohere | Shape::CohereOne => &["texts", "images", "inputs"],
        Shape::Gemini => &["requests"],
        Shape::GeminiOne => &["content"],
        Shape::OllamaOne => &["prompt"],
        _ => &["input"],
    }
}

fn one_field(shape: Shape, field: &str, raw: &[u8]) -> Result<(), RequestError> {
    let wrong = |message: String| Err(RequestError::field(field, message));
    match raw.first() {
        Some(b'"')
            if matches!(shape, Shape::Cohere | Shape::CohereOne | Shape::Gemini | Shape::GeminiOne) =>
        {
            let wanted = if shape == Shape::GeminiOne { "an object" } else { "a list" };
            wrong(format!("`{field}` must be {wanted}, not a string"))
        }
        Some(b'"') if raw.len() > 2 => Ok(()),
        Some(b'"') => wrong(format!("`{field}` is empty; give it a text")),
        Some(b'[') if shape == Shape::OllamaOne || shape == Shape::GeminiOne => {
            wrong(format!("`{field}` must be one input; lists have a call of their own"))
        }
        Some(b'[') => list(field, raw),
        // Jina's inputs that are no text, and Gemini's content.
        Some(b'{') => Ok(()),
        _ => wrong(format!("`{field}` must be a text or a list of texts, not {}", kind_of(raw))),
    }
}

/// Gemini's requests, each of which is given the model's name anew.
fn requests(raw: &[u8]) -> Result<(), RequestError> {
    let requests: Vec<&RawValue> = serde_json::from_slice(raw)
        .map_err(|error| RequestError::field("requests", format!("`requests` cannot be read: {error}")))?;
    for (place, request) in requests.iter().enumerate() {
        TopLevel::scan(request.get().as_bytes()).map_err(|error| {
            let at = format!("requests[{place}]");
            RequestError::field(&at, format!("`{at}` cannot be read: {}", error.message))
        })?;
    }
    Ok(())
}

/// What OpenAI's words say of the vectors, as far as it is plainly wrong.
pub(super) fn check_numbers(top: &TopLevel, body: &[u8]) -> Result<(), RequestError> {
    let whole = |raw: &[u8]| serde_json::from_slice(raw).is_ok_and(|count: u64| count > 0);
    if top.raw(body, "dimensions").is_some_and(|raw| !whole(raw)) {
        return Err(RequestError::field("dimensions", "`dimensions` must be a whole number, 1 or more"));
    }
    let format = "encoding_format";
    match top.raw(body, format) {
        Some(raw) if raw.first() != Some(&b'"') => Err(RequestError::field(
            format,
            format!("`{format}` must be \"float\" or \"base64\", not {}", kind_of(raw)),
        )),
        _ => Ok(()),
    }
}

/// A list of texts, or one text in tokens.
fn list(field: &str, raw: &[u8]) -> Result<(), RequestError> {
    let (mut count, mut empty, mut odd, mut tokens) = (0_usize, None, None, false);
    let walked = Walk::new(raw).and_then(|mut walk| {
        walk.items(|walk| {
            let item = walk.value()?;
            let item = raw.get(item)?;
            let is_token = item.iter().all(u8::is_ascii_digit);
            tokens |= count == 0 && is_token;
            match item {
                br#""""# | b"[]" | b"{}" => empty = empty.or(Some(count)),
                // Either all of it is one text in tokens, or nothing is a token.
                _ if is_token && tokens => {}
                [b'"' | b'[' | b'{', ..] if !tokens => {}
                other => odd = odd.or(Some((count, kind_of(other)))),
            }
            count += 1;
            Some(())
        })
    });
    let wrong = |param: String, message: String| Err(RequestError::field(param, message));
    let at = |place: usize| format!("{field}[{place}]");
    match (walked, count, odd, empty) {
        // The body was JSON: it is nested deeper than any input is.
        (None, ..) => wrong(field.to_owned(), format!("`{field}` is nested too deep")),
        (_, 0, ..) => wrong(field.to_owned(), format!("`{field}` is an empty list; give at least one input")),
        (_, _, Some((place, kind)), _) => {
            let wanted = if tokens { "a token, as those before it" } else { "a text" };
            wrong(at(place), format!("`{}` must be {wanted}, not {kind}", at(place)))
        }
        (_, _, _, Some(place)) => wrong(at(place), format!("`{}` is empty; leave it out", at(place))),
        (_, count, ..) if count > MOST && !tokens => wrong(
            field.to_owned(),
            format!("`{field}` has {count} entries; at most {MOST} are taken at once"),
        ),
        _ => Ok(()),
    }
}
