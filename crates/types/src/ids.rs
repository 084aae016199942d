//! Identifiers: dialects, deployments, requests.

use std::fmt;
use std::str::FromStr;

/// A wire format. Clients speak one, providers speak one; two that are equal are relayed byte for byte.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DialectId {
    /// OpenAI's `POST /v1/chat/completions` and everything compatible with it.
    #[default]
    OpenAiChat,
    /// Anthropic's `POST /v1/messages`.
    AnthropicMessages,
    /// Google's `POST /v1beta/models/{m}:generateContent` and `:streamGenerateContent`.
    Gemini,
    /// OpenAI's `POST /v1/responses`, stateless.
    OpenAiResponses,
    /// OpenAI's older `POST /v1/completions`.
    OpenAiCompletions,
    /// Cohere's `POST /v2/chat`.
    Cohere,
    /// Ollama's own `POST /api/chat`.
    Ollama,
    /// Amazon Bedrock's `POST /model/{m}/converse` and `/converse-stream`.
    BedrockConverse,
}

impl DialectId {
    /// Every dialect, in the order in which pages list them.
    pub const ALL: [Self; 8] = [
        Self::OpenAiChat,
        Self::AnthropicMessages,
        Self::Gemini,
        Self::OpenAiResponses,
        Self::OpenAiCompletions,
        Self::Cohere,
        Self::Ollama,
        Self::BedrockConverse,
    ];

    /// The name used in configuration, records and pages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OpenAiChat => "openai_chat",
            Self::AnthropicMessages => "anthropic_messages",
            Self::Gemini => "gemini",
            Self::OpenAiResponses => "openai_responses",
            Self::OpenAiCompletions => "openai_completions",
            Self::Cohere => "cohere",
            Self::Ollama => "ollama",
            Self::BedrockConverse => "bedrock_converse",
        }
    }
}

impl fmt::Display for DialectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for DialectId {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|d| d.name() == s).ok_or(())
    }
}

/// Provider and upstream model, written `provider/model`. The model may itself contain slashes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeploymentId {
    /// The provider's id in the configuration; never contains a slash.
    pub provider: String,
    /// The model's name as the provider knows it.
    pub model: String,
}

impl DeploymentId {
    /// Splits `provider/model` at the first slash. `None` if either side would be empty.
    #[must_use]
    pub fn parse(s: &str) -> Option<Self> {
        let (provider, model) = s.split_once('/')?;
        (!provider.is_empty() && !model.is_empty())
            .then(|| Self { provider: provider.to_owned(), model: model.to_owned() })
    }
}

impl fmt::Display for DeploymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.provider, self.model)
    }
}

/// A UUIDv7 as 128 bits: the id of a request, also of its decision.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(pub u128);

impl RequestId {
    /// Makes a UUIDv7 (RFC 9562 §5.7) from Unix milliseconds and 74 bits of the given chance.
    #[must_use]
    pub const fn v7(unix_ms: u64, chance: u128) -> Self {
        let time = (unix_ms as u128 & 0xffff_ffff_ffff) << 80;
        let rand_a = (chance >> 62) & 0xfff;
        let rand_b = chance & 0x3fff_ffff_ffff_ffff;
        Self(time | 0x7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b)
    }

    /// What `Display` writes, behind something else: every request writes its id several times, and the formatter costs
    /// three times what the id does.
    #[must_use]
    pub fn behind(self, before: &str) -> String {
        let mut text = String::with_capacity(before.len() + LENGTH);
        text.push_str(before);
        text.push_str(std::str::from_utf8(&self.ascii()).unwrap_or_default());
        text
    }

    /// What `Display` writes, as bytes. Byte by byte from a table, which is far cheaper than formatted numbers.
    #[must_use]
    pub fn ascii(self) -> [u8; LENGTH] {
        let mut text = [b'-'; LENGTH];
        let mut at = 0;
        for (index, byte) in self.0.to_be_bytes().into_iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                at += 1;
            }
            text[at..at + 2].copy_from_slice(&PAIRS[usize::from(byte)]);
            at += 2;
        }
        text
    }

    /// Reads what `Display` wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let dashed = text.bytes().enumerate().all(|(at, byte)| {
            if matches!(at, 8 | 13 | 18 | 23) { byte == b'-' } else { byte.is_ascii_hexdigit() }
        });
        (text.len() == LENGTH && dashed)
            .then(|| u128::from_str_radix(&text.replace('-', ""), 16).ok().map(Self))?
    }
}

/// How long a UUID is as text.
const LENGTH: usize = 36;

/// Every byte as two hexadecimal digits.
const PAIRS: [[u8; 2]; 256] = {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        pairs[byte] = [HEX[byte >> 4], HEX[byte & 15]];
        byte += 1;
    }
    pairs
};

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.ascii()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_is_read_as_it_was_written() {
        let id = RequestId::v7(1_790_000_000_123, 0x1234_5678_9abc_def0_1234);
        assert_eq!(id.behind("x-"), format!("x-{id}"));
        assert_eq!(RequestId::parse(&id.to_string()), Some(id));
        for odd in
            ["", "x", "0190-", "+1900000-0000-7000-8000-000000000000", &"0".repeat(36), &"é".repeat(18)]
        {
            assert_eq!(RequestId::parse(odd), None, "{odd}");
        }
    }

    #[test]
    fn deployment_keeps_slashes_of_the_model() {
        let id = DeploymentId::parse("openrouter/meta-llama/llama-3:free").unwrap();
        assert_eq!((id.provider.as_str(), id.model.as_str()), ("openrouter", "meta-llama/llama-3:free"));
        assert_eq!(id.to_string(), "openrouter/meta-llama/llama-3:free");
        assert_eq!(DeploymentId::parse("no-slash"), None);
        assert_eq!(DeploymentId::parse("/x"), None);
    }

    #[test]
    fn request_id_is_a_version_7_uuid() {
        let text = RequestId::v7(0x0123_4567_89ab, u128::MAX).to_string();
        assert_eq!(text, "01234567-89ab-7fff-bfff-ffffffffffff");
    }
}
