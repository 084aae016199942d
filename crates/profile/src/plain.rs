//! What routing reads while no trained heads are there: words of each category, and length. It is what naive gateways do,
//! little better than chance, and stands beside the heads in the benchmark for that reason too.

use std::sync::LazyLock;

use crate::category::Category;
use crate::heads::Scores;
use crate::words::Words;

/// Words of each category, with commas between them.
const WORDS: [(Category, &str); 14] = [
    (
        Category::Code,
        "code, function, python, javascript, rust, sql, bug, script, compile, regex, bash, 代码, 函数, 程序, 脚本, \
         โค้ด, ฟังก์ชัน, โปรแกรม",
    ),
    (Category::Tools, "use the tool, call the, book me, schedule, look up, 调用, 预订, เรียกใช้, จอง"),
    (Category::Vision, "image, picture, screenshot, photo, chart, 图片, 截图, 图中, รูป, ภาพ"),
    (
        Category::Math,
        "calculate, equation, solve, how many, how much, percent, integral, probability, 计算, 多少, 方程, 概率, คำนวณ, \
         สมการ, กี่",
    ),
    (
        Category::Reasoning,
        "logic, puzzle, step by step, deduce, as a result, the cause, 推理, 逻辑, 原因, 结果, ตรรกะ, สาเหตุ, เหตุผล",
    ),
    (Category::Extraction, "extract, pull out, list all the, 提取, 抽取, ดึงข้อมูล, สกัด"),
    (
        Category::Classification,
        "classify, sentiment, label, categorize, spam, 分类, 情感, 标签, จำแนก, จัดหมวดหมู่, จัดประเภท",
    ),
    (Category::Comprehension, "passage, according to, paragraph, 根据, 文中, บทความ, ข้อความต่อไปนี้"),
    (Category::Instruction, "exactly, at least, no more than, bullet, 不超过, 正好, ไม่เกิน, ห้ามใช้"),
    (Category::Json, "json, schema"),
    (
        Category::Safety,
        "bomb, hack, kill, weapon, drugs, suicide, 炸弹, 毒品, 自杀, 黑客, ระเบิด, ยาเสพติด, ฆ่า, แฮก",
    ),
    (Category::Creative, "story, poem, slogan, lyrics, haiku, 故事, 诗, 小说, แต่ง, นิทาน, กลอน"),
    (Category::Translation, "translate, translation, 翻译, แปล"),
    (
        Category::Knowledge,
        "what is, who was, when did, explain, define, 什么是, 谁, 解释, คืออะไร, อธิบาย, ใคร",
    ),
];

static FINDER: LazyLock<Words> = LazyLock::new(|| {
    Words::new(WORDS.into_iter().flat_map(|(category, words)| {
        words.split(", ").map(move |word| (word, u32::try_from(category.index()).unwrap_or_default()))
    }))
});

/// What is said of a request of which nothing is known.
pub(crate) fn nothing() -> Scores {
    let mut categories = [0.0; Category::COUNT];
    categories[Category::General.index()] = 1.0;
    Scores { categories, difficulty: 0.5 }
}

/// Guesses by words and length.
#[must_use]
pub fn guess(text: &str) -> Scores {
    /// Characters of a text that is as hard as length alone makes it.
    const LONG: f32 = 4000.0;
    let found = FINDER.groups(text);
    let count = found.count_ones();
    let mut scores = nothing();
    if count > 0 {
        let share = 0.8 / count as f32;
        scores.categories = std::array::from_fn(|at| if found >> at & 1 == 1 { share } else { 0.0 });
        scores.categories[Category::General.index()] = 0.2;
    }
    scores.difficulty = 0.3 + 0.4 * (text.len() as f32 / LONG).min(1.0).sqrt();
    scores
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_something_and_length_does() {
        assert_eq!(guess("Translate this, please").top(), Category::Translation);
        assert_eq!(guess("请翻译").top(), Category::Translation);
        assert_eq!(guess("hm").top(), Category::General);
        assert!(guess(&"a ".repeat(3000)).difficulty > guess("a").difficulty);
        assert!((guess("classify the image as json").categories.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    }
}
