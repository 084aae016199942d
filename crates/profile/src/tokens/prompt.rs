//! What a request asks a model to read: its text, counted without the JSON around it, its pictures by their sizes, and how
//! many messages and tools there are. Base64 is never counted as text.
//!
//! One walk for all dialects, by the names of keys. A body that is not JSON is counted as far as it goes; who needs to
//! know that it is broken has been told by then.

use memchr::{memchr, memchr_iter, memchr2};

use super::counts::Counts;
use super::image::Picture;
use super::pieces::Pieces;
use super::reader::Reader;
use super::size::size;
use super::tally::{Take, Tally};
use super::weighed::Weighed;

mod part;
mod strings;

use strings::{container, string, unescaped};

/// Pictures whose sizes are kept; more are taken to be like the default.
const MOST_PICTURES: usize = 64;
/// Bytes of a file in base64 that are taken for a token where it is neither a picture nor known: documents are mostly
/// pictures and fonts.
const FILE_BYTES: u64 = 64;

/// What is counted of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prompt {
    /// Of what is said, and of the tools.
    counts: Counts,
    around: Around,
}

/// What there is beside the text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Around {
    /// How many messages there are.
    messages: u32,
    /// Whether there are tools.
    tools: bool,
    pictures: Vec<Picture>,
    /// Pictures besides those.
    others: u32,
    /// Bytes of base64 that is no picture.
    files: u64,
    /// Tokens that came as such.
    given: u64,
}

/// What a top-level field is to a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// Messages or text: strings count, but for those that only say what is what.
    Said,
    /// Tools: all of the JSON counts.
    Shown,
    /// Settings: of them a schema counts.
    Set,
    /// Nothing that a model reads.
    Unread,
}

impl Manner {
    fn of(field: &str) -> Self {
        match field {
            "messages" | "input" | "contents" | "prompt" | "system" | "instructions"
            | "systemInstruction" | "system_instruction" | "suffix" | "documents" | "message"
            | "chat_history" | "preamble" | "prediction" | "images" => Self::Said,
            "tools" | "functions" => Self::Shown,
            "response_format" | "format" | "text" | "output_format" | "output_config"
            | "generationConfig" | "generation_config" => Self::Set,
            _ => Self::Unread,
        }
    }
}

impl Prompt {
    /// Counts a request's top-level fields: names and raw JSON.
    #[must_use]
    pub fn of<'a>(fields: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        let walk = Walk::over(fields, Tally::new(), 0);
        Self { counts: Counts::from(&walk.text), around: walk.around }
    }

    /// How many tokens a model is thought to take a request's top-level fields for: as [`Self::of`] and [`Self::tokens`], in
    /// a fraction of the time, and for long requests from pieces.
    #[must_use]
    pub fn tokens_of<'a, F>(fields: F, reader: Reader) -> u64
    where
        F: IntoIterator<Item = (&'a str, &'a [u8]), IntoIter: Clone>,
    {
        let fields = fields.into_iter();
        let read = fields.clone().filter(|(field, _)| Manner::of(field) != Manner::Unread);
        let bytes = read.map(|(_, json)| json.len()).sum();
        let mut walk = Walk::over(fields.clone(), Weighed::new(reader.family), bytes);
        let (text, _) = walk.pieces.share();
        // Most of it are pictures: of the text too little was read.
        if !walk.pieces.is_all() && text < bytes / 4 {
            walk = Walk::over(fields, Weighed::new(reader.family), text);
        }
        walk.text.tokens() + walk.around.tokens(reader)
    }

    /// Counts a text that is all there is.
    #[must_use]
    pub fn of_text(text: impl AsRef<[u8]>) -> Self {
        Self { counts: Counts::of(text), around: Around { messages: 1, ..Around::default() } }
    }

    /// How many tokens a model is thought to take it for.
    #[must_use]
    pub fn tokens(&self, reader: Reader) -> u64 {
        self.counts.tokens(reader.family) + self.around.tokens(reader)
    }

    /// The sums of its text.
    #[must_use]
    pub const fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Its pictures, as far as they are kept, and how many there are.
    #[must_use]
    pub fn pictures(&self) -> (&[Picture], usize) {
        (&self.around.pictures, self.around.pictures.len() + self.around.others as usize)
    }
}

impl Around {
    fn tokens(&self, reader: Reader) -> u64 {
        let Reader { vision, frame, .. } = reader;
        let pictures: u64 = self.pictures.iter().map(|picture| vision.tokens(*picture)).sum();
        let others = u64::from(self.others) * vision.tokens(Picture::default());
        let tools = if self.tools { frame.tools } else { 0 };
        let around = u64::from(self.messages) * frame.each + frame.once + tools;
        around + pictures + others + self.files / FILE_BYTES + self.given
    }

    fn saw(&mut self, picture: Option<Picture>) {
        match picture {
            Some(picture) if self.pictures.len() < MOST_PICTURES => self.pictures.push(picture),
            _ => self.others = self.others.saturating_add(1),
        }
    }
}

/// What a key says of the string that it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    /// Text that a model reads.
    Text,
    /// A word of the dialect, an id, an opaque block.
    Word,
    /// `role`: there is one in every message.
    Role,
    /// Base64, or an address of a picture.
    Media,
    /// An address: of a picture, if it is not base64.
    Url,
    /// JSON that a model reads as it is.
    Json,
    /// How closely to look at a picture.
    Detail,
}

impl Key {
    fn of(key: &[u8]) -> Self {
        match key {
            b"role" => Self::Role,
            b"type" | b"id" | b"tool_call_id" | b"tool_use_id" | b"call_id" | b"signature"
            | b"thoughtSignature" | b"thought_signature" | b"encrypted_content" | b"media_type"
            | b"mimeType" | b"mime_type" | b"file_id" | b"fileUri" | b"file_uri" | b"filename"
            | b"status" | b"format" | b"ttl" | b"phase" => Self::Word,
            b"data" | b"file_data" | b"b64_json" | b"images" => Self::Media,
            b"url" | b"image_url" => Self::Url,
            b"input" | b"args" | b"arguments" | b"response" | b"parameters" | b"input_schema" => Self::Json,
            b"detail" => Self::Detail,
            _ => Self::Text,
        }
    }
}

struct Walk<T> {
    around: Around,
    text: T,
    pieces: Pieces,
}

impl<T: Take> Walk<T> {
    /// Walks over a request's top-level fields, of about so many `bytes`. Of a long one pieces are taken for the whole; of one
    /// of no bytes all is taken.
    fn over<'a>(fields: impl IntoIterator<Item = (&'a str, &'a [u8])>, text: T, bytes: usize) -> Self {
        let mut walk = Self { around: Around::default(), text, pieces: Pieces::of(bytes) };
        for (field, json) in fields {
            match Manner::of(field) {
                Manner::Said => {
                    // A system prompt beside the messages, and an input that is one text, are a message each.
                    walk.around.messages += u32::from(json.first() == Some(&b'"'));
                    walk.said(json);
                    walk.given(json);
                }
                Manner::Shown => {
                    walk.around.tools |= json.len() > 2;
                    walk.shown(json);
                }
                Manner::Set => walk.set(json),
                Manner::Unread => {}
            }
        }
        let (seen, read) = walk.pieces.share();
        if read > 0 {
            let all = u128::from(walk.text.worth()) * seen as u128 / read as u128;
            walk.text.set_worth(u64::try_from(all).unwrap_or(u64::MAX));
        }
        walk
    }

    /// Counts messages: every string behind a key that holds text.
    fn said(&mut self, json: &[u8]) {
        let (mut at, mut key) = (0, Key::Text);
        while let Some((text, end)) = string(json, at) {
            let rest = &json[end..];
            let next = rest.iter().position(|byte| !byte.is_ascii_whitespace());
            at = end;
            if next.is_some_and(|next| rest[next] == b':') {
                key = Key::of(text);
                let value = next.map_or(end, |next| end + next + 1);
                if key == Key::Json
                    && let Some(length) = container(&json[value..])
                {
                    self.shown(&json[value..value + length]);
                    at = value + length;
                }
                continue;
            }
            self.text.cut();
            match key {
                Key::Text | Key::Json => self.text(text),
                Key::Word => {}
                Key::Role => self.around.messages = self.around.messages.saturating_add(1),
                Key::Media | Key::Url => self.media(key, text),
                Key::Detail => self.detail(text),
            }
        }
    }

    /// Counts the numbers of a list of tokens, which is one way to write a prompt.
    fn given(&mut self, json: &[u8]) {
        if json.first() == Some(&b'[') && json.len() > 2 && memchr2(b'"', b'{', json).is_none() {
            self.around.given += memchr_iter(b',', json).count() as u64 + 1;
        }
    }

    /// Counts the schema among settings.
    fn set(&mut self, json: &[u8]) {
        const SCHEMAS: [&[u8]; 6] = [
            b"schema",
            b"json_schema",
            b"responseSchema",
            b"responseJsonSchema",
            b"response_schema",
            b"properties",
        ];
        let mut at = 0;
        while let Some((text, end)) = string(json, at) {
            let rest = &json[end..];
            let colon =
                rest.iter().position(|byte| !byte.is_ascii_whitespace()).filter(|at| rest[*at] == b':');
            at = end;
            if let Some(value) = colon.map(|colon| end + colon + 1)
                && SCHEMAS.contains(&text)
                && let Some(length) = container(&json[value..])
            {
                return self.shown(&json[value..value + length]);
            }
        }
    }

    /// Counts JSON that a model reads as it stands, without the blanks between its tokens.
    fn shown(&mut self, json: &[u8]) {
        self.text.cut();
        if !self.pieces.is_all() {
            return self.in_pieces(json, Self::shown_piece);
        }
        let mut at = 0;
        while at < json.len() {
            let quote = memchr(b'"', &json[at..]).map_or(json.len(), |quote| at + quote);
            for part in json[at..quote].split(u8::is_ascii_whitespace) {
                self.text.take(part);
            }
            let end = string(json, quote).map_or(json.len(), |(_, end)| end);
            self.whole_text(&json[quote..end]);
            at = end.max(quote + 1);
        }
    }

    /// Counts a string's inside.
    fn text(&mut self, text: &[u8]) {
        if self.pieces.is_all() { self.whole_text(text) } else { self.in_pieces(text, Self::piece) }
    }

    /// Counts all of a string's inside, which may hold escapes.
    fn whole_text(&mut self, mut text: &[u8]) {
        while let Some(escape) = memchr(b'\\', text) {
            self.text.take(&text[..escape]);
            let (letter, length) = unescaped(&text[escape..]);
            self.text.take(letter.encode_utf8(&mut [0; 4]).as_bytes());
            text = text.get(escape + length..).unwrap_or_default();
        }
        self.text.take(text);
    }

    /// Takes a picture's size from the beginning of its file; what is neither base64 nor an address is text after all.
    fn media(&mut self, key: Key, text: &[u8]) {
        let base64 = match text.strip_prefix(b"data:") {
            Some(url) => memchr(b',', &url[..url.len().min(256)]).map(|comma| &url[comma + 1..]),
            None if key == Key::Media => Some(text),
            None => None,
        };
        let Some(base64) = base64 else {
            // An address of a picture; others are short.
            self.around.saw(Some(Picture::default()));
            return;
        };
        // What holds a space is text, whatever it says of itself.
        if memchr(b' ', base64).is_some() || !base64.iter().take(64).copied().all(is_base64) {
            return self.text(text);
        }
        let picture = size(base64).map(|(width, height)| Picture { width, height, low: false });
        if picture.is_some() || text.starts_with(b"data:image/") {
            self.around.saw(picture);
        } else if base64.len() < 64 && !text.starts_with(b"data:") {
            self.text(text);
        } else {
            self.around.files = self.around.files.saturating_add(base64.len() as u64);
        }
    }

    /// `detail` stands behind the picture that it is of, in what clients write.
    fn detail(&mut self, text: &[u8]) {
        if let (b"low", Some(picture)) = (text, self.around.pictures.last_mut()) {
            picture.low = true;
        }
    }
}

const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=' | b'\\')
}

#[cfg(test)]
mod tests;
