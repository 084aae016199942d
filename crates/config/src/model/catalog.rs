//! Where newer facts and prices of models come from. Without any of it the snapshot inside the binary holds.

use std::path::PathBuf;
use std::time::Duration;

/// Where a newer catalogue comes from, and how often it is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogConfig {
    /// Where, in the shape of models.dev's `api.json`; each is laid over what stands before it.
    pub from: Vec<CatalogFrom>,
    /// How often.
    pub every: Duration,
}

/// Where a catalogue is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CatalogFrom {
    /// A file on this machine.
    File(PathBuf),
    /// An address, `https` or a local `http`.
    Url(String),
}

impl CatalogFrom {
    /// What it is called in answers and in the log. A query, which may hold a credential, is left out.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Url(url) => url.split(['?', '#']).next().unwrap_or_default().to_owned(),
        }
    }
}

impl Default for CatalogConfig {
    fn default() -> Self {
        Self { from: Vec::new(), every: Duration::from_secs(24 * 3600) }
    }
}
