//! What a Claude model's name tells of the parameters that it takes. Generations differ: newer ones refuse sampling
//! parameters and fixed thinking budgets, older ones know neither efforts nor strict tools.

/// The generation of a model, as far as its name tells. Names that are not Claude's count as an older generation:
/// other vendors that serve this dialect follow its long-standing form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Model {
    claude: bool,
    version: (u32, u32),
}

impl Model {
    /// Reads a name such as `claude-opus-4-7`, `anthropic/claude-haiku-4.5`, `claude-3-7-sonnet-20250219`.
    pub(crate) fn of(name: &str) -> Self {
        let Some((_, tail)) = name.rsplit_once("claude-") else {
            return Self { claude: false, version: (0, 0) };
        };
        let mut numbers = tail
            .split(['-', '.', '@', ':'])
            .filter_map(|word| word.parse::<u32>().ok())
            // Longer numbers are dates.
            .filter(|n| *n < 100);
        let major = numbers.next().unwrap_or(if tail.contains("latest") { 0 } else { 5 });
        Self { claude: true, version: (major, numbers.next().unwrap_or(0)) }
    }

    /// Whether it is Claude of this version or a later one.
    pub(crate) fn is_at_least(self, major: u32, minor: u32) -> bool {
        self.claude && self.version >= (major, minor)
    }

    /// Whether it takes `thinking: {type: adaptive}` with an effort.
    pub(crate) fn thinks_adaptively(self) -> bool {
        self.is_at_least(4, 6)
    }

    /// Whether it takes temperature, top-p and top-k.
    pub(crate) fn samples(self) -> bool {
        !self.is_at_least(4, 7)
    }

    /// Whether it refuses temperature and top-p side by side.
    pub(crate) fn samples_one_way(self) -> bool {
        self.is_at_least(4, 1)
    }

    /// Whether it takes `strict` tools.
    pub(crate) fn has_strict_tools(self) -> bool {
        self.is_at_least(4, 5)
    }
}

#[cfg(test)]
mod tests {
    use super::Model;

    #[test]
    fn generations_are_read_from_names() {
        let version = |name: &str| Model::of(name).version;
        assert_eq!(version("claude-3-7-sonnet-20250219"), (3, 7));
        assert_eq!(version("claude-sonnet-4-20250514"), (4, 0));
        assert_eq!(version("claude-sonnet-5"), (5, 0));
        assert_eq!(version("anthropic/claude-haiku-4.5"), (4, 5));
        assert_eq!(version("us.anthropic.claude-opus-4-1-20250805-v1:0"), (4, 1));
        assert!(!Model::of("kimi-k2").thinks_adaptively() && Model::of("kimi-k2").samples());
        assert!(!Model::of("claude-fable-5").samples());
    }
}
