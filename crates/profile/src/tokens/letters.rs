//! What is not ASCII, by what tokenisers make of it: scripts, and within them the ones whose vocabularies differ.

use crate::script::Script;

/// A kind of character beyond ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Letter {
    /// Latin with marks.
    Latin,
    /// Digits that are not ASCII.
    Digit,
    /// Blanks that are not ASCII.
    Space,
    /// Typographic and Chinese punctuation, and the rest of Latin-1.
    Sign,
    Thai,
    Han,
    Kana,
    Hangul,
    Cyrillic,
    Greek,
    Arabic,
    Hebrew,
    Devanagari,
    /// The other scripts of India.
    Indic,
    /// Pictures, and the symbols that stand between them.
    Emoji,
    Other,
}

impl Letter {
    /// How many there are.
    pub(super) const COUNT: usize = 16;

    /// The kind of a character.
    pub(super) const fn of(letter: char) -> Self {
        match Script::of(letter) {
            Script::Latin => Self::Latin,
            Script::Digit => Self::Digit,
            Script::Space => Self::Space,
            Script::Sign => Self::Sign,
            Script::Thai => Self::Thai,
            Script::Han => Self::Han,
            Script::Kana => Self::Kana,
            Script::Hangul => Self::Hangul,
            Script::Cyrillic if matches!(letter, '\u{400}'..='\u{52f}') => Self::Cyrillic,
            Script::Cyrillic => Self::Greek,
            Script::Arabic if matches!(letter, '\u{590}'..='\u{5ff}' | '\u{fb1d}'..='\u{fb4f}') => {
                Self::Hebrew
            }
            Script::Arabic => Self::Arabic,
            Script::Indic if matches!(letter, '\u{900}'..='\u{97f}') => Self::Devanagari,
            Script::Indic => Self::Indic,
            Script::Other if matches!(letter, '\u{2190}'..='\u{2bff}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}') => {
                Self::Emoji
            }
            Script::Other => Self::Other,
        }
    }
}

/// Blocks of 64 characters, up to U+FFFF: what all of their characters are, or [`MIXED`]. In UTF-8 all characters of a block
/// begin alike, so that a block is found without decoding.
static BLOCKS: [u8; 1024] = blocks();
/// Not all characters of the block are of one kind.
const MIXED: u8 = u8::MAX;

const fn blocks() -> [u8; 1024] {
    let mut blocks = [0; 1024];
    let mut block = 0;
    while block < blocks.len() {
        blocks[block] = kind_of_block(block as u32 * 64);
        block += 1;
    }
    blocks
}

/// Every fourth character is looked at, and the last: more than the compiler likes to be asked, all than it would do. A test
/// looks at all.
const fn kind_of_block(first: u32) -> u8 {
    let kind = kind_of(first);
    let mut at = 1;
    while at < 64 {
        if kind_of(first + at) != kind {
            return MIXED;
        }
        at += if at % 16 == 15 { 1 } else { 7 };
    }
    kind
}

const fn kind_of(point: u32) -> u8 {
    match char::from_u32(point) {
        Some(letter) => Letter::of(letter) as u8,
        None => Letter::Other as u8,
    }
}

/// Reads the character that begins a text, which need not be UTF-8: its kind as an index and its length in bytes. What is
/// no character is [`Letter::Other`], a byte at a time.
pub(super) fn first(text: &[u8]) -> (usize, usize) {
    const BROKEN: (usize, usize) = (Letter::Other as usize, 1);
    let tail = |byte: u8| u32::from(byte & 0x3f);
    let (block, length) = match *text {
        [lead @ 0xc2..=0xdf, ..] => (u32::from(lead & 0x1f), 2),
        [lead @ 0xe0..=0xef, second, ..] => (u32::from(lead & 0xf) << 6 | tail(second), 3),
        [lead @ 0xf0..=0xf4, second, third, ..] => {
            (u32::from(lead & 7) << 12 | tail(second) << 6 | tail(third), 4)
        }
        _ => return BROKEN,
    };
    let Some(last) = text.get(length - 1) else { return BROKEN };
    let kind = match BLOCKS.get(block as usize) {
        Some(&kind) if kind != MIXED => kind,
        _ => kind_of(block << 6 | tail(*last)),
    };
    (kind as usize, length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_of_the_same_kind_by_their_bytes_as_by_their_number() {
        let mut bytes = [0; 4];
        for letter in '\u{80}'..=char::MAX {
            let text = letter.encode_utf8(&mut bytes).as_bytes();
            assert_eq!(first(text), (Letter::of(letter) as usize, text.len()), "{letter:?}");
        }
        assert_eq!(first(&[0xe0]), (Letter::Other as usize, 1));
        assert_eq!(first(&[0x80, 0x80]), (Letter::Other as usize, 1));
    }

    #[test]
    fn there_are_as_many_as_are_counted() {
        assert_eq!(Letter::Other as usize + 1, Letter::COUNT);
    }
}
