//! Whether an answer is in another script than its request: models that were taught mostly in one language fall into it. A
//! script is judged, not a language, and only where nothing in the conversation explains another one.

use wye_profile::{Script, Scripts};
use wye_types::chat::{ChatRequest, Role};

/// An answer with fewer letters says too little.
const LEAST_LETTERS: usize = 16;

/// Whoever speaks of languages may want another one.
const ABOUT_LANGUAGES: &[&str] = &[
    "translat",
    "language",
    "english",
    "thai",
    "chinese",
    "mandarin",
    "japanese",
    "korean",
    "russian",
    "arabic",
    "hindi",
    "french",
    "german",
    "spanish",
    "แปล",
    "ภาษา",
    "翻译",
    "翻譯",
    "英文",
    "英语",
    "英語",
    "中文",
    "汉语",
    "漢語",
    "日语",
    "日文",
    "韩语",
    "韩文",
    "泰语",
    "泰文",
    "语言",
    "語言",
    "перевед",
    "язык",
    "번역",
    "영어",
    "翻訳",
];

/// The scripts of the newest question and of the answer, where the answer's has no business there.
pub(super) fn differs(chat: &ChatRequest, answer: &str) -> Option<(&'static str, &'static str)> {
    if answer.chars().filter(|letter| letter.is_alphabetic()).take(LEAST_LETTERS).count() < LEAST_LETTERS
        || answer.contains("```")
    {
        return None;
    }
    let texts = || {
        let all = chat.messages.iter().filter(|message| message.role != Role::Tool);
        all.flat_map(|message| &message.content).filter_map(|block| block.as_text())
    };
    let newest = crate::decide::newest_text(chat);
    let (asked, answered) = (Scripts::of(&newest), Scripts::of(answer));
    let (from, to) = (group(asked.main()?), group(answered.main()?));
    if from == to || texts().any(speaks_of_languages) {
        return None;
    }
    let share = |scripts: &Scripts, of: Group| {
        let all: u64 = GROUPS.iter().map(|group| letters(scripts, *group)).sum();
        letters(scripts, of) * 100 / all.max(1)
    };
    let strange = match to {
        // Latin letters stand in every script's texts: only an answer without a word of the question's own is strange.
        Group::Latin => share(&asked, from) >= 60 && letters(&answered, from) == 0,
        other => share(&answered, other) >= 60 && texts().all(|text| letters(&Scripts::of(text), other) == 0),
    };
    strange.then(|| (from.name(), to.name()))
}

fn speaks_of_languages(text: &str) -> bool {
    let lower = text.to_lowercase();
    ABOUT_LANGUAGES.iter().any(|word| lower.contains(word))
}

/// Scripts that belong together: Japanese has two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    Latin,
    Thai,
    EastAsian,
    Hangul,
    Cyrillic,
    Arabic,
    Indic,
}

const GROUPS: [Group; 7] = [
    Group::Latin,
    Group::Thai,
    Group::EastAsian,
    Group::Hangul,
    Group::Cyrillic,
    Group::Arabic,
    Group::Indic,
];

impl Group {
    const fn name(self) -> &'static str {
        match self {
            Self::Latin => "Latin",
            Self::Thai => "Thai",
            Self::EastAsian => "East Asian",
            Self::Hangul => "Korean",
            Self::Cyrillic => "Cyrillic or Greek",
            Self::Arabic => "Arabic or Hebrew",
            Self::Indic => "Indic",
        }
    }
}

const fn group(script: Script) -> Group {
    match script {
        Script::Thai => Group::Thai,
        Script::Han | Script::Kana => Group::EastAsian,
        Script::Hangul => Group::Hangul,
        Script::Cyrillic => Group::Cyrillic,
        Script::Arabic => Group::Arabic,
        Script::Indic => Group::Indic,
        _ => Group::Latin,
    }
}

/// How many letters of a group there are, about.
const fn letters(scripts: &Scripts, group: Group) -> u64 {
    match group {
        Group::Latin => scripts.bytes(Script::Latin),
        Group::Thai => scripts.bytes(Script::Thai) / 3,
        Group::EastAsian => (scripts.bytes(Script::Han) + scripts.bytes(Script::Kana)) / 3,
        Group::Hangul => scripts.bytes(Script::Hangul) / 3,
        Group::Cyrillic => scripts.bytes(Script::Cyrillic) / 2,
        Group::Arabic => scripts.bytes(Script::Arabic) / 2,
        Group::Indic => scripts.bytes(Script::Indic) / 3,
    }
}
