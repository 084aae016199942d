//! Images, sounds, films and documents.

/// An image, sound, film or document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// What it is.
    pub kind: MediaKind,
    /// Where its bytes are.
    pub source: Source,
    /// Its MIME type, where known (always for [`Source::Base64`]).
    pub mime: Option<String>,
    /// Its file name or title.
    pub name: Option<String>,
    /// How closely to look (`detail`, `media_resolution`).
    pub detail: Option<String>,
}

/// The kinds of media.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it all")]
pub enum MediaKind {
    Image,
    Audio,
    Video,
    File,
}

/// Where media bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// At an address that the vendor fetches.
    Url(String),
    /// Here, in standard base64.
    Base64(String),
    /// In the vendor's file store, by its id.
    FileId(String),
    /// Here, as plain text (Anthropic's text documents).
    Text(String),
}
