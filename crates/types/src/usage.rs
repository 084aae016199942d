//! Token counts, disjoint: no token stands in two fields.

/// What one call used, in tokens. `None` means "not reported", which is not the same as zero.
///
/// Dialects that report overlapping counts (cached inside prompt, reasoning inside output) are taken apart when read
/// and put together again when written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Prompt tokens that were neither read from nor written to a cache, and are not audio.
    pub input: u64,
    /// Prompt tokens read from the vendor's cache.
    pub cache_read: Option<u64>,
    /// Prompt tokens written to a cache that lives five minutes (or the vendor's only kind).
    pub cache_write: Option<u64>,
    /// Prompt tokens written to a cache that lives one hour.
    pub cache_write_1h: Option<u64>,
    /// Uncached audio tokens of the prompt.
    pub audio_in: Option<u64>,
    /// Output tokens that the client sees as text or tool calls.
    pub output: u64,
    /// Output tokens spent on reasoning.
    pub reasoning: Option<u64>,
    /// Audio tokens of the output.
    pub audio_out: Option<u64>,
}

impl Usage {
    /// All tokens of the prompt, however they were counted.
    #[must_use]
    pub fn prompt_total(&self) -> u64 {
        [self.cache_read, self.cache_write, self.cache_write_1h, self.audio_in]
            .into_iter()
            .flatten()
            .fold(self.input, u64::saturating_add)
    }

    /// All tokens of the answer, reasoning included.
    #[must_use]
    pub fn output_total(&self) -> u64 {
        [self.reasoning, self.audio_out].into_iter().flatten().fold(self.output, u64::saturating_add)
    }

    /// Prompt and answer together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.prompt_total().saturating_add(self.output_total())
    }
}

#[cfg(test)]
mod tests {
    use super::Usage;

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
        };
        assert_eq!((usage.prompt_total(), usage.output_total(), usage.total()), (31, 224, 255));
    }
}
