//! The master key: given by the environment, or a file in the data folder that is made once and never overwritten.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use data_encoding::BASE64;
use wye_admin::secrets::{MasterKeys, is_key_of};
use wye_types::Secret;

use crate::command::Failure;
use crate::home::{Home, beside, sync_folder, write_new};

/// The environment's name for it.
pub(crate) const VARIABLE: &str = "WYE_MASTER_KEY";
const FILE: &str = "master.key";
const BYTES: usize = 32;
/// Anything shorter can be guessed.
const SHORTEST: usize = 32;

/// Where the master key comes from.
#[derive(Debug, Clone)]
pub(crate) struct Master {
    given: Option<Secret>,
    file: PathBuf,
}

impl Master {
    /// Checks what is there already.
    pub(crate) fn of(home: &Home, given: Option<String>) -> Result<Self, Failure> {
        let given = given.map(|key| checked(VARIABLE, &key)).transpose()?;
        let this = Self { given, file: home.file(FILE) };
        if this.given.is_none() {
            for file in this.files() {
                read(&file)?;
            }
        }
        Ok(this)
    }

    /// Whether the environment gives it.
    pub(crate) const fn is_given(&self) -> bool {
        self.given.is_some()
    }

    /// The keys that may be the right one, read anew each time: another process may have replaced the file.
    pub(crate) fn keys(&self) -> MasterKeys {
        let this = self.clone();
        Arc::new(move || match &this.given {
            Some(key) => vec![key.clone()],
            None => this.files().iter().filter_map(|file| read(file).ok().flatten()).collect(),
        })
    }

    /// Makes the file, unless there is a key. Of several processes at once one makes it.
    pub(crate) fn make(&self) -> Result<(), Failure> {
        if self.given.is_some() || self.files().iter().any(|file| file.exists()) {
            return Ok(());
        }
        // Written beside and then linked: the name leads to a whole key or to none, and never to another one.
        let part = beside(&self.file, &format!(".{}", std::process::id()));
        let made = write_new(&part, format!("{}\n", generate()?.expose()))
            .and_then(|()| match fs::hard_link(&part, &self.file) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
                other => other,
            })
            .and_then(|()| sync_folder(&self.file));
        // Its second name is of no use any more.
        drop(fs::remove_file(&part));
        made.map_err(|error| self.failed("made", &error))?;
        tracing::info!(
            file = %self.file.display(),
            "a master key was made; keep a copy of it in a safe place: without it, the secrets in the database are lost"
        );
        Ok(())
    }

    /// A key to replace the file's, kept beside it. If an earlier replacement was broken off, its key is used.
    pub(crate) fn next(&self) -> Result<Secret, Failure> {
        let next = self.next_file();
        if let Some(key) = read(&next)? {
            return Ok(key);
        }
        let key = generate()?;
        write_new(&next, format!("{}\n", key.expose()))
            .and_then(|()| sync_folder(&next))
            .map_err(|error| self.failed("written", &error))?;
        Ok(key)
    }

    /// Puts the key that holds, by the database's word, into the file, after a replacement. Does nothing if it is there.
    /// The old key is kept beside it until the next replacement: a database that lost its last moments to a loss of
    /// power is still the old key's.
    pub(crate) fn settle(&self, check: &[u8]) -> Result<(), Failure> {
        let holds = |file: &Path| Ok::<_, Failure>(read(file)?.is_some_and(|key| is_key_of(&key, check)));
        let next = self.next_file();
        if self.given.is_some() || holds(&self.file)? || !holds(&next)? {
            return Ok(());
        }
        let old = self.old_file();
        let moved = match fs::rename(&self.file, &old) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => fs::rename(&next, &self.file).and_then(|()| sync_folder(&self.file)),
        };
        moved.map_err(|error| self.failed("replaced", &error))
    }

    fn next_file(&self) -> PathBuf {
        beside(&self.file, ".new")
    }

    fn old_file(&self) -> PathBuf {
        beside(&self.file, ".old")
    }

    fn files(&self) -> [PathBuf; 3] {
        [self.file.clone(), self.next_file(), self.old_file()]
    }

    fn failed(&self, what: &str, error: &std::io::Error) -> Failure {
        Failure::happened(format!("the master key {} cannot be {what}: {error}", self.file.display()))
    }
}

/// A key as the operator gives it.
pub(crate) fn checked(name: &str, key: &str) -> Result<Secret, Failure> {
    let key = key.trim();
    if key.len() < SHORTEST {
        return Err(Failure::asked(format!(
            "{name} is too short to be a key: give at least {SHORTEST} random characters, such as those of \
             `openssl rand -base64 32`"
        )));
    }
    Ok(Secret::new(key.to_owned()))
}

fn generate() -> Result<Secret, Failure> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::happened(format!("the system gives no random bytes: {error}")))?;
    Ok(Secret::new(BASE64.encode(&bytes)))
}

/// The key in a file; `None` if there is no file.
fn read(file: &Path) -> Result<Option<Secret>, Failure> {
    let failed = |error| Failure::asked(format!("the master key {} cannot be read: {error}", file.display()));
    let mode = match fs::metadata(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        other => other.map_err(failed)?.permissions().mode(),
    };
    if mode & 0o077 != 0 {
        return Err(Failure::asked(format!(
            "the master key {file} can be read by others (mode {mode:o}); shut it with `chmod 600 {file}`, and replace \
             it with `wye vault rotate` if somebody may have seen it",
            file = file.display(),
            mode = mode & 0o777
        )));
    }
    checked(&file.display().to_string(), &fs::read_to_string(file).map_err(failed)?).map(Some)
}
