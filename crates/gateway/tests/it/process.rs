//! A process of the binary, whose lines are read as events.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use serde_json::Value;

/// What bounds a wait for something that must come; nothing is ever expected to take this long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A folder of its own for one test, which is the current one of its processes.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("cli-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Writes a file as a whole: whoever reads it sees the old or the new text.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let new = self.0.join(format!("{name}.new"));
        std::fs::write(&new, text).unwrap();
        std::fs::rename(new, self.0.join(name)).unwrap();
    }

    /// A command without anything from this process's environment.
    pub(crate) fn wye(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wye"));
        // Nothing listens on port 1, so an Ollama of the machine that runs the tests is not found.
        command.args(args).current_dir(&self.0).env_clear().env("OLLAMA_HOST", "127.0.0.1:1");
        // Tests read records as lines.
        command.env("WYE_RECORDS", "true");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Ended {
        ended(&mut self.wye(args))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A command that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

pub(crate) fn ended(command: &mut Command) -> Ended {
    let output = command.output().unwrap();
    Ended {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A process that runs. Killed when it is dropped.
pub(crate) struct Running {
    child: Child,
    out: Receiver<String>,
    err: Receiver<String>,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let out = lines(child.stdout.take().unwrap());
        let err = lines(child.stderr.take().unwrap());
        Self { child, out, err }
    }

    /// Takes over a process of whose standard output the test itself takes care.
    pub(crate) fn without_output(mut child: Child) -> Self {
        let err = lines(child.stderr.take().unwrap());
        Self { child, out: lines(std::io::empty()), err }
    }

    /// Its number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Starts `wye` with these arguments and waits until it listens.
    pub(crate) fn listening(command: &mut Command) -> (Self, String) {
        let running = Self::start(command);
        let line = running.line();
        let Some(address) = line.strip_prefix("listening on http://") else {
            panic!("{line:?} tells no address");
        };
        let address = address.to_owned();
        (running, address)
    }

    /// The next line on standard output.
    pub(crate) fn line(&self) -> String {
        self.out.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no line came; log: {:#?}", self.rest()))
    }

    /// The next line on standard output as a record.
    pub(crate) fn record(&self) -> Value {
        serde_json::from_str(&self.line()).unwrap()
    }

    /// Waits for a line of the log that contains this text.
    pub(crate) fn log(&self, text: &str) -> String {
        let mut seen = Vec::new();
        loop {
            match self.err.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(text) => return line,
                Ok(line) => seen.push(line),
                Err(_) => panic!("{text:?} was not logged, but {seen:#?}"),
            }
        }
    }

    /// What has been logged and not been looked at.
    pub(crate) fn rest(&self) -> Vec<String> {
        self.err.try_iter().collect()
    }

    /// Lines on standard output up to its end.
    pub(crate) fn remaining(&self) -> Vec<String> {
        self.out.iter().collect()
    }

    pub(crate) fn signal(&self, name: &str) {
        let told = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(told.unwrap().success());
    }

    /// Waits for the end.
    pub(crate) fn end(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Tells it to stop and expects it to do so well.
    pub(crate) fn stop(self) -> Vec<String> {
        self.signal("TERM");
        self.stopped()
    }

    /// Expects that it stops well, as it was told to.
    pub(crate) fn stopped(mut self) -> Vec<String> {
        assert_eq!(self.end().code(), Some(0));
        self.rest()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = sync_channel(10_000);
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}
