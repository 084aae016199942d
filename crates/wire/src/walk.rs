//! Walks over JSON without keeping it: checks that it is JSON and tells where its values stand, in a fraction of the
//! instructions a deserializer needs.
//!
//! `None` means *not plainly JSON*: broken, nested deeper than [`DEEPEST`], or not UTF-8. Who needs to know which, and
//! in words, asks a deserializer then; a walk that succeeds has seen what that one would have accepted.

use std::ops::Range;

/// How deep values may stand in each other.
const DEEPEST: u32 = 120;
/// So many bytes of a string are looked at before it is taken for a long one.
const SHORT: usize = 32;
/// Bytes of a long string that are looked through at once.
const BLOCK: usize = 4096;

/// A place in a JSON text. `CHECKS`: whether it is UTF-8 is seen on the way.
#[derive(Debug, Clone)]
pub(crate) struct Walk<'a, const CHECKS: bool = false> {
    text: &'a [u8],
    /// The same as text; empty where it is still to be checked.
    str: &'a str,
    at: usize,
    media: bool,
}

impl<'a> Walk<'a> {
    /// At the beginning of a text.
    pub(crate) fn new(text: &'a [u8]) -> Option<Self> {
        Some(Self { text, str: std::str::from_utf8(text).ok()?, at: 0, media: false })
    }

    /// Walks over a value of any kind and gives its text; `Some(None)` is `null`.
    pub(crate) fn raw(&mut self) -> Option<Option<&'a str>> {
        let raw = self.value().and_then(|range| self.str.get(range))?;
        Some((raw != "null").then_some(raw))
    }
}

impl<'a> Walk<'a, true> {
    /// At the beginning of a text that may be long: of its strings only those with more than ASCII are looked at again.
    pub(crate) const fn unchecked(text: &'a [u8]) -> Self {
        Self { text, str: "", at: 0, media: false }
    }

    /// Walks over an object. `each` gets the key as it stands there, and must walk over its value.
    pub(crate) fn named(&mut self, mut each: impl FnMut(&'a str, &mut Self) -> Option<()>) -> Option<()> {
        self.keyed(|key, walk| {
            let key = std::str::from_utf8(walk.text.get(key)?).ok()?;
            each(key, walk)
        })
    }

    /// Whether a string that was walked over begins as what goes with pictures and sound does in every dialect: types of
    /// parts, keys, types of media.
    pub(crate) const fn saw_media(&self) -> bool {
        self.media
    }
}

impl<'a, const CHECKS: bool> Walk<'a, CHECKS> {
    /// Nothing but white space is left.
    pub(crate) fn end(&mut self) -> Option<()> {
        self.space();
        (self.at == self.text.len()).then_some(())
    }

    /// Walks over an object. `each` gets the raw key, without its quotes, and must walk over its value.
    pub(crate) fn fields(&mut self, mut each: impl FnMut(&'a [u8], &mut Self) -> Option<()>) -> Option<()> {
        self.keyed(|key, walk| {
            let key = walk.text.get(key)?;
            each(key, walk)
        })
    }

    /// The same with where the keys stand.
    fn keyed(&mut self, mut each: impl FnMut(Range<usize>, &mut Self) -> Option<()>) -> Option<()> {
        self.take(b'{')?;
        if self.skips(b'}') {
            return Some(());
        }
        loop {
            let key = self.key()?;
            each(key, self)?;
            if !self.goes_on(b'}')? {
                return Some(());
            }
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
            if !self.goes_on(b']')? {
                return Some(());
            }
        }
    }

    /// Steps over `null`, if that is the value.
    pub(crate) fn is_null(&mut self) -> bool {
        self.text.get(self.at) == Some(&b'n') && self.word(b"null").is_some()
    }

    /// Reads a whole number that is plainly written; what follows it shows in the next step.
    pub(crate) fn whole(&mut self) -> Option<u64> {
        let start = self.at;
        let mut number: u64 = 0;
        while let Some(digit @ b'0'..=b'9') = self.text.get(self.at) {
            number = number.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
            self.at += 1;
        }
        let plain = self.at == start + 1 || self.at > start && self.text.get(start) != Some(&b'0');
        plain.then_some(number)
    }

    /// Walks over a value of any kind and tells where it stands.
    pub(crate) fn value(&mut self) -> Option<Range<usize>> {
        self.space();
        let start = self.at;
        // What is open, innermost in the lowest bit: an object or an array.
        let (mut objects, mut depth) = (0_u128, 0);
        loop {
            match *self.text.get(self.at)? {
                b'"' => {
                    self.string()?;
                }
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
                let object = objects & 1 == 1;
                if self.goes_on(if object { b'}' } else { b']' })? {
                    if object {
                        self.key()?;
                    }
                    break;
                }
                objects >>= 1;
                depth -= 1;
            }
        }
    }

    /// Walks over a list of numbers and tells where it stands; `None`, and nothing is walked over, if it is none. The numbers
    /// are looked at only as bytes that numbers are made of: vectors are most of what they stand in, and whoever reads
    /// them reads them again.
    pub(crate) fn figures(&mut self) -> Option<Range<usize>> {
        let is_figure = |byte: u8| byte.wrapping_sub(b'+') < 15 || byte | 0x20 == b'e' || byte <= b' ';
        let start = self.at;
        let rest = self.text.get(start..)?.strip_prefix(b"[")?;
        let end = memchr::memchr(b']', rest)?;
        let figures = rest.get(..end)?;
        // Without a way out of the loop compilers make a few vector instructions of it.
        let all = figures.iter().fold(true, |all, byte| all & is_figure(*byte));
        if !all {
            return None;
        }
        self.at = start + 1 + end + 1;
        Some(start..self.at)
    }

    /// A key, its colon and the white space behind; where the key stands without its quotes, escapes and all.
    fn key(&mut self) -> Option<Range<usize>> {
        let key = self.string()?;
        self.take(b':').map(|()| key)
    }

    /// What follows an element: a comma, and with it another element, or the end of what they stand in. Steps to the one
    /// or over the other.
    fn goes_on(&mut self, close: u8) -> Option<bool> {
        self.space();
        let next = *self.text.get(self.at)?;
        self.at += 1;
        if next == b',' {
            self.space();
            return Some(true);
        }
        (next == close).then_some(false)
    }

    /// A string; where it stands without its quotes.
    fn string(&mut self) -> Option<Range<usize>> {
        if self.text.get(self.at) != Some(&b'"') {
            return None;
        }
        let start = self.at + 1;
        let (mut at, mut bits) = (start, 0);
        loop {
            at = special(self.text, at, &mut bits)?;
            match self.text[at] {
                b'"' => break,
                b'\\' => at += escape(&self.text[at + 1..])?,
                _ => return None,
            }
        }
        self.at = at + 1;
        if CHECKS {
            self.look(start..at, bits)?;
        }
        Some(start..at)
    }

    /// Looks at a string, all of whose bytes are in `bits`, and perhaps more.
    fn look(&mut self, string: Range<usize>, bits: u64) -> Option<()> {
        let text = &self.text[string];
        self.media |= match text.first() {
            Some(b'i') => {
                [&b"image"[..], b"input_image", b"input_audio"].iter().any(|word| text.starts_with(word))
            }
            Some(b'a') => text.starts_with(b"audio"),
            _ => false,
        };
        (bits & HIGH == 0 || std::str::from_utf8(text).is_ok()).then_some(())
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
        // Programs write little of it, and one comparison shows that there is none.
        while let Some(byte) = self.text.get(self.at)
            && *byte <= b' '
            && matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
        {
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
        if !self.skips(byte) {
            self.space();
            self.skips(byte).then_some(())?;
        }
        self.space();
        Some(())
    }
}

/// Whether bytes can stand between the quotes of a string.
pub(crate) fn is_text(bytes: &[u8]) -> bool {
    let (mut at, mut bits) = (0, 0);
    while let Some(special) = special(bytes, at, &mut bits) {
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

const ONES: u64 = u64::MAX / 255;
/// The bits that only bytes beyond ASCII have.
const HIGH: u64 = ONES << 7;

/// Where the next byte stands that is not plainly text within a string: a quote, a backslash, a control character. `bits`
/// gets those of all bytes before it, and perhaps of some behind it.
fn special(text: &[u8], mut at: usize, bits: &mut u64) -> Option<usize> {
    // The bit that is turned over puts the quote right behind the control characters, and the two that it puts there in
    // its stead behind the quote.
    const TURNED: u8 = 2;
    const FIRST_PLAIN: u8 = b' ' + 1;
    let is_special = |byte: u8| byte ^ TURNED < FIRST_PLAIN || byte == b'\\';
    // Most strings are short: eight bytes at a time, the first hit in the lowest bits.
    for _ in 0..SHORT / 8 {
        let Some(eight) = text.get(at..at + 8).and_then(|eight| <[u8; 8]>::try_from(eight).ok()) else {
            let rest = text.get(at..)?;
            *bits = u64::MAX;
            return rest.iter().position(|byte| is_special(*byte)).map(|more| at + more);
        };
        let word = u64::from_le_bytes(eight);
        *bits |= word;
        let quotes = (word ^ (ONES * u64::from(TURNED))).wrapping_sub(ONES * u64::from(FIRST_PLAIN));
        let backslashes = (word ^ (ONES * u64::from(b'\\'))).wrapping_sub(ONES);
        let hits = (quotes | backslashes) & !word & HIGH;
        if hits != 0 {
            return Some(at + (hits.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    special_in_long(text, at, bits)
}

/// The same for a string that is long: in blocks that are still near when they are looked at again. Before `at` [`SHORT`] bytes
/// are plain.
#[inline(never)]
fn special_in_long(text: &[u8], mut at: usize, bits: &mut u64) -> Option<usize> {
    loop {
        let block = text.get(at..text.len().min(at + BLOCK)).filter(|block| !block.is_empty())?;
        let found = memchr::memchr2(b'"', b'\\', block);
        let end = at + found.unwrap_or(block.len());
        let (lowest, all) = lowest_and_all(text.get(at..end)?, text.get(end - 16..end)?);
        if lowest < b' ' {
            return text.get(at..end)?.iter().position(|byte| *byte < b' ').map(|more| at + more);
        }
        *bits |= u64::from(all) * ONES;
        if found.is_some() {
            return Some(end);
        }
        at = end;
    }
}

/// The lowest of some bytes and of the `last` ones, and the bits of them all.
fn lowest_and_all(bytes: &[u8], last: &[u8]) -> (u8, u8) {
    let (mut lowest, mut all) = ([u8::MAX; 16], [0; 16]);
    let mut look = |sixteen: &[u8; 16]| {
        for ((lowest, all), byte) in lowest.iter_mut().zip(&mut all).zip(sixteen) {
            *lowest = (*lowest).min(*byte);
            *all |= *byte;
        }
    };
    let (whole, rest) = bytes.as_chunks::<64>();
    for four in whole {
        four.as_chunks().0.iter().for_each(&mut look);
    }
    rest.as_chunks().0.iter().for_each(&mut look);
    // Looking at a few twice is cheaper than one by one.
    last.last_chunk().into_iter().for_each(&mut look);
    (lowest.into_iter().fold(u8::MAX, u8::min), all.into_iter().fold(0, |all, bits| all | bits))
}

#[cfg(test)]
mod tests;
