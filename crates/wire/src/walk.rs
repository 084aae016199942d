//! Walks over JSON without keeping it: checks that it is JSON and tells where its values stand, in a fraction of the
//! instructions a deserializer needs.
//!
//! `None` means *not plainly JSON*: broken, nested deeper than [`DEEPEST`], or not UTF-8. Who needs to know which, and
//! in words, asks a deserializer then; a walk that succeeds has seen what that one would have accepted.

use std::ops::Range;

/// How deep values may stand in each other.
const DEEPEST: u32 = 120;

/// A place in a JSON text.
#[derive(Debug, Clone)]
pub(crate) struct Walk<'a> {
    text: &'a [u8],
    /// The same as text.
    str: &'a str,
    at: usize,
}

impl<'a> Walk<'a> {
    /// At the beginning of a text.
    pub(crate) fn new(text: &'a [u8]) -> Option<Self> {
        Some(Self { text, str: std::str::from_utf8(text).ok()?, at: 0 })
    }

    /// Nothing but white space is left.
    pub(crate) fn end(&mut self) -> Option<()> {
        self.space();
        (self.at == self.text.len()).then_some(())
    }

    /// Walks over an object. `each` gets the raw key, without its quotes, and must walk over its value.
    pub(crate) fn fields(&mut self, mut each: impl FnMut(&'a [u8], &mut Self) -> Option<()>) -> Option<()> {
        self.take(b'{')?;
        if self.skips(b'}') {
            return Some(());
        }
        loop {
            let key = self.key()?;
            each(key, self)?;
            self.space();
            if self.skips(b'}') {
                return Some(());
            }
            self.take(b',')?;
        }
    }

    /// Walks over an array. `each` must walk over an element.
    pub(crate) fn items(&mut self, mut each: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.take(b'[')?;
        if self.skips(b']') {
            return Some(());
        }
        loop {
            each(self)?;
            self.space();
            if self.skips(b']') {
                return Some(());
            }
            self.take(b',')?;
        }
    }

    /// Walks over a value of any kind and gives its text; `Some(None)` is `null`.
    pub(crate) fn raw(&mut self) -> Option<Option<&'a str>> {
        let raw = self.value().and_then(|range| self.str.get(range))?;
        Some((raw != "null").then_some(raw))
    }

    /// Steps over `null`, if that is the value.
    pub(crate) fn is_null(&mut self) -> bool {
        self.text.get(self.at) == Some(&b'n') && self.word(b"null").is_some()
    }

    /// Walks over a value of any kind and tells where it stands.
    pub(crate) fn value(&mut self) -> Option<Range<usize>> {
        self.space();
        let start = self.at;
        // What is open, innermost in the lowest bit: an object or an array.
        let (mut objects, mut depth) = (0_u128, 0);
        loop {
            match *self.text.get(self.at)? {
                b'"' => drop(self.string()?),
                open @ (b'{' | b'[') => {
                    let object = open == b'{';
                    self.at += 1;
                    self.space();
                    if !self.skips(if object { b'}' } else { b']' }) {
                        depth += 1;
                        if depth > DEEPEST {
                            return None;
                        }
                        objects = objects << 1 | u128::from(object);
                        if object {
                            self.key()?;
                        }
                        continue;
                    }
                }
                b'-' | b'0'..=b'9' => self.number()?,
                b't' => self.word(b"true")?,
                b'f' => self.word(b"false")?,
                b'n' => self.word(b"null")?,
                _ => return None,
            }
            loop {
                if depth == 0 {
                    return Some(start..self.at);
                }
                self.space();
                let object = objects & 1 == 1;
                if self.skips(b',') {
                    if object {
                        self.key()?;
                    } else {
                        self.space();
                    }
                    break;
                }
                self.take(if object { b'}' } else { b']' })?;
                objects >>= 1;
                depth -= 1;
            }
        }
    }

    /// A key, its colon and the white space behind; gives the key without its quotes, escapes and all.
    fn key(&mut self) -> Option<&'a [u8]> {
        self.space();
        let key = self.string()?;
        self.take(b':')?;
        self.space();
        Some(key)
    }

    fn string(&mut self) -> Option<&'a [u8]> {
        if self.text.get(self.at) != Some(&b'"') {
            return None;
        }
        let start = self.at + 1;
        let mut at = start;
        loop {
            at = special(self.text, at)?;
            match self.text[at] {
                b'"' => {
                    self.at = at + 1;
                    return self.text.get(start..at);
                }
                b'\\' => at += escape(&self.text[at + 1..])?,
                _ => return None,
            }
        }
    }

    fn number(&mut self) -> Option<()> {
        self.at += usize::from(self.text[self.at] == b'-');
        if !self.skips(b'0') {
            self.digits()?;
        }
        if self.skips(b'.') {
            self.digits()?;
        }
        if self.skips(b'e') || self.skips(b'E') {
            let _ = self.skips(b'+') || self.skips(b'-');
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.text.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.text[self.at..].starts_with(word).then(|| self.at += word.len())
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.text.get(self.at) {
            self.at += 1;
        }
    }

    /// Steps over a byte if it is there.
    fn skips(&mut self, byte: u8) -> bool {
        let there = self.text.get(self.at) == Some(&byte);
        self.at += usize::from(there);
        there
    }

    /// White space, the byte, white space.
    fn take(&mut self, byte: u8) -> Option<()> {
        self.space();
        self.skips(byte).then(|| self.space())
    }
}

/// Whether bytes can stand between the quotes of a string.
pub(crate) fn is_text(bytes: &[u8]) -> bool {
    let mut at = 0;
    while let Some(special) = special(bytes, at) {
        match (bytes[special], escape(&bytes[special + 1..])) {
            (b'\\', Some(length)) => at = special + length,
            _ => return false,
        }
    }
    std::str::from_utf8(bytes).is_ok()
}

/// How many bytes an escape has, its backslash included; `rest` begins behind that.
fn escape(rest: &[u8]) -> Option<usize> {
    match rest.first()? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(2),
        b'u' => rest.get(1..5)?.iter().all(u8::is_ascii_hexdigit).then_some(6),
        _ => None,
    }
}

/// Where the next byte stands that is not plainly text within a string: a quote, a backslash, a control character.
fn special(text: &[u8], mut at: usize) -> Option<usize> {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    let is_special = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    loop {
        // Most strings are short: eight bytes at a time, the first hit in the lowest bits.
        for _ in 0..4 {
            let Some(eight) = text.get(at..at + 8).and_then(|eight| <[u8; 8]>::try_from(eight).ok()) else {
                let rest = text.get(at..)?;
                return rest.iter().position(|byte| is_special(*byte)).map(|more| at + more);
            };
            let word = u64::from_le_bytes(eight);
            let holds = |byte: u8| {
                let zeroed = word ^ (ONES * u64::from(byte));
                zeroed.wrapping_sub(ONES) & !zeroed
            };
            let control = word.wrapping_sub(ONES * 0x20) & !word;
            let hits = (control | holds(b'"') | holds(b'\\')) & HIGH;
            if hits != 0 {
                return Some(at + (hits.trailing_zeros() / 8) as usize);
            }
            at += 8;
        }
        // A long one: pieces that compilers turn into a few vector instructions.
        while let Some(piece) = text.get(at..at + 64)
            && piece.iter().fold(0, |any, byte| any | u8::from(is_special(*byte))) == 0
        {
            at += 64;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn walks(text: &[u8]) -> bool {
        Walk::new(text).and_then(|mut walk| walk.value().and(walk.end())).is_some()
    }

    fn is_json(text: &[u8]) -> bool {
        serde_json::from_slice::<&serde_json::value::RawValue>(text).is_ok()
    }

    #[test]
    fn accepts_json_and_nothing_else() {
        let texts = [
            "",
            " ",
            "{}",
            "[]",
            " { } ",
            "[ ]",
            "null",
            "tru",
            "true ",
            "-",
            "-0",
            "01",
            "1.",
            ".5",
            "1e",
            "1e+5",
            "1.5E-3",
            "[1,]",
            "[,1]",
            "{\"a\"}",
            "{\"a\":1,}",
            "{\"a\" : [ 1 , {\"b\":null}] }",
            "{a:1}",
            "[1 2]",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"\\u12\"",
            "\"\\ud800\"",
            "\"tab\there\"",
            "\"\u{7f}é\"",
            "\"open",
            "\"\\",
            "{\"a\":1]",
            "[1}",
            "1 2",
            "\u{feff}1",
            "[[[[]]]]",
            "{\"\\\"\":\"\\\\\"}",
            "nulll",
        ];
        for text in texts {
            assert_eq!(walks(text.as_bytes()), is_json(text.as_bytes()), "{text}");
        }
        assert!(!walks(b"\"\xff\""));
        let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(walks(deep(121).as_bytes()));
        assert!(!walks(deep(122).as_bytes()));
    }

    #[test]
    fn fields_and_items_are_where_they_stand() {
        let text = br#" {"a": [1, "x\"y" ,{}] , "b\u0041" :null} "#;
        let mut seen = Vec::new();
        let mut walk = Walk::new(text).unwrap();
        let walked = walk.fields(|key, walk| {
            let key = String::from_utf8_lossy(key).into_owned();
            if key == "a" {
                return walk.items(|walk| {
                    seen.push((key.clone(), walk.raw()?));
                    Some(())
                });
            }
            seen.push((key, walk.raw()?));
            Some(())
        });
        assert_eq!(walked.and(walk.end()), Some(()));
        let seen: Vec<_> = seen.iter().map(|(key, raw)| (key.as_str(), *raw)).collect();
        let wanted = [("a", Some("1")), ("a", Some("\"x\\\"y\"")), ("a", Some("{}")), ("b\\u0041", None)];
        assert_eq!(seen, wanted);
    }

    /// Any JSON, keys with escapes and characters of all lengths among it.
    fn json() -> impl Strategy<Value = String> {
        let text =
            || prop_oneof!["[a-z]{0,9}", "\\PC{0,80}", Just("m\u{0}\u{1f}\"\\/\u{7f}\u{2028}".to_owned())];
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            text().prop_map(Into::into),
        ];
        let value = leaf.prop_recursive(6, 40, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                prop::collection::vec((text(), inner), 0..6)
                    .prop_map(|fields| serde_json::Value::Object(fields.into_iter().collect())),
            ]
        });
        (value, any::<bool>()).prop_map(|(value, pretty)| {
            let text =
                if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            text.unwrap()
        })
    }

    proptest! {
        /// What comes from a network: JSON with some bytes changed, put in, taken out, or cut short.
        #[test]
        fn agrees_about_json_that_was_tampered_with(
            text in json(),
            changes in prop::collection::vec((any::<prop::sample::Index>(), 0u8..4, any::<u8>(), prop::sample::select(
                &b"{}[]:,\"\\/untfe0-.+ \t\n\x00\x0b\x0c\x7f\xef\xbb\xbf\xc3\xed\xa0\x80\xff"[..],
            )), 0..4),
        ) {
            let mut bytes = text.into_bytes();
            prop_assert!(walks(&bytes), "{}", String::from_utf8_lossy(&bytes));
            for (at, what, any, odd) in changes {
                let at = at.index(bytes.len() + 1);
                match what {
                    0 => bytes.insert(at, odd),
                    1 if at < bytes.len() => drop(bytes.remove(at)),
                    2 if at < bytes.len() => bytes[at] = any,
                    3 => bytes.truncate(at),
                    _ => {}
                }
                prop_assert_eq!(walks(&bytes), is_json(&bytes), "{}", String::from_utf8_lossy(&bytes));
            }
        }

        #[test]
        fn agrees_with_a_deserializer(
            pieces in prop::collection::vec(
                prop_oneof![
                    Just("{".to_owned()), Just("}".into()), Just("[".into()), Just("]".into()), Just(",".into()),
                    Just(":".into()), Just("\"a\"".into()), Just("\"a\":".into()), Just("-1.5e3".into()), Just("null".into()),
                    "\"[ -~é\\\\]{0,90}\"", "[ \t\n]{1,3}",
                ],
                0..12,
            ),
            cut in any::<prop::sample::Index>(),
        ) {
            let text = pieces.concat();
            prop_assert_eq!(walks(text.as_bytes()), is_json(text.as_bytes()));
            let cut = &text.as_bytes()[..cut.index(text.len() + 1)];
            prop_assert_eq!(walks(cut), is_json(cut));
        }

        #[test]
        fn the_next_special_byte_is_found_wherever_it_stands(plain in 0usize..300, byte in any::<u8>(), more in 0usize..90) {
            let mut text = vec![b'x'; plain];
            text.push(byte);
            text.extend(std::iter::repeat_n(0xc3, more));
            let special_byte = byte < b' ' || byte == b'"' || byte == b'\\';
            prop_assert_eq!(special(&text, 0), special_byte.then_some(plain));
        }
    }
}
