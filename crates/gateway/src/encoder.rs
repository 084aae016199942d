//! Where the encoder lies in the data folder. It is put there as a whole, so that a gateway that starts meanwhile finds the
//! old one or the new one.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use wye_encoder::Encoder;
use wye_live::Encoders;

use crate::home::write_whole;

/// Its folder and its file, in the data folder.
const FOLDER: &str = "encoder";
const FILE: &str = "use-multilingual.bin";

/// Tells one file from another that takes its place.
type Stamp = (u64, i64, i64);

/// The encoder of a data folder.
#[derive(Debug, Clone)]
pub(crate) struct Installed {
    pub(crate) file: PathBuf,
}

impl Installed {
    /// Where it is, if it is there.
    pub(crate) fn of(data: &Path) -> Self {
        Self { file: data.join(FOLDER).join(FILE) }
    }

    /// Puts it there, in place of another.
    pub(crate) fn put(&self, bytes: &[u8]) -> std::io::Result<()> {
        if let Some(folder) = self.file.parent() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        write_whole(&self.file, bytes)
    }

    /// Takes it away; gives whether it was there.
    pub(crate) fn remove(&self) -> std::io::Result<bool> {
        match fs::remove_file(&self.file) {
            Ok(()) => {
                // The folder may hold what somebody else has put there.
                drop(self.file.parent().map(fs::remove_dir));
                Ok(true)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Reads it: a tenth of a second, and 60 MB. `None` if there is none; an error says why it cannot be used and what
    /// to do.
    pub(crate) fn read(&self) -> Result<Option<Encoder>, String> {
        let again = "install it again with `wye encoder install FILE.whl`";
        let bytes = match fs::read(&self.file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("{} cannot be read: {error}", self.file.display())),
        };
        let read = Encoder::read(bytes);
        read.map(Some).map_err(|bad| format!("{} cannot be used: {bad}; {again}", self.file.display()))
    }

    /// Gives the encoder again and again, read anew only when another file has taken its place.
    pub(crate) fn kept(self) -> Encoders {
        let last: Mutex<Option<(Stamp, Arc<Encoder>)>> = Mutex::new(None);
        Arc::new(move || {
            let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
            // Taken before it is read: what is put there meanwhile is read the next time.
            let stamp =
                fs::metadata(&self.file).ok().map(|about| (about.ino(), about.mtime(), about.mtime_nsec()));
            if let (Some(stamp), Some((read_at, encoder))) = (stamp, &*last)
                && stamp == *read_at
            {
                return Ok(Some(Arc::clone(encoder)));
            }
            let encoder = self.read()?.map(Arc::new);
            *last = stamp.zip(encoder.clone());
            Ok(encoder)
        })
    }
}
