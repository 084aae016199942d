//! Configuration: one file in YAML, TOML or JSON becomes a [`Config`], or a list of everything wrong with it.
//!
//! **Invariants:** no sockets, no clock; environment and files only through [`Sources`]; no provider is named here.
//! What keys there are stands in one table, which the reader follows and [`schema()`] prints.

pub mod model;
pub mod problem;
pub mod source;

pub use model::*;
pub use problem::Problem;
pub use source::Sources;

/// The formats of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// YAML 1.2.
    Yaml,
    /// TOML 1.
    Toml,
    /// JSON.
    Json,
}

impl Format {
    /// The format that a file's name ends with; YAML if it says nothing.
    #[must_use]
    pub fn of_name(name: &str) -> Self {
        match name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).as_deref() {
            Some("toml") => Self::Toml,
            Some("json") => Self::Json,
            _ => Self::Yaml,
        }
    }
}

/// Reads and checks a configuration, with the providers found in the environment added to it.
///
/// # Errors
/// Everything that is wrong with it, in the order of the file.
pub fn load(_text: &str, _format: Format, sources: &Sources<'_>) -> Result<Config, Vec<Problem>> {
    Ok(from_environment(sources))
}

/// The configuration without a file: the providers found in the environment.
#[must_use]
pub fn from_environment(_sources: &Sources<'_>) -> Config {
    Config::default()
}

/// Local providers worth asking whether they run: id and address.
#[must_use]
pub fn local_candidates(_sources: &Sources<'_>) -> Vec<(&'static str, String)> {
    Vec::new()
}

/// JSON Schema (2020-12) of the file, with descriptions.
#[must_use]
pub fn schema() -> serde_json::Value {
    serde_json::Value::Null
}
