//! Where the encoder lies in the data folder. It is put there as a whole, so that a gateway that starts meanwhile finds the
//! old one or the new one.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use wye_encoder::Encoder;

use crate::home::write_whole;

/// Its folder and its file, in the data folder.
const FOLDER: &str = "encoder";
const FILE: &str = "use-multilingual.bin";

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
}
