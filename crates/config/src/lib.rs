//! Configuration: one file in YAML, TOML or JSON becomes a [`Config`], or a list of everything wrong with it.
//!
//! **Invariants:** no sockets, no clock; environment and files only through [`Sources`]; no provider is named here.
//! What keys there are stands in one table, which the reader follows and [`schema()`] prints.

mod check;
mod expand;
mod key;
pub mod layers;
pub mod model;
pub mod near;
mod node;
pub mod problem;
mod quantity;
mod resolve;
pub mod schema;
pub mod setting;
pub mod source;
pub mod template;
pub mod tree;

pub use layers::{Items, KINDS, Layered, Layers, export, import, load_layers};
pub use model::*;
pub use near::near_names;
pub use problem::Problem;
pub use schema::{schema, schema_of};
pub use setting::{Setting, settings};
pub use source::Sources;
pub use template::{TEMPLATES, Template};
pub use tree::{Content, Tree, tree};

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
pub fn load(text: &str, format: Format, sources: &Sources<'_>) -> Result<Config, Vec<Problem>> {
    let layers = Layers { file: Some((text, format)), items: &Items::new() };
    load_layers(&layers, sources).map(|layered| layered.config)
}

/// The configuration without a file: the providers found in the environment.
#[must_use]
pub fn from_environment(sources: &Sources<'_>) -> Config {
    let mut config = Config::default();
    resolve::discover(&mut config, &[], sources);
    config
}

/// Local providers worth asking whether they run: id and address. Those that do belong into [`Sources::local`].
#[must_use]
pub fn local_candidates(sources: &Sources<'_>) -> Vec<(&'static str, String)> {
    let config = Config::default();
    wye_providers::PROVIDERS
        .iter()
        .filter(|p| p.local)
        .map(|p| (p.id, resolve::provider_address(p, &config, sources)))
        .collect()
}
