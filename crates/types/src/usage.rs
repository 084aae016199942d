//! Token counts, disjoint: no token stands in two fields.

/// What one call used, in tokens. `None` means "not reported", which is not the same as zero.
///
/// Dialects that report overlapping counts (cached inside prompt, reasoning inside output) are taken apart when read
/// and put together again when written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Prompt tokens that were neither read from nor written to a cache, and are neither audio nor images.
    pub input: u64,
    /// Prompt tokens read from the vendor's cache.
    pub cache_read: Option<u64>,
    /// Prompt tokens written to a cache that lives five minutes (or the vendor's only kind).
    pub cache_write: Option<u64>,
    /// Prompt tokens written to a cache that lives one hour.
    pub cache_write_1h: Option<u64>,
    /// Uncached audio tokens of the prompt.
    pub audio_in: Option<u64>,
    /// Uncached image tokens of the prompt, where they are counted apart from text.
    pub image_in: Option<u64>,
    /// Output tokens that the client sees as text or tool calls.
    pub output: u64,
    /// Output tokens spent on reasoning.
    pub reasoning: Option<u64>,
    /// Audio tokens of the output.
    pub audio_out: Option<u64>,
    /// Image tokens of the output.
    pub image_out: Option<u64>,
    /// What the provider itself says that all of it cost, in nano-dollars. It stands here because vendors write it among
    /// the counts.
    pub reported: Option<u64>,
    /// What of it is billed, where the provider says that this is not what it counted.
    pub billed: Option<Billed>,
}

/// Tokens that are billed, where a provider tells them apart from those that it counted: Cohere bills neither its own words
/// around a prompt nor what it read from its cache.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Billed {
    /// Of the prompt.
    pub input: u64,
    /// Of the answer.
    pub output: u64,
}

/// Everything that one call is billed for: its tokens, and what is not counted in tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Its tokens.
    pub tokens: Usage,
    /// What is counted otherwise.
    pub units: Units,
    /// What the provider itself says that the call cost, in nano-dollars. It is believed before any price list.
    pub reported: Option<u64>,
}

impl From<Usage> for Ledger {
    fn from(tokens: Usage) -> Self {
        Self { tokens, reported: tokens.reported, ..Self::default() }
    }
}

/// What calls use that is not counted in tokens. `None` means "not reported".
///
/// A vendor bills one or the other: where it counts the tokens of a picture or of a minute of sound, the units stand
/// beside them for the record and have no price.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Units {
    /// Pictures made.
    pub images: Option<u64>,
    /// Sound heard, in milliseconds.
    pub heard_ms: Option<u64>,
    /// Sound made, in milliseconds.
    pub spoken_ms: Option<u64>,
    /// Characters read aloud.
    pub characters: Option<u64>,
    /// Searches of the web.
    pub searches: Option<u64>,
    /// Questions put to documents, as rerankers count them.
    pub search_units: Option<u64>,
    /// Pages of documents read.
    pub pages: Option<u64>,
}

impl Units {
    /// Every count with its name in records.
    #[must_use]
    pub const fn each(&self) -> [(&'static str, Option<u64>); 7] {
        [
            ("images", self.images),
            ("heard_ms", self.heard_ms),
            ("spoken_ms", self.spoken_ms),
            ("characters", self.characters),
            ("searches", self.searches),
            ("search_units", self.search_units),
            ("pages", self.pages),
        ]
    }
}

impl Usage {
    /// All tokens of the prompt, however they were counted.
    #[must_use]
    pub fn prompt_total(&self) -> u64 {
        [self.cache_read, self.cache_write, self.cache_write_1h, self.audio_in, self.image_in]
            .into_iter()
            .flatten()
            .fold(self.input, u64::saturating_add)
    }

    /// The tokens that are paid for: all of them, unless the provider says otherwise.
    #[must_use]
    pub fn paid(&self) -> Self {
        let only = |billed: Billed| Self { input: billed.input, output: billed.output, ..Self::default() };
        self.billed.map_or(*self, only)
    }

    /// All tokens of the answer, reasoning included.
    #[must_use]
    pub fn output_total(&self) -> u64 {
        [self.reasoning, self.audio_out, self.image_out]
            .into_iter()
            .flatten()
            .fold(self.output, u64::saturating_add)
    }

    /// Prompt and answer together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.prompt_total().saturating_add(self.output_total())
    }
}

#[cfg(test)]
mod tests {
    use super::{Billed, Usage};

    #[test]
    fn totals_add_every_disjoint_field_once() {
        let usage = Usage {
            input: 1,
            cache_read: Some(2),
            cache_write: Some(4),
            cache_write_1h: Some(8),
            audio_in: Some(16),
            output: 32,
            reasoning: Some(64),
            audio_out: Some(128),
            image_in: Some(256),
            image_out: Some(512),
            reported: Some(1024),
            billed: Some(Billed { input: 4, output: 5 }),
        };
        assert_eq!((usage.prompt_total(), usage.output_total(), usage.total()), (287, 736, 1023));
    }
}
