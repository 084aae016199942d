//! The one pass over a text: pairs of neighbouring bytes by class, and what is not ASCII by its kind.
//!
//! Tokenisers split where the kind of character changes, so that pairs tell what sums of single bytes cannot: how many
//! words there are and how many begin behind a blank, how deep lines are indented, where names are written in camel case.

use super::letters::{self, Letter};

/// Classes of bytes. Four classes of small letters tell languages apart that write no marks: `a`, `k`, `j` and `z`, `u`,
/// `m` and `d` are commoner nearly everywhere than in English, for which vocabularies were made.
pub(super) const LOWER: usize = 0;
pub(super) const A: usize = 1;
pub(super) const K: usize = 2;
pub(super) const JZ: usize = 3;
pub(super) const UMD: usize = 4;
pub(super) const UPPER: usize = 5;
pub(super) const DIGIT: usize = 6;
pub(super) const SPACE: usize = 7;
pub(super) const LINE: usize = 8;
pub(super) const TAB: usize = 9;
pub(super) const UNDER: usize = 10;
pub(super) const STOP: usize = 11;
pub(super) const QUOTE: usize = 12;
pub(super) const BRACKET: usize = 13;
pub(super) const SIGN: usize = 14;
/// What is not ASCII.
pub(super) const HIGH: usize = 15;

const CLASS: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < table.len() {
        table[byte] = class_of(byte as u8) as u8;
        byte += 1;
    }
    table
};

const fn class_of(byte: u8) -> usize {
    match byte {
        b'a' => A,
        b'k' => K,
        b'j' | b'z' => JZ,
        b'u' | b'm' | b'd' => UMD,
        b'A'..=b'Z' => UPPER,
        b'0'..=b'9' => DIGIT,
        b' ' => SPACE,
        b'\n' | b'\r' => LINE,
        0..=0x1f | 0x7f => TAB,
        b'_' => UNDER,
        b'.' | b',' | b':' | b';' | b'!' | b'?' => STOP,
        b'"' | b'\'' | b'`' => QUOTE,
        b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'<' | b'>' => BRACKET,
        0x80.. => HIGH,
        _ if byte.is_ascii_lowercase() => LOWER,
        _ => SIGN,
    }
}

/// What a walk over a request leaves with the text that it finds.
pub(super) trait Take {
    /// What comes next is another text.
    fn cut(&mut self);

    /// Takes more of a text, which is ASCII.
    fn take_plain(&mut self, text: &[u8]);

    /// Takes a character of a kind that is not ASCII.
    fn take_letter(&mut self, kind: usize);

    /// What comes next stands behind this, which is ASCII.
    fn follow(&mut self, byte: u8);

    /// What is taken so far is worth so much, if that is known.
    fn worth(&self) -> u64 {
        0
    }

    /// It is worth something else.
    fn set_worth(&mut self, _worth: u64) {}

    /// Takes more of a text, which ends where a character does.
    fn take(&mut self, mut text: &[u8]) {
        loop {
            let plain = plain(text);
            if plain > 0 {
                self.take_plain(&text[..plain]);
                text = &text[plain..];
            }
            if text.is_empty() {
                return;
            }
            let (kind, length) = letters::first(text);
            self.take_letter(kind);
            text = text.get(length..).unwrap_or_default();
        }
    }
}

/// The class of an ASCII byte, for an index of a pair.
pub(super) const fn class(byte: u8) -> u8 {
    CLASS[byte as usize]
}

/// What is counted of a text.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    /// By the classes of a byte and of the one before it, in four bits each. Four histograms, by turns: neighbours are mostly
    /// of the same pair, and a processor that raises one counter again and again waits for itself.
    pairs: [[u32; 256]; 4],
    /// Characters that are not ASCII, by kind, and how many of them begin a run of their kind.
    pub(super) letters: [u32; Letter::COUNT],
    pub(super) runs: [u32; Letter::COUNT],
    /// The class of the last byte.
    before: usize,
    /// The kind of the last character, if it is not ASCII.
    last: usize,
}

impl Tally {
    pub(super) const fn new() -> Self {
        Self {
            pairs: [[0; 256]; 4],
            letters: [0; Letter::COUNT],
            runs: [0; Letter::COUNT],
            before: LINE,
            last: usize::MAX,
        }
    }

    /// How often each class followed each.
    pub(super) fn pairs(&self) -> [u32; 256] {
        let [mut sums, others @ ..] = self.pairs;
        for other in others {
            for (sum, more) in sums.iter_mut().zip(other) {
                *sum = sum.saturating_add(more);
            }
        }
        sums
    }
}

impl Take for Tally {
    fn cut(&mut self) {
        self.before = LINE;
        self.last = usize::MAX;
    }

    fn follow(&mut self, byte: u8) {
        self.before = usize::from(class(byte));
        self.last = usize::MAX;
    }

    fn take_letter(&mut self, kind: usize) {
        self.letters[kind] = self.letters[kind].saturating_add(1);
        self.runs[kind] = self.runs[kind].saturating_add(u32::from(self.last != kind));
        self.before = HIGH;
        self.last = kind;
    }

    fn take_plain(&mut self, text: &[u8]) {
        let mut before = self.before as u8;
        let mut count = |pairs: usize, byte: u8| {
            let class = class(byte);
            let count = &mut self.pairs[pairs][usize::from(before << 4 | class)];
            *count = count.wrapping_add(1);
            before = class;
        };
        let (fours, rest) = text.as_chunks::<4>();
        for [a, b, c, d] in fours {
            count(0, *a);
            count(1, *b);
            count(2, *c);
            count(3, *d);
        }
        for byte in rest {
            count(0, *byte);
        }
        self.before = usize::from(before);
        self.last = usize::MAX;
    }
}

/// How many bytes a text begins with that are ASCII.
fn plain(text: &[u8]) -> usize {
    let (blocks, _) = text.as_chunks::<32>();
    let at = 32 * blocks.iter().take_while(|block| block.is_ascii()).count();
    at + text[at..].iter().take_while(|byte| byte.is_ascii()).count()
}
