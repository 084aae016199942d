//! What a provider serves besides chat, where, and in whose words. Data, so that a new endpoint is a line in each
//! provider's row instead of a list of providers in the endpoint.

use crate::endpoint::{MODEL, climbs, joined, path_segment};

/// What can be asked of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Chat and completions, in the dialects that the provider speaks.
    Chat,
    /// Texts to vectors.
    Embeddings,
    /// Texts to images.
    Images,
    /// Images and a text to images.
    ImageEdits,
    /// An image to others like it.
    ImageVariations,
    /// Text to speech.
    Speech,
    /// Speech to text in its own language.
    Transcriptions,
    /// Speech to English text.
    Translations,
    /// Whether contents are harmful.
    Moderations,
    /// Documents by how well they answer a query.
    Rerank,
    /// Files that later calls name.
    Files,
    /// Many calls at once, answered within hours.
    Batches,
    /// Conversations over a WebSocket.
    Realtime,
}

impl Kind {
    /// Every kind, in the order of the enum.
    pub const ALL: [Self; 13] = [
        Self::Chat,
        Self::Embeddings,
        Self::Images,
        Self::ImageEdits,
        Self::ImageVariations,
        Self::Speech,
        Self::Transcriptions,
        Self::Translations,
        Self::Moderations,
        Self::Rerank,
        Self::Files,
        Self::Batches,
        Self::Realtime,
    ];

    /// Its name in the log, in metrics and in configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Embeddings => "embeddings",
            Self::Images => "images",
            Self::ImageEdits => "image_edits",
            Self::ImageVariations => "image_variations",
            Self::Speech => "speech",
            Self::Transcriptions => "transcriptions",
            Self::Translations => "translations",
            Self::Moderations => "moderations",
            Self::Rerank => "rerank",
            Self::Files => "files",
            Self::Batches => "batches",
            Self::Realtime => "realtime",
        }
    }

    /// Where OpenAI serves it, below `/v1`. OpenAI has no rerank; that is Jina's and Cohere's path.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Chat => "/chat/completions",
            Self::Embeddings => "/embeddings",
            Self::Images => "/images/generations",
            Self::ImageEdits => "/images/edits",
            Self::ImageVariations => "/images/variations",
            Self::Speech => "/audio/speech",
            Self::Transcriptions => "/audio/transcriptions",
            Self::Translations => "/audio/translations",
            Self::Moderations => "/moderations",
            Self::Rerank => "/rerank",
            Self::Files => "/files",
            Self::Batches => "/batches",
            Self::Realtime => "/realtime",
        }
    }
}

/// Whose words a call and its answer are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// OpenAI's.
    OpenAi,
    /// Cohere's: `texts`, `input_type`, `embedding_types`; `documents`, `top_n`, `results[].relevance_score`.
    Cohere,
    /// Jina's: OpenAI's embeddings with `task` and `embedding_type`; Cohere's rerank with `return_documents` and `usage`.
    Jina,
    /// Voyage's: `output_dimension`, `output_dtype`; `top_k`, `data[].relevance_score`.
    Voyage,
    /// Gemini's: `:batchEmbedContents`, Imagen's `:predict`.
    Gemini,
    /// Vertex AI's `:predict` with `instances` and `parameters`.
    Vertex,
    /// Amazon's `/model/…/invoke`, whose body is the model maker's.
    Bedrock,
    /// Pollinations' `GET /prompt/{prompt}`, which answers with the image itself.
    Pollinations,
    /// `SiliconFlow`'s images: `image_size`, `batch_size`, answered with `images` beside `data`.
    SiliconFlow,
    /// Cloudflare's `/ai/run/{model}`, whose answers stand in `result`.
    Cloudflare,
    /// Anthropic's batches and files.
    Anthropic,
    /// Mistral's batches: `input_files`, `model`, `/batch/jobs`.
    Mistral,
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_stand_in_their_own_order_and_have_names_and_paths() {
        for (place, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, place);
            assert!(kind.path().starts_with('/') && !kind.name().is_empty());
        }
    }

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
