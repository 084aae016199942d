//! A text letter by letter as the heads want it: composed, lower case, of one width, blanks as one kind, base64 skipped. Nearly every
//! letter of real texts is settled by a look at its block; only the rest asks the tables of Unicode.

use std::iter::once;

use unicode_normalization::char::{canonical_combining_class, compose as compose_pair};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Signs of base64's alphabets in a row that no word has; armoured keys have 64 a line.
const BASE64: usize = 60;
/// Marks on one letter that are composed with it. Real scripts have a handful.
const MARKS: usize = 256;

/// Gives the letters of a text until `take` says no, or `limit` raw bytes are passed; where it stopped. Runs of blanks are
/// given as they are, as blanks; runs of base64 as one blank.
pub(super) fn read(text: &str, limit: usize, take: &mut impl FnMut(char) -> bool) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut clear) = (0, 0);
    while at < bytes.len() && at <= limit {
        if at >= clear {
            match base64(bytes, at, limit) {
                Ok(end) => {
                    at = end;
                    if !take(' ') {
                        break;
                    }
                    continue;
                }
                Err(until) => clear = until,
            }
        }
        let byte = bytes[at];
        let more = if byte < 0x80 && bytes.get(at + 1).is_none_or(|next| *next < FIRST_MARK) {
            at += 1;
            take(if byte.is_ascii_whitespace() { ' ' } else { char::from(byte.to_ascii_lowercase()) })
        } else {
            let cluster = cluster(text, at);
            at += cluster.len().max(1);
            compose(cluster, take)
        };
        if !more {
            break;
        }
    }
    at
}

/// Where the last letters of a text begin: far enough back that [`read`] from there gives at least `wanted`, of which the
/// last are the same as if all had been read; not further than `limit` raw bytes.
pub(super) fn last(text: &str, wanted: usize, limit: usize) -> usize {
    // A run of base64 that is cut looks like a word: it must fall before what is wanted.
    let wanted = wanted + BASE64 + 4;
    let (mut units, mut run, mut blank) = (0, 0, false);
    for (at, letter) in text.char_indices().rev() {
        run = if letter.is_ascii() && in_base64(letter as u8) { run + 1 } else { 0 };
        let was = std::mem::replace(&mut blank, letter.is_whitespace());
        if run == BASE64 {
            units -= BASE64 - 1;
        } else if run < BASE64 {
            let nothing = joins(letter) || silent(letter) || blank && was;
            units += usize::from(!nothing);
        }
        // A letter that marks follow begins a cluster.
        if units >= wanted && !joins(letter) || text.len() - at >= limit && !joins(letter) {
            return at;
        }
    }
    0
}

/// Lead byte of U+0300, before which nothing joins.
const FIRST_MARK: u8 = 0xCC;

/// A letter and all that is composed with it. Nothing is composed with a blank: were its marks its own, a window that ends
/// at the blank would lose them, and one that ends a blank later would not.
fn cluster(text: &str, at: usize) -> &str {
    let rest = text.get(at..).unwrap_or_default();
    if let Some(blank) = rest.chars().next().filter(|letter| letter.is_whitespace()) {
        return &rest[..blank.len_utf8()];
    }
    let mut letters = rest.char_indices().skip(1);
    let end = letters.by_ref().take(MARKS).find(|(_, letter)| !joins(*letter));
    let end = end.or_else(|| letters.next()).map_or(rest.len(), |(end, _)| end);
    &rest[..end]
}

/// Gives a cluster composed and in lower case. Lower case first: some letters have a composed form in it alone.
fn compose(cluster: &str, take: &mut impl FnMut(char) -> bool) -> bool {
    if settled(cluster) {
        cluster.chars().all(|letter| lower(letter, take))
    } else if let Some(letter) = pair(cluster) {
        shown(letter, take)
    } else {
        cluster.chars().flat_map(char::to_lowercase).nfc().all(|letter| shown(letter, take))
    }
}

/// A letter and a mark that are one letter composed, in lower case: most of what is typed apart.
fn pair(cluster: &str) -> Option<char> {
    let mut letters = cluster.chars();
    let (first, mark) = (letters.next()?, letters.next()?);
    if letters.next().is_some() {
        return None;
    }
    let mut lower = first.to_lowercase();
    let small = lower.next()?;
    // A mark in capitals, where there is one, is not looked at.
    if lower.next().is_some() || mark.is_uppercase() { None } else { compose_pair(small, mark) }
}

/// Whether a cluster is composed already, as far as the blocks tell.
fn settled(cluster: &str) -> bool {
    let mut class = 0;
    cluster.chars().enumerate().all(|(place, letter)| match letter {
        // Thai has marks in two layers that are ordered, and nothing that composes.
        '\u{e38}'..='\u{e3a}' | '\u{e48}'..='\u{e4b}' => {
            let before = std::mem::replace(&mut class, thai_class(letter));
            before <= class
        }
        _ => place == 0 && alone(letter),
    })
}

/// Letters that are the same composed and that no mark is part of.
const fn alone(letter: char) -> bool {
    matches!(letter,
        '\0'..='\u{2ff}' | '\u{400}'..='\u{482}' | '\u{e00}'..='\u{e37}' | '\u{e3b}'..='\u{e47}'
        | '\u{e4c}'..='\u{e7f}' | '\u{2010}'..='\u{206f}' | '\u{3001}'..='\u{3029}' | '\u{3041}'..='\u{3096}'
        | '\u{30a0}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}'
        | '\u{ff00}'..='\u{ffef}' | '\u{1f300}'..='\u{1faff}')
}

const fn thai_class(letter: char) -> u8 {
    match letter {
        '\u{e3a}' => 9,
        '\u{e38}' | '\u{e39}' => 103,
        _ => 107,
    }
}

/// Whether a letter belongs to the one before it.
fn joins(letter: char) -> bool {
    match letter {
        '\u{e38}'..='\u{e3a}' | '\u{e48}'..='\u{e4b}' => true,
        _ if alone(letter) => false,
        _ => canonical_combining_class(letter) != 0 || is_nfc_quick(once(letter)) == IsNormalized::Maybe,
    }
}

/// Letters that show nothing: byte order mark, breaks and joins without width, soft hyphen.
const fn silent(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}')
}

fn lower(letter: char, take: &mut impl FnMut(char) -> bool) -> bool {
    match letter {
        // Scripts without case: most of what is not ASCII.
        '\u{590}'..='\u{fff}' | '\u{3003}'..='\u{a63f}' | '\u{ac00}'..='\u{d7ff}' => take(letter),
        _ if let Some(narrow) = narrow(letter) => take(narrow),
        _ => letter.to_lowercase().all(|letter| shown(letter, take)),
    }
}

/// ASCII, in small letters, for what some keyboards type twice as wide: half of those who write Chinese do, for the same commas.
const fn narrow(letter: char) -> Option<char> {
    /// From a wide letter to its narrow one.
    const APART: u32 = 0xfee0;
    match letter {
        '\u{ff01}'..='\u{ff5e}' => match char::from_u32(letter as u32 - APART) {
            Some(narrow) => Some(narrow.to_ascii_lowercase()),
            None => None,
        },
        '、' => Some(','),
        '。' => Some('.'),
        _ => None,
    }
}

fn shown(letter: char, take: &mut impl FnMut(char) -> bool) -> bool {
    silent(letter) || take(if letter.is_whitespace() { ' ' } else { letter })
}

const fn in_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_')
}

/// The end of the run of base64 that begins here, or up to where none begins. `at` stands after a byte that is of no run,
/// or at the beginning.
fn base64(bytes: &[u8], at: usize, limit: usize) -> Result<usize, usize> {
    let Some(run) = bytes.get(at..at + BASE64) else { return Err(usize::MAX) };
    if let Some(other) = run.iter().rposition(|byte| !in_base64(*byte)) {
        return Err(at + other + 1);
    }
    let end = bytes.len().min(limit.saturating_add(1)).max(at + BASE64);
    let more = bytes[at + BASE64..end].iter().take_while(|byte| in_base64(**byte)).count();
    Ok(at + BASE64 + more)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_alone_is_composed_and_joins_nothing() {
        for letter in '\0'..=char::MAX {
            if alone(letter) {
                assert_eq!(canonical_combining_class(letter), 0, "{letter:?}");
                assert_eq!(is_nfc_quick(once(letter)), IsNormalized::Yes, "{letter:?}");
            }
            if matches!(letter, '\u{e38}'..='\u{e3a}' | '\u{e48}'..='\u{e4b}') {
                assert_eq!(canonical_combining_class(letter), thai_class(letter), "{letter:?}");
            }
            if matches!(letter, '\u{590}'..='\u{fff}' | '\u{3003}'..='\u{a63f}' | '\u{ac00}'..='\u{d7ff}') {
                assert_eq!(letter.to_lowercase().next(), Some(letter), "{letter:?}");
            }
        }
    }
}
