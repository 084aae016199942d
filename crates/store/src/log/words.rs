//! The text of bodies, as it is searched: what stands in the strings of their JSON, in lower case.

use std::collections::BTreeSet;

use super::Kept;

impl Kept {
    /// What can be searched for. It is made of what is kept, so that what is found can be seen there.
    pub(super) fn words(&self) -> String {
        let mut out = String::with_capacity(self.request.len() + self.response.len());
        for body in [&self.request, &self.response] {
            strings(body, &mut out);
            out.push('\n');
        }
        out.to_lowercase()
    }
}

/// The strings of a JSON text that may break off anywhere, one a line; keys are left out. What does not look like JSON is
/// taken as it is.
fn strings(text: &str, out: &mut String) {
    if !text.trim_start().starts_with(['{', '[', '"']) {
        out.push_str(text);
        return;
    }
    let mut rest = text;
    while let Some(quote) = rest.find('"') {
        let inside = &rest[quote + 1..];
        let end = end(inside);
        rest = inside.get(end + 1..).unwrap_or_default();
        if !rest.trim_start().starts_with(':') {
            unescaped(&inside[..end], out);
            out.push('\n');
        }
    }
}

/// Where a string ends: at its quote, or with the text.
fn end(inside: &str) -> usize {
    let mut escaped = false;
    let quote = inside.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    quote.unwrap_or(inside.len())
}

/// What a JSON string means. Half an escape at its end means nothing.
fn unescaped(inside: &str, out: &mut String) {
    let mut rest = inside;
    let mut high = None;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let mut chars = rest[at + 1..].chars();
        let kind = chars.next();
        rest = chars.as_str();
        match kind {
            Some('n' | 'r' | 't') => out.push('\n'),
            Some('u') => {
                let Some(unit) = rest.get(..4).and_then(|hex| u32::from_str_radix(hex, 16).ok()) else {
                    continue;
                };
                rest = &rest[4..];
                match (high.take(), unit) {
                    (_, 0xd800..=0xdbff) => high = Some(unit),
                    (Some(first), 0xdc00..=0xdfff) => {
                        out.extend(char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (unit - 0xdc00)));
                    }
                    _ => out.extend(char::from_u32(unit)),
                }
            }
            Some(plain) => out.push(plain),
            None => {}
        }
    }
    out.push_str(rest);
}

/// Every three characters in a row, as numbers; each once.
pub(super) fn trigrams(words: &str) -> Vec<i32> {
    let all: BTreeSet<i32> = windows(words).map(number).collect();
    all.into_iter().collect()
}

/// Every three characters in a row.
pub(super) fn windows(words: &str) -> impl Iterator<Item = &str> {
    let starts = words.char_indices().map(|(at, _)| at);
    let ends = words.char_indices().map(|(at, _)| at).skip(3).chain([words.len()]);
    starts.zip(ends).map(|(from, to)| &words[from..to]).filter(|three| three.chars().nth(2).is_some())
}

/// FNV-1a, folded to 32 bits. Two that share a number cost a look into what is then not found.
pub(super) fn number(three: &str) -> i32 {
    let hash =
        three.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash.cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(request: &str) -> String {
        Kept { request: request.to_owned(), ..Kept::default() }.words()
    }

    #[test]
    fn strings_are_found_and_keys_are_not() {
        let text =
            words(r#"{"model":"GPT","messages":[{"content":"Say \"ÄH\"\nสวัสดี 中文 \ud83d\ude00 \u4e2d"}]}"#);
        assert_eq!(text, "gpt\nsay \"äh\"\nสวัสดี 中文 😀 中\n\n\n");
        assert_eq!(words("Plain Text"), "plain text\n\n");
    }

    #[test]
    fn a_body_may_break_off_anywhere() {
        let whole = r#"{"a":"x\"y\\","b":["é\u00e9\ud83d\ude00"]}"#;
        for at in (0..whole.len()).filter(|at| whole.is_char_boundary(*at)) {
            words(&whole[..at]);
        }
    }

    #[test]
    fn three_characters_in_a_row_are_taken_whatever_they_are() {
        assert_eq!(windows("aé中b").collect::<Vec<_>>(), ["aé中", "é中b"]);
        assert_eq!(windows("ab").count(), 0);
        assert_eq!(trigrams("aaaaaa").len(), 1);
    }
}
