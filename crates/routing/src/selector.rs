//! Targets that are described instead of named: `category:code free:true context>=32k provider:groq,cerebras`.
//!
//! All terms must hold. Words behind a colon are alternatives when there are several; a minus before a term turns it
//! around. What is not known of a deployment does not hold: a selector never picks what it cannot prove.

use std::fmt;

/// A description of deployments.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Selector {
    terms: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq)]
struct Term {
    not: bool,
    key: Key,
    test: Test,
}

#[derive(Debug, Clone, PartialEq)]
enum Test {
    /// One of these words, in lower case.
    Words(Vec<String>),
    Is(bool),
    Compared(Compare, f64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compare {
    AtLeast,
    AtMost,
    Above,
    Below,
}

/// What a term is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// The provider's id.
    Provider,
    /// The model's name; `*` stands for anything.
    Model,
    /// A category in which it has passed.
    Category,
    /// Its size: small, medium, large, xlarge.
    Tier,
    /// It is proved to cost nothing.
    Free,
    /// It runs on the operator's own machines.
    Local,
    /// It takes tools.
    Tools,
    /// It sees images.
    Vision,
    /// It hears.
    Audio,
    /// It thinks before it answers.
    Reasoning,
    /// It keeps to a schema.
    Json,
    /// Tokens of context.
    Context,
    /// Tokens of an answer.
    Output,
    /// Dollars a million tokens of a prompt.
    PriceIn,
    /// Dollars a million tokens of an answer.
    PriceOut,
    /// Its grade, from 0 to 100.
    Grade,
    /// Milliseconds to the first content.
    Latency,
}

/// Which tests a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    Words,
    YesNo,
    Number,
}

impl Key {
    /// Every key.
    pub const ALL: [Self; 17] = [
        Self::Provider,
        Self::Model,
        Self::Category,
        Self::Tier,
        Self::Free,
        Self::Local,
        Self::Tools,
        Self::Vision,
        Self::Audio,
        Self::Reasoning,
        Self::Json,
        Self::Context,
        Self::Output,
        Self::PriceIn,
        Self::PriceOut,
        Self::Grade,
        Self::Latency,
    ];

    /// As it is written.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Model => "model",
            Self::Category => "category",
            Self::Tier => "tier",
            Self::Free => "free",
            Self::Local => "local",
            Self::Tools => "tools",
            Self::Vision => "vision",
            Self::Audio => "audio",
            Self::Reasoning => "reasoning",
            Self::Json => "json",
            Self::Context => "context",
            Self::Output => "output",
            Self::PriceIn => "price_in",
            Self::PriceOut => "price_out",
            Self::Grade => "grade",
            Self::Latency => "latency_ms",
        }
    }

    const fn takes(self) -> Takes {
        match self {
            Self::Provider | Self::Model | Self::Category | Self::Tier => Takes::Words,
            Self::Free
            | Self::Local
            | Self::Tools
            | Self::Vision
            | Self::Audio
            | Self::Reasoning
            | Self::Json => Takes::YesNo,
            Self::Context | Self::Output | Self::PriceIn | Self::PriceOut | Self::Grade | Self::Latency => {
                Takes::Number
            }
        }
    }
}

/// What a selector asks of a deployment.
pub trait Selected {
    /// Whether one of a deployment's words for a key is this one, which is in lower case; `None` if none is known.
    fn has_word(&self, key: Key, word: &str) -> Option<bool>;
    /// Whether it is so; `None` if that is not known.
    fn is(&self, key: Key) -> Option<bool>;
    /// How much it is; `None` if that is not known.
    fn number(&self, key: Key) -> Option<f64>;
}

/// What is wrong with a selector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectorError {
    /// The term that cannot be read.
    pub term: String,
    /// What to write instead.
    pub message: String,
}

impl fmt::Display for SelectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.term, self.message)
    }
}

impl std::error::Error for SelectorError {}

impl Selector {
    /// Whether a target's text is meant as a description: no name of a deployment or a route holds these signs.
    #[must_use]
    pub fn is_meant(text: &str) -> bool {
        text.split_whitespace().any(|term| {
            let term = term.strip_prefix('-').unwrap_or(term);
            let end = term.find([':', '<', '>']).unwrap_or(0);
            Key::ALL.iter().any(|key| key.word() == &term[..end])
        })
    }

    /// Reads a description.
    ///
    /// # Errors
    /// The first term that cannot be read, and what to write instead.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        let terms: Vec<Term> = text.split_whitespace().map(Term::parse).collect::<Result<_, _>>()?;
        if terms.is_empty() {
            let message = "it describes nothing; write terms such as `free:true context>=32k`".to_owned();
            return Err(SelectorError { term: text.to_owned(), message });
        }
        Ok(Self { terms })
    }

    /// Whether a deployment is described, but for what it says of [speed](Self::speed).
    #[must_use]
    pub fn picks(&self, deployment: &impl Selected) -> bool {
        let lasting = self.terms.iter().filter(|term| term.key != Key::Latency);
        lasting.into_iter().all(|term| term.holds(deployment).is_some_and(|holds| holds != term.not))
    }

    /// What it says of speed, which changes from minute to minute: decisions ask, not whoever picks.
    #[must_use]
    pub fn speed(&self) -> Vec<SpeedTerm> {
        let of = |term: &Term| match term.test {
            Test::Compared(compare, than) if term.key == Key::Latency => {
                Some(SpeedTerm { not: term.not, compare, than })
            }
            _ => None,
        };
        self.terms.iter().filter_map(of).collect()
    }
}

/// What a selector says of the time to the first content.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpeedTerm {
    not: bool,
    compare: Compare,
    than: f64,
}

impl SpeedTerm {
    /// Whether it holds for so many milliseconds.
    #[must_use]
    pub fn holds(&self, first_ms: f64) -> bool {
        self.compare.holds(first_ms, self.than) != self.not
    }
}

impl Compare {
    fn holds(self, number: f64, than: f64) -> bool {
        match self {
            Self::AtLeast => number >= than,
            Self::AtMost => number <= than,
            Self::Above => number > than,
            Self::Below => number < than,
        }
    }
}

impl Term {
    fn parse(term: &str) -> Result<Self, SelectorError> {
        let wrong = |message: String| SelectorError { term: term.to_owned(), message };
        let (not, rest) = term.strip_prefix('-').map_or((false, term), |rest| (true, rest));
        let end = rest.find([':', '<', '>']).ok_or_else(|| {
            wrong(
                "a term has a key, a sign and a value, such as `provider:groq` or `context>=32k`".to_owned(),
            )
        })?;
        let (word, rest) = rest.split_at(end);
        let key = Key::ALL.into_iter().find(|key| key.word() == word).ok_or_else(|| {
            let all: Vec<&str> = Key::ALL.iter().map(|key| key.word()).collect();
            wrong(format!("there is no key `{word}`; there are {}", all.join(", ")))
        })?;
        let signs =
            [(">=", Compare::AtLeast), ("<=", Compare::AtMost), (">", Compare::Above), ("<", Compare::Below)];
        let compared = signs.iter().find_map(|(sign, compare)| Some((*compare, rest.strip_prefix(sign)?)));
        let test = match (key.takes(), compared) {
            (Takes::Number, Some((compare, value))) => {
                let number = number(value).ok_or_else(|| {
                    wrong(format!("`{value}` is no number; write one such as 32000, 32k or 0.5"))
                })?;
                Test::Compared(compare, number)
            }
            (Takes::Number, None) => {
                return Err(wrong(format!("`{word}` is compared: write `{word}>=…` or `{word}<=…`")));
            }
            (_, Some(_)) => return Err(wrong(format!("`{word}` is not compared: write `{word}:…`"))),
            (Takes::YesNo, None) => match &rest[1..] {
                "true" | "yes" => Test::Is(true),
                "false" | "no" => Test::Is(false),
                _ => return Err(wrong(format!("write `{word}:true` or `{word}:false`"))),
            },
            (Takes::Words, None) => {
                let words: Vec<String> = rest[1..].split(',').map(str::to_lowercase).collect();
                if words.iter().any(String::is_empty) {
                    return Err(wrong(format!("write `{word}:…`, with commas between alternatives")));
                }
                Test::Words(words)
            }
        };
        Ok(Self { not, key, test })
    }

    /// Whether it holds, before it is turned around; `None` where that is not known.
    fn holds(&self, deployment: &impl Selected) -> Option<bool> {
        match &self.test {
            Test::Words(words) => {
                let mut known = false;
                for word in words {
                    match deployment.has_word(self.key, word) {
                        Some(true) => return Some(true),
                        Some(false) => known = true,
                        None => {}
                    }
                }
                known.then_some(false)
            }
            Test::Is(wanted) => deployment.is(self.key).map(|is| is == *wanted),
            Test::Compared(compare, than) => {
                deployment.number(self.key).map(|number| compare.holds(number, *than))
            }
        }
    }
}

/// A number, with `k` and `m` for thousands and millions.
fn number(text: &str) -> Option<f64> {
    let lower = text.to_ascii_lowercase();
    let (digits, unit) = match lower.strip_suffix('k') {
        Some(digits) => (digits, 1e3),
        None => lower.strip_suffix('m').map_or((lower.as_str(), 1.0), |digits| (digits, 1e6)),
    };
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    digits.parse::<f64>().ok().filter(|_| plain).map(|number| number * unit)
}

/// Whether a name is as a pattern says, in which `*` stands for anything. Both are in lower case.
#[must_use]
pub fn is_like(name: &str, pattern: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return name == pattern };
    let Some(mut name) = name.strip_prefix(head) else { return false };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return name.ends_with(part);
        }
        match name.find(part) {
            Some(at) => name = &name[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests;
