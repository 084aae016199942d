//! The only wiring: configuration to a gateway that serves, and the order in which it stops.

use std::fs::File;
use std::io::Write;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wye_config::Config;
use wye_live::{Builder, Limiting};
use wye_pipeline::Pipeline;
use wye_pipeline::chance::{Chance, ProcessClock};
use wye_server::{App, ServeOptions, router, serve};
use wye_types::Clock;

use crate::command::Failure;
use crate::record;

/// How long streams that are cut off have for their last event. Also the least time records are given to be written at
/// the end, and the most where somebody waits.
const FLUSH: Duration = Duration::from_secs(1);

/// A gateway that is ready to serve.
pub(crate) struct Gateway {
    pub(crate) config: Config,
    pub(crate) pipeline: Arc<Pipeline>,
    /// Until a reload takes it.
    pub(crate) builder: Option<Builder>,
    listener: TcpListener,
    writer: std::thread::JoinHandle<()>,
}

/// Where records go, and in which form.
pub(crate) struct RecordsTo<W> {
    pub(crate) to: W,
    pub(crate) line: record::Line,
}

impl RecordsTo<File> {
    /// Standard output, without the lock and the buffer of the library: a reader that does not read blocks the writer
    /// of records and nobody else, and how much was written is known.
    pub(crate) fn standard_output(line: record::Line) -> Result<Self, Failure> {
        let to = std::io::stdout().as_fd().try_clone_to_owned();
        let to = to.map_err(|error| Failure::happened(format!("records have nowhere to go: {error}")))?;
        Ok(Self { to: File::from(to), line })
    }
}

impl Gateway {
    /// Builds everything that will serve on `listener`. Nothing is served yet.
    pub(crate) fn build<W: Write + Send + 'static>(
        config: Config,
        listener: TcpListener,
        records: RecordsTo<W>,
    ) -> Result<Self, Failure> {
        if config.keys.is_empty() && !config.listen.ip().is_loopback() {
            return Err(Failure::asked(format!(
                "without client keys the gateway serves only this machine, but it is to listen on {}: add `keys:` to \
                 the configuration, or listen on 127.0.0.1",
                config.listen
            )));
        }
        let clock = Arc::new(ProcessClock::start());
        let mut builder = Builder::new(TaskTracker::new(), Limiting::new(Arc::<ProcessClock>::clone(&clock)));
        let live = builder.build(&config).map_err(|problems| Failure::asked(problems.join("\n")))?;
        warn_of_risks(&config);
        let (queue, writer) = record::start(config.records_queue, records.to, records.line);
        let chance = Chance::seeded(clock.unix_ms() ^ u64::from(std::process::id()) << 32);
        let pipeline = Arc::new(Pipeline::new(live, clock, chance, Arc::new(queue)));
        Ok(Self { config, pipeline, builder: Some(builder), listener, writer })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap_or(self.config.listen)
    }

    /// Serves until it is told to stop, then stops in order: no new connections, running answers end or are cut off
    /// after the grace, their records are written.
    pub(crate) async fn run(self, stop: Stop) {
        let Self { config, pipeline, listener, writer, builder } = self;
        let app = App::new(Arc::clone(&pipeline));
        let options = ServeOptions {
            header_limit: usize::try_from(config.header_limit).unwrap_or(usize::MAX),
            stall_timeout: config.stall_timeout,
            // Longer than what `told` allows, which says how streams end.
            grace: config.shutdown_grace.saturating_add(FLUSH * 2),
        };
        let connections = TaskTracker::new();
        let serving = serve(listener, router(app.clone()), options, &connections, stop.soon.clone());
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
        }
        connections.close();
        connections.wait().await;
        // The last handles of the record queue go with the application; then the writer ends.
        drop((app, pipeline, builder));
        let limit = async {
            tokio::select! {
                () = tokio::time::sleep(config.shutdown_grace.max(FLUSH)) => {}
                () = async { stop.now.cancelled().await; tokio::time::sleep(FLUSH).await } => {}
            }
        };
        written(writer, limit).await;
    }
}

/// Waits for the writer of records, as long as `limit` does.
async fn written(writer: std::thread::JoinHandle<()>, limit: impl Future<Output = ()>) {
    let ended = tokio::task::spawn_blocking(move || writer.join());
    tokio::select! {
        ended = ended => {
            if !matches!(ended, Ok(Ok(()))) {
                tracing::error!("the record writer failed: records may be lost");
            }
        }
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
            tracing::info!("{what}");
            token.cancel();
        }
    });
    Ok(stop)
}
