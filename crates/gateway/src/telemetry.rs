//! Logs go to standard error, coloured only on a terminal; standard output belongs to results.
//!
//! A thread of its own writes them: a reader who has stopped reading, or has gone, must hold up neither a request nor
//! the answer to a signal. What such a reader leaves behind is lost.

use std::io::{IsTerminal, Write};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use tracing_subscriber::EnvFilter;

/// Lines that wait for their reader.
const LINES: usize = 4096;
/// How long the end of the process waits for the reader of the last ones.
const LAST: Duration = Duration::from_secs(1);

static LOG: OnceLock<Log> = OnceLock::new();

/// Starts logging. `RUST_LOG` chooses what is logged; without it, everything from `info` on.
pub(crate) fn start() {
    let filter = EnvFilter::builder()
        .with_default_directive(tracing::Level::INFO.into())
        .with_env_var("RUST_LOG")
        .from_env_lossy();
    let started = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| LOG.get_or_init(Log::start).clone())
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        // It would tell of a line that cannot be written on standard error, and panic where that fails, too.
        .log_internal_errors(false)
        .try_init();
    // Only one logger can be the process's; a second start keeps the first.
    drop(started);
}

/// Waits until what was logged is written, as long as somebody reads it.
pub(crate) fn finish() {
    let Some(Log(pieces)) = LOG.get() else { return };
    let (done, written) = sync_channel(1);
    if pieces.try_send(Piece::Done(done)).is_ok() {
        // Nobody reads: the process ends all the same.
        let _ = written.recv_timeout(LAST);
    }
}

/// What the thread is told.
enum Piece {
    Line(Vec<u8>),
    /// To answer here once everything before it is written.
    Done(SyncSender<()>),
}

/// The end of the queue at which lines are put in.
#[derive(Clone)]
struct Log(SyncSender<Piece>);

impl Log {
    fn start() -> Self {
        let (sender, pieces) = sync_channel(LINES);
        let started = std::thread::Builder::new().name("log-lines".to_owned()).spawn(move || write(pieces));
        // Without a thread nobody takes the lines; there is no better place to say so.
        drop(started);
        Self(sender)
    }
}

fn write(pieces: Receiver<Piece>) {
    for piece in pieces {
        match piece {
            // It may be read again later.
            Piece::Line(line) => drop(std::io::stderr().write_all(&line)),
            // Who asked may have gone.
            Piece::Done(done) => drop(done.try_send(())),
        }
    }
}

impl Write for Log {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        // What nobody reads is lost.
        drop(self.0.try_send(Piece::Line(line.to_vec())));
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Tells the user why the command failed.
pub(crate) fn complain(message: &str) {
    // Nobody is left to tell if standard error is closed.
    drop(writeln!(LOG.get_or_init(Log::start).clone(), "{message}"));
    finish();
}

/// Writes lines of a result.
pub(crate) fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    // A closed pipe (`wye models | head`) is the reader's wish.
    drop(writeln!(out, "{text}").and_then(|()| out.flush()));
}
