//! Many words looked for in one pass over a text, as words: "api" does not stand in "capital".

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};

/// Words to look for, each of a group. A text's answer is the set of the groups of which it holds a word.
#[derive(Debug)]
pub struct Words {
    finder: Option<AhoCorasick>,
    /// The group of each word, as a bit.
    groups: Vec<u64>,
}

impl Words {
    /// Words with the number of their group, below 64. They are found whatever the case of their ASCII letters. What cannot
    /// be built (far more words than there are) finds nothing.
    #[must_use]
    pub fn new<'a>(words: impl IntoIterator<Item = (&'a str, u32)>) -> Self {
        let (texts, groups): (Vec<&str>, Vec<u64>) =
            words.into_iter().map(|(word, group)| (word, 1 << group.min(63))).unzip();
        let mut builder = AhoCorasickBuilder::new();
        // Overlapping search finds a short word inside a long one, and both may be meant.
        let builder = builder.ascii_case_insensitive(true).match_kind(MatchKind::Standard);
        Self { finder: builder.build(texts).ok(), groups }
    }

    /// The groups of which a text holds a word, as bits.
    #[must_use]
    pub fn groups(&self, text: &str) -> u64 {
        let Some(finder) = &self.finder else { return 0 };
        let mut found = 0;
        for hit in finder.find_overlapping_iter(text) {
            let group = self.groups[hit.pattern().as_usize()];
            if found & group == 0 && stands_alone(text.as_bytes(), hit.start(), hit.end()) {
                found |= group;
            }
        }
        found
    }
}

/// Whether a word is no part of a longer one. Scripts that put no spaces between words have no such ends: only Latin
/// letters, digits and the underscore join.
fn stands_alone(text: &[u8], start: usize, end: usize) -> bool {
    let joins = |at: Option<usize>| {
        at.and_then(|at| text.get(at)).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    };
    let first = joins(Some(start));
    let last = joins(end.checked_sub(1));
    !(first && joins(start.checked_sub(1)) || last && joins(Some(end)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_found_as_words_and_in_any_case() {
        let words = Words::new([
            ("api", 0),
            ("tag", 1),
            ("plan", 2),
            ("think step by step", 3),
            ("代码", 4),
            ("โค้ด", 5),
        ]);
        for (text, wanted) in [
            ("the API of it", 0b1),
            ("the capital", 0),
            ("on stage", 0),
            ("a tag, a plan.", 0b110),
            ("explanation", 0),
            ("plan_b", 0),
            ("plan-b", 0b100),
            ("Think Step by Step!", 0b1000),
            ("写代码吧", 0b1_0000),
            ("ช่วยเขียนโค้ดให้หน่อย", 0b10_0000),
            ("", 0),
            ("api", 0b1),
        ] {
            assert_eq!(words.groups(text), wanted, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_read(text in any::<String>()) {
            let words = Words::new([("a", 0), ("é", 1), ("码", 2), ("", 3)]);
            let found = words.groups(&text);
            prop_assert_eq!(found & 0b100 != 0, text.contains('码'));
        }
    }
}
