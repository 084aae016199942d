//! Which tokeniser a model has, by its name.

/// Models whose tokenisers are the same, or nearly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// OpenAI's from GPT-4o on (`o200k`), and its open models.
    O200k,
    /// OpenAI's before: GPT-4, GPT-3.5, embeddings (`cl100k`).
    Cl100k,
    /// Anthropic's from Claude 3 to 4.6.
    Claude,
    /// Anthropic's from Opus 4.7 on, with about a third more tokens.
    Claude47,
    /// Google's Gemini and Gemma.
    Gemini,
    /// Meta's from Llama 3 on, and what was made of them.
    Llama,
    /// Mistral's from NeMo on (`tekken`).
    Tekken,
    /// What Meta and Mistral had before: SentencePiece with 32,000 pieces.
    Spm32k,
    /// Alibaba's up to Qwen 3.
    Qwen,
    /// Alibaba's from Qwen 3.5 on, with a larger vocabulary.
    Qwen35,
    /// DeepSeek's from V2.5 on.
    DeepSeek,
    /// Zhipu's GLM-4 and later.
    Glm,
    /// Moonshot's Kimi K2 and later.
    Kimi,
    /// Anybody else's: between all of these.
    Generic,
}

impl Family {
    /// Every family, in the order of the table of coefficients.
    pub const ALL: [Self; 14] = [
        Self::O200k,
        Self::Cl100k,
        Self::Claude,
        Self::Claude47,
        Self::Gemini,
        Self::Llama,
        Self::Tekken,
        Self::Spm32k,
        Self::Qwen,
        Self::Qwen35,
        Self::DeepSeek,
        Self::Glm,
        Self::Kimi,
        Self::Generic,
    ];

    /// The family of a model by any name that it goes by; `Generic` if the name tells nothing.
    ///
    /// The last family named in the name's last part counts: `deepseek-r1-distill-llama-70b` reads like Llama, whoever
    /// taught it.
    #[must_use]
    pub fn of(model: &str) -> Self {
        let bare = model.rsplit('/').next().unwrap_or(model);
        let found = WORDS.iter().filter_map(|(word, family)| Some((rfind(bare, word)?, word.len(), *family)));
        let last = found.max_by_key(|(at, length, _)| (*at, *length));
        match last {
            Some((at, _, Self::Claude)) if is_claude_before_4_7(&bare[at..]) => Self::Claude,
            Some((.., Self::Claude)) => Self::Claude47,
            Some((.., family)) => family,
            None => Self::Generic,
        }
    }
}

/// Whether a name such as `claude-3-5-sonnet-20241022` or `claude-opus-4.6` says a version before 4.7. What says none is
/// the newest.
fn is_claude_before_4_7(name: &str) -> bool {
    let mut numbers =
        name.split(|c: char| !c.is_ascii_alphanumeric()).map(|word| word.trim_start_matches('v'));
    let numeric = |word: &&str| word.len() <= 2 && word.parse::<u8>().is_ok();
    let Some(major) = numbers.find(numeric).and_then(|word| word.parse::<u8>().ok()) else {
        return name.contains("instant");
    };
    let minor = numbers.next().filter(numeric).and_then(|word| word.parse::<u8>().ok()).unwrap_or(0);
    (major, minor) < (4, 7)
}

/// Words in names of models, in small letters. Of two at the same place the longer one counts.
const WORDS: &[(&str, Family)] = &[
    ("gpt", Family::O200k),
    ("gpt-4", Family::Cl100k),
    ("gpt-4o", Family::O200k),
    ("gpt-4.", Family::O200k),
    ("gpt-3", Family::Cl100k),
    ("gpt-35", Family::Cl100k),
    ("gpt4o", Family::O200k),
    ("chatgpt", Family::O200k),
    ("o1", Family::O200k),
    ("o3", Family::O200k),
    ("o4", Family::O200k),
    ("codex", Family::O200k),
    ("text-embedding-3", Family::Cl100k),
    ("text-embedding-ada", Family::Cl100k),
    ("phi-4", Family::Cl100k),
    ("olmo", Family::Cl100k),
    ("claude", Family::Claude),
    ("gemini", Family::Gemini),
    ("gemma", Family::Gemini),
    ("llama", Family::Llama),
    ("llama-2", Family::Spm32k),
    ("llama2", Family::Spm32k),
    ("codellama", Family::Spm32k),
    ("hermes-3", Family::Llama),
    ("mistral-", Family::Tekken),
    ("mistral-7b", Family::Spm32k),
    ("mistral:7b", Family::Spm32k),
    ("mixtral", Family::Spm32k),
    ("ministral", Family::Tekken),
    ("magistral", Family::Tekken),
    ("devstral", Family::Tekken),
    ("codestral", Family::Tekken),
    ("pixtral", Family::Tekken),
    ("voxtral", Family::Tekken),
    ("open-mistral", Family::Tekken),
    ("qwen", Family::Qwen),
    ("qwq", Family::Qwen),
    ("qvq", Family::Qwen),
    ("qwen3.5", Family::Qwen35),
    ("qwen3.6", Family::Qwen35),
    ("qwen3.7", Family::Qwen35),
    ("qwen3.8", Family::Qwen35),
    ("qwen4", Family::Qwen35),
    ("deepseek-", Family::DeepSeek),
    ("glm", Family::Glm),
    ("kimi", Family::Kimi),
    ("moonshot-v1", Family::Kimi),
];

/// Whether a name holds a word, whatever the case of its letters, not in the middle of another word.
pub(super) fn holds(name: &str, word: &str) -> bool {
    rfind(name, word).is_some()
}

/// Where a word stands last in a name, whatever the case of its letters, not in the middle of another word.
fn rfind(name: &str, word: &str) -> Option<usize> {
    let (name, word) = (name.as_bytes(), word.as_bytes());
    let starts = |at: usize| at == 0 || !name[at - 1].is_ascii_alphanumeric();
    let mut windows = name.windows(word.len()).enumerate().rev();
    windows.find(|(at, window)| starts(*at) && window.eq_ignore_ascii_case(word)).map(|(at, _)| at)
}

#[cfg(test)]
mod tests;
