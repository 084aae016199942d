//! The heads answer any text, the same for the same text typed otherwise, and say why.

use std::borrow::Cow;

use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

use super::*;

/// Weights without a meaning, the same every time.
fn arbitrary() -> Heads {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    let categories = (1..HEADS).map(|_| (0..SLOTS + STEPS).map(|_| next()).collect()).collect();
    let difficulty = (0..BUCKETS).map(|_| next()).collect();
    let biases = std::array::from_fn(|_| next());
    let places = Places::of(&common()).unwrap();
    Heads::read(Cow::Owned(write(&Weights { places, categories, difficulty, biases }))).unwrap()
}

/// Runs of the letters that texts here are made of, so that some are known and some are not.
fn common() -> Vec<u64> {
    let letters = "abcdefgé กขคงจ天地가 ";
    let mut hashes: Vec<u64> = letters
        .chars()
        .flat_map(|one| letters.chars().map(move |two| format!("{one}{two} {two}{one}")))
        .flat_map(|text| Runs::of(&text).hashes)
        .collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

fn empty(biases: [f32; HEADS]) -> Vec<u8> {
    let places = Places::of(&[]).unwrap();
    write(&Weights { places, categories: Vec::new(), difficulty: Vec::new(), biases })
}

static ARBITRARY: std::sync::LazyLock<Heads> = std::sync::LazyLock::new(arbitrary);

#[test]
fn the_shipped_file_is_whole_and_small() {
    assert_eq!(Heads::refused(), None);
    assert!(Heads::shipped().is_some());
    assert!(FILE.len() <= 2 << 20, "at most 2 MB in the binary");
}

#[test]
fn spoilt_files_are_refused_by_their_hash() {
    let good = empty([0.0; HEADS]);
    assert!(Heads::read(Cow::Owned(good.clone())).is_ok());
    let spoil = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut file = good.clone();
        change(&mut file);
        let error = Heads::read(Cow::Owned(file)).unwrap_err();
        assert_eq!(error.hash.len(), 16);
        assert!(error.to_string().contains(&error.hash));
        error.to_string()
    };
    assert!(spoil(&|file| file.truncate(3)).contains("cut short"));
    assert!(spoil(&|file| file.truncate(10)).contains("cut short"));
    assert!(spoil(&|file| file.truncate(20)).contains("cut short"));
    assert!(spoil(&|file| file.truncate(5000)).contains("length"));
    assert!(spoil(&|file| file.push(0)).contains("length"));
    assert!(spoil(&|file| file[0] = 0).contains("no such model"));
    assert!(spoil(&|file| file[8] = 0).contains("older"));
    assert!(spoil(&|file| file[8] = 9).contains("newer"));
    assert!(spoil(&|file| file[100_000] ^= 1).contains("changed"));
    assert!(spoil(&|file| file[20] ^= 1).contains("changed"));
    let endless = empty([f32::NAN; HEADS]);
    assert!(Heads::read(Cow::Owned(endless)).unwrap_err().to_string().contains("numbers"));
}

#[test]
fn empty_and_strange_texts_are_answered() {
    for text in
        ["", " ", "🙂🙂🙂", "\0\u{1}", "שלום עולם", "\u{202e}abc", "\u{fffd}\u{fffd}", "ๅๅๅ\u{e48}\u{e48}"]
    {
        let scores = ARBITRARY.score([text]);
        assert!((scores.categories.iter().sum::<f32>() - 1.0).abs() < 1e-4, "{text:?}");
        assert!((0.0..=1.0).contains(&scores.difficulty));
    }
    assert_eq!(ARBITRARY.score([]), ARBITRARY.score([""]));
    assert_eq!(ARBITRARY.score(["a b"]), ARBITRARY.score(["a", "b"]));
}

#[test]
fn equal_scores_have_a_top() {
    assert_eq!(top(&[0.0625; 16]), Category::Code);
    assert_eq!(top(&[f32::NAN; 16]), Category::General);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered(parts in proptest::collection::vec(any::<String>(), 0..3)) {
        let scores = ARBITRARY.score(parts.iter().map(String::as_str));
        prop_assert!((scores.categories.iter().sum::<f32>() - 1.0).abs() < 1e-4);
        prop_assert!((0.0..=1.0).contains(&scores.difficulty));
    }

    #[test]
    fn any_bytes_read_as_text_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..6000)) {
        let scores = ARBITRARY.score([String::from_utf8_lossy(&bytes).as_ref()]);
        prop_assert!(scores.categories.iter().all(|share| share.is_finite()));
    }

    #[test]
    fn typed_otherwise_is_answered_the_same(text in "[a-zéüก-ฮ天地가힣ạ̈ ]{0,3000}") {
        let scores = ARBITRARY.score([text.as_str()]);
        let nfd: String = text.nfd().collect();
        prop_assert_eq!(ARBITRARY.score([nfd.as_str()]), scores);
        prop_assert_eq!(ARBITRARY.score([text.to_uppercase().as_str()]), scores);
        prop_assert_eq!(ARBITRARY.score([text.replace(' ', "  ").as_str()]), scores);
    }

    #[test]
    fn terms_add_up_to_the_score(text in "\\PC{0,2500}", head in 0..HEADS) {
        let head = Head::all().nth(head).unwrap();
        let terms = ARBITRARY.explain([text.as_str()], head);
        let sum: f64 = terms.iter().map(|term| f64::from(term.weight)).sum();
        let logit = ARBITRARY.logits([text.as_str()])[head.index()];
        let wanted = f64::from(logit - ARBITRARY.bias(head));
        prop_assert!((sum - wanted).abs() < 1e-3, "{} {}", sum, wanted);
        prop_assert!(terms.iter().all(|term| term.head == head));
    }
}
