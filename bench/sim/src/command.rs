//! What both commands of the simulation do alike: read their words, say what they found, write a page behind its mark.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

/// Runs a command: `parse` reads its words, `bench` gives how many goals are missed, which ends it with 1 where `check` says
/// that they matter. What it cannot do ends it with 2.
pub fn run<O>(
    (name, usage): (&str, &str),
    parse: impl FnOnce(&[String]) -> Option<O>,
    check: impl FnOnce(&O) -> bool,
    bench: impl FnOnce(&O) -> Result<usize, String>,
) -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some(options) = parse(&words) else {
        say(usage);
        return ExitCode::from(2);
    };
    match bench(&options) {
        Ok(missed) if missed > 0 && check(&options) => {
            say(&format!("{name}: {missed} goals are missed"));
            ExitCode::FAILURE
        }
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("{name}: {error}"));
            ExitCode::from(2)
        }
    }
}

/// Replaces what stands behind a mark of a page.
///
/// # Errors
/// When the file cannot be read or written, or the mark is not in it; the error names the file.
pub fn write_behind(path: &Path, mark: &str, text: &str) -> Result<(), String> {
    let at = |error: std::io::Error| format!("{}: {error}", path.display());
    let page = std::fs::read_to_string(path).map_err(at)?;
    let kept = page.split_once(mark).map(|(before, _)| before);
    let kept = kept.ok_or_else(|| format!("{}: the mark is missing", path.display()))?;
    std::fs::write(path, format!("{kept}{mark}\n{}\n", text.trim_end())).map_err(at)
}

/// A line to standard output.
pub fn say(text: &str) {
    // Whoever closed the pipe does not want to read on.
    drop(writeln!(std::io::stdout(), "{text}"));
}
