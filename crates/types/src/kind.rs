//! What can be asked of a provider, and of Wye.

/// What can be asked of a provider.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Chat and completions, in the dialects that the provider speaks.
    #[default]
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
    /// Whatever else a provider offers, passed through as it is.
    Pass,
}

impl Kind {
    /// Every kind, in the order of the enum.
    pub const ALL: [Self; 14] = [
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
        Self::Pass,
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
            Self::Pass => "pass",
        }
    }

    /// Where OpenAI serves it, below `/v1`. OpenAI has no rerank; that is Jina's and Cohere's path. What is
    /// passed through has none either; that is Wye's own.
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
            Self::Pass => "/pass",
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
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
}
