//! Strings of JSON as they stand, found without reading what is between them: broken JSON has strings, too.

use std::ops::Range;

use memchr::{memchr, memchr2};

/// The next string from a place on: what is between its quotes, and where it ends.
pub(super) fn string(json: &[u8], from: usize) -> Option<(&[u8], usize)> {
    let start = from + memchr(b'"', json.get(from..)?)? + 1;
    let mut at = start;
    loop {
        at += memchr2(b'"', b'\\', json.get(at..)?)?;
        if json[at] == b'"' {
            return Some((&json[start..at], at + 1));
        }
        at += 2;
    }
}

/// Backslashes in a row that are looked at to tell which of them begin an escape.
const MOST_BACKSLASHES: usize = 32;
/// Bytes of the longest escape, `\u0e01`.
const ESCAPE: usize = 6;

/// A piece of a text, moved to where characters in UTF-8 and escapes begin: what begins in it belongs to it, and nothing else
/// does. Before it stands where the character before it begins.
pub(super) fn whole_characters(text: &[u8], piece: Range<usize>) -> (usize, Range<usize>) {
    let (from, to) = (boundary(text, piece.start), boundary(text, piece.end));
    (before(text, from), from..to)
}

/// The first place from here on where a character or an escape begins.
fn boundary(text: &[u8], at: usize) -> usize {
    let tails = text[at..].iter().take(3).take_while(|byte| **byte & 0xc0 == 0x80).count();
    let near = at.saturating_sub(ESCAPE - 1);
    match text[near..at].iter().rposition(|byte| *byte == b'\\').map(|back| near + back) {
        _ if tails > 0 => at + tails,
        Some(start) if is_escape(text, start) => (start + escape(text, start)).clamp(at, text.len()),
        _ => at,
    }
}

/// Where the character or escape begins that stands before such a place.
fn before(text: &[u8], at: usize) -> usize {
    let starts = |back: usize, word: &[u8]| {
        at.checked_sub(back).filter(|start| text[*start..].starts_with(word) && is_escape(text, *start))
    };
    let tails = text[..at].iter().rev().take(3).take_while(|byte| **byte & 0xc0 == 0x80).count();
    let escape = starts(2, b"\\").or_else(|| starts(ESCAPE, b"\\u"));
    escape.unwrap_or(at.saturating_sub(tails + 1))
}

/// Whether a backslash begins an escape: an odd one of its row does.
fn is_escape(text: &[u8], backslash: usize) -> bool {
    let row = text[..=backslash].iter().rev().take(MOST_BACKSLASHES).take_while(|byte| **byte == b'\\');
    row.count() % 2 == 1
}

/// How long the escape is that begins at a backslash.
fn escape(text: &[u8], start: usize) -> usize {
    if text.get(start + 1) == Some(&b'u') { ESCAPE } else { 2 }
}

/// How long the object or array is that a text begins with, blanks before it and all.
pub(super) fn container(json: &[u8]) -> Option<usize> {
    let mut at = json.iter().position(|byte| !byte.is_ascii_whitespace())?;
    if !matches!(json[at], b'{' | b'[') {
        return None;
    }
    let mut depth = 0_usize;
    loop {
        match *json.get(at)? {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            b'"' => at = string(json, at)?.1 - 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

/// The character that an escape stands for, and how long the escape is. What is none is the backslash itself.
pub(super) fn unescaped(text: &[u8]) -> (char, usize) {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
        let digit = |unit: u32, digit: &u8| Some(unit << 4 | char::from(*digit).to_digit(16)?);
        digits.iter().try_fold(0, digit)
    };
    match text.get(1) {
        Some(b'n') => ('\n', 2),
        Some(b't') => ('\t', 2),
        Some(b'r') => ('\r', 2),
        Some(b'u') => match (unit(0), unit(6)) {
            (Some(high @ 0xd800..0xdc00), Some(low @ 0xdc00..0xe000)) => {
                let point = 0x1_0000 + ((high - 0xd800) << 10 | (low - 0xdc00));
                (char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER), 12)
            }
            (Some(unit), _) => (char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER), 6),
            (None, _) => ('\\', 1),
        },
        Some(other) if other.is_ascii() => (char::from(*other), 2),
        _ => ('\\', 1),
    }
}

/// Whether a blank stands between tokens of JSON, as far as a look at what is before it tells: in strings line ends are
/// escaped, and quotes are.
pub(super) fn is_between(json: &[u8], blank: usize) -> bool {
    match json[..blank] {
        _ if json[blank] != b' ' => true,
        [.., quote, end, b':' | b','] => matches!(end, b'"' | b'}' | b']') && quote != b'\\',
        [.., b'\n'] => true,
        // So deep are few.
        [.., b' '] => json[..blank].iter().rev().take(64).find(|byte| **byte != b' ') == Some(&b'\n'),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_of_whole_characters() {
        let text = r"ab\\\u0e01ไทย\\nz".as_bytes();
        let units: Vec<usize> = vec![0, 1, 2, 4, 10, 13, 16, 19, 21, 22, 23];
        for from in 0..=text.len() {
            for to in from..=text.len() {
                let next = |at: usize| *units.iter().find(|unit| **unit >= at).unwrap();
                let last = units.iter().rfind(|unit| **unit < next(from)).copied().unwrap_or(0);
                assert_eq!(whole_characters(text, from..to), (last, next(from)..next(to)), "{from}..{to}");
            }
        }
    }

    #[test]
    fn blanks_between_tokens_are_told_from_those_in_strings() {
        let json = b"{\"a\": \"b, c: \\\"d\\\", e\",\n    \"f\": [\"g\", {}]}";
        let between: Vec<usize> =
            (0..json.len()).filter(|at| json[*at].is_ascii_whitespace() && is_between(json, *at)).collect();
        assert_eq!(between, [5, 23, 24, 25, 26, 27, 32, 38]);
    }
}
