//! A form on its way to a provider that takes sound in base64, inside JSON. It is written anew while it goes out, so that
//! the sound is as little held as in a form.

use std::pin::Pin;
use std::sync::PoisonError;
use std::task::{Context, Poll, ready};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body::{Body, Frame};
use serde_json::Value;
use wye_types::error::GatewayError;
use wye_wire::dialect::Loss;
use wye_wire::multipart::{Part, Piece, Splitter};

use super::file::wrong;
use super::form::Form;
use crate::upstream::SentError;

/// The longest text of a field, in bytes.
const LONGEST_TEXT: usize = 64 << 10;

/// What cannot be said in JSON of what is known of a form.
pub(super) fn unsaid(form: &Form, model: &str) -> Result<Vec<Loss>, GatewayError> {
    if let Some(format) = form.format.as_deref().filter(|format| *format != "json") {
        let message =
            format!("{model} answers in JSON alone; leave `response_format` out instead of `{format}`");
        return Err(wrong("response_format", message));
    }
    let parts = form.parts.lock().unwrap_or_else(PoisonError::into_inner);
    let lists = parts.iter().filter(|kept| kept.part.name.ends_with("[]"));
    Ok(lists.map(|kept| Loss::dropped(&kept.part.name)).collect())
}

/// A form, written as JSON.
pub(super) struct InJson<B> {
    form: B,
    splitter: Splitter,
    at: At,
    /// What stands before the next field.
    lead: char,
    /// Bytes of sound that do not make three yet, or the text of a field.
    kept: Vec<u8>,
    over: bool,
}

/// The part that is being written.
enum At {
    Nothing,
    Sound,
    Field(String),
}

impl<B> InJson<B> {
    pub(super) fn new(form: B, boundary: &str) -> Self {
        let splitter = Splitter::new(boundary);
        Self { form, splitter, at: At::Nothing, lead: '{', kept: Vec::new(), over: false }
    }

    fn write(&mut self, piece: Piece) -> Result<String, SentError> {
        match piece {
            Piece::Begin(part, _) => Ok(self.begin(part)),
            Piece::Data(data) => match self.at {
                At::Nothing => Ok(String::new()),
                At::Sound => Ok(self.sound(&data)),
                At::Field(_) => {
                    self.kept.extend_from_slice(&data);
                    let fits = self.kept.len() <= LONGEST_TEXT;
                    if fits { Ok(String::new()) } else { Err("a field of the form is too long".into()) }
                }
            },
            Piece::End => Ok(self.end()),
            Piece::Close(_) => Ok(if self.lead == '{' { "{}".to_owned() } else { "}".to_owned() }),
        }
    }

    fn begin(&mut self, part: Part) -> String {
        self.kept.clear();
        if part.filename.is_none() {
            // Lists have no words here.
            self.at = if part.name.ends_with("[]") { At::Nothing } else { At::Field(part.name) };
            return String::new();
        }
        if part.name != "file" {
            self.at = At::Nothing;
            return String::new();
        }
        self.at = At::Sound;
        let lead = std::mem::replace(&mut self.lead, ',');
        format!("{lead}\"input_audio\":{{\"format\":{},\"data\":\"", Value::from(format_of(&part)))
    }

    fn sound(&mut self, data: &[u8]) -> String {
        let mut out = String::with_capacity(data.len() / 3 * 4 + 8);
        let missing = (3 - self.kept.len() % 3) % 3;
        let (first, rest) = data.split_at(missing.min(data.len()));
        self.kept.extend_from_slice(first);
        if self.kept.len() == 3 {
            STANDARD.encode_string(&self.kept, &mut out);
            self.kept.clear();
        }
        let (whole, left) = rest.split_at(rest.len() / 3 * 3);
        STANDARD.encode_string(whole, &mut out);
        self.kept.extend_from_slice(left);
        out
    }

    fn end(&mut self) -> String {
        match std::mem::replace(&mut self.at, At::Nothing) {
            At::Nothing => String::new(),
            At::Sound => STANDARD.encode(&self.kept) + "\"}",
            At::Field(name) => {
                let lead = std::mem::replace(&mut self.lead, ',');
                let text = String::from_utf8_lossy(&self.kept);
                format!("{lead}{}:{}", Value::from(name.as_str()), value_of(&name, &text))
            }
        }
    }
}

/// A field's text as the value that it stands for.
fn value_of(name: &str, text: &str) -> Value {
    let read = match name {
        "temperature" => text.trim().parse::<f64>().ok().map(Value::from),
        "stream" => text.trim().parse::<bool>().ok().map(Value::from),
        _ => None,
    };
    read.unwrap_or_else(|| text.into())
}

/// What sound is in: what its name ends with, else what its type says.
fn format_of(part: &Part) -> &str {
    let name = part.filename.as_deref().unwrap_or_default();
    if let Some((_, end)) = name.rsplit_once('.')
        && (2..=5).contains(&end.len())
        && end.bytes().all(|b| b.is_ascii_alphanumeric())
    {
        return end;
    }
    let kind = part.media_type.as_deref().and_then(|kind| kind.split_once('/')).map_or("", |(_, kind)| kind);
    match kind.trim_start_matches("x-") {
        "mpeg" | "mp3" => "mp3",
        "mp4" | "m4a" => "m4a",
        "ogg" | "opus" => "ogg",
        "flac" => "flac",
        "webm" => "webm",
        "aac" => "aac",
        _ => "wav",
    }
}

impl<B> Body for InJson<B>
where
    B: Body<Data = Bytes, Error = SentError> + Unpin,
{
    type Data = Bytes;
    type Error = SentError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, SentError>>> {
        let this = self.get_mut();
        loop {
            let step = this.splitter.step().map_err(|error| SentError::from(error.message));
            match step.and_then(|step| step.map(|piece| this.write(piece)).transpose()) {
                Err(error) => return Poll::Ready(Some(Err(error))),
                Ok(Some(text)) if text.is_empty() => continue,
                Ok(Some(text)) => return Poll::Ready(Some(Ok(Frame::data(text.into())))),
                Ok(None) if this.over => return Poll::Ready(None),
                Ok(None) => {}
            }
            match ready!(Pin::new(&mut this.form).poll_frame(cx)) {
                Some(Ok(frame)) => this.splitter.push(&frame.into_data().unwrap_or_default()),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => this.over = true,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt as _, Full};
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn forms_become_json_however_they_are_cut() {
        let sound: Vec<u8> = (0..=255).cycle().take(1001).collect();
        let mut form = Vec::new();
        for (head, content) in [
            ("name=\"model\"", b"whisper \"1\"".as_slice()),
            ("name=\"timestamp_granularities[]\"", b"word"),
            ("name=\"file\"; filename=\"a.mp3\"\r\nContent-Type: audio/wav", &sound),
            ("name=\"temperature\"", b"0.5"),
        ] {
            form.extend(format!("--b\r\nContent-Disposition: form-data; {head}\r\n\r\n").bytes());
            form.extend(content);
            form.extend(b"\r\n");
        }
        form.extend(b"--b--\r\n");
        for cut in [1, 2, 3, 7, 100, form.len()] {
            let pieces: Vec<Result<Frame<Bytes>, SentError>> =
                form.chunks(cut).map(|piece| Ok(Frame::data(Bytes::copy_from_slice(piece)))).collect();
            let body = http_body_util::StreamBody::new(futures_util::stream::iter(pieces));
            let json = InJson::new(body, "b").collect().await.unwrap().to_bytes();
            let json: Value = serde_json::from_slice(&json).unwrap();
            let data = STANDARD.encode(&sound);
            assert_eq!(
                json,
                json!({"model": "whisper \"1\"", "input_audio": {"format": "mp3", "data": data}, "temperature": 0.5}),
                "{cut}"
            );
        }
        let broken = Full::new(Bytes::from_static(b"no form")).map_err(|never| match never {});
        assert!(InJson::new(broken, "b").collect().await.is_err());
    }
}
