//! Seeds, made-up ids and made-up prose, all of them functions of what they are given.

use fastrand::Rng;

/// One number from several pieces of text; the same pieces give the same number in every run and on every machine.
pub(crate) fn seed(parts: &[&[u8]]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        for byte in *part {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        // A separator, so that ("ab", "c") is not ("a", "bc").
        hash = (hash ^ 0xff).wrapping_mul(0x0100_0000_01b3);
    }
    // FNV leaves its high bits poor; mix them (splitmix64's finaliser).
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// Tokens that a text of so many bytes counts as.
pub(crate) fn tokens(bytes: usize) -> u64 {
    bytes.div_ceil(4) as u64
}

/// An id of letters and digits.
pub(crate) fn id(rng: &mut Rng, length: usize) -> String {
    (0..length).map(|_| rng.alphanumeric()).collect()
}

/// An id of lower-case hexadecimal digits.
pub(crate) fn hex(rng: &mut Rng, length: usize) -> String {
    (0..length).map(|_| rng.digit(16)).collect()
}

const LEXICON: &[&str] = &[
    "simple", "answers", "travel", "far", "when", "every", "word", "keeps", "its", "measure", "and", "small",
    "rivers", "meet", "below", "the", "bridge", "where", "light", "falls", "on", "quiet", "stones", "while",
    "clocks", "agree", "with", "birds", "about", "morning", "so", "plain", "figures", "carry", "weight",
    "into", "open", "fields",
];

/// Sentences of at least so many bytes.
pub(crate) fn prose(rng: &mut Rng, bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 64);
    while text.len() < bytes {
        if !text.is_empty() {
            text.push(' ');
        }
        let length = rng.usize(6..11);
        for i in 0..length {
            let word = LEXICON.get(rng.usize(0..LEXICON.len())).copied().unwrap_or("word");
            if i == 0 {
                let mut chars = word.chars();
                text.extend(chars.next().map(|c| c.to_ascii_uppercase()));
                text.push_str(chars.as_str());
            } else {
                text.push(' ');
                text.push_str(word);
            }
        }
        text.push('.');
    }
    text
}

/// The longest start of `text` that is no longer than `bytes` and ends between characters.
pub(crate) fn cut(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or("")
}

/// Splits a text as a tokenizer might: words with the space before them.
pub(crate) fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices(' ') {
        if at > start {
            pieces.push(text.get(start..at).unwrap_or(""));
            start = at;
        }
    }
    if start < text.len() {
        pieces.push(text.get(start..).unwrap_or(""));
    }
    pieces
}

/// Splits a text into runs of about so many bytes, between characters.
pub(crate) fn runs(text: &str, bytes: usize) -> Vec<&str> {
    let mut rest = text;
    let mut runs = Vec::new();
    while !rest.is_empty() {
        let mut run = cut(rest, bytes);
        if run.is_empty() {
            run = rest.get(..rest.chars().next().map_or(0, char::len_utf8)).unwrap_or(rest);
        }
        runs.push(run);
        rest = rest.get(run.len()..).unwrap_or("");
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_and_runs_lose_nothing() {
        for text in ["", "one", " a  b ", "Grüße an 世界 und alle", "x y z"] {
            assert_eq!(pieces(text).concat(), text);
            assert_eq!(runs(text, 3).concat(), text);
            assert_eq!(runs(text, 1).concat(), text);
        }
    }

    #[test]
    fn prose_is_a_function_of_its_seed() {
        let at = |s| prose(&mut Rng::with_seed(s), 200);
        assert_eq!(at(1), at(1));
        assert_ne!(at(1), at(2));
        assert!(at(1).len() >= 200);
    }
}
