//! What is known of models: the snapshot inside the binary. It is read beside the opening of everything else, because
//! that takes milliseconds of a start.

use std::sync::Arc;

use tokio::task::JoinHandle;
use wye_catalog::Catalog;

use crate::command::Failure;

/// The catalogue inside the binary, on its way.
pub(crate) struct Snapshot(JoinHandle<Option<Catalog>>);

/// Begins to read the catalogue inside the binary.
pub(crate) fn snapshot() -> Snapshot {
    Snapshot(tokio::task::spawn_blocking(|| Catalog::embedded().ok()))
}

impl Snapshot {
    /// The catalogue.
    ///
    /// # Errors
    /// If this binary was built with a broken one.
    pub(crate) async fn read(self) -> Result<Arc<Catalog>, Failure> {
        let read = self.0.await.ok().flatten();
        let broken =
            || Failure::happened("the catalogue of models inside this binary is broken; install another");
        read.map(Arc::new).ok_or_else(broken)
    }
}
