//! Vendors' seals, and whose they are.

/// A vendor's seal on a block: a signature over thoughts, or encrypted thoughts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Whose seal it is. It is sent to no other.
    pub maker: Maker,
    /// The seal, untouched.
    pub data: String,
}

/// Families of vendors that understand each other's seals.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Maker {
    /// Anthropic's models, wherever they are served.
    Anthropic,
    /// Google's models.
    Google,
    /// OpenAI's models.
    OpenAi,
    /// Another, by the `format` name its provider gives.
    Other(String),
}

impl Maker {
    /// A short name that [`Maker::parse`] reads back.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Anthropic => "anthropic",
            Self::Google => "google",
            Self::OpenAi => "openai",
            Self::Other(name) => name,
        }
    }

    /// Reads what [`Maker::name`] wrote.
    #[must_use]
    pub fn parse(name: &str) -> Self {
        match name {
            "anthropic" => Self::Anthropic,
            "google" => Self::Google,
            "openai" => Self::OpenAi,
            other => Self::Other(other.to_owned()),
        }
    }
}
