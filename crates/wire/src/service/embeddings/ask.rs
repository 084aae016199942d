//! What a request for embeddings asks, whoever's words it is in.

use serde_json::Value;
use wye_types::Map;

use super::super::Shape;
use crate::RequestError;

/// A request.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ask {
    pub(super) inputs: Vec<Input>,
    /// What the vectors are for, and what the client calls the field.
    pub(super) purpose: Option<(Purpose, &'static str)>,
    /// The title of the document, as Gemini takes it.
    pub(super) title: Option<String>,
    /// How many numbers a vector has, and what the client calls the field.
    pub(super) dimensions: Option<(u64, &'static str)>,
    /// What the numbers are; nothing said: floats.
    pub(super) types: Vec<Type>,
    /// What becomes of a text that is too long, and what the client calls the field.
    pub(super) cut: Option<(Cut, &'static str)>,
    /// What has no place above.
    pub(super) rest: Map,
}

/// What becomes a vector.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Input {
    Text(String),
    /// A text in the tokens of its model.
    Tokens(Value),
    /// A picture, as an address or a `data:` URL.
    Image(String),
}

/// What vectors are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Query,
    Document,
    Classification,
    Clustering,
    Similarity,
    Code,
    Question,
    Facts,
}

/// What becomes of a text that is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// Its beginning goes.
    Start,
    /// Its end goes.
    End,
    /// It is refused.
    Refuse,
}

/// What the numbers of a vector are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Float,
    /// Floats of four bytes, little-endian, in base64.
    Base64,
    Int8,
    Uint8,
    Binary,
    Ubinary,
}

impl Type {
    pub(super) const ALL: [Self; 6] =
        [Self::Float, Self::Base64, Self::Int8, Self::Uint8, Self::Binary, Self::Ubinary];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Float => "float",
            Self::Base64 => "base64",
            Self::Int8 => "int8",
            Self::Uint8 => "uint8",
            Self::Binary => "binary",
            Self::Ubinary => "ubinary",
        }
    }

    /// # Errors
    /// If there is no such type.
    pub(super) fn named(word: &str, field: &str) -> Result<Self, RequestError> {
        Self::ALL.into_iter().find(|one| one.name() == word).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|one| one.name()).collect();
            let message = format!("`{field}` says \"{word}\"; write one of {}", known.join(", "));
            RequestError::field(field, message)
        })
    }

    /// What a provider is asked for: Wye writes floats as base64 itself.
    pub(super) fn asked(types: &[Self]) -> Vec<Self> {
        let mut asked: Vec<Self> = Vec::with_capacity(1);
        for one in types {
            let one = if *one == Self::Base64 { Self::Float } else { *one };
            if !asked.contains(&one) {
                asked.push(one);
            }
        }
        if asked.is_empty() { vec![Self::Float] } else { asked }
    }
}

impl Purpose {
    const ALL: [Self; 8] = [
        Self::Query,
        Self::Document,
        Self::Classification,
        Self::Clustering,
        Self::Similarity,
        Self::Code,
        Self::Question,
        Self::Facts,
    ];

    /// What vendors call it: Cohere, Jina, Voyage, Gemini; nothing where the vendor has no word.
    const fn words(self) -> [&'static str; 4] {
        match self {
            Self::Query => ["search_query", "retrieval.query", "query", "RETRIEVAL_QUERY"],
            Self::Document => ["search_document", "retrieval.passage", "document", "RETRIEVAL_DOCUMENT"],
            Self::Classification => ["classification", "classification", "", "CLASSIFICATION"],
            Self::Clustering => ["clustering", "separation", "", "CLUSTERING"],
            Self::Similarity => ["", "text-matching", "", "SEMANTIC_SIMILARITY"],
            Self::Code => ["", "code.query", "", "CODE_RETRIEVAL_QUERY"],
            Self::Question => ["", "", "", "QUESTION_ANSWERING"],
            Self::Facts => ["", "", "", "FACT_VERIFICATION"],
        }
    }

    /// # Errors
    /// If no vendor has such a word.
    pub(super) fn named(word: &str, field: &'static str) -> Result<Self, RequestError> {
        let lower = word.to_ascii_lowercase();
        // NVIDIA's and Jina's own words.
        let word = match lower.as_str() {
            "passage" => "document",
            "nl2code.query" => "code.query",
            other => other,
        };
        let is = |one: &Self| one.words().iter().any(|name| name.eq_ignore_ascii_case(word));
        Self::ALL.into_iter().find(|one| !word.is_empty() && is(one)).ok_or_else(|| {
            let message = format!(
                "`{field}` says \"{word}\", for which the provider has no word; write query, document, classification or clustering"
            );
            RequestError::field(field, message)
        })
    }

    /// A vendor's word for it; none where it has none.
    pub(super) fn word(self, shape: Shape) -> Option<&'static str> {
        let [cohere, jina, voyage, gemini] = self.words();
        let word = match shape {
            Shape::Cohere | Shape::CohereOne | Shape::Bedrock => cohere,
            Shape::Jina => jina,
            Shape::Voyage => voyage,
            Shape::Gemini | Shape::GeminiOne | Shape::Vertex => gemini,
            _ => "",
        };
        Some(word).filter(|word| !word.is_empty())
    }

    /// What comes nearest for a vendor that has no word for it: whatever looks for something is a query.
    pub(super) const fn near(self) -> Option<Self> {
        match self {
            Self::Code | Self::Question | Self::Facts => Some(Self::Query),
            _ => None,
        }
    }
}

impl Cut {
    /// Cohere's word.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Start => "START",
            Self::End => "END",
            Self::Refuse => "NONE",
        }
    }

    /// Whether anything is cut: the word of those who know only yes and no.
    pub(super) const fn is_cut(self) -> bool {
        !matches!(self, Self::Refuse)
    }
}
