//! What people type and nobody else may see: on a terminal that shows none of it, or a line of standard input.

use std::io::{BufRead, IsTerminal, Read, Write};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use wye_types::Secret;

use super::Failure;

/// Whether somebody sits there.
pub(super) fn is_terminal() -> bool {
    std::io::stdin().is_terminal()
}

/// What is typed.
pub(super) struct Typed {
    /// What it is, for messages: `password`.
    pub(super) what: &'static str,
    /// Most bytes of the line that are read.
    pub(super) longest: u64,
    /// How else it can be given, for messages.
    pub(super) otherwise: &'static str,
}

impl Typed {
    /// A line of standard input.
    pub(super) fn line(&self) -> Result<Secret, Failure> {
        let Self { what, longest, otherwise } = self;
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().take(*longest).read_until(b'\n', &mut bytes);
        read.map_err(|error| Failure::happened(format!("the {what} cannot be read: {error}")))?;
        while matches!(bytes.last(), Some(b'\n' | b'\r')) {
            bytes.pop();
        }
        if bytes.is_empty() {
            return Err(Failure::asked(format!(
                "no {what} was given: write it to standard input{otherwise}"
            )));
        }
        String::from_utf8(bytes)
            .map(Secret::new)
            .map_err(|_| Failure::asked(format!("the {what} is not UTF-8")))
    }

    /// Asks on the terminal, which does not show what is typed.
    pub(super) fn hidden(&self, question: &str) -> Result<Secret, Failure> {
        // Before it is asked: who sees the question may begin to type.
        let silence = Silence::begin();
        let mut out = std::io::stderr();
        // Nobody is there to be asked if it is closed; reading will tell.
        drop(write!(out, "{question}").and_then(|()| out.flush()));
        let answer = self.line();
        drop(silence);
        drop(writeln!(out));
        answer
    }
}

/// A terminal that shows nothing until this is dropped.
struct Silence(Option<Termios>);

impl Silence {
    fn begin() -> Self {
        let stdin = std::io::stdin();
        let Ok(before) = tcgetattr(&stdin) else { return Self(None) };
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        Self(tcsetattr(&stdin, OptionalActions::Flush, &silent).is_ok().then_some(before))
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            // A terminal that is gone needs nothing back.
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Flush, before);
        }
    }
}
