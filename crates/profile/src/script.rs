//! In which scripts a text is written, by Unicode block.

/// A script, as far as tokenisers and people treat it apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Script {
    /// Latin letters, with or without marks.
    Latin,
    /// Digits of any kind.
    Digit,
    /// Blanks and line ends.
    Space,
    /// Punctuation, symbols, everything below U+0080 that is none of the above.
    Sign,
    /// Thai.
    Thai,
    /// Chinese characters.
    Han,
    /// Hiragana and katakana.
    Kana,
    /// Korean.
    Hangul,
    /// Cyrillic and Greek.
    Cyrillic,
    /// Arabic and Hebrew.
    Arabic,
    /// The scripts of India.
    Indic,
    /// Anything else: emoji, rarer scripts.
    Other,
}

impl Script {
    /// Every script, in the order in which they are counted.
    pub const ALL: [Self; 12] = [
        Self::Latin,
        Self::Digit,
        Self::Space,
        Self::Sign,
        Self::Thai,
        Self::Han,
        Self::Kana,
        Self::Hangul,
        Self::Cyrillic,
        Self::Arabic,
        Self::Indic,
        Self::Other,
    ];

    /// The script of a character (Unicode 16 blocks).
    #[must_use]
    pub const fn of(letter: char) -> Self {
        match letter {
            'a'..='z' | 'A'..='Z' | '\u{aa}' | '\u{ba}' | '\u{c0}'..='\u{2af}' | '\u{1e00}'..='\u{1eff}' => {
                Self::Latin
            }
            '0'..='9' | '\u{e50}'..='\u{e59}' | '\u{ff10}'..='\u{ff19}' => Self::Digit,
            ' ' | '\t' | '\n' | '\r' | '\u{a0}' | '\u{2000}'..='\u{200b}' | '\u{3000}' => Self::Space,
            '\0'..='\u{bf}' | '\u{2010}'..='\u{206f}' | '\u{3001}'..='\u{303f}' | '\u{ff00}'..='\u{ff65}' => {
                Self::Sign
            }
            '\u{e00}'..='\u{e7f}' => Self::Thai,
            '\u{3400}'..='\u{4dbf}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{3ffff}' => Self::Han,
            '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9f}' => Self::Kana,
            '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{ac00}'..='\u{d7af}' => Self::Hangul,
            '\u{370}'..='\u{52f}' | '\u{1f00}'..='\u{1fff}' => Self::Cyrillic,
            '\u{590}'..='\u{77f}'
            | '\u{8a0}'..='\u{8ff}'
            | '\u{fb1d}'..='\u{fdff}'
            | '\u{fe70}'..='\u{feff}' => Self::Arabic,
            '\u{900}'..='\u{dff}' => Self::Indic,
            _ => Self::Other,
        }
    }
}

impl Script {
    /// As explanations write it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Latin => "latin",
            Self::Digit => "digits",
            Self::Space => "blank",
            Self::Sign => "signs",
            Self::Thai => "thai",
            Self::Han => "han",
            Self::Kana => "kana",
            Self::Hangul => "hangul",
            Self::Cyrillic => "cyrillic",
            Self::Arabic => "arabic",
            Self::Indic => "indic",
            Self::Other => "other",
        }
    }
}

/// How many bytes of a text are of each script.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scripts([u64; Script::ALL.len()]);

impl Scripts {
    /// Counts a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut counts = Self::default();
        counts.count(text);
        counts
    }

    /// Counts more of it.
    pub fn count(&mut self, text: &str) {
        for letter in text.chars() {
            self.0[Script::of(letter) as usize] += letter.len_utf8() as u64;
        }
    }

    /// Bytes of one script.
    #[must_use]
    pub const fn bytes(&self, script: Script) -> u64 {
        self.0[script as usize]
    }

    /// Bytes in all.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The script that most of its letters are of; `None` without letters. Letters are compared by how much they say: one
    /// Chinese character stands for a word.
    #[must_use]
    pub fn main(&self) -> Option<Script> {
        let letters = [
            (Script::Latin, 1),
            (Script::Thai, 3),
            (Script::Han, 1),
            (Script::Kana, 2),
            (Script::Hangul, 2),
            (Script::Cyrillic, 2),
            (Script::Arabic, 2),
            (Script::Indic, 3),
        ];
        let weighed = letters.map(|(script, bytes)| (self.bytes(script) / bytes, script));
        weighed
            .into_iter()
            .max_by_key(|(weight, _)| *weight)
            .filter(|(weight, _)| *weight > 0)
            .map(|(_, s)| s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_known_by_their_letters() {
        for (text, main) in [
            ("Write a function in Rust.", Some(Script::Latin)),
            ("Grüße aus Köln", Some(Script::Latin)),
            ("เขียนโค้ดให้หน่อย with Rust", Some(Script::Thai)),
            ("请解释一下 TCP", Some(Script::Han)),
            ("これはペンです", Some(Script::Kana)),
            ("안녕하세요", Some(Script::Hangul)),
            ("Привет, мир", Some(Script::Cyrillic)),
            ("مرحبا", Some(Script::Arabic)),
            ("नमस्ते", Some(Script::Indic)),
            ("12 + 30 = ?", None),
            ("", None),
            ("🙂🙂", None),
        ] {
            assert_eq!(Scripts::of(text).main(), main, "{text}");
        }
        let counts = Scripts::of("ab 1é๑!");
        assert_eq!(counts.all(), "ab 1é๑!".len() as u64);
        assert_eq!((counts.bytes(Script::Latin), counts.bytes(Script::Digit)), (4, 4));
    }
}
