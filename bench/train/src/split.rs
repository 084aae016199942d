//! Which texts are trained on and which are kept to report by. The split is by the text's own hash, made before anything
//! is trained, and the same for everybody who asks.

use sha2::{Digest, Sha256};

/// The seed of every split; changing it is a new benchmark.
pub const SEED: u64 = 20_261_121;

/// A number below `of` that depends on a text and a seed alone. Blanks at the ends do not matter.
#[must_use]
pub fn place(text: &str, seed: u64, of: u64) -> u64 {
    let mut hasher = Sha256::new();
    hasher.update(seed.to_le_bytes());
    hasher.update(text.trim().as_bytes());
    let hash = hasher.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    u64::from_le_bytes(first) % of.max(1)
}

/// Whether a question of MMLU, GSM8K or ZeroEval is in the half that the shipped model may be trained on. GSM8K questions
/// stand in two sets, and are in the same half in both, as the text decides.
#[must_use]
pub fn trained(text: &str) -> bool {
    place(text, SEED, 2) == 0
}

/// Whether one of our own prompts, or of the six classes, is kept to report by: one in five.
#[must_use]
pub fn held(key: &str) -> bool {
    place(key, SEED, 5) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_split_is_by_the_text_and_stays() {
        assert_eq!(trained("What is 2 + 2?"), trained("  What is 2 + 2?\n"));
        let texts: Vec<String> = (0..1000).map(|number| format!("text {number}")).collect();
        let half = texts.iter().filter(|text| trained(text)).count();
        assert!((450..550).contains(&half), "{half}");
        let fifth = texts.iter().filter(|text| held(text)).count();
        assert!((150..250).contains(&fifth), "{fifth}");
        assert_eq!(place("a", SEED, 1000), 810, "who changes this makes a new benchmark");
    }
}
