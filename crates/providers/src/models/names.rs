//! What a model's name tells where no metadata does. Words count whole (`vl` is in `qwen2-vl-7b`, not in `vlad`), and a
//! name only ever says yes: that a word is missing proves nothing.

use super::Caps;
use crate::Kind;

/// Words of a name that say what the model is for, first match first. A space stands for any separator.
const KINDS: [(&str, Kind); 46] = [
    ("moderation", Kind::Moderations),
    ("rerank", Kind::Rerank),
    ("reranker", Kind::Rerank),
    ("ranker", Kind::Rerank),
    ("embed", Kind::Embeddings),
    ("embedding", Kind::Embeddings),
    ("embeddings", Kind::Embeddings),
    ("embedqa", Kind::Embeddings),
    ("nomic embed", Kind::Embeddings),
    ("bge", Kind::Embeddings),
    ("e5", Kind::Embeddings),
    ("gte", Kind::Embeddings),
    ("minilm", Kind::Embeddings),
    ("arctic embed", Kind::Embeddings),
    ("voyage 3", Kind::Embeddings),
    ("voyage 4", Kind::Embeddings),
    ("voyage code", Kind::Embeddings),
    ("voyage context", Kind::Embeddings),
    ("voyage multimodal", Kind::Embeddings),
    ("voyage law", Kind::Embeddings),
    ("voyage finance", Kind::Embeddings),
    ("titan embed", Kind::Embeddings),
    ("whisper", Kind::Transcriptions),
    ("transcribe", Kind::Transcriptions),
    ("asr", Kind::Transcriptions),
    ("parakeet", Kind::Transcriptions),
    ("canary", Kind::Transcriptions),
    ("nova 3", Kind::Transcriptions),
    ("tts", Kind::Speech),
    ("speech", Kind::Speech),
    ("playai", Kind::Speech),
    ("orpheus", Kind::Speech),
    ("kokoro", Kind::Speech),
    ("dall e", Kind::Images),
    ("gpt image", Kind::Images),
    ("chatgpt image", Kind::Images),
    ("imagen", Kind::Images),
    ("flux", Kind::Images),
    ("stable diffusion", Kind::Images),
    ("sdxl", Kind::Images),
    ("sd3", Kind::Images),
    ("imagine image", Kind::Images),
    ("seedream", Kind::Images),
    ("realtime", Kind::Realtime),
    ("native audio", Kind::Realtime),
    ("live preview", Kind::Realtime),
];

/// Words of models that are for none of the above, nor for chat.
const ODD: [&str; 8] = ["ocr", "guard", "sora", "veo", "video", "lyria", "safety", "reward"];

const VISION: [&str; 25] = [
    "vision",
    "vl",
    "vlm",
    "pixtral",
    "llava",
    "4o",
    "omni",
    "gpt 4 1",
    "gpt 5",
    "gemini 2",
    "gemini 3",
    "gemini flash",
    "gemini pro",
    "claude",
    "gemma 3",
    "gemma3",
    "gemma 4",
    "gemma4",
    "llama 4",
    "internvl",
    "minicpm v",
    "moondream",
    "multimodal",
    "mllama",
    "kimi k2 5",
];
const TOOLS: [&str; 30] = [
    "gpt 4",
    "gpt 4o",
    "gpt 4 1",
    "gpt 5",
    "gpt oss",
    "o3",
    "o4",
    "claude",
    "gemini 2",
    "gemini 3",
    "gemini flash",
    "gemini pro",
    "mistral large",
    "mistral medium",
    "mistral small",
    "ministral",
    "devstral",
    "mixtral",
    "command r",
    "command a",
    "qwen2",
    "qwen2 5",
    "qwen3",
    "llama 3",
    "llama3",
    "llama 4",
    "hermes",
    "deepseek v3",
    "kimi k2",
    "glm 4",
];
const REASONING: [&str; 18] = [
    "o1",
    "o3",
    "o4",
    "r1",
    "gpt 5",
    "gpt oss",
    "qwq",
    "qvq",
    "think",
    "thinking",
    "reasoning",
    "reasoner",
    "magistral",
    "deepseek r1",
    "gemini 2 5",
    "gemini 3",
    "grok 4",
    "glm 4 5",
];

/// What a name says a model is for and can do.
#[must_use]
pub fn named(id: &str) -> (Option<Kind>, Caps) {
    let name = Name::of(id);
    let kind = KINDS.iter().find(|(word, _)| name.has(word)).map(|(_, kind)| *kind);
    let kind = kind.filter(|_| !odd(id));
    let says = |words: &[&str]| words.iter().any(|word| name.has(word)).then_some(true);
    let caps = Caps {
        tools: says(&TOOLS),
        vision: says(&VISION),
        reasoning: says(&REASONING).filter(|_| !name.has("non reasoning")),
        ..Caps::default()
    };
    (kind, caps)
}

/// Whether a name says that the model is for nothing that is served.
pub(super) fn odd(id: &str) -> bool {
    let name = Name::of(id);
    ODD.iter().any(|word| name.has(word))
}

/// A name as its words, each between two spaces.
struct Name(String);

impl Name {
    fn of(id: &str) -> Self {
        let mut words = String::with_capacity(id.len() + 2);
        words.push(' ');
        for c in id.chars() {
            words.push(if c.is_alphanumeric() { c.to_ascii_lowercase() } else { ' ' });
        }
        words.push(' ');
        Self(words)
    }

    fn has(&self, word: &str) -> bool {
        let whole = |at: usize| self.0[..at].ends_with(' ') && self.0[at + word.len()..].starts_with(' ');
        self.0.match_indices(word).any(|(at, _)| whole(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_a_model_is_for() {
        for (id, kind) in [
            ("text-embedding-3-small", Some(Kind::Embeddings)),
            ("BAAI/bge-m3", Some(Kind::Embeddings)),
            ("BAAI/bge-reranker-v2-m3", Some(Kind::Rerank)),
            ("cohere/rerank-v3.5", Some(Kind::Rerank)),
            ("whisper-large-v3-turbo", Some(Kind::Transcriptions)),
            ("gpt-4o-mini-transcribe", Some(Kind::Transcriptions)),
            ("gpt-4o-mini-tts", Some(Kind::Speech)),
            ("omni-moderation-latest", Some(Kind::Moderations)),
            ("black-forest-labs/FLUX.1-schnell", Some(Kind::Images)),
            ("dall-e-3", Some(Kind::Images)),
            ("gpt-realtime-mini", Some(Kind::Realtime)),
            ("llama-3.3-70b-versatile", None),
            ("embedded-systems-coder", None),
            ("meta-llama/llama-guard-4-12b", None),
            ("mistral-ocr-latest", None),
        ] {
            assert_eq!(named(id).0, kind, "{id}");
        }
    }

    #[test]
    fn names_tell_what_a_model_can_do_by_whole_words() {
        let caps = |id: &str| named(id).1;
        for id in [
            "qwen/qwen2.5-vl-72b",
            "meta/llama-3.2-11b-vision-instruct",
            "gpt-4o-mini",
            "pixtral-12b",
            "gemma3:4b",
        ] {
            assert_eq!(caps(id).vision, Some(true), "{id}");
        }
        for id in ["vlad-7b", "provision-1", "evl-2", "llama-3.1-8b"] {
            assert_eq!(caps(id).vision, None, "{id}");
        }
        for id in ["deepseek-r1:7b", "o3-mini", "qwen3-235b-thinking-2507", "magistral-small"] {
            assert_eq!(caps(id).reasoning, Some(true), "{id}");
        }
        for id in ["thinker", "gr1t", "pro3", "grok-4-fast-non-reasoning"] {
            assert_eq!(caps(id).reasoning, None, "{id}");
        }
        assert_eq!(caps("llama-3.3-70b").tools, Some(true));
        assert_eq!(caps("xllama-3-x").tools, None);
        assert_eq!(caps("ä🦀-vl").vision, Some(true), "any script is taken");
    }
}
