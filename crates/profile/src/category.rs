//! What a request can be about. One closed list, so that grades, routes and the trained heads speak of the same things.

/// A kind of work that models differ in. The order of [`Category::ALL`] is the order of every table by category, on disk
/// too: new ones go to the end, with a new version of the model's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Programs: write, fix, explain, review; SQL, shell, configuration.
    Code,
    /// Work where skill in Thai is the point.
    Thai,
    /// Asks that need tools or APIs to be called.
    Tools,
    /// About an image, a screenshot, a chart.
    Vision,
    /// Calculation and proof.
    Math,
    /// Logic, cause, planning, common sense.
    Reasoning,
    /// Fields pulled out of a text that is given.
    Extraction,
    /// A label for a text that is given.
    Classification,
    /// Questions about a passage that is given.
    Comprehension,
    /// Strict wishes for form and length.
    Instruction,
    /// An answer in JSON of a given shape.
    Json,
    /// Harmful or sensitive asks.
    Safety,
    /// Stories, poems, slogans, roles.
    Creative,
    /// From one language into another.
    Translation,
    /// Facts, definitions, how things work.
    Knowledge,
    /// Anything else: chat, advice, mails, summaries.
    General,
}

impl Category {
    /// How many there are.
    pub const COUNT: usize = Self::ALL.len();

    /// Every category.
    pub const ALL: [Self; 16] = [
        Self::Code,
        Self::Thai,
        Self::Tools,
        Self::Vision,
        Self::Math,
        Self::Reasoning,
        Self::Extraction,
        Self::Classification,
        Self::Comprehension,
        Self::Instruction,
        Self::Json,
        Self::Safety,
        Self::Creative,
        Self::Translation,
        Self::Knowledge,
        Self::General,
    ];

    /// As configuration, grades and explanations write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Thai => "thai",
            Self::Tools => "tools",
            Self::Vision => "vision",
            Self::Math => "math",
            Self::Reasoning => "reasoning",
            Self::Extraction => "extraction",
            Self::Classification => "classification",
            Self::Comprehension => "comprehension",
            Self::Instruction => "instruction",
            Self::Json => "json",
            Self::Safety => "safety",
            Self::Creative => "creative",
            Self::Translation => "translation",
            Self::Knowledge => "knowledge",
            Self::General => "general",
        }
    }

    /// A category by its name, whatever its case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.name().eq_ignore_ascii_case(name))
    }

    /// Its place in [`Category::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_places_are_read_back() {
        for (place, category) in Category::ALL.into_iter().enumerate() {
            assert_eq!(category.index(), place);
            assert_eq!(Category::from_name(&category.name().to_uppercase()), Some(category));
        }
        assert_eq!(Category::from_name("unknown"), None);
    }
}
