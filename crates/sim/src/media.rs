//! Pictures, sound and transcripts, in the words of OpenAI's API. Nothing is drawn or heard; what comes back says what was
//! understood of the request, so that a test sees whether all of it arrived.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use fastrand::Rng;
use serde_json::{Map, Value, json};

use crate::dialect::Stamp;
use crate::fail::{Fail, Outcome};
use crate::words;

/// One black pixel.
const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00,
    0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x06, 0x00, 0x00, 0x00, 0x1f, 0x15, 0xc4, 0x89, 0x00,
    0x00, 0x00, 0x0d, 0x49, 0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0x64, 0xf8, 0xcf, 0x50, 0x0f, 0x00, 0x03,
    0x86, 0x01, 0x80, 0x5a, 0x34, 0x7d, 0x6b, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42,
    0x60, 0x82,
];
/// Bytes of sound for each character that is read, and the bytes in a piece of it.
const SOUND_PER_CHARACTER: usize = 160;
const SOUND_PIECE: usize = 1600;
/// Bytes of sound in a second that is heard.
const HEARD_PER_SECOND: u64 = 16_000;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    Images,
    ImageEdits,
    ImageVariations,
    Speech,
    Transcriptions,
    Translations,
}

/// An answer before it is sent.
pub(crate) struct Made {
    pub(crate) content_type: &'static str,
    /// What is sent, piece by piece where it is sent so.
    pub(crate) pieces: Vec<Bytes>,
    pub(crate) whole: bool,
    /// What it counts against quotas.
    pub(crate) tokens: u64,
}

impl Work {
    /// What a path below the provider's own segment asks for.
    pub(crate) fn of(rest: &str) -> Option<Self> {
        let rest = rest.trim_matches('/');
        match rest.strip_prefix("v1/").unwrap_or(rest) {
            "images/generations" => Some(Self::Images),
            "images/edits" => Some(Self::ImageEdits),
            "images/variations" => Some(Self::ImageVariations),
            "audio/speech" => Some(Self::Speech),
            "audio/transcriptions" => Some(Self::Transcriptions),
            "audio/translations" => Some(Self::Translations),
            _ => None,
        }
    }

    const fn takes_a_form(self) -> bool {
        !matches!(self, Self::Images | Self::Speech)
    }

    /// The body as the log keeps it: JSON as it is, of a form its fields in their order.
    pub(crate) fn read(self, content_type: &str, body: &[u8]) -> Outcome<Value> {
        if self == Self::Transcriptions && content_type.starts_with("application/json") {
            return recording(body);
        }
        if self.takes_a_form() {
            return form(content_type, body);
        }
        if content_type.split(';').next() != Some("application/json") {
            return Err(Fail::new(400, format!("The content type {content_type} is not application/json.")));
        }
        serde_json::from_slice(body)
            .map_err(|e| Fail::new(400, format!("The body of the request is not valid JSON: {e}")))
    }

    /// Does it.
    pub(crate) fn make(self, body: &Value, stamp: &Stamp) -> Outcome<Made> {
        match self {
            Self::Images => pictures(body, stamp, "image_generation"),
            Self::ImageEdits => {
                file(body, "image").or_else(|_| file(body, "image[]"))?;
                pictures(body, stamp, "image_edit")
            }
            Self::ImageVariations => {
                file(body, "image")?;
                images(body, stamp)
            }
            Self::Speech => speech(body),
            Self::Transcriptions | Self::Translations => transcript(body, stamp),
        }
    }
}

/// OpenRouter's words: the sound in base64. The log keeps it as it keeps a file.
fn recording(body: &[u8]) -> Outcome<Value> {
    let mut body: Value = serde_json::from_slice(body).map_err(|e| Fail::new(400, e.to_string()))?;
    let sound = body["input_audio"]["data"].as_str().and_then(|data| STANDARD.decode(data).ok());
    let missing = || Fail::bad("input_audio", "Missing required parameter: 'input_audio'.");
    let (sound, format) = (sound.ok_or_else(missing)?, body["input_audio"]["format"].take());
    body["file"] = json!({"format": format, "bytes": sound.len(), "sum": sum(&sound)});
    body["input_audio"].take();
    Ok(body)
}

fn sum(content: &[u8]) -> String {
    format!("{:016x}", words::seed(&[content]))
}

/// The fields of a form: texts, and of files what they are called, what they are and how long they are, with a sum of
/// their bytes.
fn form(content_type: &str, body: &[u8]) -> Outcome<Value> {
    let odd = |why: &str| Fail::new(400, format!("The form could not be read: {why}"));
    let boundary = content_type
        .strip_prefix("multipart/form-data")
        .and_then(|rest| rest.split_once("boundary="))
        .map(|(_, boundary)| boundary.trim_matches('"'))
        .ok_or_else(|| odd("the content type names no boundary"))?;
    let between = format!("\r\n--{boundary}");
    // The first boundary has no line before it.
    let body = [b"\r\n", body].concat();
    let mut fields = Map::new();
    let mut rest = after(&body, between.as_bytes()).ok_or_else(|| odd("no boundary"))?.1;
    while let Some(part) = rest.strip_prefix(b"\r\n") {
        let (part, behind) = after(part, between.as_bytes()).ok_or_else(|| odd("it does not end"))?;
        let (head, content) = after(part, b"\r\n\r\n").ok_or_else(|| odd("a part without content"))?;
        let head = String::from_utf8_lossy(head);
        let name = quoted(&head, " name=").ok_or_else(|| odd("a part without a name"))?;
        let value = match quoted(&head, " filename=") {
            None => Value::String(String::from_utf8_lossy(content).into_owned()),
            Some(filename) => {
                let kind =
                    head.lines().find_map(|line| line.split_once(": ").filter(|(key, _)| is_kind(key)));
                json!({
                    "filename": filename,
                    "content_type": kind.map(|(_, kind)| kind),
                    "bytes": content.len(),
                    "sum": sum(content),
                })
            }
        };
        match fields.get_mut(name) {
            None => drop(fields.insert(name.to_owned(), value)),
            Some(Value::Array(list)) => list.push(value),
            Some(one) => *one = Value::Array(vec![one.take(), value]),
        }
        rest = behind;
    }
    if rest.starts_with(b"--") { Ok(Value::Object(fields)) } else { Err(odd("no last boundary")) }
}

fn is_kind(key: &str) -> bool {
    key.eq_ignore_ascii_case("content-type")
}

fn quoted<'a>(head: &'a str, key: &str) -> Option<&'a str> {
    head.split_once(key)?.1.strip_prefix('"')?.split('"').next()
}

/// What stands before and behind the first occurrence.
fn after<'a>(text: &'a [u8], what: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = text.windows(what.len()).position(|window| window == what)?;
    Some((text.get(..at)?, text.get(at + what.len()..)?))
}

/// The first file of that name.
fn file<'a>(body: &'a Value, name: &str) -> Outcome<&'a Value> {
    let value = body.get(name).map(|value| value.get(0).unwrap_or(value));
    value
        .filter(|value| value["bytes"].is_u64())
        .ok_or_else(|| Fail::bad(name, format!("Missing required parameter: '{name}'.")))
}

/// A field, which a form has as text.
fn word<'a>(body: &'a Value, name: &str) -> Option<&'a str> {
    body.get(name)?.as_str()
}

fn is_set(body: &Value, name: &str) -> bool {
    body.get(name).is_some_and(|value| value == true || value == "true")
}

fn number(body: &Value, name: &str) -> Option<u64> {
    let value = body.get(name)?;
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

fn needed<'a>(body: &'a Value, name: &str) -> Outcome<&'a str> {
    let missing = || Fail::bad(name, format!("Missing required parameter: '{name}'."));
    word(body, name).filter(|text| !text.is_empty()).ok_or_else(missing)
}

fn event(value: &Value) -> Bytes {
    format!("event: {}\ndata: {value}\n\n", value["type"].as_str().unwrap_or("message")).into()
}

fn plain(value: &Value, tokens: u64) -> Made {
    Made { content_type: "application/json", pieces: vec![value.to_string().into()], whole: true, tokens }
}

fn pictures(body: &Value, stamp: &Stamp, what: &str) -> Outcome<Made> {
    needed(body, "prompt")?;
    if !is_set(body, "stream") {
        return images(body, stamp);
    }
    let partial = (0..number(body, "partial_images").unwrap_or(1)).map(|index| {
        event(&json!({"type": format!("{what}.partial_image"), "partial_image_index": index,
            "b64_json": STANDARD.encode(PNG), "created_at": stamp.created}))
    });
    let (usage, tokens) = drawn(body, 1);
    let last = event(&json!({"type": format!("{what}.completed"), "b64_json": STANDARD.encode(PNG),
        "created_at": stamp.created, "usage": usage}));
    Ok(Made {
        content_type: "text/event-stream",
        pieces: partial.chain([last]).collect(),
        whole: false,
        tokens,
    })
}

fn images(body: &Value, stamp: &Stamp) -> Outcome<Made> {
    let count = number(body, "n").unwrap_or(1);
    if !(1..=10).contains(&count) {
        return Err(Fail::bad("n", format!("{count} is not between 1 and 10 - 'n'")));
    }
    let format = word(body, "response_format");
    let image = |index| match format {
        Some("url") => json!({"url": format!("https://sim.invalid/{}/{index}.png", stamp.seed)}),
        _ => json!({"b64_json": STANDARD.encode(PNG)}),
    };
    let mut answer = json!({"created": stamp.created, "data": (0..count).map(image).collect::<Vec<_>>()});
    let (usage, tokens) = drawn(body, count);
    // Models that can give links are billed by the image.
    if format.is_none() {
        answer["usage"] = usage;
    }
    Ok(plain(&answer, tokens))
}

/// What images count as.
fn drawn(body: &Value, count: u64) -> (Value, u64) {
    let text = words::tokens(word(body, "prompt").unwrap_or("").len());
    let seen = if body.get("image").or_else(|| body.get("image[]")).is_some() { 100 } else { 0 };
    let (input, output) = (text + seen, 200 * count);
    let usage = json!({
        "input_tokens": input, "input_tokens_details": {"text_tokens": text, "image_tokens": seen},
        "output_tokens": output, "total_tokens": input + output,
    });
    (usage, input + output)
}

fn speech(body: &Value) -> Outcome<Made> {
    let (input, voice) = (needed(body, "input")?, needed(body, "voice")?);
    let length = input.chars().count() * SOUND_PER_CHARACTER;
    let mut rng = Rng::with_seed(words::seed(&[input.as_bytes(), voice.as_bytes()]));
    let mut sound: Vec<u8> = std::iter::repeat_with(|| rng.u8(..)).take(length).collect();
    let content_type = match word(body, "response_format") {
        Some("wav") => {
            sound.splice(0..0, wav(length));
            "audio/wav"
        }
        Some("opus") => "audio/opus",
        Some("aac") => "audio/aac",
        Some("flac") => "audio/flac",
        Some("pcm") => "audio/pcm",
        None | Some("mp3") => "audio/mpeg",
        Some(other) => {
            return Err(Fail::bad("response_format", format!("Invalid value: '{other}'.")));
        }
    };
    let (heard, said) = (words::tokens(input.len()), words::tokens(length / 100));
    let pieces = sound.chunks(SOUND_PIECE).map(Bytes::copy_from_slice);
    if word(body, "stream_format") != Some("sse") {
        return Ok(Made { content_type, pieces: pieces.collect(), whole: false, tokens: heard + said });
    }
    let deltas =
        pieces.map(|piece| event(&json!({"type": "speech.audio.delta", "audio": STANDARD.encode(piece)})));
    let usage = json!({"input_tokens": heard, "output_tokens": said, "total_tokens": heard + said});
    let last = event(&json!({"type": "speech.audio.done", "usage": usage}));
    let pieces = deltas.chain([last]).collect();
    Ok(Made { content_type: "text/event-stream", pieces, whole: false, tokens: heard + said })
}

/// The head of a sound of so many bytes: one channel, 24 kHz, 16 bits.
fn wav(length: usize) -> Vec<u8> {
    let length = u32::try_from(length).unwrap_or(u32::MAX - 36);
    let mut head = b"RIFF".to_vec();
    head.extend((length + 36).to_le_bytes());
    head.extend(b"WAVEfmt ");
    head.extend(16u32.to_le_bytes());
    head.extend([1, 0, 1, 0]);
    head.extend(24_000u32.to_le_bytes());
    head.extend(48_000u32.to_le_bytes());
    head.extend([2, 0, 16, 0]);
    head.extend(b"data");
    head.extend(length.to_le_bytes());
    head
}

fn transcript(body: &Value, stamp: &Stamp) -> Outcome<Made> {
    let file = file(body, "file")?;
    let length = file["bytes"].as_u64().unwrap_or(0);
    let seconds = length.div_ceil(HEARD_PER_SECOND);
    let sum = file["sum"].as_str().unwrap_or("");
    let text = words::prose(&mut Rng::with_seed(words::seed(&[sum.as_bytes()])), 40);
    let (heard, said) = (seconds * 10, words::tokens(text.len()));
    let usage = json!({
        "type": "tokens", "input_tokens": heard, "input_token_details": {"text_tokens": 0, "audio_tokens": heard},
        "output_tokens": said, "total_tokens": heard + said,
    });
    if is_set(body, "stream") {
        let deltas = words::pieces(&text);
        let deltas = deltas.iter().map(|d| event(&json!({"type": "transcript.text.delta", "delta": d})));
        let last = event(&json!({"type": "transcript.text.done", "text": text, "usage": usage}));
        let pieces = deltas.chain([last]).collect();
        return Ok(Made { content_type: "text/event-stream", pieces, whole: false, tokens: heard + said });
    }
    let written = |text: String| Made {
        content_type: "text/plain; charset=utf-8",
        pieces: vec![text.into()],
        whole: true,
        tokens: heard + said,
    };
    Ok(match word(body, "response_format") {
        None | Some("json") => plain(&json!({"text": text, "usage": usage}), heard + said),
        Some("text") => written(format!("{text}\n")),
        Some("srt") => written(format!("1\n00:00:00,000 --> 00:00:{seconds:02},000\n{text}\n\n")),
        Some("vtt") => written(format!("WEBVTT\n\n00:00.000 --> 00:{seconds:02}.000\n{text}\n\n")),
        Some("verbose_json") => {
            let segment = json!({"id": 0, "start": 0.0, "end": seconds, "text": text});
            let usage = json!({"type": "duration", "seconds": seconds});
            plain(
                &json!({"task": "transcribe", "language": "english", "duration": seconds, "text": text,
                    "segments": [segment], "usage": usage, "id": stamp.seed.to_string()}),
                heard + said,
            )
        }
        Some(other) => return Err(Fail::bad("response_format", format!("Invalid value: '{other}'."))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_read_part_by_part() {
        let body = b"--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm\r\n--b\r\n\
            Content-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\nContent-Type: audio/wav\r\n\r\n\
            a\r\n-\r\n--b\r\nContent-Disposition: form-data; name=\"x[]\"\r\n\r\n1\r\n--b\r\n\
            Content-Disposition: form-data; name=\"x[]\"\r\n\r\n2\r\n--b--\r\n";
        let read = form("multipart/form-data; boundary=\"b\"", body).unwrap();
        assert_eq!(read["model"], "m");
        assert_eq!((&read["file"]["bytes"], &read["file"]["content_type"]), (&json!(4), &json!("audio/wav")));
        assert_eq!(read["x[]"], json!(["1", "2"]));
        assert!(form("multipart/form-data; boundary=b", &body[..body.len() - 6]).is_err());
    }
}
