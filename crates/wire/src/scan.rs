//! The one scan of a request body: where its top-level fields are, and what routing needs to know of them.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::dialect::RequestError;
use crate::walk::Walk;

/// How many top-level fields a body may have.
const MOST_FIELDS: usize = 1024;

/// The fields of a JSON object, in order, with where their values stand. The whole body has been checked to be JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TopLevel {
    /// The keys, unescaped, one behind the other.
    keys: String,
    fields: Vec<Field>,
    /// Whether it is known that there are neither pictures nor sound.
    still: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Field {
    /// Where in `keys` the key ends; it begins where the one before ends.
    key_end: usize,
    /// The value's bytes.
    value: Range<usize>,
}

impl TopLevel {
    /// Scans a body once.
    ///
    /// # Errors
    /// If it is not a JSON object, or a top-level key stands twice.
    pub fn scan(body: &[u8]) -> Result<Self, RequestError> {
        if let Some(plain) = Self::walk(body) {
            return Ok(plain);
        }
        let raw: RawFields<'_> = serde_json::from_slice(body).map_err(|error| syntax_error(&error, body))?;
        let base = body.as_ptr() as usize;
        let mut top = Self::default();
        for (key, value) in raw.0 {
            if let Some(message) = top.again(&key) {
                return Err(RequestError { syntax: true, message, param: Some(key) });
            }
            let start = value.get().as_ptr() as usize - base;
            top.push(&key, start..start + value.get().len());
        }
        Ok(top)
    }

    /// The scan of a body that has nothing odd about it: other bodies take the slow way, which finds the words for what
    /// is wrong.
    fn walk(body: &[u8]) -> Option<Self> {
        const USUAL: usize = 12;
        let (keys, fields) = (String::with_capacity(16 * USUAL), Vec::with_capacity(USUAL));
        let mut top = Self { keys, fields, still: false };
        let mut walk = Walk::unchecked(body);
        walk.named(|key, walk| {
            let odd = key.as_bytes().contains(&b'\\') || top.again(key).is_some();
            if odd || top.fields.len() >= MOST_FIELDS {
                return None;
            }
            let value = walk.value()?;
            top.push(key, value);
            Some(())
        })?;
        walk.end()?;
        top.still = !walk.saw_media();
        Some(top)
    }

    /// Whether there may be pictures or sound in the body: `false` is certain unless somebody escapes letters of the words that
    /// every dialect has for them.
    #[must_use]
    pub const fn may_hold_media(&self) -> bool {
        !self.still
    }

    /// What is wrong if a key is there already, be it in other letters. Servers in Go (Ollama and many others) read
    /// `Model` as `model` and take the last of them: they would serve another model than the one seen here.
    fn again(&self, key: &str) -> Option<String> {
        let (known, _) = self.fields().find(|(known, _)| same_folded(known, key))?;
        Some(if known == key {
            format!("the key \"{key}\" stands twice in the body; send it once")
        } else {
            format!(
                "the keys \"{known}\" and \"{key}\" of the body are the same to some servers; send one of them"
            )
        })
    }

    fn push(&mut self, key: &str, value: Range<usize>) {
        self.keys.push_str(key);
        self.fields.push(Field { key_end: self.keys.len(), value });
    }

    /// All fields, in order: keys, unescaped, and where their values stand.
    pub fn fields(&self) -> impl Iterator<Item = (&str, Range<usize>)> + Clone {
        self.fields.iter().scan(0, |start, field| {
            let key = std::mem::replace(start, field.key_end)..field.key_end;
            Some((self.keys.get(key).unwrap_or_default(), field.value.clone()))
        })
    }

    /// Where a field's value stands.
    #[must_use]
    pub fn span(&self, key: &str) -> Option<Range<usize>> {
        // Lengths first: a request is asked for a dozen keys that it does not have.
        let mut start = 0;
        let found = self.fields.iter().find(|field| {
            let from = std::mem::replace(&mut start, field.key_end);
            field.key_end - from == key.len()
                && self.keys.as_bytes().get(from..field.key_end) == Some(key.as_bytes())
        });
        found.map(|field| field.value.clone())
    }

    /// A field's raw JSON; `None` if it is absent or `null`.
    #[must_use]
    pub fn raw<'b>(&self, body: &'b [u8], key: &str) -> Option<&'b [u8]> {
        body.get(self.span(key)?).filter(|raw| *raw != b"null")
    }

    /// A field's value. `Ok(None)` if it is absent or `null`.
    ///
    /// # Errors
    /// If it has the wrong type; `wanted` says what to write, e.g. `a string`.
    pub fn get<'b, T: Deserialize<'b>>(
        &self,
        body: &'b [u8],
        key: &str,
        wanted: &str,
    ) -> Result<Option<T>, RequestError> {
        self.raw(body, key)
            .map(|raw| {
                serde_json::from_slice(raw).map_err(|_| {
                    RequestError::field(key, format!("`{key}` must be {wanted}, not {}", kind_of(raw)))
                })
            })
            .transpose()
    }
}

/// Whether two keys are the same but for upper and lower case.
pub(crate) fn same_folded(a: &str, b: &str) -> bool {
    // There and back: some letters (ſ, K) have a partner that is not theirs in return.
    let folded = |text: &str| -> String {
        text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
    };
    a.eq_ignore_ascii_case(b) || (!a.is_ascii() || !b.is_ascii()) && folded(a) == folded(b)
}

/// What kind of JSON value a text is, for messages.
#[must_use]
pub fn kind_of(raw: &[u8]) -> &'static str {
    match raw.iter().find(|b| !b.is_ascii_whitespace()) {
        Some(b'"') => "a string",
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        Some(_) => "a number",
        None => "nothing",
    }
}

fn syntax_error(error: &serde_json::Error, body: &[u8]) -> RequestError {
    let (line, column) = (error.line(), error.column());
    if body.iter().all(u8::is_ascii_whitespace) {
        return RequestError::syntax("the body is empty; send a JSON object");
    }
    if error.is_data() {
        return RequestError::syntax(format!("the body must be a JSON object, not {}", kind_of(body)));
    }
    // serde_json ends its messages with the place; ours says it in its own words.
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or(&text);
    RequestError::syntax(format!("the body is not JSON: {what} (line {line}, column {column})"))
}

/// Fields as borrowed raw JSON. Keys are unescaped, values are not looked into.
struct RawFields<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for RawFields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = RawFields<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut fields = Vec::with_capacity(12);
                while let Some(key) = map.next_key::<String>()? {
                    if fields.len() >= MOST_FIELDS {
                        return Err(M::Error::custom("too many top-level keys"));
                    }
                    fields.push((key, map.next_value()?));
                }
                Ok(RawFields(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

/// What routing and relaying need of a request, without the IR.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// Where the top-level fields are.
    pub top: TopLevel,
    /// The model the client names, from the body or the path.
    pub model: String,
    /// Whether the answer is to be streamed.
    pub stream: bool,
    /// Whether the client asked for usage in the stream (always true outside OpenAI's dialect).
    pub include_usage: bool,
    /// Whether the request asks the model to think, so that a stream may stay silent for long.
    pub wants_thinking: bool,
    /// Whether tools are offered.
    pub tools: bool,
    /// The client's output limit, if it set one.
    pub max_tokens: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_point_at_the_values() {
        let body = br#" { "model" : "m", "n\u0041": [1, {"a":2}] , "s": true }"#;
        let top = TopLevel::scan(body).unwrap();
        assert_eq!(top.raw(body, "model"), Some(&b"\"m\""[..]));
        assert_eq!(top.raw(body, "nA"), Some(&b"[1, {\"a\":2}]"[..]));
        assert_eq!(top.get::<bool>(body, "s", "a boolean").unwrap(), Some(true));
    }

    /// A body that names a model to us and another one to a server that does not tell `Model` from `model`.
    #[test]
    fn a_key_in_other_letters_is_the_same_key() {
        let refused = |body: &str| TopLevel::scan(body.as_bytes()).unwrap_err();
        for (first, second) in
            [("model", "Model"), ("MODEL", "model"), ("stream", "\u{17f}tream"), ("k", "\u{212a}")]
        {
            let error = refused(&format!("{{\"{first}\":1,\"x\":2,\"{second}\":3}}"));
            assert!(error.syntax && error.message.contains("the same to some servers"), "{}", error.message);
            assert_eq!(error.param.as_deref(), Some(second));
        }
        assert!(refused(r#"{"model":1,"M\u006fdel":2}"#).message.contains("\"Model\""));
        assert!(TopLevel::scan("{\"modél\":1,\"model\":2,\"mode\":3}".as_bytes()).is_ok());
    }

    #[test]
    fn errors_say_what_is_wrong_and_where() {
        let message = |body: &[u8]| TopLevel::scan(body).unwrap_err().message;
        assert_eq!(message(b""), "the body is empty; send a JSON object");
        assert_eq!(message(b"[1]"), "the body must be a JSON object, not an array");
        assert!(message(b"{\"a\": 1, }").contains("line 1, column"), "{}", message(b"{\"a\": 1, }"));
        assert!(message(b"{\"a\":1,\"b\":2,\"a\":3}").contains("\"a\" stands twice"));
        let top = TopLevel::scan(b"{\"model\":7}").unwrap();
        let error = top.get::<String>(b"{\"model\":7}", "model", "a string").unwrap_err();
        assert_eq!(error.message, "`model` must be a string, not a number");
    }
}
