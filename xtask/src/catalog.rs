//! `cargo xtask catalog [--registry FOLDER] [--check]`: makes the catalogue's file anew from the registries, or says
//! whether it is what they give.

use std::io;
use std::path::Path;
use std::process::Command;

/// Where the registries lie unless somebody says otherwise.
const REGISTRY: &str = "../shared/registry";
/// Where the file stands.
const DATA: &str = "crates/catalog/data";

/// Has the generator write or check. Empty if all is well.
///
/// # Errors
/// When cargo cannot be run.
pub(crate) fn run(root: &Path, words: &[&str]) -> io::Result<Vec<String>> {
    let (registry, check) = match *words {
        [] => (REGISTRY, false),
        ["--check"] => (REGISTRY, true),
        ["--registry", folder] => (folder, false),
        ["--registry", folder, "--check"] | ["--check", "--registry", folder] => (folder, true),
        _ => return Ok(vec!["usage: cargo xtask catalog [--registry FOLDER] [--check]".to_owned()]),
    };
    let mut command = Command::new(env!("CARGO"));
    command.args([
        "run",
        "--quiet",
        "--package",
        "wye-catalog",
        "--example",
        "generate",
        "--",
        DATA,
        registry,
    ]);
    if check {
        command.arg("--check");
    }
    let status = command.current_dir(root).status()?;
    let message =
        if check { "the catalogue is not what the registries give" } else { "the catalogue was not written" };
    Ok(if status.success() { Vec::new() } else { vec![message.to_owned()] })
}
