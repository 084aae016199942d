//! What the gateway remembers, opened in order: the data folder, the database, the master key, the configuration.
//!
//! A database that is out of reach stops nobody: what was kept of it is served, and it is tried again in the background.
//! A database that is not to be used (made by a newer version, sealed under another key) stops the start.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::task::TaskTracker;
use wye_admin::Auth;
use wye_admin::configurator::{Around, Configurator, FileText};
use wye_admin::secrets::{Opened, Secrets};
use wye_limits::Cells;
use wye_live::{Builder, Limiting};
use wye_pipeline::Live;
use wye_pipeline::chance::ProcessClock;
use wye_server::AdminDeps;
use wye_store::config_log::{ConfigLog, Items};
use wye_store::log::sink::saved_windows;
use wye_store::shared::{Server, Sharing};
use wye_store::{Db, StoreError};
use wye_types::Clock;

use crate::catalog;
use crate::command::{Failure, Running, Source};
use crate::encoder::Installed;
use crate::environment;
use crate::home::{Home, write_whole};
use crate::load::{self, Extra};
use crate::master::{self, Master};

/// How often a database that is away is tried again, and one that is there is asked for news.
const EVERY: Duration = Duration::from_secs(1);
/// The copy of the configuration for a start without the database.
const KEPT: &str = "last-config.json";
/// The database, unless DATABASE_URL names another.
pub(crate) const DATABASE: &str = "wye.db";
/// Where records wait while the database is away.
pub(crate) const SPOOL: &str = "spool";

/// Everything that the gateway remembers.
pub(crate) struct State {
    pub(crate) home: Home,
    pub(crate) master: Master,
    pub(crate) db: Db,
    pub(crate) secrets: Arc<Secrets>,
    /// Users of the admin API.
    pub(crate) auth: Arc<Auth>,
    pub(crate) configurator: Arc<Configurator>,
    /// The limits of this process, with what an earlier one saved of them.
    pub(crate) cells: Arc<Cells>,
    /// This node's name.
    pub(crate) node: String,
    pub(crate) clock: Arc<ProcessClock>,
    /// What is to be served first.
    pub(crate) live: Arc<Live>,
}

/// With what the state is opened.
pub(crate) struct Opening {
    pub(crate) home: Home,
    pub(crate) running: Running,
    pub(crate) extra: Extra,
    pub(crate) file: FileText,
    /// Whether variables of the environment name database and master key; the demo has its own.
    pub(crate) shared: bool,
}

impl Opening {
    /// The state of the data folder and the configuration that `running` names.
    pub(crate) async fn of(running: Running) -> Result<Self, Failure> {
        let home = Home::open(&running.source.data)?;
        let extra = Extra::new();
        let file = load::read(&running.source, &extra).await?;
        Ok(Self { home, running, extra, file, shared: true })
    }

    /// Opens it.
    pub(crate) async fn open(self) -> Result<State, Failure> {
        let Self { home, running, extra, file, shared } = self;
        let snapshot = catalog::snapshot();
        let given = |name| if shared { load::variable(name) } else { None };
        let name = load::name(&running.source);
        let url = given("DATABASE_URL");
        if url.is_none() && !home.file(DATABASE).is_file() {
            // Where nothing is remembered yet, a wrong file leaves no traces.
            load::together(&extra, &file, (&Items::new(), &Opened::new()))
                .map_err(|problems| load::wrong(&name, &problems))?;
        }
        let db = database(&home.file(DATABASE), url)?;
        let master = Master::of(&home, given(master::VARIABLE))?;
        let clock = Arc::new(ProcessClock::start());
        let secrets = Arc::new(Secrets::new(db.clone(), master.keys(), Arc::<ProcessClock>::clone(&clock)));
        match bring_up(&db, &master, &secrets).await {
            Err(Closed::Away(error)) => tracing::warn!("{error}; it is tried again"),
            other => other.map_err(Closed::failure)?,
        }
        let node = home.node()?;
        let there = db.is_open().then_some(&db);
        let windows = saved_windows(there, &node, &home.file(SPOOL)).await.unwrap_or_else(|error| {
            tracing::warn!("what was used of limits before this start is not known: {error}");
            Vec::new()
        });
        let cells = Arc::new(Cells::restored(windows));
        let limiting = Limiting { clock: Arc::<ProcessClock>::clone(&clock), cells: Arc::clone(&cells) };
        let kept = home.file(KEPT);
        let around = Around {
            env: Box::new(move |name| load::look_up(&extra, name)),
            file: Box::new(load::file_of),
            listen: running.listen,
            clock: Arc::<ProcessClock>::clone(&clock),
            keep: Some(Arc::new({
                let kept = kept.clone();
                move |text: &str| {
                    if let Err(error) = write_whole(&kept, text) {
                        tracing::warn!(file = %kept.display(), %error, "no copy of the configuration is kept");
                    }
                }
            })),
        };
        let before = std::fs::read_to_string(&kept).ok();
        let encoders = Installed::of(&home.folder).kept();
        let builder =
            Builder::new(TaskTracker::new(), limiting).knowing(snapshot.read().await?).encoding(encoders);
        let started =
            Configurator::start(db.clone(), Arc::clone(&secrets), around, builder, (file, before)).await;
        let (configurator, live) = started.map_err(|error| load::refused(&name, &error))?;
        let auth = Auth::new(db.clone(), Arc::clone(&secrets), Arc::<ProcessClock>::clone(&clock)).into();
        Ok(State { home, master, db, secrets, auth, configurator, cells, node, clock, live })
    }
}

/// The server that VALKEY_URL names, if it names one.
pub(crate) fn valkey() -> Result<Option<Server>, Failure> {
    let Some(url) = load::variable("VALKEY_URL") else { return Ok(None) };
    Server::at(&url).map(Some).map_err(|why| Failure::asked(format!("VALKEY_URL: {why}")))
}

impl State {
    /// The state for a command that changes something and ends. The database has to answer.
    pub(crate) async fn of_command(source: Source) -> Result<Self, Failure> {
        let opening = Opening::of(Running::of(source)).await?;
        // Held apart: every command would carry the room for it.
        let state = Box::pin(opening.open()).await?;
        match state.configurator.trouble().first() {
            None => Ok(state),
            Some(trouble) => Err(Failure::happened(trouble.what.clone())),
        }
    }

    /// The state for a command that sets secrets. A file that waits for them does not load, and stops nobody from setting
    /// them: the database's own configuration is then all that they are checked against.
    pub(crate) async fn for_secrets(source: Source) -> Result<Self, Failure> {
        let failure = match Self::of_command(source.clone()).await {
            Err(failure) if failure.exit_code == 2 => failure,
            other => return other,
        };
        let mut opening = Opening::of(Running::of(source)).await?;
        opening.file.text = None;
        // Not the file's fault: what was said first is what is wrong.
        Box::pin(opening.open()).await.map_err(|_| failure)
    }

    /// Shares all limits with the other gateways at the server that VALKEY_URL names, if it names one. A server that is
    /// not there stops nobody: it is tried again.
    pub(crate) async fn share(&self, tracker: &TaskTracker) -> Result<Option<Sharing>, Failure> {
        let Some(server) = valkey()? else { return Ok(None) };
        let (cells, clock) = (Arc::clone(&self.cells), Arc::<ProcessClock>::clone(&self.clock));
        Ok(Some(Sharing::start(server, cells, clock, tracker, &self.node).await))
    }

    /// Opens the database if it was away, and follows what others change in it. Ends never.
    pub(crate) fn follow(&self) -> impl Future<Output = ()> + Send + 'static {
        let (db, master) = (self.db.clone(), self.master.clone());
        let (secrets, configurator) = (Arc::clone(&self.secrets), Arc::clone(&self.configurator));
        async move {
            loop {
                tokio::time::sleep(EVERY).await;
                if !db.is_open() {
                    // Why not is what the configurator finds, too, and says once.
                    let _ = bring_up(&db, &master, &secrets).await;
                }
                let _ = configurator.poll().await;
            }
        }
    }

    /// What the admin API works on.
    pub(crate) fn admin(&self) -> AdminDeps {
        AdminDeps {
            auth: Arc::clone(&self.auth),
            configurator: Arc::clone(&self.configurator),
            db: self.db.clone(),
            cells: Arc::clone(&self.cells),
            clock: Arc::<ProcessClock>::clone(&self.clock),
            node: self.node.clone(),
            environment: Arc::new(environment::all),
        }
    }

    /// The time, for whoever notes when something happened.
    pub(crate) fn now_ms(&self) -> u64 {
        self.clock.unix_ms()
    }
}

/// What the database holds of the configuration, if there is a database. Nothing is made or brought up to date.
pub(crate) async fn look(source: &Source) -> Result<(Items, Opened), Failure> {
    let (file, url) = (source.data.join(DATABASE), load::variable("DATABASE_URL"));
    if url.is_none() && !file.is_file() {
        return Ok((Items::new(), Opened::new()));
    }
    let failed = |error: StoreError| Closed::from(error).failure();
    let db = database(&file, url)?;
    if !db.look().await.map_err(failed)? {
        return Ok((Items::new(), Opened::new()));
    }
    let items = ConfigLog::new(db.clone()).current().await.map_err(failed)?.1;
    let home = Home::there(&source.data);
    let master = Master::of(&home, load::variable(master::VARIABLE))?;
    let secrets = Secrets::new(db, master.keys(), Arc::new(ProcessClock::start()));
    if secrets.table().seal().await.map_err(failed)?.is_none() {
        return Ok((items, Opened::new()));
    }
    let read = secrets.of_configuration().await.map_err(|error| Failure::asked(error.to_string()))?;
    Ok((items, read.2))
}

fn database(file: &Path, url: Option<String>) -> Result<Db, Failure> {
    let db = match url {
        Some(url) => Db::postgres_later(&url),
        None => Db::sqlite_later(file),
    };
    db.map_err(|error| Closed::from(error).failure())
}

/// Why the database is not open.
#[derive(Debug)]
enum Closed {
    /// It may be later.
    Away(StoreError),
    /// It will not be, unless somebody does something.
    Wrong(Failure),
}

impl From<StoreError> for Closed {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::Away(error),
            other => Self::Wrong(Failure::asked(other.to_string())),
        }
    }
}

impl Closed {
    fn failure(self) -> Failure {
        match self {
            Self::Away(error) => Failure::happened(error.to_string()),
            Self::Wrong(failure) => failure,
        }
    }
}

/// Brings the database up to date and proves the master key. A database without secrets gets a key, if none is given;
/// one with secrets never does: it would hide that theirs is lost.
async fn bring_up(db: &Db, master: &Master, secrets: &Secrets) -> Result<(), Closed> {
    db.bring_up().await?;
    match secrets.table().seal().await? {
        None => master.make().map_err(Closed::Wrong)?,
        Some(seal) => master.settle(&seal.check).map_err(Closed::Wrong)?,
    }
    secrets.unlock().await.map_err(|error| match error {
        wye_admin::secrets::SecretsError::Store(error) => Closed::from(error),
        other => Closed::Wrong(Failure::asked(other.to_string())),
    })
}
