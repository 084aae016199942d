//! Texts to the numbers of their pieces: of all ways to cut a text into pieces that are known, the likeliest one
//! (SentencePiece's unigram model).

use crate::charsmap::{Charsmap, character};
use crate::file::{BadEncoder, Reader, Writer};
use crate::trie::Trie;

/// What stands for a character that no piece has.
const UNKNOWN: u32 = 0;
/// What stands around each text.
const BEGIN: u32 = 1;
const END: u32 = 2;
/// An unknown character is so much less likely than the rarest piece.
const PENALTY: f64 = 10.0;

/// Cuts texts.
#[derive(Debug)]
pub(crate) struct Tokens {
    charsmap: Charsmap,
    trie: Trie,
    /// Logarithms of how likely the pieces are.
    scores: Vec<f32>,
    unknown: f64,
}

impl Tokens {
    /// Writes what [`Self::read`] reads.
    pub(crate) fn write(writer: &mut Writer, charsmap: &[u8], trie: &Trie, scores: &[f32]) {
        writer.part(charsmap);
        trie.write(writer);
        writer.floats(scores);
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, BadEncoder> {
        let charsmap = Charsmap::of(reader.part()?).ok_or(BadEncoder::Senseless("normal forms"))?;
        let trie = Trie::read(reader)?;
        let scores = reader.floats()?;
        let least = scores.iter().copied().fold(f32::INFINITY, f32::min);
        if !least.is_finite() {
            return Err(BadEncoder::Senseless("scores"));
        }
        Ok(Self { charsmap, trie, scores, unknown: f64::from(least) - PENALTY })
    }

    /// The pieces of a text, with the marks around them; at most so many.
    pub(crate) fn of(&self, text: &str, most: usize) -> Vec<u32> {
        let mut pieces = self.cut(&self.charsmap.apply(text));
        pieces.truncate(most.saturating_sub(2));
        pieces.insert(0, BEGIN);
        pieces.push(END);
        pieces
    }

    /// The best way to cut: the best way to each place is known from the best ways to those before it.
    fn cut(&self, text: &str) -> Vec<u32> {
        let bytes = text.as_bytes();
        // How good the best way to each place is, and its last piece: where that begins and which it is.
        let mut best = vec![(f64::NEG_INFINITY, 0, UNKNOWN); bytes.len() + 1];
        best[0].0 = 0.0;
        let mut at = 0;
        while at < bytes.len() {
            let (before, rest) = (best[at].0, &bytes[at..]);
            let width = character(rest);
            let mut better = |length: usize, score: f64, piece: u32| {
                let place = &mut best[at + length];
                // Of equals the first that is found, as in the package.
                if before + score > place.0 {
                    *place = (before + score, at, piece);
                }
            };
            let mut alone = false;
            for (length, piece) in self.trie.prefixes(rest) {
                let score = self.scores.get(piece as usize).copied().unwrap_or(f32::MIN);
                better(length, f64::from(score), piece);
                alone |= length == width;
            }
            if !alone {
                better(width, self.unknown, UNKNOWN);
            }
            at += width;
        }
        let mut pieces = Vec::new();
        let mut end = bytes.len();
        while end > 0 {
            let (_, start, piece) = best[end];
            pieces.push(piece);
            end = start;
        }
        pieces.reverse();
        if pieces.is_empty() {
            pieces.push(UNKNOWN);
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::charsmap::SPACE;

    /// A table of no entries.
    fn nothing() -> Vec<u8> {
        [&4_u32.to_le_bytes()[..], &0_u32.to_le_bytes()].concat()
    }

    fn tokens(pieces: &[(&str, f32)]) -> Tokens {
        let all: Vec<(&str, f32)> =
            [("<unk>", 0.0), ("<s>", 0.0), ("</s>", 0.0)].iter().chain(pieces).copied().collect();
        let trie = Trie::build(all.iter().map(|(piece, _)| piece.as_bytes()));
        let scores: Vec<f32> = all.iter().map(|(_, score)| *score).collect();
        let mut writer = Writer::default();
        Tokens::write(&mut writer, &nothing(), &trie, &scores);
        Tokens::read(&mut Reader::open(&writer.finish()).unwrap()).unwrap()
    }

    #[test]
    fn the_likeliest_way_to_cut_is_taken() {
        let tokens =
            tokens(&[(SPACE, -2.0), ("a", -1.0), ("ab", -3.0), ("b", -1.5), ("▁ab", -4.0), ("ก", -1.0)]);
        // "▁" "a" "b" is -4.5, "▁ab" is -4.
        assert_eq!(tokens.of("ab", 128), [1, 7, 2]);
        assert_eq!(tokens.of("  ab   ab ", 128), [1, 7, 7, 2]);
        assert_eq!(tokens.of("กx", 128), [1, 3, 8, 0, 2], "x is not known");
        for nothing in ["", " ", "\u{20}\u{20}\u{20}"] {
            assert_eq!(tokens.of(nothing, 128), [1, 0, 2], "{nothing:?}");
        }
        assert_eq!(tokens.of(&"a ".repeat(99), 5), [1, 3, 4, 3, 2]);
        assert_eq!(tokens.of("x", 0), [1, 2]);
    }

    /// The best sum over all ways to cut, found by trying them all.
    fn best(text: &str, pieces: &[(&str, f32)], unknown: f64) -> f64 {
        let Some(first) = text.chars().next() else { return 0.0 };
        let mut sums: Vec<f64> = Vec::new();
        for (piece, score) in pieces {
            sums.extend(text.strip_prefix(piece).map(|rest| f64::from(*score) + best(rest, pieces, unknown)));
        }
        let alone = pieces.iter().any(|(piece, _)| *piece == first.to_string());
        if !alone {
            sums.push(unknown + best(&text[first.len_utf8()..], pieces, unknown));
        }
        sums.into_iter().fold(f64::NEG_INFINITY, f64::max)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_way_to_cut_is_better(text in "[abก]{1,7}", scores in prop::collection::vec(-9_i8..0, 6)) {
            let words = [SPACE, "a", "ab", "ba", "abก", "กa"];
            let pieces: Vec<(&str, f32)> = words.into_iter().zip(scores.iter().map(|score| f32::from(*score))).collect();
            let tokens = tokens(&pieces);
            let cut = tokens.of(&text, 128);
            let sum: f64 = cut[1..cut.len() - 1]
                .iter()
                .map(|piece| if *piece == UNKNOWN { tokens.unknown } else { f64::from(tokens.scores[*piece as usize]) })
                .sum();
            let most = best(&format!("{SPACE}{text}"), &pieces, tokens.unknown);
            prop_assert!((sum - most).abs() < 1e-9, "{sum} {most}");
        }

        #[test]
        fn any_text_is_cut(text in "\\PC{0,60}", most in 0_usize..40) {
            let cut = tokens(&[("a", -1.0)]).of(&text, most);
            prop_assert!(cut.len() <= most.max(2));
        }
    }
}
