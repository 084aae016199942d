//! What a provider serves besides chat, where, and in whose words. Data, so that a new endpoint is a line in each
//! provider's row instead of a list of providers in the endpoint.

use wye_types::{DialectId, Kind};
use wye_wire::Shape;

use crate::endpoint::{MODEL, climbs, joined, path_segment};

/// One thing that a provider serves besides chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Serves {
    /// What.
    pub kind: Kind,
    /// Where: behind the provider's address, or a whole address if it begins with `https://`, which counts only while the
    /// provider's address is the registry's. `{model}` stands for the model's name. A version at its beginning takes the
    /// place of one at the end of the provider's address.
    pub path: &'static str,
    /// In whose words.
    pub shape: Shape,
}

impl Serves {
    /// As OpenAI serves it.
    #[must_use]
    pub const fn openai(kind: Kind) -> Self {
        Self { kind, path: kind.path(), shape: Shape::OpenAi }
    }

    /// In other words or at another place.
    #[must_use]
    pub const fn at(kind: Kind, path: &'static str, shape: Shape) -> Self {
        Self { kind, path, shape }
    }

    /// The address of the call. `registry` is the provider's address in the registry, `base_url` the configured one.
    /// `None` if the model's name would lead elsewhere than to a model, or if the place is known for the registry's
    /// address only.
    #[must_use]
    pub fn url(&self, registry: &str, base_url: &str, model: &str) -> Option<String> {
        let url = joined(self.path, registry, base_url)?;
        if !url.contains(MODEL) {
            return Some(url);
        }
        if climbs(model) {
            return None;
        }
        let segment = path_segment(model);
        // In a deployment's place a name is one step; behind a vendor's own path it may be several.
        let deployment = base_url.contains(MODEL);
        Some(url.replace(MODEL, &if deployment { segment.replace('/', "%2F") } else { segment }))
    }
}

/// What a server that speaks OpenAI's dialect and of which nothing else is known is asked for: all that OpenAI serves.
/// What it does not have it says itself, and the next target is asked.
const COMPATIBLE: &[Serves] = &[
    Serves::openai(Kind::Embeddings),
    Serves::openai(Kind::Images),
    Serves::openai(Kind::ImageEdits),
    Serves::openai(Kind::ImageVariations),
    Serves::openai(Kind::Speech),
    Serves::openai(Kind::Transcriptions),
    Serves::openai(Kind::Translations),
    Serves::openai(Kind::Moderations),
    Serves::at(Kind::Rerank, Kind::Rerank.path(), Shape::Jina),
    Serves::openai(Kind::Files),
    Serves::openai(Kind::Batches),
    Serves::openai(Kind::Realtime),
];

const COHERE: &[Serves] = &[
    Serves::at(Kind::Embeddings, "/v2/embed", Shape::Cohere),
    Serves::at(Kind::Rerank, "/v2/rerank", Shape::Cohere),
];
const GEMINI: &[Serves] =
    &[Serves::at(Kind::Embeddings, "/v1beta/models/{model}:batchEmbedContents", Shape::Gemini)];
const OLLAMA: &[Serves] = &[Serves::at(Kind::Embeddings, "/v1/embeddings", Shape::OpenAi)];
const BEDROCK: &[Serves] = &[
    Serves::at(Kind::Embeddings, "/model/{model}/invoke", Shape::Bedrock),
    Serves::at(Kind::Rerank, "/model/{model}/invoke", Shape::Bedrock),
];

/// Recording `anthropic/files_batches__files_batches__01`; files: <https://docs.anthropic.com/en/api/files-create>.
pub(crate) const ANTHROPIC: &[Serves] = &[
    Serves::at(Kind::Files, "/v1/files", Shape::Anthropic),
    Serves::at(Kind::Batches, "/v1/messages/batches", Shape::Anthropic),
];

/// What servers of a dialect usually serve besides chat, where nothing else is known of them.
#[must_use]
pub const fn usual(dialect: DialectId) -> &'static [Serves] {
    match dialect {
        DialectId::OpenAiChat => COMPATIBLE,
        DialectId::AnthropicMessages => ANTHROPIC,
        DialectId::Cohere => COHERE,
        DialectId::Gemini => GEMINI,
        DialectId::Ollama => OLLAMA,
        DialectId::BedrockConverse => BEDROCK,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found() {
        let base = "https://a/v1";
        for (path, given, model, url) in [
            ("/embeddings", "https://a/v1/", "m", Some("https://a/v1/embeddings")),
            ("/embeddings", "https://a/v1?api-version=1", "m", Some("https://a/v1/embeddings?api-version=1")),
            (
                "/embeddings",
                "https://a/openai/deployments/{model}?api-version=1",
                "my/m",
                Some("https://a/openai/deployments/my%2Fm/embeddings?api-version=1"),
            ),
            ("/v2/embed", "https://a/v2", "m", Some("https://a/v2/embed")),
            ("/v2/embed", "https://a", "m", Some("https://a/v2/embed")),
            (
                "/v1beta/models/{model}:predict",
                "https://a/v1beta",
                "m",
                Some("https://a/v1beta/models/m:predict"),
            ),
            ("/ai/run/{model}", "https://a", "@cf/x/y", Some("https://a/ai/run/@cf/x/y")),
            ("/../run/{model}", "https://a/ai/v1", "@cf/x/y", Some("https://a/ai/run/@cf/x/y")),
            ("/ai/run/{model}", "https://a", "../y", None),
            ("https://b/v1/rerank", "https://a/v1", "m", Some("https://b/v1/rerank")),
            ("https://b/v1/rerank", "https://proxy/v1", "m", None),
        ] {
            let serves = Serves::at(Kind::Embeddings, path, Shape::OpenAi);
            assert_eq!(serves.url(base, given, model).as_deref(), url, "{path} {given}");
        }
    }

    #[test]
    fn nobody_serves_a_thing_twice_or_chat_by_this_table() {
        for provider in crate::PROVIDERS {
            let mut kinds: Vec<Kind> = provider.serves.iter().map(|serves| serves.kind).collect();
            assert!(kinds.is_sorted(), "{}: not in the order of kinds", provider.id);
            kinds.dedup();
            assert_eq!(kinds.len(), provider.serves.len(), "{}", provider.id);
            assert!(
                !kinds.contains(&Kind::Chat),
                "{}: chat is what `chats` and the dialects say",
                provider.id
            );
            for serves in provider.serves {
                assert!(
                    serves.path.starts_with('/') || serves.path.starts_with("https://"),
                    "{}",
                    provider.id
                );
            }
        }
    }
}
