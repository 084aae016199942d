//! How far answers agree, and which of several the others agree with most. No model is asked: what can be compared exactly
//! is (choices, numbers, JSON), everything else by what the texts mean where somebody makes vectors of them, or by the runs of
//! characters that they share.

use std::collections::HashMap;

use serde_json::Value;
use wye_encoder::cosine;

/// So much of an answer is compared, in characters.
const MOST: usize = 16 << 10;
/// Characters of a run.
const RUN: usize = 3;
/// Answers of so many characters say little beside their number or their letter.
const SHORT: usize = 60;

/// How far two answers agree, from 0 to 1.
#[must_use]
pub fn likeness(a: &str, b: &str) -> f64 {
    likeness_else(a, b, || None)
}

/// The same; `meant` says how far they do where nothing in them can be compared exactly, if it knows.
fn likeness_else(a: &str, b: &str, meant: impl FnOnce() -> Option<f64>) -> f64 {
    let (plain_a, plain_b) = (plain(a), plain(b));
    if plain_a == plain_b {
        return 1.0;
    }
    let same = |same: bool| if same { 1.0 } else { 0.0 };
    if let (Some(a), Some(b)) = (json(a), json(b)) {
        return structural(&a, &b, 0);
    }
    if let (Some(a), Some(b)) = (choice(&plain_a), choice(&plain_b)) {
        return same(a == b);
    }
    if let (Some(a), Some(b)) = (number(&plain_a), number(&plain_b)) {
        return same(equal(a, b));
    }
    meant().unwrap_or_else(|| runs(&plain_a, &plain_b))
}

/// The answer that the others agree with most, and how far they do on average. Of equals the first.
#[must_use]
pub fn medoid<T: AsRef<str>>(answers: &[T]) -> Option<(usize, f64)> {
    medoid_by::<T, [f32; 0]>(answers, &[])
}

/// The same by the vectors of what they mean, where there are as many and nothing can be compared exactly.
#[must_use]
pub fn medoid_by<T: AsRef<str>, V: AsRef<[f32]>>(answers: &[T], vectors: &[V]) -> Option<(usize, f64)> {
    let others = answers.len().checked_sub(1).filter(|others| *others > 0)?;
    let mut sums = vec![0.0; answers.len()];
    for (place, answer) in answers.iter().enumerate() {
        for (other, said) in answers.iter().enumerate().skip(place + 1) {
            let meant = || {
                let (a, b) = (vectors.get(place)?, vectors.get(other)?);
                Some(f64::from(cosine(a.as_ref(), b.as_ref()).max(0.0)))
            };
            let alike = likeness_else(answer.as_ref(), said.as_ref(), meant);
            sums[place] += alike;
            sums[other] += alike;
        }
    }
    let mut best = (0, f64::NEG_INFINITY);
    for (place, sum) in sums.into_iter().enumerate() {
        if sum > best.1 {
            best = (place, sum);
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a handful of answers")]
    let mean = best.1 / others as f64;
    Some((best.0, mean))
}

/// In lower case, with single spaces, without marks around it.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for letter in text.chars().take(MOST) {
        if letter.is_whitespace() || matches!(letter, '*' | '`' | '_' | '#') {
            if !plain.ends_with(' ') {
                plain.push(' ');
            }
        } else {
            plain.extend(letter.to_lowercase());
        }
    }
    let ends = |c: char| c.is_whitespace() || ".,;:!?\"'。！？，、“”‘’".contains(c);
    plain.trim_matches(ends).to_owned()
}

/// An object or a list, fenced or not.
fn json(text: &str) -> Option<Value> {
    let text = text.trim();
    let inner = text.strip_prefix("```").and_then(|text| text.strip_suffix("```"));
    let text =
        inner.map_or(text, |inner| inner.trim_start_matches(|c: char| c.is_ascii_alphanumeric()).trim());
    text.starts_with(['{', '[']).then(|| serde_json::from_str(text).ok()).flatten()
}

fn structural(a: &Value, b: &Value, depth: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts of fields")]
    let mean = |sum: f64, of: usize| if of == 0 { 1.0 } else { sum / of as f64 };
    match (a, b) {
        _ if a == b => 1.0,
        _ if depth > 32 => 0.0,
        (Value::Object(a), Value::Object(b)) => {
            let both = a.iter().filter_map(|(key, value)| Some((value, b.get(key)?)));
            let (mut sum, mut shared) = (0.0, 0);
            for (a, b) in both {
                sum += structural(a, b, depth + 1);
                shared += 1;
            }
            mean(sum, a.len() + b.len() - shared)
        }
        (Value::Array(a), Value::Array(b)) => {
            let sum = a.iter().zip(b).map(|(a, b)| structural(a, b, depth + 1)).sum();
            mean(sum, a.len().max(b.len()))
        }
        (Value::String(a), Value::String(b)) => likeness(a, b),
        (Value::Number(a), Value::Number(b)) => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) if equal(a, b) => 1.0,
            _ => 0.0,
        },
        _ => 0.0,
    }
}

fn equal(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}

/// What stands behind the word that announces an answer.
fn conclusion(plain: &str) -> Option<&str> {
    const WORDS: [&str; 8] = ["\\boxed{", "####", "answer is", "answer:", "คำตอบคือ", "ตอบ", "答案是", "答案"];
    let behind = |word: &str| plain.rfind(word).map(|at| at + word.len());
    let at = WORDS.into_iter().filter_map(behind).max()?;
    plain.get(at..)
}

/// The letter that an answer chooses: the answer is hardly more, or names it at its end.
fn choice(plain: &str) -> Option<char> {
    let told = conclusion(plain).or_else(|| (plain.chars().count() <= SHORT).then_some(plain))?;
    let told = told.trim_start_matches(|c: char| !c.is_alphanumeric());
    let mut letters = told.chars();
    let first = letters.next().filter(|c| matches!(c, 'a'..='h' | 'ก'..='ง'))?;
    // A letter that stands alone and is no word: "a" is one in English, unless a mark follows.
    match letters.next() {
        None => Some(first),
        Some(mark) => matches!(mark, ')' | '.' | ':' | '}' | '。' | '、' | '）').then_some(first),
    }
}

/// The number that an answer comes to: the only one of a short answer, or the one that it announces.
fn number(plain: &str) -> Option<f64> {
    if let Some(told) = conclusion(plain) {
        return numbers(told).next();
    }
    let mut all = numbers(plain);
    let first = all.next()?;
    (plain.chars().count() <= SHORT && all.next().is_none()).then_some(first)
}

fn numbers(text: &str) -> impl Iterator<Item = f64> {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '\u{2212}');
    text.split(move |c: char| !is_part(c)).filter_map(|part| {
        let digits: String = part
            .trim_end_matches(['.', ',', '-'])
            .chars()
            .filter(|c| *c != ',')
            .map(|c| if c == '\u{2212}' { '-' } else { c })
            .collect();
        digits.parse().ok().filter(|number: &f64| number.is_finite())
    })
}

/// By the runs of characters that two texts share, of all that they have (Dice).
fn runs(a: &str, b: &str) -> f64 {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let (all_a, all_b) = (a.len().saturating_sub(RUN - 1), b.len().saturating_sub(RUN - 1));
    if all_a == 0 || all_b == 0 {
        return 0.0;
    }
    let mut counts: HashMap<&[char], usize> = HashMap::with_capacity(all_a);
    for run in a.windows(RUN) {
        *counts.entry(run).or_default() += 1;
    }
    let mut shared = 0_usize;
    for run in b.windows(RUN) {
        if let Some(left) = counts.get_mut(run).filter(|left| **left > 0) {
            *left -= 1;
            shared += 1;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "lengths of texts")]
    let share = 2.0 * shared as f64 / (all_a + all_b) as f64;
    share
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_means_the_same_agrees() {
        for (a, b) in [
            ("Paris", "paris."),
            ("**42**", "42"),
            ("The answer is 42.", "6 times 7 is what we want, so the answer is: 42"),
            ("1,234.50", "1234.5"),
            ("It is −3 degrees", "-3"),
            ("B", "(B) Paris"),
            ("b) Paris is it", "The answer is B."),
            ("```json\n{\"a\": 1, \"b\": 2.0}\n```", "{\"b\": 2, \"a\": 1}"),
            ("คำตอบคือ 12", "12"),
            ("所以答案是 7。", "7"),
            ("\\boxed{12}", "Twelve is written 12"),
        ] {
            assert!((likeness(a, b) - 1.0).abs() < 1e-9, "{a} / {b}: {}", likeness(a, b));
        }
        for (a, b) in [
            ("41", "42"),
            ("The answer is 41.", "The answer is 42."),
            ("A", "B"),
            ("(a) one", "(c) one"),
            ("{\"a\": 1}", "{\"a\": 2}"),
            ("[1]", "{\"a\": 1}"),
            ("Paris", "Rome"),
        ] {
            assert!(likeness(a, b) < 0.5, "{a} / {b}: {}", likeness(a, b));
        }
        let half = likeness("{\"a\": 1, \"b\": 2}", "{\"a\": 1, \"b\": 3}");
        assert!((half - 0.5).abs() < 1e-9, "{half}");
        let (near, far) = (
            likeness("The cat sat on the mat today", "The cat sat on a mat today"),
            likeness("The cat sat on the mat today", "Dogs run in parks every evening"),
        );
        assert!(near > 0.8 && far < 0.3, "{near} {far}");
    }

    #[test]
    fn the_odd_one_out_is_not_chosen() {
        let (place, agreement) = medoid(&["Lyon", "Paris", "paris."]).unwrap();
        assert_eq!(place, 1);
        assert!((agreement - 0.5).abs() < 0.01, "{agreement}");
        assert_eq!(medoid(&["one"]), None);
        assert_eq!(medoid::<&str>(&[]), None);
    }

    #[test]
    fn what_is_meant_counts_where_words_differ_and_nothing_is_exact() {
        let answers =
            ["It is freezing out there today", "The weather is very cold", "It is boiling out there today"];
        assert_ne!(medoid(&answers).unwrap().0, 1, "the words of the others are alike");
        let vectors = [[1.0, 0.2], [1.0, 0.1], [-1.0, 0.3]];
        let (place, agreement) = medoid_by(&answers, &vectors).unwrap();
        assert!(place == 0 || place == 1, "{place}");
        assert!((0.4..0.6).contains(&agreement), "{agreement}");
        // Numbers are compared as numbers, whatever is meant.
        let (place, _) = medoid_by(&["41", "42", "42."], &[[1.0], [1.0], [1.0]]).unwrap();
        assert_eq!(place, 1);
    }

    fn answer() -> impl Strategy<Value = String> {
        prop_oneof![
            "\\PC{0,40}",
            "(the answer is )?-?[0-9]{1,4}(\\.[0-9])?",
            "\\(?[a-d]\\)? ?[a-z]{0,6}",
            "\\{\"[ab]\": ([0-9]|\"[xy]\"|\\[[0-9]\\])\\}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn likeness_is_symmetric_bounded_and_one_on_equals(a in answer(), b in answer()) {
            let (there, back) = (likeness(&a, &b), likeness(&b, &a));
            prop_assert!((there - back).abs() < 1e-9, "{there} {back}");
            prop_assert!((0.0..=1.0 + 1e-9).contains(&there));
            prop_assert!((likeness(&a, &a) - 1.0).abs() < 1e-9);
        }

        #[test]
        fn the_medoid_is_one_of_them_and_agrees_most(answers in prop::collection::vec(answer(), 2..6)) {
            let (place, agreement) = medoid(&answers).unwrap();
            prop_assert!(place < answers.len());
            for (other, said) in answers.iter().enumerate() {
                let sum: f64 = answers.iter().enumerate().filter(|(at, _)| *at != other).map(|(_, x)| likeness(said, x)).sum();
                prop_assert!(sum / (answers.len() - 1) as f64 <= agreement + 1e-9);
            }
        }
    }
}
