//! What the heads tell texts by: runs of one to four letters, whole words, and pairs of words that follow each other, each
//! as a hash. Scripts that put no blanks between words have runs of letters enough; what stands between two of their marks
//! is a word here.

/// Letters of the longest run.
pub(super) const LONGEST: usize = 4;
/// Runs that one letter can end: of letters, and a word with its pair twice, where a mark ends one word and is another.
pub(super) const EACH: usize = LONGEST + 4;

/// What multiplies the letter that stands that far back. Odd, and without a pattern.
const BACK: [u64; LONGEST] =
    [0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f, 0x1656_67b1_9e37_79f9, 0xd6e8_feb8_6659_fd93];
/// What the last step multiplies with.
const STIR: u64 = 0xff51_afd7_ed55_8ccd;
/// Where the hashes of words begin, and what their letters multiply with.
const WORD: u64 = 0xa076_1d64_78bd_642f;
const NEXT: u64 = 0xe703_7ed1_a0b4_28db;
/// What parts a word from a pair that ends with it.
const PAIR: u64 = 0x8ebc_6af0_9c88_c6e3;

/// A run as it is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    /// What it is known by.
    pub(super) hash: u64,
    /// Where its letters begin and end.
    pub(super) from: usize,
    pub(super) to: usize,
    /// Whether it is a run of one to four letters, and no word.
    pub(super) short: bool,
}

/// Tells of each run of a window's letters, as often as it comes.
pub(super) fn each(letters: &[char], mut take: impl FnMut(Run)) {
    let mut words = Words::new();
    for (at, letter) in letters.iter().enumerate() {
        let back = std::array::from_fn(|far| at.checked_sub(far).map_or(0, |at| u64::from(letters[at])));
        for (hash, length) in ending(back).into_iter().zip(1..=LONGEST.min(at + 1)) {
            take(Run { hash, from: at + 1 - length, to: at + 1, short: true });
        }
        words.read(*letter, &mut take);
    }
}

/// The hashes of the runs of one letter and more that end with a letter, given it and those before it, the last first.
#[inline(always)]
pub(super) fn ending(back: [u64; LONGEST]) -> [u64; LONGEST] {
    let mut sum = 0_u64;
    std::array::from_fn(|far| {
        sum = back[far].wrapping_mul(BACK[far]).wrapping_add(sum).wrapping_add(1);
        stir(sum)
    })
}

/// The word that is being read, and the one before it.
pub(super) struct Words {
    at: usize,
    from: usize,
    hash: u64,
    before: Option<(usize, u64)>,
}

impl Words {
    /// Of a window that begins.
    pub(super) const fn new() -> Self {
        Self { at: 0, from: 0, hash: WORD, before: None }
    }

    /// Tells of each word, and each pair, that ends with the letter that comes next.
    #[inline(always)]
    pub(super) fn read(&mut self, letter: char, take: &mut impl FnMut(Run)) {
        let at = self.at;
        self.at += 1;
        match kind(letter) {
            Kind::Word => self.hash = (self.hash ^ u64::from(letter)).wrapping_mul(NEXT),
            Kind::Blank => self.end(at, at + 1, take),
            Kind::Mark => {
                self.end(at, at, take);
                self.hash = (self.hash ^ u64::from(letter)).wrapping_mul(NEXT);
                self.end(at + 1, at + 1, take);
            }
        }
    }

    /// Ends the word, if one has begun; the next begins at `next`.
    #[inline(always)]
    fn end(&mut self, to: usize, next: usize, take: &mut impl FnMut(Run)) {
        if self.from < to {
            let word = self.hash;
            take(Run { hash: stir(word), from: self.from, to, short: false });
            if let Some((from, before)) = self.before {
                let pair = before.wrapping_mul(PAIR).wrapping_add(word);
                take(Run { hash: stir(pair), from, to, short: false });
            }
            self.before = Some((self.from, word));
        }
        (self.from, self.hash) = (next, WORD);
    }
}

enum Kind {
    Blank,
    Word,
    Mark,
}

/// Letters, digits and all that is not known as a mark are parts of words.
#[inline(always)]
const fn kind(letter: char) -> Kind {
    match letter {
        ' ' => Kind::Blank,
        'a'..='z' | '0'..='9' | 'A'..='Z' => Kind::Word,
        '\0'..='\x7f' | '\u{2000}'..='\u{206f}' | '\u{3000}'..='\u{303f}' => Kind::Mark,
        _ => Kind::Word,
    }
}

/// From a sum to a hash whose upper bits are good.
#[inline(always)]
pub(super) const fn stir(sum: u64) -> u64 {
    (sum ^ sum >> 29).wrapping_mul(STIR)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let letters: Vec<char> = text.chars().collect();
        let mut read = Vec::new();
        each(&letters, |run| {
            if !run.short {
                read.push(letters[run.from..run.to].iter().collect());
            }
        });
        read
    }

    #[test]
    fn words_end_at_blanks_and_marks_and_pair_with_the_next() {
        assert_eq!(words(" as json: ok "), ["as", "json", "as json", ":", "json:", "ok", ": ok"]);
        assert_eq!(words(" แปลว่า แล้ว "), ["แปลว่า", "แล้ว", "แปลว่า แล้ว"]);
        assert_eq!(words(" 翻译,谢谢 "), ["翻译", ",", "翻译,", "谢谢", ",谢谢"]);
        assert!(words(" ").is_empty());
    }

    #[test]
    fn a_letter_ends_no_more_runs_than_there_is_room_for() {
        for text in [" a.b,c;d ", " ... ", "abcdefg"] {
            let letters: Vec<char> = text.chars().collect();
            let mut ends = vec![0; letters.len() + 1];
            let mut all = 0;
            each(&letters, |run| {
                ends[run.to] += 1;
                all += 1;
            });
            assert!(all <= letters.len() * EACH, "{text:?}");
            assert!(ends.iter().all(|count| *count <= EACH), "{text:?}");
        }
    }

    #[test]
    fn equal_runs_have_equal_hashes_and_others_others() {
        let letters: Vec<char> = " to be or to be ".chars().collect();
        let mut found = std::collections::BTreeMap::new();
        each(&letters, |run| {
            let text: String = letters[run.from..run.to].iter().collect();
            let hash = *found.entry((run.short, text)).or_insert(run.hash);
            assert_eq!(hash, run.hash);
        });
        let hashes: std::collections::BTreeSet<u64> = found.values().copied().collect();
        assert_eq!(hashes.len(), found.len());
    }
}
