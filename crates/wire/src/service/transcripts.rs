//! Transcripts and translations: sound to text. The sound comes as a form, which is relayed and never here; what is here
//! reads the answer, and requests that hold the sound in JSON.

use serde_json::Value;
use wye_types::usage::{Ledger, Units};

use super::billed::{Makes, ledger, milliseconds};
use super::{Asked, Head, Reading, Rewrite, Service, Shape, Told, model_in, user_in};
use crate::RequestError;
use crate::dialect::ReadError;
use crate::scan::TopLevel;

/// Bytes of a millisecond of sound at 64 kbit/s: what speech is mostly sent at, or less. Sound that is not compressed is
/// shorter than it is thought to be.
const BYTES_A_MS: u64 = 8;

/// How long so many bytes of sound are thought to be, in milliseconds: what is paid for where the answer does not say.
#[must_use]
pub const fn thought_ms(bytes: u64) -> u64 {
    bytes.div_ceil(BYTES_A_MS)
}

pub(super) struct Transcripts {
    path: &'static str,
}

pub(super) const TRANSCRIPTIONS: Transcripts = Transcripts { path: "/v1/audio/transcriptions" };
pub(super) const TRANSLATIONS: Transcripts = Transcripts { path: "/v1/audio/translations" };

/// What is known of a request besides how long its sound is thought to be: an answer that counts in tokens is paid for
/// by these alone.
const fn unheard(head: &Head) -> Units {
    Units { heard_ms: None, ..head.units }
}

impl Service for Transcripts {
    /// OpenRouter's words: the sound in base64.
    fn scan(&self, _: Shape, body: &[u8]) -> Result<Head, RequestError> {
        let top = TopLevel::scan(body)?;
        let model = model_in(&top, body)?;
        let Some(sound) = top.raw(body, "input_audio") else {
            let message = format!(
                "`file` is missing; send {} as multipart/form-data with a `file`, or as JSON with `input_audio`",
                self.path
            );
            return Err(RequestError::field("file", message));
        };
        let heard_ms = Some(thought_ms(sound.len() as u64 / 4 * 3));
        let prompt = top.raw(body, "prompt").map_or(0, <[u8]>::len);
        Ok(Head {
            model,
            stream: top.raw(body, "stream") == Some(b"true"),
            user: user_in(&top, body),
            text_bytes: prompt as u64,
            top,
            units: Units { heard_ms, ..Units::default() },
        })
    }

    fn write_request(&self, ask: &Rewrite<'_>) -> Result<Asked, RequestError> {
        let message = format!(
            "{} takes sound only as a file; send {} as multipart/form-data with a `file`",
            ask.model, self.path
        );
        Err(RequestError::field("input_audio", message))
    }

    fn read_answer(&self, answer: &Reading<'_>) -> Result<Told, ReadError> {
        let known = Some(Ledger { units: answer.head.units, ..Ledger::default() });
        if !answer.media_type.contains("json") {
            let content = !answer.body.trim_ascii().is_empty();
            return Ok(Told { ledger: known, content, ..Told::default() });
        }
        let body: Value =
            serde_json::from_slice(answer.body).map_err(|error| ReadError::Malformed(error.to_string()))?;
        // A transcript of silence is empty and right, so that only the field must be there.
        let content = body.get("text").is_some() || body.get("segments").is_some();
        if !content && body.get("error").is_some() {
            return Err(ReadError::Malformed("it tells of an error with a 200".to_owned()));
        }
        let units = Units { heard_ms: body.get("duration").and_then(milliseconds), ..answer.head.units };
        let usage = body.get("usage").unwrap_or(&Value::Null);
        let told = ledger(usage, Makes::Text, units);
        let ledger = if told == (Ledger { units: unheard(answer.head), ..Ledger::default() }) {
            known
        } else {
            Some(told)
        };
        Ok(Told { ledger, content, ..Told::default() })
    }

    fn begun(&self, head: &Head) -> Option<Ledger> {
        Some(Ledger { units: head.units, ..Ledger::default() })
    }

    fn told_in_events(&self, usage: &[u8], head: &Head) -> Option<Ledger> {
        Some(ledger(&serde_json::from_slice(usage).ok()?, Makes::Text, unheard(head)))
    }
}
