//! Strings of JSON as they stand, found without reading what is between them: broken JSON has strings, too.

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

/// A piece of a text without what is cut in two at its ends: characters in UTF-8 and, as far as a look at a few bytes tells,
/// escapes.
pub(super) fn whole_characters(piece: &[u8]) -> &[u8] {
    let tails = piece.iter().take(3).take_while(|byte| **byte & 0xc0 == 0x80).count();
    let escape = memchr(b'\\', &piece[..piece.len().min(6)]);
    let begin = escape.unwrap_or(tails);
    let last = piece.len().saturating_sub(6).max(begin);
    let cut = piece[last..].iter().rposition(|byte| *byte == b'\\' || *byte >= 0xc0);
    &piece[begin..cut.map_or(piece.len(), |cut| last + cut)]
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
