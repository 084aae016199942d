//! What is known of a model besides its price. Everything is optional: registries are full of holes, and a hole must
//! not read as "cannot".

use std::borrow::Cow;

/// What a model is, as far as the sources say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts<'a> {
    /// Who serves it, by the name that this gateway uses where it knows the provider.
    pub provider: Cow<'a, str>,
    /// The id that the provider takes.
    pub id: Cow<'a, str>,
    /// A name for people; the id where the sources have none.
    pub name: Cow<'a, str>,
    /// Who made it; empty if the sources do not say.
    pub vendor: Cow<'a, str>,
    /// What it is called for.
    pub kind: Kind,
    /// Tokens of prompt and answer together.
    pub context: Option<u64>,
    /// Tokens of a prompt, where that limit is a separate one.
    pub input_limit: Option<u64>,
    /// Tokens of an answer.
    pub output_limit: Option<u64>,
    /// Numbers in the vector, of a model that makes embeddings.
    pub dimensions: Option<u64>,
    /// What it reads.
    pub takes: Modalities,
    /// What it makes.
    pub gives: Modalities,
    /// Whether it calls tools.
    pub tools: Option<bool>,
    /// Whether it reasons before it answers.
    pub reasoning: Option<bool>,
    /// Whether it keeps to a JSON schema.
    pub structured: Option<bool>,
    /// Whether it takes a temperature.
    pub temperature: Option<bool>,
    /// Whether its weights are public.
    pub open_weights: Option<bool>,
    /// Until when it knows the world, as the source writes it; empty if it does not.
    pub knowledge: Cow<'a, str>,
    /// How it stands with its vendor.
    pub status: Status,
    /// The day on which it goes or went away.
    pub ends: Option<jiff::civil::Date>,
}

impl<'a> Facts<'a> {
    /// A model of which nothing but its place is known.
    #[must_use]
    pub fn new(provider: impl Into<Cow<'a, str>>, id: impl Into<Cow<'a, str>>) -> Self {
        let id = id.into();
        Self {
            provider: provider.into(),
            name: id.clone(),
            id,
            vendor: Cow::Borrowed(""),
            kind: Kind::Chat,
            context: None,
            input_limit: None,
            output_limit: None,
            dimensions: None,
            takes: Modalities::NONE,
            gives: Modalities::NONE,
            tools: None,
            reasoning: None,
            structured: None,
            temperature: None,
            open_weights: None,
            knowledge: Cow::Borrowed(""),
            status: Status::Stable,
            ends: None,
        }
    }

    /// The same facts, owned.
    #[must_use]
    pub fn into_owned(self) -> Facts<'static> {
        let own = |text: Cow<'a, str>| Cow::Owned(text.into_owned());
        Facts {
            provider: own(self.provider),
            id: own(self.id),
            name: own(self.name),
            vendor: own(self.vendor),
            knowledge: own(self.knowledge),
            kind: self.kind,
            context: self.context,
            input_limit: self.input_limit,
            output_limit: self.output_limit,
            dimensions: self.dimensions,
            takes: self.takes,
            gives: self.gives,
            tools: self.tools,
            reasoning: self.reasoning,
            structured: self.structured,
            temperature: self.temperature,
            open_weights: self.open_weights,
            status: self.status,
            ends: self.ends,
        }
    }
}

/// What a model is called for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Conversation, and completion of text.
    Chat,
    /// Vectors of texts.
    Embedding,
    /// Pictures.
    Image,
    /// Text read aloud.
    Speech,
    /// Speech written down.
    Transcription,
    /// Judgement of what may be said.
    Moderation,
    /// Order of documents by a question.
    Rerank,
    /// Films.
    Video,
    /// Talk over a socket.
    Realtime,
    /// Anything else: scanned pages, search, music.
    Other,
}

impl Kind {
    /// Every kind, in the order of their letters.
    pub const ALL: [(Self, &'static str, char); 10] = [
        (Self::Chat, "chat", 'c'),
        (Self::Embedding, "embedding", 'e'),
        (Self::Image, "image", 'i'),
        (Self::Speech, "speech", 's'),
        (Self::Transcription, "transcription", 't'),
        (Self::Moderation, "moderation", 'm'),
        (Self::Rerank, "rerank", 'r'),
        (Self::Video, "video", 'v'),
        (Self::Realtime, "realtime", 'l'),
        (Self::Other, "other", 'o'),
    ];

    /// The name in answers and filters.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, ..)| *kind == self).map_or("other", |(_, name, _)| name)
    }
}

/// How a model stands with its vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// To be had.
    Stable,
    /// A preview, which may change.
    Beta,
    /// On its way out, or gone.
    Deprecated,
}

/// A set of what models read or make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Modalities(u8);

impl Modalities {
    /// Nothing that is known.
    pub const NONE: Self = Self(0);
    /// Words.
    pub const TEXT: Self = Self(1);
    /// Pictures.
    pub const IMAGE: Self = Self(2);
    /// Sound.
    pub const AUDIO: Self = Self(4);
    /// Films.
    pub const VIDEO: Self = Self(8);
    /// Documents as files.
    pub const PDF: Self = Self(16);
    /// The names, in the order of their bits.
    pub const NAMES: [(Self, &'static str); 5] = [
        (Self::TEXT, "text"),
        (Self::IMAGE, "image"),
        (Self::AUDIO, "audio"),
        (Self::VIDEO, "video"),
        (Self::PDF, "pdf"),
    ];

    /// Whether all of `other` is among these.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether nothing is known.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The names of these.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |(one, _)| self.has(*one)).map(|(_, name)| name)
    }

    /// What a name means; nothing if nobody knows it.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self::NAMES.into_iter().find(|(_, known)| *known == name).map_or(Self::NONE, |(one, _)| one)
    }

    pub(crate) const fn bits(self) -> u8 {
        self.0
    }

    pub(crate) const fn of_bits(bits: u8) -> Self {
        Self(bits & 31)
    }
}
