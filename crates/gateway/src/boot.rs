//! The only wiring: configuration to a gateway that serves, and the order in which it stops.

use std::fs::File;
use std::io::Write;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wye_config::Config;
use wye_pipeline::Pipeline;
use wye_pipeline::capture::reassemble;
use wye_pipeline::chance::{Chance, ProcessClock};
use wye_pipeline::pass::IdSeal;
use wye_server::{Ailment, App, Console, Degraded, ServeOptions, admin_router, client_router, router, serve};
use wye_store::log::sink::{GATHER, Health, LogHealth, Options, SPOOL_BYTES, Sink, Tee, Writer};
use wye_store::log::{Keep, retain};
use wye_store::responses::{PLACES, ResponseStore, ResponseWriter};
use wye_store::shared::{Server, Sharing, rests};
use wye_types::Clock;

use crate::catalog;
use crate::command::Failure;
use crate::record;
use crate::state::{SPOOL, State};

/// How long streams that are cut off have for their last event. Also the least time records are given to be written at
/// the end, and the most where somebody waits.
const FLUSH: Duration = Duration::from_secs(1);

/// How soon a database that is away is tried again for responses that are to be kept.
const AGAIN: Duration = Duration::from_secs(1);

/// A gateway that is ready to serve.
pub(crate) struct Gateway {
    /// What it was started with.
    pub(crate) config: Arc<Config>,
    pub(crate) pipeline: Arc<Pipeline>,
    pub(crate) state: State,
    listener: TcpListener,
    log: Writer,
    response_writer: ResponseWriter,
    /// What the log keeps, by the newest configuration.
    keep: watch::Receiver<Keep>,
    /// The writer of lines, if there are any.
    lines: Option<std::thread::JoinHandle<()>>,
    sharing: Option<Arc<Sharing>>,
    console: Option<Console>,
}

/// Where records go beside the log, and in which form.
pub(crate) struct RecordsTo<W> {
    pub(crate) to: W,
    pub(crate) line: record::Line,
}

impl RecordsTo<File> {
    /// Standard output, without the lock and the buffer of the library: a reader that does not read blocks the writer
    /// of lines and nobody else, and how much was written is known.
    pub(crate) fn standard_output(line: record::Line) -> Result<Self, Failure> {
        let to = std::io::stdout().as_fd().try_clone_to_owned();
        let to = to.map_err(|error| Failure::happened(format!("records have nowhere to go: {error}")))?;
        Ok(Self { to: File::from(to), line })
    }
}

impl Gateway {
    /// Builds everything that will serve on `listener`. Nothing is served yet.
    pub(crate) fn build<W: Write + Send + 'static>(
        state: State,
        listener: TcpListener,
        lines: Option<RecordsTo<W>>,
    ) -> Result<Self, Failure> {
        let config = Arc::clone(&state.configurator.current().config);
        warn_of_risks(&config);
        let (tee, lines) = lines
            .map(|lines| {
                let (tee, writer) = record::tee(lines.to, lines.line);
                (Box::new(tee) as Tee, writer)
            })
            .unzip();
        let (keeping, keep) = watch::channel(kept(&config)?);
        let options = Options {
            places: config.records_queue,
            node: state.node.clone(),
            clock: Arc::<ProcessClock>::clone(&state.clock),
            cells: Arc::clone(&state.cells),
            spool: state.home.file(SPOOL),
            spool_bytes: SPOOL_BYTES,
            keep: keep.clone(),
            tee,
            reassemble,
            gather: GATHER,
        };
        // A database that is away is one that answers later.
        let started = Sink::start(Some(state.db.clone()), options);
        let (sink, log) = started.map_err(|error| Failure::happened(error.to_string()))?;
        let clock = Arc::clone(&state.clock);
        let chance = Chance::seeded(clock.unix_ms() ^ u64::from(std::process::id()) << 32);
        let pipeline = Pipeline::new(Arc::clone(&state.live), clock, chance, Arc::new(sink));
        let pipeline = match state.master.keys()().first() {
            Some(key) => pipeline.with_id_seal(IdSeal::new(key.expose().as_bytes())),
            // Without a master key, ids of files hold as long as the process.
            None => pipeline,
        };
        let stored =
            ResponseStore::start(state.db.clone(), Arc::<ProcessClock>::clone(&state.clock), PLACES, AGAIN);
        let (responses, response_writer) = stored.map_err(|error| Failure::happened(error.to_string()))?;
        let pipeline = Arc::new(pipeline.with_responses(Arc::new(responses)));
        // Not an owner of it: the records are complete when the last owner is gone.
        let served = Arc::downgrade(&pipeline);
        state.configurator.attach(move |live, config| {
            if let Some(pipeline) = served.upgrade() {
                pipeline.swap(live);
            }
            if let Ok(keep) = kept(config) {
                keeping.send_replace(keep);
            }
        });
        let sharing = None;
        let console = None;
        Ok(Self { config, pipeline, state, listener, log, response_writer, lines, keep, sharing, console })
    }

    /// Shows the console beside the admin API.
    pub(crate) fn showing(mut self, console: Console) -> Self {
        self.console = Some(console);
        self
    }

    /// Lets readiness tell of the counters that it shares with other gateways.
    pub(crate) fn sharing(mut self, sharing: Option<Arc<Sharing>>) -> Self {
        self.sharing = sharing;
        self
    }

    /// Tells the other gateways at a server what is left alone for a while, and hears it of them, on `tracker`, until `stop`.
    pub(crate) fn tell_rests(&self, server: Server, tracker: &TaskTracker, stop: CancellationToken) {
        let clock = Arc::<ProcessClock>::clone(&self.state.clock);
        rests::share(server, Arc::<Pipeline>::clone(&self.pipeline), clock, tracker, stop);
    }

    /// Follows the database, and forgets what is too old in it, on `tracker`, until `stop`.
    pub(crate) fn follow(&self, tracker: &TaskTracker, stop: CancellationToken) {
        let (db, node) = (self.state.db.clone(), self.state.node.clone());
        let clock = Arc::<ProcessClock>::clone(&self.state.clock);
        tracker.spawn(retain::run(db, node, clock, self.keep.clone(), stop.clone()));
        let clock = Arc::<ProcessClock>::clone(&self.state.clock);
        catalog::keep(Arc::clone(&self.state.configurator), clock, tracker, stop.clone());
        let following = self.state.follow();
        tracker.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = following => {}
            }
        });
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap_or(self.config.listen)
    }

    /// Serves until it is told to stop, then stops in order: no new connections, running answers end or are cut off
    /// after the grace, their records are written. The admin API is served on `admin`, or beside the clients' doors.
    pub(crate) async fn run(self, stop: Stop, admin: Option<TcpListener>) {
        let Self {
            config,
            pipeline,
            listener,
            state,
            log,
            response_writer,
            lines,
            keep: _,
            sharing,
            console,
        } = self;
        let health = health(&state, log.health(), sharing);
        let app = App::new(Arc::clone(&pipeline)).with_health(health).with_admin(state.admin());
        let app = match console {
            Some(console) => app.with_console(console),
            None => app,
        };
        let options = ServeOptions {
            header_limit: usize::try_from(config.header_limit).unwrap_or(usize::MAX),
            stall_timeout: config.stall_timeout,
            header_timeout: config.access.header_timeout,
            // Longer than what `told` allows, which says how streams end.
            grace: config.shutdown_grace.saturating_add(FLUSH * 2),
        };
        let connections = TaskTracker::new();
        let soon = || stop.soon.clone();
        let serving = async {
            let Some(admin) = admin else {
                return serve(listener, router(app.clone()), options, &connections, soon()).await;
            };
            let apart = serve(admin, admin_router(app.clone()), options.clone(), &connections, soon());
            let clients = serve(listener, client_router(app.clone()), options, &connections, soon());
            tokio::join!(apart, clients);
        };
        let told = async {
            stop.soon.cancelled().await;
            app.stop();
            tokio::select! {
                () = tokio::time::sleep(config.shutdown_grace) => {
                    let grace_s = config.shutdown_grace.as_secs();
                    tracing::warn!(grace_s, "answers still running after the grace are cut off");
                }
                () = stop.now.cancelled() => {}
            }
            pipeline.stop_streams();
            tokio::time::sleep(FLUSH).await;
        };
        tokio::select! {
            // First, so that a gateway with nothing to do is not said to cut off anything.
            biased;
            () = serving => {}
            // Cuts off what still runs.
            () = told => {}
            () = app.watch() => {}
        }
        connections.close();
        connections.wait().await;
        // What goes beside answers ends with them, and its records are written.
        pipeline.stop_streams();
        drop((app, pipeline));
        let limit = async {
            tokio::select! {
                () = tokio::time::sleep(config.shutdown_grace.max(FLUSH)) => {}
                () = async { stop.now.cancelled().await; tokio::time::sleep(FLUSH).await } => {}
            }
        };
        written((log, response_writer), lines, limit).await;
        // The data folder goes last, where it is a temporary one.
        drop(state);
    }
}

/// What does not work as it should.
fn health(state: &State, log: LogHealth, sharing: Option<Arc<Sharing>>) -> wye_server::Health {
    let (configurator, db) = (Arc::clone(&state.configurator), state.db.clone());
    Arc::new(move || {
        let of = |kind, what| Ailment { kind, what };
        let mut all: Vec<Ailment> = Vec::new();
        all.extend(configurator.trouble().into_iter().map(|it| of(Degraded::Configuration, it.what)));
        if let Some(why) = configurator.catalog().trouble {
            all.push(of(Degraded::Catalog, format!("the catalogue of models is not renewed: {why}")));
        }
        match log.get() {
            Health::Degraded { what, .. } => {
                all.push(of(Degraded::Log, format!("requests are not logged to the database: {what}")));
            }
            // The log finds out with the next record.
            Health::Ok if !db.is_open() => {
                all.push(of(
                    Degraded::Log,
                    "requests are not logged to the database: it is not open".to_owned(),
                ));
            }
            Health::Ok => {}
        }
        if let Some(refused) = log.refused() {
            let what = format!(
                "the database refused {} records of requests, which are in {}; all others are logged",
                refused.records,
                refused.path.display()
            );
            all.push(of(Degraded::Log, what));
        }
        if let Some(lost) = sharing.as_ref().and_then(|sharing| sharing.health()) {
            let what = format!("limits are not shared with other gateways: {}", lost.what);
            all.push(of(Degraded::Limits, what));
        }
        all
    })
}

/// What the log keeps, by the configuration.
fn kept(config: &Config) -> Result<Keep, Failure> {
    let log = &config.log;
    let most = usize::try_from(log.body_limit).unwrap_or(usize::MAX);
    let mut keep = Keep::new(most, &log.redact_fields, &log.redact_patterns)
        .map_err(|error| Failure::asked(format!("log.redact_patterns: {error}")))?;
    (keep.rows, keep.minutes) = (log.keep, log.keep_minutes);
    (keep.bodies, keep.bodies_bytes) = (log.keep_bodies, log.keep_bodies_bytes);
    keep.audit = log.keep_audit;
    (keep.responses, keep.responses_bytes) = (config.responses.keep, config.responses.keep_bytes);
    Ok(keep)
}

/// Waits for the writers of records, as long as `limit` does.
async fn written(
    (log, responses): (Writer, ResponseWriter),
    lines: Option<std::thread::JoinHandle<()>>,
    limit: impl Future<Output = ()>,
) {
    let ended = async {
        if let Err(error) = responses.done().await {
            tracing::error!("kept responses may be lost: {error}");
        }
        if let Err(error) = log.done().await {
            tracing::error!("records may be lost: {error}");
        }
        // Its last handle went with the log.
        let Some(lines) = lines else { return };
        let ended = tokio::task::spawn_blocking(move || lines.join());
        if !matches!(ended.await, Ok(Ok(()))) {
            tracing::error!("the writer of lines failed: records may be missing there");
        }
    };
    tokio::select! {
        () = ended => {}
        // The process ends without the writer, which is stuck in a write.
        () = limit => tracing::error!("nobody takes the records: the last ones are lost"),
    }
}

/// Takes a port.
pub(crate) async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        let hint = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                "another program has this port; choose one with --listen ADDR:PORT"
            }
            std::io::ErrorKind::PermissionDenied => "ports below 1024 need a privilege; choose a higher one",
            _ => "choose another address with --listen ADDR:PORT",
        };
        Failure::happened(format!("cannot listen on {address}: {error}; {hint}"))
    })
}

/// Tells of settings that are allowed but hardly ever meant.
pub(crate) fn warn_of_risks(config: &Config) {
    for provider in config.providers.iter().filter(|p| !p.tls_verify) {
        tracing::warn!(
            "the certificate of the provider {} is not checked (tls_verify: false): whoever stands in between can \
             read and change everything, its key included",
            provider.id
        );
    }
}

/// What ends the process.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stop {
    /// Cancelled by the first SIGTERM or SIGINT: what runs may end.
    pub(crate) soon: CancellationToken,
    /// Cancelled by the second: somebody is waiting.
    pub(crate) now: CancellationToken,
}

/// Listens to the signals.
pub(crate) fn stop_signal(tracker: &TaskTracker) -> Result<Stop, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let failed = |error| Failure::happened(format!("signals cannot be caught: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let stop = Stop::default();
    let told = stop.clone();
    tracker.spawn(async move {
        for (token, what) in [
            (
                told.soon,
                "stopping: no new connections, running answers may end; a second signal cuts them off",
            ),
            (told.now, "stopping now: running answers are cut off"),
        ] {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            token.cancel();
            tracing::info!("{what}");
        }
    });
    Ok(stop)
}
