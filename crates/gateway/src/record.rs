//! Records as lines, written by one thread off the request path.

use std::io::{ErrorKind, Write};
use std::thread::JoinHandle;

use tokio::sync::mpsc;
use wye_types::record::{Outcome, RequestRecord};

mod json;

pub(crate) use json::json_line;

/// Writes a record as one line, without its end, behind what is there already; or nothing.
pub(crate) type Line = fn(&RequestRecord, &mut Vec<u8>);

/// Lines beside a log that is kept elsewhere: a reader that does not read holds up nobody, and loses lines. The thread
/// ends, with everything written, once what it gives is dropped.
pub(crate) fn tee<W: Write + Send + 'static>(
    to: W,
    line: Line,
) -> (impl FnMut(&[RequestRecord]) + Send, JoinHandle<()>) {
    /// Each is what gathered for a few milliseconds.
    const PIECES: usize = 256;
    let (sender, mut receiver) = mpsc::channel::<Vec<u8>>(PIECES);
    let writer = std::thread::spawn(move || {
        let mut lines = Lines { to, text: Vec::new(), torn: false, lost: 0 };
        while let Some(text) = receiver.blocking_recv() {
            lines.text = text;
            lines.write();
        }
        if lines.lost > 0 {
            tracing::error!(lost = lines.lost, "lines of records were lost to the end");
        }
    });
    let mut lost = 0_usize;
    let tee = move |records: &[RequestRecord]| {
        let mut text = Vec::with_capacity(records.len() * 512);
        for record in records {
            let before = text.len();
            line(record, &mut text);
            if text.len() > before {
                text.push(b'\n');
            }
        }
        if text.is_empty() {
            return;
        }
        match sender.try_send(text) {
            Ok(()) if lost > 0 => {
                tracing::warn!(lost, "lines of records are taken again");
                lost = 0;
            }
            Ok(()) => {}
            Err(_) => {
                if lost == 0 {
                    tracing::error!("nobody takes the lines of records: they are lost until somebody does");
                }
                lost += records.len();
            }
        }
    };
    (tee, writer)
}

/// Where lines go, and what has become of them.
struct Lines<W> {
    to: W,
    /// Lines that are to be written; each ends with a line feed.
    text: Vec<u8>,
    /// What was written last is the beginning of a line whose rest is lost.
    torn: bool,
    /// Lines lost since writing began to fail.
    lost: usize,
}

impl<W: Write> Lines<W> {
    /// Writes the lines or counts them as lost. A spell of failures is told of once, and once when it is over.
    fn write(&mut self) {
        if self.torn {
            // Only the torn line is unreadable, not the one behind it.
            self.text.insert(0, b'\n');
        }
        let (written, failed) = self.write_some();
        self.torn = match self.text.get(..written).and_then(<[u8]>::last) {
            Some(last) => *last != b'\n',
            None => self.torn,
        };
        match failed {
            None if self.lost > 0 => {
                tracing::warn!(lost = self.lost, "records are written again");
                self.lost = 0;
            }
            None => {}
            Some(error) => {
                if self.lost == 0 && error.kind() == ErrorKind::BrokenPipe {
                    tracing::warn!("nobody reads the records any more: they are lost");
                } else if self.lost == 0 {
                    tracing::error!(%error, "records cannot be written: they are lost until they can");
                }
                let rest = self.text.get(written..).unwrap_or_default();
                self.lost += rest.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count();
            }
        }
        self.text.clear();
    }

    /// How many bytes were taken, and why not all of them.
    fn write_some(&mut self) -> (usize, Option<std::io::Error>) {
        let mut written = 0;
        while let Some(rest @ [_, ..]) = self.text.get(written..) {
            match self.to.write(rest) {
                Ok(0) => return (written, Some(ErrorKind::WriteZero.into())),
                Ok(more) => written += more,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return (written, Some(error)),
            }
        }
        (written, self.to.flush().err())
    }
}

/// A record as one line for a person who watches the demo.
pub(crate) fn short_line(record: &RequestRecord, to: &mut Vec<u8>) {
    let served = record.served.as_ref().map_or_else(|| "nobody".to_owned(), ToString::to_string);
    let failed: Vec<String> = record
        .attempts
        .iter()
        .filter_map(|attempt| match attempt.outcome {
            Outcome::Failed(code) => Some(format!("{} {}", attempt.deployment, code.name())),
            _ => None,
        })
        .collect();
    let after = if failed.is_empty() { String::new() } else { format!(" after {}", failed.join(", ")) };
    let tokens = record.usage.map_or_else(String::new, |u| format!(", {} tokens", u.total()));
    let (status, asked, took) = (record.status, &record.asked, record.total.as_millis());
    to.extend_from_slice(format!("  {status} {asked} → {served}{after}, {took} ms{tokens}").as_bytes());
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::io::{ErrorKind, Write};
    use std::sync::{Arc, Mutex};

    use wye_types::record::RequestRecord;

    use super::{Lines, tee};

    /// Takes as much as it is told to at each write; `None` is an error.
    struct Fickle {
        takes: VecDeque<Option<usize>>,
        taken: Vec<u8>,
    }

    impl Write for Fickle {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let Some(most) = self.takes.pop_front().unwrap_or(Some(usize::MAX)) else {
                return Err(ErrorKind::StorageFull.into());
            };
            let taken = bytes.len().min(most);
            self.taken.extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn lines(takes: &[Option<usize>]) -> Lines<Fickle> {
        let to = Fickle { takes: takes.iter().copied().collect(), taken: Vec::new() };
        Lines { to, text: Vec::new(), torn: false, lost: 0 }
    }

    #[test]
    fn what_is_lost_is_counted_until_writing_succeeds() {
        let mut lines = lines(&[None, Some(2), None]);
        for (text, lost) in [("a\nb\n", 2), ("c\nd\ne\n", 4), ("f\n", 0)] {
            lines.text.extend_from_slice(text.as_bytes());
            lines.write();
            assert_eq!(lines.lost, lost, "{text:?}");
        }
        assert_eq!(lines.to.taken, b"c\nf\n");
    }

    #[test]
    fn a_torn_line_spoils_no_other() {
        let mut lines = lines(&[Some(6), None, None]);
        for (text, lost) in [("one\ntwo\nthree\n", 2), ("four\n", 3), ("five\n", 0), ("six\n", 0)] {
            lines.text.extend_from_slice(text.as_bytes());
            lines.write();
            assert_eq!(lines.lost, lost, "{text:?}");
        }
        assert_eq!(lines.to.taken, b"one\ntw\nfive\nsix\n");
    }

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn everything_is_written_before_the_writer_ends() {
        let to = Shared::default();
        let (mut lines, writer) = tee(to.clone(), |record, to| to.extend_from_slice(record.asked.as_bytes()));
        for number in 0..100 {
            let records = [0, 1].map(|half| {
                let asked = (number * 2 + half).to_string();
                RequestRecord { asked, ..RequestRecord::default() }
            });
            lines(&records);
        }
        drop(lines);
        writer.join().unwrap();
        let text = String::from_utf8(to.0.lock().unwrap().clone()).unwrap();
        assert!(text.lines().eq((0..200).map(|number| number.to_string())), "{text}");
    }
}
