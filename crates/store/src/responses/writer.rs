//! The one writer of kept responses: in the order in which they come, so that what deletes one comes after it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use wye_types::kept::KeptResponse;

use super::{Shared, Told, rows};
use crate::{Db, StoreError};

pub(super) struct Worker {
    pub(super) db: Db,
    pub(super) told: mpsc::Receiver<Told>,
    pub(super) shared: Arc<Shared>,
    pub(super) stop: CancellationToken,
    /// How long to wait for a database that is away.
    pub(super) again: Duration,
}

impl Worker {
    pub(super) async fn run(mut self) {
        loop {
            let told = tokio::select! {
                biased;
                told = self.told.recv() => told,
                () = self.stop.cancelled() => {
                    // What still has a place may come.
                    self.told.close();
                    self.told.recv().await
                }
            };
            match told {
                Some(Told::Keep(kept)) => self.keep(&kept).await,
                Some(Told::Forget { owner, id, done }) => {
                    let gone = self.db.change(vec![rows::delete(&owner, &id)]).await;
                    if gone.is_ok() {
                        self.shared.recent().remove(&owner, &id);
                    }
                    // Who asked may have gone away.
                    let _ = done.send(gone.map(|counts| counts.first() == Some(&1)));
                }
                None => return,
            }
        }
    }

    async fn keep(&self, kept: &KeptResponse) {
        let mut told = false;
        let written = loop {
            let written = match rows::insert(kept) {
                Ok(insert) => self.db.change(vec![insert]).await,
                Err(error) => Err(error),
            };
            match written {
                Ok(_) => break true,
                Err(StoreError::Unavailable(why)) if !self.stop.is_cancelled() => {
                    if !std::mem::replace(&mut told, true) {
                        tracing::warn!("responses wait to be kept: {why}");
                    }
                    tokio::select! {
                        () = tokio::time::sleep(self.again) => {}
                        () = self.stop.cancelled() => {}
                    }
                }
                Err(error) => {
                    tracing::error!(id = kept.id, %error, "a response that was to be kept is lost");
                    break false;
                }
            }
        };
        self.shared.settled(kept, written);
    }
}
