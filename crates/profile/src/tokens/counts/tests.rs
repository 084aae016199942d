//! What the sums are, that they add up, and how near estimates come to the real tokenisers.

use proptest::prelude::*;

use super::*;

/// Texts of our own, with what each family's own tokeniser makes of them (versions as in `docs/token-estimates.md`).
const GOLDEN: &[(&str, &[(Family, u64)])] = &[
    (
        "Please read the attached notes and tell me, in two or three sentences, which of the four plans costs the least over ten years and why. If a figure is missing, say so instead of guessing it, and name the page where you looked.",
        &[
            (Family::O200k, 50),
            (Family::Gemini, 50),
            (Family::Llama, 50),
            (Family::Tekken, 50),
            (Family::Qwen, 50),
            (Family::DeepSeek, 50),
            (Family::Claude, 51),
        ],
    ),
    (
        "fn main() {\n    let total: u64 = rows.iter().filter(|row| row.is_paid).map(|row| row.amount).sum();\n    if total > LIMIT {\n        return Err(Error::TooMuch { total, limit: LIMIT });\n    }\n    println!(\"{total}\");\n}\n",
        &[
            (Family::O200k, 59),
            (Family::Gemini, 72),
            (Family::Llama, 59),
            (Family::Tekken, 62),
            (Family::Qwen, 60),
            (Family::DeepSeek, 65),
            (Family::Claude, 80),
        ],
    ),
    (
        "{\"type\":\"function\",\"function\":{\"name\":\"find_train\",\"description\":\"Finds trains between two stations.\",\"parameters\":{\"type\":\"object\",\"properties\":{\"from\":{\"type\":\"string\"},\"to\":{\"type\":\"string\"},\"at\":{\"type\":\"string\",\"format\":\"date-time\"}},\"required\":[\"from\",\"to\"]}}}",
        &[
            (Family::O200k, 63),
            (Family::Gemini, 66),
            (Family::Llama, 60),
            (Family::Tekken, 64),
            (Family::Qwen, 60),
            (Family::DeepSeek, 65),
            (Family::Claude, 74),
        ],
    ),
    (
        "ช่วยอ่านบันทึกนี้แล้วบอกฉันสั้น ๆ ว่าแผนไหนประหยัดที่สุดในสิบปีข้างหน้า และเพราะอะไร ถ้าตัวเลขไหนขาดไป ให้บอกว่าขาด อย่าเดา",
        &[
            (Family::O200k, 53),
            (Family::Gemini, 41),
            (Family::Llama, 58),
            (Family::Tekken, 68),
            (Family::Qwen, 65),
            (Family::DeepSeek, 46),
            (Family::Claude, 115),
        ],
    ),
    (
        "请阅读这份记录，用两三句话告诉我哪个方案在十年内花费最少，以及原因。如果缺少数字，请直接说明，不要猜测。",
        &[
            (Family::O200k, 35),
            (Family::Gemini, 33),
            (Family::Llama, 36),
            (Family::Tekken, 46),
            (Family::Qwen, 30),
            (Family::DeepSeek, 31),
            (Family::Claude, 58),
        ],
    ),
    (
        "この記録を読んで、十年間で一番安い計画はどれか、その理由とともに二、三文で教えてください。足りない数字があれば、推測せずにそう書いてください。",
        &[
            (Family::O200k, 53),
            (Family::Gemini, 38),
            (Family::Llama, 52),
            (Family::Tekken, 54),
            (Family::Qwen, 43),
            (Family::DeepSeek, 49),
            (Family::Claude, 60),
        ],
    ),
    (
        "Прочитай, пожалуйста, эти заметки и скажи в двух-трёх предложениях, какой из планов обойдётся дешевле всего за десять лет и почему.",
        &[
            (Family::O200k, 38),
            (Family::Gemini, 37),
            (Family::Llama, 46),
            (Family::Tekken, 43),
            (Family::Qwen, 49),
            (Family::DeepSeek, 44),
            (Family::Claude, 59),
        ],
    ),
];

fn named(counts: &Counts, name: &str) -> u32 {
    counts.named().find(|(known, _)| known == name).unwrap().1
}

#[test]
fn sums_are_of_what_they_say() {
    let counts = Counts::of("Look: `fooBar`  has\n\t12 KiB, zum Kauf");
    for (name, sum) in [
        ("words", 6),
        ("letters", 23),
        ("a", 3),
        ("k", 1),
        ("j, z", 1),
        ("u, m, d", 3),
        ("words behind marks", 1),
        ("words behind blanks", 4),
        ("capitals behind blanks", 2),
        ("capitals in words", 2),
        ("digits", 2),
        ("numbers", 1),
        ("blanks behind blanks", 1),
        ("line ends", 1),
        ("tabs", 1),
        ("stops", 2),
        ("quotes", 2),
        ("marks behind no mark", 4),
        ("marks behind blanks", 1),
    ] {
        assert_eq!(named(&counts, name), sum, "{name}");
    }
    let counts = Counts::of("中文 and ไทย, Привет 🙂🙂");
    let letters: u32 = counts.named().filter(|(name, _)| name.starts_with("letter ")).map(|(_, n)| n).sum();
    let runs: u32 = counts.named().filter(|(name, _)| name.starts_with("run ")).map(|(_, n)| n).sum();
    assert_eq!((letters, runs), (2 + 3 + 6 + 2, 4));
}

#[test]
fn estimates_are_near_the_real_tokenisers() {
    for (text, real) in GOLDEN {
        for (family, real) in *real {
            let estimate = Counts::of(text).tokens(*family);
            let error = estimate.abs_diff(*real) as f64 / *real as f64;
            assert!(error <= 0.2, "{family:?}: {estimate} for {real}: {text}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_counted(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let counts = Counts::of(&bytes);
        for family in Family::ALL {
            // At most what the dearest sums make of a byte.
            prop_assert!(counts.tokens(family) <= 16 * bytes.len() as u64);
        }
    }

    #[test]
    fn more_text_is_not_fewer_tokens(text: String, more: String) {
        let (part, whole) = (Counts::of(&text), Counts::of(text.clone() + &more));
        for family in Family::ALL {
            prop_assert!(part.tokens(family) <= whole.tokens(family));
        }
    }

    /// But for what happens where they meet, which is a few tokens.
    #[test]
    fn parts_add_up(text: String, more: String) {
        let mut sum = Counts::of(&text);
        sum += &Counts::of(&more);
        let whole = Counts::of(text + &more);
        for family in Family::ALL {
            prop_assert!(sum.tokens(family).abs_diff(whole.tokens(family)) <= 10, "{:?} {:?}", sum, whole);
        }
    }

    /// However it comes.
    #[test]
    fn pieces_are_counted_like_the_whole(text: String, cut: prop::sample::Index) {
        let cut = text.floor_char_boundary(cut.index(text.len() + 1));
        let mut tally = Tally::new();
        tally.take(&text.as_bytes()[..cut]);
        tally.take(&text.as_bytes()[cut..]);
        prop_assert_eq!(Counts::from(&tally), Counts::of(&text));
    }
}
