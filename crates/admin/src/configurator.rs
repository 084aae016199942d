//! The one writer of the configuration: the file, the items of the database and the secrets become what is served.
//!
//! Whatever changes (an item, a secret, the file, another node's edit) goes the same way: everything is read and built
//! together on the side, stored, and only then swapped in. What is refused has changed nothing.
//!
//! A changed secret makes no new version: versions hold references. Other nodes notice it by the table's [`Seal`].

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use arc_swap::ArcSwap;
use wye_catalog::Catalog;
use wye_config::{Config, Format, Problem};
use wye_live::Builder;
use wye_pipeline::Live;
use wye_store::config_log::{ConfigLog, ItemKey, Items, hash_of};
use wye_store::grades::GradeTable;
use wye_store::sealed::{AllSealed, Seal};
use wye_store::vault::VaultError;
use wye_store::{Db, StoreError};
use wye_types::Clock;

use crate::secrets::{Opened, Secrets, SecretsError};

mod assemble;
mod catalog;
mod change;
mod follow;
mod graded;
mod kept;
mod trial;
mod vaulted;

pub use catalog::{CatalogFile, Standing};
pub use vaulted::SecretInfo;

/// The configuration that is served.
#[derive(Debug)]
pub struct Current {
    /// Its number; the base of the next change.
    pub version: i64,
    /// The hash of its items.
    pub hash: String,
    /// What the database holds.
    pub items: Items,
    /// What the file names, secrets blotted out. It can be changed only there.
    pub file_items: Items,
    /// Items of the database that are not in force because the file has something of their name.
    pub shadowed: Vec<ItemKey>,
    /// Everything together.
    pub config: Arc<Config>,
    /// Settings that were changed and are taken only at the next start.
    pub restart: Vec<String>,
}

/// Why the configuration cannot be changed, or not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeError {
    /// Somebody else made a version in the meantime.
    Stale {
        /// The newest.
        newest: i64,
    },
    /// What would come of it is wrong.
    Invalid(Vec<Problem>),
    /// The file names it, so it is changed there.
    OwnedByFile(ItemKey),
    /// There is no such thing.
    NotFound(ItemKey),
    /// There is such a thing already.
    Taken(ItemKey),
    /// There was never such a version.
    NoVersion(i64),
    /// The secret is named by these.
    InUse(Vec<ItemKey>),
    /// The database.
    Store(StoreError),
    /// The master key, or something sealed.
    Vault(VaultError),
}

impl fmt::Display for ChangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = |(kind, name): &ItemKey| format!("the {kind} {name}");
        match self {
            Self::Stale { newest } => write!(
                f,
                "somebody else changed the configuration in the meantime; look at version {newest} and try again"
            ),
            Self::Invalid(problems) => {
                let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
                f.write_str(&lines.join("\n"))
            }
            Self::OwnedByFile(key) => {
                write!(f, "{} stands in the configuration file; change it there", named(key))
            }
            Self::NotFound(key) => write!(f, "there is no such thing as {}", named(key)),
            Self::Taken(key) => write!(f, "{} is there already; choose another name", named(key)),
            Self::NoVersion(number) => write!(f, "there is no version {number} of the configuration"),
            Self::InUse(by) => {
                let by: Vec<String> = by.iter().map(named).collect();
                write!(f, "the secret is still named by {}; change that first", by.join(", "))
            }
            Self::Store(error) => error.fmt(f),
            Self::Vault(error) => SecretsError::Vault(*error).fmt(f),
        }
    }
}

impl std::error::Error for ChangeError {}

impl From<StoreError> for ChangeError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<SecretsError> for ChangeError {
    fn from(error: SecretsError) -> Self {
        match error {
            SecretsError::Store(error) => Self::Store(error),
            SecretsError::Vault(error) => Self::Vault(error),
        }
    }
}

/// The configuration file as it was read last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileText {
    /// Its text and format; `None` without a file.
    pub text: Option<(String, Format)>,
    /// The local providers that were found running.
    pub local: Vec<&'static str>,
}

/// Finds an environment variable.
pub type Variables = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;
/// Reads a file.
pub type Files = Box<dyn Fn(&str) -> std::io::Result<String> + Send + Sync>;
/// Keeps a text.
pub type Keeping = Arc<dyn Fn(&str) + Send + Sync>;

/// What the configuration is read with. Closures, so that only the binary touches environment and disk.
pub struct Around {
    /// An environment variable.
    pub env: Variables,
    /// A file that the configuration file refers to.
    pub file: Files,
    /// Where the command line says to listen, whatever the configuration says.
    pub listen: Option<SocketAddr>,
    /// Keeps a copy for a start without the database (see [`Configurator::start`]). Called off the runtime's threads.
    pub keep: Option<Keeping>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Something that does not work as it should, while requests are served all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Since when, in Unix milliseconds.
    pub since_ms: u64,
    /// What, for people.
    pub what: String,
}

/// Takes over what is to be served from now on.
type Serve = Box<dyn Fn(Arc<Live>, &Config) + Send + Sync>;

/// The one writer of the configuration.
pub struct Configurator {
    log: ConfigLog,
    grades: GradeTable,
    secrets: Arc<Secrets>,
    around: Around,
    serving: OnceLock<Serve>,
    current: ArcSwap<Current>,
    trouble: Mutex<[Option<Trouble>; 2]>,
    /// The catalogue that it was started with.
    snapshot: Arc<Catalog>,
    standing: Mutex<Standing>,
    /// Held from reading to swapping, also over awaits: there is one writer. Nobody who serves waits for it.
    writer: tokio::sync::Mutex<Writer>,
}

impl fmt::Debug for Configurator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Configurator").field("version", &self.current().version).finish_non_exhaustive()
    }
}

/// What only the writer needs.
struct Writer {
    builder: Builder,
    file: FileText,
    /// The database's newest version, which may be of no use here.
    version: i64,
    items: Items,
    /// What the table of secrets was like; `None`: it has not been read.
    seal: Option<Seal>,
    sealed: AllSealed,
    opened: Opened,
    /// How often the table of grades was changed before it was read; `None`: it has not been read.
    graded: Option<i64>,
    /// What the process was started with.
    booted: Arc<Config>,
}

/// What may be wrong while requests are served.
#[derive(Debug, Clone, Copy)]
enum Part {
    Database,
    Version,
}

impl Configurator {
    /// Reads everything and builds it for the first time. Gives what is to be served; tell who serves it by
    /// [`Configurator::attach`].
    ///
    /// If the database is unavailable, what was `kept` by an earlier process (see [`Around::keep`]) takes its place until
    /// it answers: the items, and the secrets as they were sealed. Without that, the file alone. A key that was switched
    /// off while this node and the database were both away works until the database answers.
    ///
    /// # Errors
    /// If the configuration is wrong, the master key is, or the database is not to be used.
    pub async fn start(
        db: Db,
        secrets: Arc<Secrets>,
        around: Around,
        builder: Builder,
        (file, kept): (FileText, Option<String>),
    ) -> Result<(Arc<Self>, Arc<Live>), ChangeError> {
        let (log, grades) = (ConfigLog::new(db.clone()), GradeTable::new(db));
        let mut writer = Writer {
            builder,
            file,
            version: 0,
            items: Items::new(),
            seal: None,
            sealed: AllSealed::new(),
            opened: Opened::new(),
            graded: None,
            booted: Arc::default(),
        };
        let away = match writer.read(&log, &secrets).await {
            Ok(()) => {
                writer.read_grades(&grades).await?;
                None
            }
            Err(ChangeError::Store(StoreError::Unavailable(why))) => {
                writer.restore(kept.as_deref(), &secrets);
                Some(why)
            }
            Err(other) => return Err(other),
        };
        let assembled = assemble::assemble(&around, &writer, None).map_err(ChangeError::Invalid)?;
        let live = writer.builder.build(&assembled.config).map_err(assemble::problems)?;
        writer.booted = Arc::clone(&assembled.config);
        let current = ArcSwap::from_pointee(assembled.current(&writer));
        let snapshot = Arc::clone(writer.builder.catalog());
        let this = Self {
            log,
            grades,
            secrets,
            around,
            serving: OnceLock::new(),
            current,
            trouble: Mutex::default(),
            snapshot,
            standing: Mutex::default(),
            writer: tokio::sync::Mutex::new(writer),
        };
        this.note(Part::Database, away.map(|why| format!("the database is unavailable: {why}")));
        if this.trouble().is_empty() {
            this.keep(&*this.writer.lock().await).await;
        }
        Ok((Arc::new(this), live))
    }

    /// Tells who serves: called with every new state and what it was made of. Only the first call counts.
    pub fn attach(&self, serve: impl Fn(Arc<Live>, &Config) + Send + Sync + 'static) {
        // A second server would be a fault of the wiring, and the first goes on.
        let _ = self.serving.set(Box::new(serve));
    }

    /// What is served.
    #[must_use]
    pub fn current(&self) -> Arc<Current> {
        self.current.load_full()
    }

    /// The secrets it reads.
    #[must_use]
    pub const fn secrets(&self) -> &Arc<Secrets> {
        &self.secrets
    }

    /// What does not work as it should.
    #[must_use]
    pub fn trouble(&self) -> Vec<Trouble> {
        let trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        trouble.iter().flatten().cloned().collect()
    }

    /// Notes that something goes wrong, or is well again; each spell is logged once.
    fn note(&self, part: Part, what: Option<String>) {
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        let place = &mut trouble[part as usize];
        match (place.as_mut(), what) {
            (None, None) => {}
            (None, Some(what)) => {
                tracing::error!("{what}; what was served before stays");
                *place = Some(Trouble { since_ms: self.around.clock.unix_ms(), what });
            }
            (Some(known), Some(what)) => known.what = what,
            (Some(known), None) => {
                tracing::info!("well again: {}", known.what);
                *place = None;
            }
        }
    }
}

impl Writer {
    /// Reads everything that the database holds.
    async fn read(&mut self, log: &ConfigLog, secrets: &Secrets) -> Result<(), ChangeError> {
        let (seal, sealed, opened) = secrets.of_configuration().await?;
        (self.version, self.items) = log.current().await?;
        (self.seal, self.sealed, self.opened) = (Some(seal), sealed, opened);
        Ok(())
    }

    /// Reads what deployments were graded.
    async fn read_grades(&mut self, grades: &GradeTable) -> Result<(), StoreError> {
        let (changes, rows) = grades.all().await?;
        // Nothing was built yet, so that nothing is built again.
        let _ = self.builder.grade(graded::graded(&rows));
        self.graded = Some(changes);
        Ok(())
    }

    /// Takes what an earlier process kept, as far as it can be read.
    fn restore(&mut self, kept: Option<&str>, secrets: &Secrets) {
        let Some(kept) = kept.and_then(kept::Kept::read) else {
            tracing::warn!("no copy of the database's configuration was kept: only the file is served");
            return;
        };
        let opened = secrets.open_kept(&kept.check, &kept.sealed);
        if opened.is_none() && !kept.sealed.is_empty() {
            tracing::warn!("the kept secrets do not open under this master key");
        }
        tracing::warn!(version = kept.version, "the configuration that was kept is served");
        (self.version, self.items) = (kept.version, kept.items);
        (self.sealed, self.opened) = (kept.sealed, opened.unwrap_or_default());
    }
}

impl assemble::Assembled {
    fn current(&self, writer: &Writer) -> Current {
        Current {
            version: writer.version,
            hash: hash_of(&writer.items),
            items: writer.items.clone(),
            file_items: self.file_items.clone(),
            shadowed: self.shadowed.clone(),
            config: Arc::clone(&self.config),
            restart: self.restart.clone(),
        }
    }
}
