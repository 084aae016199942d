//! Logs go to standard error, coloured only on a terminal; standard output belongs to results.

use std::io::{IsTerminal, Write};

use tracing_subscriber::EnvFilter;

/// Starts logging. `RUST_LOG` chooses what is logged; without it, everything from `info` on.
pub(crate) fn start() {
    let filter = EnvFilter::builder()
        .with_default_directive(tracing::Level::INFO.into())
        .with_env_var("RUST_LOG")
        .from_env_lossy();
    let started = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .try_init();
    // Only one logger can be the process's; a second start keeps the first.
    drop(started);
}

/// Tells the user why the command failed.
pub(crate) fn complain(message: &str) {
    // Nobody is left to tell if standard error is closed.
    drop(writeln!(std::io::stderr(), "{message}"));
}

/// Writes lines of a result.
pub(crate) fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    // A closed pipe (`wye models | head`) is the reader's wish.
    drop(writeln!(out, "{text}").and_then(|()| out.flush()));
}
