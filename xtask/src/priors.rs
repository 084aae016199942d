//! `cargo xtask priors [--check]`: makes the table of what is expected of models anew from public results, or says whether it
//! is what they give. Run it after the heads were trained anew: how hard a question is comes from them.

use std::io;
use std::path::Path;
use std::process::Command;

/// Where the public results lie.
const DATA: &str = "../shared/routing";
/// Where the table stands.
const TABLE: &str = "crates/routing/data/priors.txt";

/// Has the table written or checked. Empty if all is well.
///
/// # Errors
/// When cargo cannot be run.
pub(crate) fn run(root: &Path, words: &[&str]) -> io::Result<Vec<String>> {
    let check = match *words {
        [] => false,
        ["--check"] => true,
        _ => return Ok(vec!["usage: cargo xtask priors [--check]".to_owned()]),
    };
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(root).args([
        "run",
        "--quiet",
        "--locked",
        "--release",
        "--package",
        "wye-many",
        "--",
        "priors",
    ]);
    command.args(check.then_some("--check")).args([DATA, TABLE]);
    let done = command.status()?;
    Ok(if done.success() {
        Vec::new()
    } else {
        vec!["the table of priors could not be made or checked".to_owned()]
    })
}
