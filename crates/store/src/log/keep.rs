//! What is kept of bodies, and for how long anything is: streams as the answers they mean, secrets blotted out, capped.

use std::sync::Arc;
use std::time::Duration;

use regex::Regex;
use wye_types::record::{Bodies, RequestRecord};

use super::redact::{Fields, credentials, redacted};
use super::sink::Reassemble;
use super::{Body, Kept};
use crate::StoreError;

/// What is kept, and for how long. Whose bodies are kept is decided where they are: on the request path.
#[derive(Debug, Clone)]
pub struct Keep {
    /// Most bytes of each body, before compression.
    pub body_limit: usize,
    /// How long requests are.
    pub rows: Duration,
    /// How long bodies are.
    pub bodies: Duration,
    /// Most bytes of bodies, compressed; the oldest go first.
    pub bodies_bytes: u64,
    /// How long the sums per minute are. Those per hour are kept ten times, those per day a hundred times as long.
    pub minutes: Duration,
    /// How long the audit log is.
    pub audit: Duration,
    /// How long responses are that later requests can go on from.
    pub responses: Duration,
    /// Most bytes of them, compressed; the oldest go first.
    pub responses_bytes: u64,
    pub(super) fields: Fields,
    pub(super) patterns: Arc<[Regex]>,
}

impl Keep {
    /// Bodies of so many bytes, without what looks like a credential, without the values of these fields, without what
    /// these patterns match. Times can be set afterwards; they begin with those of the configuration's defaults.
    ///
    /// # Errors
    /// If a pattern is no regular expression; the text says which and why.
    pub fn new(body_limit: usize, fields: &[String], patterns: &[String]) -> Result<Self, String> {
        const DAY: Duration = Duration::from_secs(86_400);
        let compiled = patterns.iter().map(|pattern| {
            Regex::new(pattern).map_err(|error| format!("`{pattern}` is not a regular expression: {error}"))
        });
        let known = credentials().map_err(|error| error.to_string());
        let patterns: Result<Vec<Regex>, String> = std::iter::once(known).chain(compiled).collect();
        Ok(Self {
            body_limit,
            rows: DAY * 30,
            bodies: DAY * 7,
            bodies_bytes: 4 << 30,
            minutes: DAY * 3,
            audit: DAY * 365,
            responses: DAY * 30,
            responses_bytes: 4 << 30,
            fields: Fields::new(fields)?,
            patterns: patterns?.into(),
        })
    }
}

/// Makes of what went over the wire what is kept of it.
pub(super) fn body(
    record: &RequestRecord,
    sent: &Bodies,
    keep: &Keep,
    reassemble: Reassemble,
) -> Result<Body, StoreError> {
    let whole = record.stream.then(|| reassemble(record.dialect, &sent.response)).flatten();
    let response = match whole {
        Some(answer) => answer.to_string().into_bytes(),
        None => sent.response.concat(),
    };
    let mut kept =
        Kept { request: redacted(&sent.request, keep), response: redacted(&response, keep), cut: sent.cut };
    for text in [&mut kept.request, &mut kept.response] {
        if text.len() > keep.body_limit {
            text.truncate(text.floor_char_boundary(keep.body_limit));
            kept.cut = true;
        }
    }
    Body::new(record.id, &kept)
}
