//! `cargo xtask train-profile [--check | --folds | --labels FILE]`: trains the profile's heads anew, or says whether they are what the
//! data give.

use std::io;
use std::path::Path;
use std::process::Command;

/// Where public data lie, our own, the file of the heads, and the page on them.
const PLACES: [&str; 4] =
    ["../shared/routing", "data/prompts", "crates/profile/model/heads.bin", "docs/profile.md"];

/// Has the trainer write or check. Empty if all is well.
///
/// # Errors
/// When cargo cannot be run.
pub(crate) fn run(root: &Path, words: &[&str]) -> io::Result<Vec<String>> {
    if !matches!(words, [] | ["--check"] | ["--folds"] | ["--labels", _]) {
        return Ok(vec!["usage: cargo xtask train-profile [--check | --folds | --labels FILE]".to_owned()]);
    }
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--release", "--package", "wye-train", "--bin", "train-profile", "--"]);
    let status = command.args(PLACES).args(words).current_dir(root).status()?;
    let message = if words == ["--check"] {
        "the heads are not what the data give"
    } else {
        "the heads were not trained"
    };
    Ok(if status.success() { Vec::new() } else { vec![message.to_owned()] })
}
