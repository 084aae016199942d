//! Whether the answers to a request can be compared: there is one right answer, and it is short. Known by words and shapes
//! of the newest question, in English, Thai and Chinese. Who guesses wrong here pays for two cheap answers in vain, or asks
//! a strong model what a cheap one knew; no answer gets wrong by it.

use wye_types::chat::{BlockKind, ChatRequest, OutputFormat};

use crate::decide::newest_text;

/// Longer questions are about more than a fact, in characters.
const LONGEST: usize = 4000;
/// The same of a question for a fact.
const LONGEST_FACT: usize = 240;

/// Why the answers can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checkable {
    /// Its answer is a number.
    Math,
    /// It gives the answers to choose from.
    Choice,
    /// Its answer is JSON.
    Json,
    /// It asks for a name, a place, a date.
    Fact,
}

impl Checkable {
    /// Its name in explanations.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Math => "math",
            Self::Choice => "choice",
            Self::Json => "json",
            Self::Fact => "fact",
        }
    }
}

/// Who wants more than an answer.
const WANTS_MORE: &[&str] = &[
    "explain",
    "why ",
    "how do ",
    "how to ",
    "how does",
    "write ",
    "essay",
    "story",
    "poem",
    "summar",
    "describe",
    "compare",
    "discuss",
    "code",
    "function",
    "program",
    "translate",
    "list ",
    "draft",
    "อธิบาย",
    "ทำไม",
    "เขียน",
    "สรุป",
    "แปล",
    "เปรียบเทียบ",
    "โค้ด",
    "เล่า",
    "解释",
    "为什么",
    "怎么",
    "如何",
    "写",
    "总结",
    "翻译",
    "比较",
    "代码",
    "描述",
    "解釋",
    "為什麼",
];

const MATH: &[&str] = &[
    "calculate",
    "compute",
    "how many",
    "how much",
    "what is the sum",
    "solve",
    "product of",
    "percent",
    "%",
    "square root",
    "evaluate",
    "remainder",
    "คำนวณ",
    "เท่ากับ",
    "เท่าไร",
    "เท่าไหร่",
    "กี่",
    "บวก",
    "ลบ",
    "คูณ",
    "หาร",
    "计算",
    "等于",
    "多少",
    "求",
    "几个",
    "計算",
    "等於",
];

const CHOICE: &[&str] = &[
    "true or false",
    "yes or no",
    "which of the following",
    "which one of",
    "answer with a letter",
    "จริงหรือเท็จ",
    "ใช่หรือไม่",
    "ข้อใด",
    "是还是否",
    "对还是错",
    "是否",
    "下列",
    "以下哪",
];

const FACT: &[&str] = &[
    "who ",
    "when ",
    "where ",
    "which ",
    "what year",
    "what is the capital",
    "what's the capital",
    "in what",
    "in which",
    "what is the name",
    "what city",
    "what country",
    "what date",
    "ใคร",
    "เมื่อไร",
    "เมื่อไหร่",
    "ที่ไหน",
    "ปีใด",
    "เมืองหลวง",
    "วันใด",
    "ชื่ออะไร",
    "谁",
    "誰",
    "哪",
    "什么时候",
    "什麼時候",
    "首都",
];

/// Whether the answers to a request can be compared, and why.
#[must_use]
pub fn checkable(chat: &ChatRequest) -> Option<Checkable> {
    let in_loop = chat.messages.iter().flat_map(|message| &message.content);
    if !chat.tools.is_empty()
        || in_loop
            .into_iter()
            .any(|block| matches!(block.kind, BlockKind::ToolResult(_) | BlockKind::Media(_)))
    {
        return None;
    }
    let text = newest_text(chat).to_lowercase();
    let length = text.chars().count();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if length == 0 || length > LONGEST {
        return None;
    }
    if chat.format != OutputFormat::Text {
        return Some(Checkable::Json);
    }
    if options(&text) >= 2 || says(CHOICE) {
        return Some(Checkable::Choice);
    }
    if says(WANTS_MORE) {
        return None;
    }
    let numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).count();
    if numbers >= 2 && (says(MATH) || sums(&text)) {
        return Some(Checkable::Math);
    }
    let asks = text.contains(['?', '？']) || !text.is_ascii();
    let begins = FACT
        .iter()
        .any(|word| if word.is_ascii() { text.trim_start().starts_with(word) } else { text.contains(word) });
    (length <= LONGEST_FACT && asks && begins).then_some(Checkable::Fact)
}

/// How many lines or words offer an answer to choose: `A)`, `(b)`, `c.`, `ก.`
fn options(text: &str) -> usize {
    text.split_whitespace()
        .filter(|word| {
            let mut letters = word.chars().filter(|c| *c != '(');
            let first = letters.next().is_some_and(|c| matches!(c, 'a'..='h' | 'ก'..='ง'));
            first
                && letters.next().is_some_and(|c| matches!(c, ')' | '.' | ':' | '、' | '）'))
                && letters.next().is_none()
        })
        .count()
}

/// Whether two numbers stand around a sign of arithmetic.
fn sums(text: &str) -> bool {
    let letters: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    letters.windows(3).any(|three| {
        three[0].is_ascii_digit()
            && matches!(three[1], '+' | '*' | '/' | '×' | '÷' | '^' | '=' | '-' | '−' | 'x')
            && (three[2].is_ascii_digit() || three[2] == '?')
    })
}

#[cfg(test)]
mod tests {
    use wye_types::chat::{Message, Role};
    use wye_types::{DialectId, Map};
    use wye_wire::dialect;
    use wye_wire::dialect::PathAsk;

    use super::*;

    fn asked(text: &str) -> ChatRequest {
        let body = serde_json::json!({ "model": "m", "messages": [{ "role": "user", "content": "x" }] });
        let read =
            dialect(DialectId::OpenAiChat).read_request(body.to_string().as_bytes(), &PathAsk::default());
        ChatRequest { messages: vec![Message::text(Role::User, text)], rest: Map::new(), ..read.unwrap() }
    }

    #[test]
    fn what_has_one_short_answer_can_be_compared() {
        for (text, why) in [
            ("What is 12 * 14?", Checkable::Math),
            ("How many apples are left if I eat 3 of 10?", Checkable::Math),
            ("ถ้ามีส้ม 10 ผล กินไป 3 ผล เหลือกี่ผล", Checkable::Math),
            ("小明有10个苹果，吃了3个，还剩多少？", Checkable::Math),
            ("Which is a prime? A) 4 B) 6 C) 7", Checkable::Choice),
            ("Is the sky green? Yes or no", Checkable::Choice),
            ("ข้อใดถูกต้อง ก. หนึ่ง ข. สอง", Checkable::Choice),
            ("Who wrote Faust?", Checkable::Fact),
            ("เมืองหลวงของฝรั่งเศสคือที่ใด", Checkable::Fact),
            ("法国的首都是哪里？", Checkable::Fact),
        ] {
            assert_eq!(checkable(&asked(text)), Some(why), "{text}");
        }
        let json = ChatRequest { format: OutputFormat::JsonObject, ..asked("Give me a colour") };
        assert_eq!(checkable(&json), Some(Checkable::Json));
    }

    #[test]
    fn what_has_many_answers_cannot() {
        for text in [
            "",
            "Write a story about 3 bears and 2 wolves",
            "Explain how many 3 of 10 are, and why",
            "Hello there",
            "Tell me about Paris.",
            "เขียนบทกวีให้หน่อย",
            "请解释一下量子力学",
        ] {
            assert_eq!(checkable(&asked(text)), None, "{text}");
        }
        assert_eq!(checkable(&asked(&"1 + 1 ".repeat(1000))), None);
    }
}
