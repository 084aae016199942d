//! What configuration is read from besides its text. Closures, so that only the binary touches environment and disk.

use wye_types::Secret;

/// Where references lead.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// An environment variable's value, if it is set.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// The secret that the vault holds under a name, for `vault:NAME`.
    pub vault: &'a dyn Fn(&str) -> Option<Secret>,
    /// A file's content, for `file:/path` in place of a key.
    pub file: &'a dyn Fn(&str) -> std::io::Result<String>,
    /// Ids of the local providers that were found running (see [`crate::local_candidates`]).
    pub local: &'a [&'a str],
}
