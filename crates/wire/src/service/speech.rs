//! Speech: text to sound. Sound is passed on as it comes; what is billed for it, characters or tokens, is known from the
//! text, or from the last of the events where a stream of those was asked for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use wye_types::usage::{Ledger, Units};

use super::billed::{Makes, ledger};
use super::{Asked, Head, Reading, Rewrite, Service, Shape, Told, model_in, user_in};
use crate::RequestError;
use crate::dialect::ReadError;
use crate::scan::{TopLevel, kind_of};

pub(super) struct Speech;

impl Service for Speech {
    fn scan(&self, _: Shape, body: &[u8]) -> Result<Head, RequestError> {
        let top = TopLevel::scan(body)?;
        let model = model_in(&top, body)?;
        let input: String = match top.raw(body, "input") {
            None => return Err(RequestError::field("input", "`input` is missing; give the text to be read")),
            Some(raw) => serde_json::from_slice(raw).map_err(|_| {
                RequestError::field("input", format!("`input` must be a text, not {}", kind_of(raw)))
            })?,
        };
        if input.is_empty() {
            return Err(RequestError::field("input", "`input` is empty; give the text to be read"));
        }
        let format: Option<String> = top.get(body, "stream_format", "`audio` or `sse`")?;
        let characters = Some(input.chars().count() as u64);
        Ok(Head {
            model,
            stream: format.as_deref() == Some("sse"),
            user: user_in(&top, body),
            text_bytes: input.len() as u64,
            top,
            units: Units { characters, ..Units::default() },
        })
    }

    fn write_request(&self, ask: &Rewrite<'_>) -> Result<Asked, RequestError> {
        Err(RequestError::field("model", format!("speech cannot be asked of {} in its words", ask.model)))
    }

    fn read_answer(&self, answer: &Reading<'_>) -> Result<Told, ReadError> {
        let body: Value = serde_json::from_slice(answer.body)
            .map_err(|error| ReadError::Malformed(format!("neither sound nor JSON: {error}")))?;
        // Mistral wraps the sound in JSON (recording mistral/audio_speech__01).
        let Some(sound) = body["audio_data"].as_str() else {
            return Err(ReadError::Malformed("there is no sound in it".to_owned()));
        };
        let sound =
            STANDARD.decode(sound).map_err(|_| ReadError::Malformed("its sound is not base64".to_owned()))?;
        let content = !sound.is_empty();
        let format: Option<String> =
            answer.head.top.get(answer.request, "response_format", "a name").unwrap_or_default();
        Ok(Told {
            ledger: Some(told(body.get("usage").unwrap_or(&Value::Null), answer.head)),
            body: Some(sound),
            media_type: Some(media_type(format.as_deref().unwrap_or("mp3"))),
            content,
        })
    }

    fn begun(&self, head: &Head) -> Option<Ledger> {
        Some(Ledger { units: head.units, ..Ledger::default() })
    }

    fn told_in_events(&self, usage: &[u8], head: &Head) -> Option<Ledger> {
        Some(told(&serde_json::from_slice(usage).ok()?, head))
    }
}

fn told(usage: &Value, head: &Head) -> Ledger {
    ledger(usage, Makes::Sound, head.units)
}

fn media_type(format: &str) -> &'static str {
    match format {
        "wav" => "audio/wav",
        "opus" => "audio/ogg",
        "aac" => "audio/aac",
        "flac" => "audio/flac",
        "pcm" => "audio/pcm",
        _ => "audio/mpeg",
    }
}
