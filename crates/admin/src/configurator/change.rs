//! Edits of the database's items: each makes a version, or nothing.

use std::sync::Arc;

use tokio_util::task::TaskTracker;
use wye_config::Format;
use wye_live::{Builder, Limiting};
use wye_store::StoreError;
use wye_store::config_log::{Author, Edit, Items, Version};

use super::assemble::{Assembled, assemble, problems};
use super::{ChangeError, Configurator, Current, Writer};
use crate::secrets::TRIES;

/// Whose word is final where a name stands in the file too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owned {
    /// An edit of it is refused.
    Refused,
    /// It is stored, and comes into force when the file no longer has the name.
    Kept,
}

impl Configurator {
    /// Changes items on top of the version that their author saw. Gives what is served then.
    ///
    /// A [`StoreError::Unavailable`] may come after the change was stored, if the connection broke while it was being
    /// acknowledged; then it is taken over as soon as the database answers.
    ///
    /// # Errors
    /// [`ChangeError`]; nothing has changed then.
    pub async fn change(
        &self,
        base: i64,
        edits: Vec<Edit>,
        author: Author,
    ) -> Result<Arc<Current>, ChangeError> {
        let mut writer = self.writer.lock().await;
        self.at_base(&mut writer, base).await?;
        self.store(&mut writer, edits, &author, Owned::Refused).await
    }

    /// Adds items on top of the version that their author saw: all of them, or none where one is there already.
    ///
    /// # Errors
    /// [`ChangeError`]; nothing has changed then.
    pub async fn add(&self, base: i64, items: Items, author: Author) -> Result<Arc<Current>, ChangeError> {
        let mut writer = self.writer.lock().await;
        self.at_base(&mut writer, base).await?;
        let of_file = &self.current().file_items;
        let taken = items.keys().find(|key| writer.items.contains_key(*key) || of_file.contains_key(*key));
        if let Some(taken) = taken {
            return Err(ChangeError::Taken(taken.clone()));
        }
        let edits = items.into_iter().map(|(key, body)| Edit { key, body: Some(body) }).collect();
        self.store(&mut writer, edits, &author, Owned::Refused).await
    }

    /// Whether a change would be taken on top of the newest version. Changes nothing.
    ///
    /// # Errors
    /// Why it would not.
    pub async fn check(&self, edits: &[Edit]) -> Result<(), ChangeError> {
        let mut writer = self.writer.lock().await;
        self.dry(&mut writer, edits, Owned::Refused).map(drop)
    }

    /// Makes a new version that is like an old one.
    ///
    /// # Errors
    /// [`ChangeError`]; nothing has changed then. Secrets are not versioned: a version that names one that is gone is
    /// [`ChangeError::Invalid`].
    pub async fn go_back(&self, base: i64, to: i64, author: Author) -> Result<Arc<Current>, ChangeError> {
        let mut writer = self.writer.lock().await;
        self.at_base(&mut writer, base).await?;
        if to < 0 || to > writer.version {
            return Err(ChangeError::NoVersion(to));
        }
        let then = self.log.at(to).await?;
        let edits = edits_to(&writer.items, then);
        self.store(&mut writer, edits, &author, Owned::Kept).await
    }

    /// All items as a text in the shape of the file. Holds no secret, only references.
    #[must_use]
    pub fn export(&self) -> String {
        wye_config::export(&self.current().items)
    }

    /// Replaces all items by those of a text that [`Configurator::export`] made: their hash is then the same.
    ///
    /// # Errors
    /// [`ChangeError`]; nothing has changed then.
    pub async fn import(
        &self,
        base: i64,
        (text, format): (&str, Format),
        author: Author,
    ) -> Result<Arc<Current>, ChangeError> {
        let items = wye_config::import(text, format).map_err(ChangeError::Invalid)?;
        let mut writer = self.writer.lock().await;
        self.at_base(&mut writer, base).await?;
        let edits = edits_to(&writer.items, items);
        self.store(&mut writer, edits, &author, Owned::Kept).await
    }

    /// Versions, newest first, at most `count` of them, older than `before`.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn history(&self, before: Option<i64>, count: u32) -> Result<Vec<Version>, StoreError> {
        self.log.history(before, count).await
    }

    /// Refuses a change whose author has not seen the newest version.
    async fn at_base(&self, writer: &mut Writer, base: i64) -> Result<(), ChangeError> {
        if base != writer.version {
            // Another node's change may not have come here yet.
            match self.catch_up(writer).await {
                // A version that is of no use here is put right by the next one.
                Ok(_) | Err(ChangeError::Invalid(_)) => {}
                Err(other) => return Err(other),
            }
        }
        let newest = writer.version;
        if base == newest { Ok(()) } else { Err(ChangeError::Stale { newest }) }
    }

    /// Makes a version and serves it.
    async fn store(
        &self,
        writer: &mut Writer,
        edits: Vec<Edit>,
        author: &Author,
        owned: Owned,
    ) -> Result<Arc<Current>, ChangeError> {
        let base = writer.version;
        for _ in 0..TRIES {
            let (items, assembled) = self.dry(writer, &edits, owned)?;
            let stored = self.log.change_with(base, &edits, author, writer.seal.as_ref()).await;
            match stored {
                Ok(version) => {
                    (writer.version, writer.items) = (version, items);
                    self.serve(writer, assembled).await?;
                    return Ok(self.current());
                }
                Err(StoreError::Conflict) => {
                    // What is wrong with the newer one is noted.
                    let _ = self.catch_up(writer).await;
                    // Otherwise a secret was changed elsewhere: one that is named here may be gone.
                    if writer.version != base {
                        return Err(ChangeError::Stale { newest: writer.version });
                    }
                }
                Err(other) => return Err(other.into()),
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// What would come of a change: read, checked and built apart from what is served.
    fn dry(
        &self,
        writer: &mut Writer,
        edits: &[Edit],
        owned: Owned,
    ) -> Result<(Items, Assembled), ChangeError> {
        let now = self.current();
        let mut items = writer.items.clone();
        for Edit { key, body } in edits {
            if owned == Owned::Refused && now.file_items.contains_key(key) {
                return Err(ChangeError::OwnedByFile(key.clone()));
            }
            match body {
                Some(body) => {
                    items.insert(key.clone(), body.clone());
                }
                None if items.remove(key).is_none() => return Err(ChangeError::NotFound(key.clone())),
                None => {}
            }
        }
        let assembled = self.with(writer, |writer| std::mem::swap(&mut writer.items, &mut items))?;
        // `with` has put the old ones back, so that these are the new ones.
        Ok((items, assembled))
    }

    /// What would come of it if the writer held something else; `swap` is called to put it there and to take it back.
    pub(super) fn with(
        &self,
        writer: &mut Writer,
        mut swap: impl FnMut(&mut Writer),
    ) -> Result<Assembled, ChangeError> {
        swap(writer);
        let assembled = assemble(&self.around, writer, Some(&writer.booted));
        swap(writer);
        let assembled = assembled.map_err(ChangeError::Invalid)?;
        // Limits of its own, since building sets the numbers of those it finds.
        let apart = Limiting::new(Arc::clone(&self.around.clock));
        Builder::new(TaskTracker::new(), apart).build(&assembled.config).map_err(problems)?;
        Ok(assembled)
    }
}

/// The edits that make one set of items of another.
fn edits_to(now: &Items, then: Items) -> Vec<Edit> {
    let removed = now.keys().filter(|key| !then.contains_key(*key));
    let mut edits: Vec<Edit> = removed.map(|key| Edit { key: key.clone(), body: None }).collect();
    let set = then.into_iter().filter(|(key, body)| now.get(key) != Some(body));
    edits.extend(set.map(|(key, body)| Edit { key, body: Some(body) }));
    edits
}
