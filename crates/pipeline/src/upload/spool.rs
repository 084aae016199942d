//! A file without a name that holds what came of a form before it was known for which model it is: clients that put the
//! sound first would else need it all in memory. It goes when nobody holds it any more, crash or not.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use bytes::Bytes;

/// How much is written, and read, at once, in bytes.
pub(super) const PIECE: usize = 64 << 10;

/// The file while it is written.
#[derive(Debug)]
pub(super) struct Spool {
    file: Arc<File>,
    length: u64,
    unwritten: Vec<u8>,
}

impl Spool {
    /// An empty file in the folder for temporary files.
    pub(super) async fn create() -> io::Result<Self> {
        let file = aside(tempfile::tempfile).await?;
        Ok(Self { file: Arc::new(file), length: 0, unwritten: Vec::new() })
    }

    /// Appends.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.unwritten.extend_from_slice(bytes);
        self.length += bytes.len() as u64;
        if self.unwritten.len() < PIECE { Ok(()) } else { self.flush().await }
    }

    async fn flush(&mut self) -> io::Result<()> {
        let (file, bytes) = (Arc::clone(&self.file), std::mem::take(&mut self.unwritten));
        aside(move || (&*file).write_all(&bytes)).await
    }

    /// How much was appended so far.
    pub(super) const fn length(&self) -> u64 {
        self.length
    }

    /// The file, for as many readers as like to.
    pub(super) async fn finish(mut self) -> io::Result<Arc<File>> {
        self.flush().await?;
        Ok(self.file)
    }
}

/// The next piece of what stands in `length` bytes from `at`.
pub(super) async fn read(file: Arc<File>, at: u64, length: u64) -> io::Result<Bytes> {
    aside(move || {
        let mut piece = vec![0; usize::try_from(length).unwrap_or(PIECE).min(PIECE)];
        file.read_exact_at(&mut piece, at)?;
        Ok(piece.into())
    })
    .await
}

/// On a thread that serves nobody.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))
}
