//! `cargo xtask providers-doc`: writes `docs/providers.md` anew.

use std::io;
use std::path::Path;
use std::process::Command;

/// Has the test that knows the registry and the corpus write the page. Empty if it did.
///
/// # Errors
/// When cargo cannot be run.
pub(crate) fn write(root: &Path) -> io::Result<Vec<String>> {
    let status = Command::new(env!("CARGO"))
        .args(["test", "--quiet", "--package", "wye-providers", "--test", "it", "the_page_of_providers"])
        .env("WYE_WRITE_PAGES", "1")
        .current_dir(root)
        .status()?;
    Ok(if status.success() { Vec::new() } else { vec!["the page was not written".to_owned()] })
}
