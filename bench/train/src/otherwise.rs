//! The same prompt typed otherwise: with words around it, with typing errors. Training sees it so that the heads learn what
//! does not matter; the benchmark uses words of its own.

use crate::measure::Chance;

/// Words before and after, by language.
const AROUND: [(&str, &[(&str, &str)]); 3] = [
    (
        "en",
        &[
            ("Hi, ", ""),
            ("Please answer this one. ", ""),
            ("I need some help here: ", " Thanks!"),
            ("Quick one: ", ""),
            ("Easy question, ", ""),
            ("This one is really difficult. ", ""),
            ("Think carefully. ", ""),
            ("Hey, can you do this for me? ", " Appreciate it."),
            ("", ", please explain"),
            ("Give me a short answer. ", ""),
            ("You are the best expert there is. ", ""),
            ("Here is my problem: ", " What do you think?"),
            ("no need for a big model: ", ""),
            ("Good morning! ", " Cheers"),
            ("Be brief. ", ""),
            ("Let us go through it slowly. ", ""),
        ],
    ),
    (
        "th",
        &[
            ("รบกวนหน่อยครับ ", ""),
            ("", " ขอบคุณมากค่ะ"),
            ("มีเรื่องจะถามค่ะ ", " รบกวนด้วยนะคะ"),
            ("ช่วยดูให้หน่อย ", ""),
            ("อันนี้ไม่ยาก ", ""),
            ("ยากมากเลยอันนี้ ", " ทำไงดี"),
        ],
    ),
    (
        "zh",
        &[
            ("你好，", ""),
            ("", "谢谢！"),
            ("麻烦帮个忙：", "，多谢"),
            ("请认真回答。", ""),
            ("很简单的，", ""),
            ("这个有点难：", "，怎么办"),
        ],
    ),
];

/// A prompt with words around it, in its language.
#[must_use]
pub fn wrapped(text: &str, language: &str, chance: &mut Chance) -> String {
    let all = AROUND.iter().find(|(name, _)| *name == language).map_or(AROUND[0].1, |(_, words)| words);
    let (before, after) = all[chance.below(all.len())];
    format!("{before}{text}{after}")
}

/// Letters swapped, left out, doubled or replaced, so many of each letter and digit.
#[must_use]
pub fn mistyped(text: &str, rate: f64, chance: &mut Chance) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at < letters.len() {
        if letters[at].is_alphanumeric() && chance.share() < rate {
            match chance.below(4) {
                0 if at + 1 < letters.len() => letters.swap(at, at + 1),
                1 => {
                    letters.remove(at);
                }
                2 => letters.insert(at, letters[at]),
                _ => letters[at] = char::from(b'a' + chance.below(26) as u8),
            }
        }
        at += 1;
    }
    letters.into_iter().collect()
}
