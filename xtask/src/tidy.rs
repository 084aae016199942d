//! `cargo xtask tidy`: the rules of the house that neither the compiler nor clippy knows.
//!
//! Each check is a pure function of the files, so that each has a test with a bad file in it.

mod link;
mod manifest;
mod provider;
mod source;
mod words;

use std::io;
use std::path::Path;

use crate::tree;

/// Every problem found below `root`, one a line, each naming its file.
///
/// # Errors
/// When the repository cannot be read.
pub(crate) fn check(root: &Path) -> io::Result<Vec<String>> {
    let files = tree::read(root)?;
    let mut problems = Vec::new();
    for file in &files {
        problems.extend(source::check(file));
        problems.extend(words::check(file));
        problems.extend(manifest::check(file));
    }
    problems.extend(provider::check(&files));
    problems.extend(link::check(&files));
    Ok(problems)
}
