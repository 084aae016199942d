//! Who reads a request: how a model counts what is said, how it looks at pictures, and what its vendor puts around.

use super::family::{Family, holds};
use super::image::Vision;

/// No family takes a byte for more tokens than this, as they are estimated.
const MOST_A_BYTE: u64 = 4;

/// What reads a request: which tokeniser, and which eyes. Found once for a model, not once for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reader {
    /// How its tokeniser counts.
    pub family: Family,
    /// How it looks at pictures.
    pub vision: Vision,
    pub(super) frame: Frame,
}

impl Reader {
    /// A model of which nothing is known.
    pub const UNKNOWN: Self =
        Self { family: Family::Generic, vision: Vision::OTHER, frame: Frame::of(Family::Generic) };

    /// The reader that a model is, by any name that it goes by.
    #[must_use]
    pub fn of(model: &str) -> Self {
        let family = Family::of(model);
        Self { family, vision: Vision::of(model), frame: Frame::of_model(model, family) }
    }

    /// More tokens than there are in a body of so many bytes, whatever is in it but for pictures: every message has a role,
    /// which takes more bytes than the tokens around it.
    #[must_use]
    pub const fn at_most(&self, bytes: usize) -> u64 {
        let Frame { each, once, tools } = self.frame;
        (bytes as u64).saturating_mul(MOST_A_BYTE + 1) + each + once + tools
    }

    /// The same by the first of several names that tells anything.
    #[must_use]
    pub fn of_first<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        names.into_iter().map(Self::of).find(|reader| *reader != Self::UNKNOWN).unwrap_or(Self::UNKNOWN)
    }
}

/// What a vendor puts around what is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    /// Tokens around each message.
    pub(super) each: u64,
    /// Around them all, instructions of the vendor's own among them.
    pub(super) once: u64,
    /// What models are told of tools when there are some.
    pub(super) tools: u64,
}

impl Frame {
    /// From the documentation where there is some (OpenAI's cookbook, `How_to_count_tokens_with_tiktoken`; Anthropic's page
    /// on tool use), else from what providers reported for short requests that were recorded.
    const fn of(family: Family) -> Self {
        let (each, once, tools) = match family {
            Family::O200k | Family::Cl100k => (4, 3, 12),
            Family::Claude => (4, 4, 500),
            Family::Claude47 => (4, 4, 650),
            Family::Gemini => (1, 0, 0),
            Family::Llama => (5, 29, 170),
            Family::Tekken | Family::Spm32k => (3, 6, 10),
            Family::Qwen | Family::Qwen35 => (5, 3, 150),
            Family::DeepSeek => (2, 2, 240),
            Family::Glm | Family::Kimi => (3, 6, 60),
            Family::Generic => (4, 3, 60),
        };
        Self { each, once, tools }
    }

    /// The same for models whose vendors say more than their tokenisers tell.
    fn of_model(model: &str, family: Family) -> Self {
        let name = model.rsplit('/').next().unwrap_or(model);
        let (once, tools) = match name {
            _ if holds(name, "gpt-oss") => (68, 0),
            _ if holds(name, "grok-4") => (190, 150),
            _ => return Self::of(family),
        };
        Self { once, tools, ..Self::of(family) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_name_that_tells_anything_counts() {
        assert_eq!(Reader::of("somebody's-model"), Reader::UNKNOWN);
        assert_eq!(Reader::of_first(["our-deployment", "gpt-4o", "qwen3"]), Reader::of("gpt-4o"));
        assert_eq!(Reader::of_first(["", "our-deployment"]), Reader::UNKNOWN);
        // What vendors say around it is known of some whose tokenisers are not.
        let (grok, other) = (Reader::of("grok-4"), Reader::UNKNOWN);
        assert!(grok.family == other.family && grok != other);
    }
}
