//! A node of a gateway as far as its configuration goes: a file, an environment, a share in a database.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio_util::task::TaskTracker;
use wye_admin::configurator::{Around, ChangeError, Configurator, FileText};
use wye_admin::secrets::Secrets;
use wye_config::Format;
use wye_live::{Builder, Limiting};
use wye_store::Db;
use wye_store::config_log::{Author, Edit};
use wye_types::{Clock, Secret};

pub(crate) const MASTER: &str = "a master key of thirty-two letters";

/// A clock that stands still.
pub(crate) struct Still;

impl Clock for Still {
    fn mono(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn unix_ms(&self) -> u64 {
        1_790_000_000_000
    }
}

pub(crate) struct Node {
    pub(crate) configurator: Arc<Configurator>,
    pub(crate) secrets: Arc<Secrets>,
    /// How often something new was served.
    pub(crate) served: Arc<AtomicUsize>,
    /// The hash of what is served.
    pub(crate) hash: Arc<Mutex<String>>,
    /// What was kept last.
    pub(crate) kept: Arc<Mutex<Option<String>>>,
}

/// A file's text.
pub(crate) fn file(text: &str) -> FileText {
    FileText { text: Some((text.to_owned(), Format::Yaml)), local: Vec::new() }
}

pub(crate) fn secrets(db: &Db, master: &str) -> Arc<Secrets> {
    let master = Secret::new(master.to_owned());
    Arc::new(Secrets::new(db.clone(), Arc::new(move || vec![master.clone()]), Arc::new(Still)))
}

impl Node {
    pub(crate) async fn start(db: &Db, text: &str) -> Self {
        Self::try_start(db, secrets(db, MASTER), text, None).await.unwrap()
    }

    pub(crate) async fn try_start(
        db: &Db,
        secrets: Arc<Secrets>,
        text: &str,
        before: Option<String>,
    ) -> Result<Self, ChangeError> {
        let kept: Arc<Mutex<Option<String>>> = Arc::default();
        let keep = Arc::clone(&kept);
        let around = Around {
            env: Box::new(|_| None),
            file: Box::new(|_| Err(std::io::ErrorKind::NotFound.into())),
            listen: None,
            keep: Some(Arc::new(move |text: &str| *keep.lock().unwrap() = Some(text.to_owned()))),
            clock: Arc::new(Still),
        };
        let builder = Builder::new(TaskTracker::new(), Limiting::new(Arc::new(Still)));
        let start =
            Configurator::start(db.clone(), Arc::clone(&secrets), around, builder, (file(text), before));
        let (configurator, live) = start.await?;
        let (served, hash) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(live.hash.clone())));
        configurator.attach({
            let (served, hash) = (Arc::clone(&served), Arc::clone(&hash));
            move |live, _| {
                served.fetch_add(1, Ordering::Relaxed);
                hash.lock().unwrap().clone_from(&live.hash);
            }
        });
        Ok(Self { configurator, secrets, served, hash, kept })
    }

    pub(crate) fn version(&self) -> i64 {
        self.configurator.current().version
    }

    pub(crate) fn served(&self) -> usize {
        self.served.load(Ordering::Relaxed)
    }

    /// A change on top of what this node knows.
    pub(crate) async fn change(&self, edits: &[Edit]) -> Result<i64, ChangeError> {
        let changed = self.configurator.change(self.version(), edits.to_vec(), author("ann")).await;
        changed.map(|current| current.version)
    }
}

pub(crate) fn author(name: &str) -> Author {
    Author { name: name.to_owned(), at_ms: 7, note: String::new() }
}

pub(crate) fn set(kind: &str, name: &str, body: serde_json::Value) -> Edit {
    Edit { key: (kind.to_owned(), name.to_owned()), body: Some(body) }
}

pub(crate) fn remove(kind: &str, name: &str) -> Edit {
    Edit { key: (kind.to_owned(), name.to_owned()), body: None }
}
