//! What relaying needs to know of one chunk of a stream, or of one whole answer: values stay raw JSON.
//!
//! Every event of every stream passes here, so a chunk that is plainly one is walked over instead of deserialized.

use std::ops::Range;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use wye_types::Usage;

use super::usage;
use crate::walk::Walk;

/// A chunk or answer. A field that is `null` is as one that is absent.
#[derive(Default, Deserialize)]
pub(super) struct Chunk<'a> {
    #[serde(borrow, default)]
    pub(super) choices: Option<Vec<Choice<'a>>>,
    #[serde(borrow, default, deserialize_with = "raw")]
    usage: Option<&'a str>,
    /// What `usage` says, where that was read on the way.
    #[serde(skip)]
    counts: Option<Usage>,
    #[serde(borrow, default, deserialize_with = "raw")]
    pub(super) x_groq: Option<&'a str>,
    #[serde(borrow, default, deserialize_with = "raw")]
    pub(super) error: Option<&'a str>,
    #[serde(borrow, default, deserialize_with = "raw")]
    pub(super) detail: Option<&'a str>,
    #[serde(borrow, default, deserialize_with = "raw")]
    pub(super) object: Option<&'a str>,
}

/// One of its choices.
#[derive(Default, Deserialize)]
pub(super) struct Choice<'a> {
    /// `delta` in streams, `message` in whole answers.
    #[serde(borrow, default, alias = "message")]
    pub(super) delta: Option<Piece<'a>>,
    #[serde(borrow, default, deserialize_with = "raw")]
    pub(super) finish_reason: Option<&'a str>,
    #[serde(borrow, default, deserialize_with = "raw")]
    pub(super) error: Option<&'a str>,
}

/// What a choice adds.
#[derive(Default, Deserialize)]
pub(super) struct Piece<'a> {
    #[serde(borrow, default, deserialize_with = "raw")]
    content: Option<&'a str>,
    #[serde(borrow, default, deserialize_with = "raw")]
    refusal: Option<&'a str>,
    #[serde(borrow, default, deserialize_with = "raw")]
    reasoning_content: Option<&'a str>,
    #[serde(borrow, default, deserialize_with = "raw")]
    reasoning: Option<&'a str>,
    #[serde(borrow, default, deserialize_with = "raw")]
    reasoning_details: Option<&'a str>,
    #[serde(borrow, default, deserialize_with = "raw")]
    tool_calls: Option<&'a str>,
    #[serde(borrow, default, deserialize_with = "raw")]
    function_call: Option<&'a str>,
    #[serde(borrow, default, deserialize_with = "raw")]
    audio: Option<&'a str>,
    #[serde(borrow, default, deserialize_with = "raw")]
    images: Option<&'a str>,
}

fn raw<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de str>, D::Error> {
    Ok(Option::<&RawValue>::deserialize(deserializer)?.map(RawValue::get))
}

impl<'a> Chunk<'a> {
    /// Reads a chunk.
    ///
    /// # Errors
    /// If it is not JSON, or not of a chunk's shape.
    pub(super) fn read(data: &'a [u8]) -> Result<Self, serde_json::Error> {
        match Self::walk(data) {
            Some(chunk) => Ok(chunk),
            None => serde_json::from_slice(data),
        }
    }

    /// What it says of the tokens that were used.
    pub(super) fn counts(&self) -> Option<Usage> {
        self.counts.or_else(|| usage::read(self.usage?.as_bytes()))
    }

    /// Where in `data` the text of the content stands, between its quotes, if that is one text of one choice.
    pub(super) fn text_in(&self, data: &[u8]) -> Option<Range<usize>> {
        let [choice] = &self.choices.as_ref()?[..] else { return None };
        let text = choice.delta.as_ref()?.content?.strip_prefix('"')?.strip_suffix('"')?;
        let start = (text.as_ptr() as usize).checked_sub(data.as_ptr() as usize)?;
        (data.get(start..start + text.len())? == text.as_bytes()).then(|| start..start + text.len())
    }

    fn walk(data: &'a [u8]) -> Option<Self> {
        let mut chunk = Self::default();
        let mut walk = Walk::new(data)?;
        walk.fields(|key, walk| {
            match key {
                b"choices" if chunk.choices.is_none() => {
                    if !walk.is_null() {
                        let mut choices = Vec::with_capacity(1);
                        walk.items(|walk| {
                            choices.push(Choice::walk(walk)?);
                            Some(())
                        })?;
                        chunk.choices = Some(choices);
                    }
                }
                b"usage" if chunk.counts.is_none() && chunk.usage.is_none() => {
                    let start = walk.clone();
                    chunk.counts = usage::read_plain(walk);
                    if chunk.counts.is_none() {
                        *walk = start;
                        put(&mut chunk.usage, walk)?;
                    }
                }
                b"x_groq" => put(&mut chunk.x_groq, walk)?,
                b"error" => put(&mut chunk.error, walk)?,
                b"detail" => put(&mut chunk.detail, walk)?,
                b"object" => put(&mut chunk.object, walk)?,
                other => pass(other, walk)?,
            }
            Some(())
        })?;
        walk.end()?;
        Some(chunk)
    }
}

impl<'a> Choice<'a> {
    fn walk(walk: &mut Walk<'a>) -> Option<Self> {
        let mut choice = Self::default();
        walk.fields(|key, walk| {
            match key {
                b"delta" | b"message" if choice.delta.is_none() => {
                    if !walk.is_null() {
                        choice.delta = Some(Piece::walk(walk)?);
                    }
                }
                b"finish_reason" => put(&mut choice.finish_reason, walk)?,
                b"error" => put(&mut choice.error, walk)?,
                other => pass(other, walk)?,
            }
            Some(())
        })?;
        Some(choice)
    }
}

impl<'a> Piece<'a> {
    fn walk(walk: &mut Walk<'a>) -> Option<Self> {
        let mut piece = Self::default();
        walk.fields(|key, walk| {
            let field = match key {
                b"content" => &mut piece.content,
                b"refusal" => &mut piece.refusal,
                b"reasoning_content" => &mut piece.reasoning_content,
                b"reasoning" => &mut piece.reasoning,
                b"reasoning_details" => &mut piece.reasoning_details,
                b"tool_calls" => &mut piece.tool_calls,
                b"function_call" => &mut piece.function_call,
                b"audio" => &mut piece.audio,
                b"images" => &mut piece.images,
                other => return pass(other, walk),
            };
            put(field, walk)
        })?;
        Some(piece)
    }
}

/// Takes a field's value. One that stands twice is not plain.
fn put<'a>(field: &mut Option<&'a str>, walk: &mut Walk<'a>) -> Option<()> {
    if field.is_some() {
        return None;
    }
    *field = walk.raw()?;
    Some(())
}

/// Steps over a field that nobody asks for. A key with escapes might be one of the others, and a key that is known may
/// only come here because it stands twice.
fn pass(key: &[u8], walk: &mut Walk<'_>) -> Option<()> {
    if key.contains(&b'\\') || matches!(key, b"choices" | b"usage" | b"delta" | b"message") {
        return None;
    }
    walk.value().map(drop)
}

impl Piece<'_> {
    /// Whether anything of it is for the client.
    pub(super) fn has_content(&self) -> bool {
        [
            self.content,
            self.refusal,
            self.reasoning_content,
            self.reasoning,
            self.reasoning_details,
            self.tool_calls,
            self.function_call,
            self.audio,
            self.images,
        ]
        .into_iter()
        .flatten()
        .any(|raw| !matches!(raw, "\"\"" | "[]" | "{}" | "null"))
    }

    /// Adds what stands in it for people to read.
    pub(super) fn text(&self, out: &mut String) {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Content {
            Text(String),
            Parts(Vec<Part>),
        }
        #[derive(Deserialize)]
        struct Part {
            #[serde(default)]
            text: Option<String>,
        }
        for raw in [self.content, self.refusal].into_iter().flatten() {
            match serde_json::from_str(raw) {
                Ok(Content::Text(text)) => out.push_str(&text),
                Ok(Content::Parts(parts)) => {
                    parts.iter().filter_map(|p| p.text.as_deref()).for_each(|t| out.push_str(t))
                }
                Err(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that was seen of a chunk, in words.
    fn told(chunk: &Chunk<'_>) -> String {
        let choices = chunk.choices.iter().flatten().map(|choice| {
            let mut text = String::new();
            if let Some(piece) = &choice.delta {
                piece.text(&mut text);
            }
            let content = choice.delta.as_ref().map(Piece::has_content);
            format!("{content:?} {text:?} {:?} {:?}", choice.finish_reason, choice.error)
        });
        let choices: Vec<String> = choices.collect();
        let of = chunk.choices.is_some();
        let (usage, groq, error) = (chunk.counts(), chunk.x_groq, chunk.error);
        format!("{of} {choices:?} {usage:?} {groq:?} {error:?} {:?} {:?}", chunk.detail, chunk.object)
    }

    #[test]
    fn a_walk_sees_what_a_deserializer_sees() {
        let plain = [
            r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}"#,
            r#" { "object" : "x", "choices" : [ { "delta" : { "content" : "a\"b" , "tool_calls" : [ ] } , "finish_reason" : "stop" } , {} ] } "#,
            r#"{"choices":[{"message":{"content":[{"type":"text","text":"é"}],"refusal":"no"},"error":{"code":1}}]}"#,
            r#"{"choices":[],"usage":{"prompt_tokens":1},"x_groq":{"usage":{}}}"#,
            r#"{"usage":{"prompt_tokens":7,"completion_tokens":2,"cost":0.5}}"#,
            r#"{"usage":"none"}"#,
            r#"{"choices":null,"error":{"message":"m"},"detail":"d","object":"error"}"#,
            r#"{"choices":[{"delta":null,"finish_reason":""}]}"#,
            "{}",
        ];
        for text in plain {
            let walked = Chunk::walk(text.as_bytes()).unwrap();
            let read: Chunk<'_> = serde_json::from_str(text).unwrap();
            assert_eq!(told(&walked), told(&read), "{text}");
        }
    }

    #[test]
    fn what_is_odd_is_left_to_a_deserializer() {
        let odd = [
            "",
            "[]",
            r#"{"choices":[{"delta":"text"}]}"#,
            r#"{"choices":{}}"#,
            r#"{"choices":[],"choices":[]}"#,
            r#"{"usage":{},"usage":{}}"#,
            r#"{"usage":{"prompt_tokens":1},"usage":{}}"#,
            r#"{"usage":{},"usage":{"prompt_tokens":1}}"#,
            r#"{"choices":[{"delta":{},"message":{}}]}"#,
            r#"{"ch\u006fices":[]}"#,
            r#"{"choices":[]} x"#,
        ];
        for text in odd {
            assert!(Chunk::walk(text.as_bytes()).is_none(), "{text}");
        }
        assert!(Chunk::walk(b"{\"object\":\"\xff\"}").is_none());
    }
}
