//! How soon somebody must look at what needs a person.

/// How soon somebody must look, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Requests fail now.
    Urgent,
    /// They will, or some do.
    Soon,
    /// It is good to know.
    Note,
}

impl Severity {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Urgent, Self::Soon, Self::Note];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Urgent => "urgent",
            Self::Soon => "soon",
            Self::Note => "note",
        }
    }
}
