//! A file for what the database refuses: it is in nobody's way there, and not lost. It is written like the spool, so that it
//! can be put in the spool's place once what was wrong is put right.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::spool;
use crate::log::Batch;

/// What the database refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// How many records: requests, bodies apart from theirs, and limits.
    pub records: u64,
    /// Where they are.
    pub path: PathBuf,
}

/// The file.
#[derive(Debug)]
pub(super) struct Aside {
    path: PathBuf,
    most: u64,
}

impl Aside {
    /// The file beside a spool, and what an earlier process put into it. It is made when it is needed.
    pub(super) fn beside(spool: &Path, most: u64) -> io::Result<(Self, Option<Refused>)> {
        let mut path = spool.as_os_str().to_owned();
        path.push(".bad");
        let path = PathBuf::from(path);
        let batches = if path.exists() { spool::whole(&path)? } else { Vec::new() };
        let records = batches.iter().map(count).sum();
        let refused = (records > 0).then(|| Refused { records, path: path.clone() });
        Ok((Self { path, most }, refused))
    }

    /// Adds what was refused to `before`, what was put aside earlier. Gives all of it.
    pub(super) fn put(&self, batch: &Batch, before: Option<Refused>) -> io::Result<Refused> {
        let full = || io::Error::new(io::ErrorKind::StorageFull, "it is as large as it may be");
        let frame = spool::frame(batch).ok_or_else(full)?;
        // Whoever has taken the file away has seen to what was in it.
        let before = before.filter(|_| self.path.exists()).map_or(0, |before| before.records);
        let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(&self.path)?;
        let end = file.metadata()?.len();
        if end.saturating_add(frame.len() as u64) > self.most {
            return Err(full());
        }
        if let Err(error) = file.write_all(&frame).and_then(|()| file.sync_data()) {
            // Half a batch must not stand before the next one.
            file.set_len(end)?;
            return Err(error);
        }
        Ok(Refused { records: before + count(batch), path: self.path.clone() })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

fn count(batch: &Batch) -> u64 {
    let of_entry = |id| batch.entries.iter().any(|entry| entry.id == id);
    let bodies = batch.bodies.iter().filter(|body| !of_entry(body.id)).count();
    (batch.entries.len() + bodies + batch.windows.len()) as u64
}
