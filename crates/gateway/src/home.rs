//! The data folder: everything that the gateway keeps, for nobody's eyes but its user's.

use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::command::Failure;

/// For its owner alone.
const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// The data folder.
#[derive(Debug)]
pub(crate) struct Home {
    pub(crate) folder: PathBuf,
    /// Removed at the end.
    temporary: bool,
}

impl Home {
    /// Makes the folder if it is not there. One that is there is shut to others, unless the gateway was started inside
    /// of it: then it is a folder of the user's own, which holds more than what is ours.
    pub(crate) fn open(folder: &Path) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| {
            Failure::asked(format!(
                "the data folder {} cannot be used: {error}; choose another with --data DIR",
                folder.display()
            ))
        };
        let there = folder.is_dir();
        fs::DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder).map_err(failed)?;
        let here = std::env::current_dir().and_then(fs::canonicalize).map_err(failed)?;
        let whole = fs::canonicalize(folder).map_err(failed)?;
        if there && !here.starts_with(&whole) {
            fs::set_permissions(folder, fs::Permissions::from_mode(FOLDER_MODE)).map_err(failed)?;
        }
        Ok(Self { folder: folder.to_owned(), temporary: false })
    }

    /// The folder as it is, to look into.
    pub(crate) fn there(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), temporary: false }
    }

    /// A new folder that is removed at the end.
    pub(crate) fn temporary() -> Result<Self, Failure> {
        let failed = |why: String| Failure::happened(format!("no temporary folder can be made: {why}"));
        let mut name = [0; 8];
        getrandom::fill(&mut name).map_err(|error| failed(error.to_string()))?;
        let name = format!("wye-{}", data_encoding::HEXLOWER.encode(&name));
        let folder = std::env::temp_dir().join(name);
        // Fails if somebody else has made it.
        fs::DirBuilder::new().mode(FOLDER_MODE).create(&folder).map_err(|error| failed(error.to_string()))?;
        Ok(Self { folder, temporary: true })
    }

    /// The name of the node that keeps its data here, the same over restarts.
    pub(crate) fn node(&self) -> Result<String, Failure> {
        let file = self.file("node");
        let failed = |why: String| Failure::happened(format!("{} cannot be kept: {why}", file.display()));
        let read = || fs::read_to_string(&file).ok().map(|name| name.trim().to_owned());
        if let Some(name) = read().filter(|name| !name.is_empty()) {
            return Ok(name);
        }
        let mut name = [0; 8];
        getrandom::fill(&mut name).map_err(|error| failed(error.to_string()))?;
        let name = data_encoding::HEXLOWER.encode(&name);
        write_whole(&file, format!("{name}\n")).map_err(|error| failed(error.to_string()))?;
        Ok(read().unwrap_or(name))
    }

    /// Takes the folder for this process, as long as what is given lives. Two gateways on one folder would be one node:
    /// each would overwrite the sums and the spent budgets that the other keeps, and write into its spool.
    pub(crate) fn claim(&self) -> Result<fs::File, Failure> {
        let file = self.file("lock");
        let failed = |error: std::io::Error| {
            Failure::happened(format!("{} cannot be locked: {error}", file.display()))
        };
        let mut options = fs::OpenOptions::new();
        let lock =
            options.write(true).create(true).truncate(false).mode(FILE_MODE).open(&file).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(lock),
            Err(fs::TryLockError::WouldBlock) => Err(Failure::asked(format!(
                "another gateway runs on the data folder {}; stop it, or give this one its own with --data DIR \
                 (several gateways share one configuration by DATABASE_URL and WYE_MASTER_KEY)",
                self.folder.display()
            ))),
            Err(fs::TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// A file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if self.temporary {
            // Left behind, it is in the way of nobody.
            drop(fs::remove_dir_all(&self.folder));
        }
    }
}

/// Writes a file of the gateway's as a whole: whoever reads it sees the old or the new text, after a loss of power too.
pub(crate) fn write_whole(path: &Path, text: impl AsRef<[u8]>) -> std::io::Result<()> {
    let new = beside(path, ".part");
    // What is left of a try that was broken off.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    write_new(&new, text)?;
    fs::rename(&new, path)?;
    sync_folder(path)
}

/// Writes a file that is not there yet. Fails with [`ErrorKind::AlreadyExists`] if it is.
pub(crate) fn write_new(path: &Path, text: impl AsRef<[u8]>) -> std::io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(path)?;
    file.write_all(text.as_ref())?;
    file.sync_all()
}

/// The path with something more at its end.
pub(crate) fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(more);
    PathBuf::from(name)
}

/// Makes sure that names in the file's folder outlive a loss of power.
pub(crate) fn sync_folder(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
}
