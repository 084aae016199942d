//! What is known of models: the snapshot inside the binary, and what is fetched to lay over it. The snapshot is read beside
//! the opening of everything else, because that takes milliseconds of a start; newer files come when the gateway serves.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, HOST, USER_AGENT};
use http::{HeaderValue, Request, Uri};
use http_body_util::{BodyExt, Limited};
use jiff::Timestamp;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wye_admin::Configurator;
use wye_admin::configurator::CatalogFile;
use wye_catalog::Catalog;
use wye_config::{CatalogConfig, CatalogFrom};
use wye_pipeline::upstream::{Client, Connector};
use wye_types::Clock;

use crate::command::Failure;

/// How often it is looked whether there is something to do.
const TICK: Duration = Duration::from_secs(1);
/// After a failure it is tried again so soon, if not sooner.
const AGAIN: Duration = Duration::from_secs(300);
/// The largest file, in bytes.
const MOST: usize = 50 << 20;
/// How long a connection may take, and all of a file.
const CONNECT: Duration = Duration::from_secs(10);
const WHOLE: Duration = Duration::from_secs(60);

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

/// Keeps the catalogue as new as the configuration says, on `tracker`, until `stop`.
pub(crate) fn keep(
    configurator: Arc<Configurator>,
    clock: Arc<dyn Clock>,
    tracker: &TaskTracker,
    stop: CancellationToken,
) {
    let connections = tracker.clone();
    tracker.spawn(async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = follow(&configurator, &*clock, &connections) => {}
        }
    });
}

/// Ends never.
async fn follow(configurator: &Configurator, clock: &dyn Clock, tracker: &TaskTracker) {
    let mut held = CatalogConfig::default();
    let mut due: Option<Duration> = None;
    loop {
        let wanted = configurator.current().config.catalog.clone();
        let changed = wanted != held;
        if changed || due.is_some_and(|due| clock.mono() >= due) {
            let done = once(configurator, &wanted, clock, tracker).await;
            let wait = if done { wanted.every } else { wanted.every.min(AGAIN) };
            due = (!wanted.from.is_empty()).then(|| clock.mono() + wait);
            held = wanted;
        }
        tokio::time::sleep(TICK).await;
    }
}

/// Fetches everything once. Gives whether a catalogue came of it; if not, why is noted where operators see it.
async fn once(
    configurator: &Configurator,
    config: &CatalogConfig,
    clock: &dyn Clock,
    tracker: &TaskTracker,
) -> bool {
    let mut files = Vec::new();
    for from in &config.from {
        let fetched = match from {
            CatalogFrom::File(path) => of_file(path).await,
            CatalogFrom::Url(url) => {
                let fetching = tokio::time::timeout(WHOLE, of_url(url, tracker)).await;
                fetching.unwrap_or_else(|_| Err(format!("it did not come within {} s", WHOLE.as_secs())))
            }
        };
        match fetched {
            Ok(bytes) => files.push(CatalogFile { from: from.shown(), bytes }),
            Err(why) => {
                configurator.catalog_lost(format!("{}: {why}", from.shown()));
                return false;
            }
        }
    }
    let now = i64::try_from(clock.unix_ms()).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let date = now.unwrap_or_default().strftime("%Y-%m-%d").to_string();
    configurator.take_catalog(files, &date).await.is_ok()
}

async fn of_file(path: &Path) -> Result<Vec<u8>, String> {
    let path = path.to_owned();
    let read = move || {
        let mut bytes = Vec::new();
        // A byte more than is allowed tells that there is more.
        File::open(path)?.take(MOST as u64 + 1).read_to_end(&mut bytes)?;
        Ok::<_, std::io::Error>(bytes)
    };
    let read = tokio::task::spawn_blocking(read).await.map_err(|_| "it cannot be read".to_owned())?;
    let bytes = read.map_err(|error| error.to_string())?;
    if bytes.len() > MOST { Err(too_large()) } else { Ok(bytes) }
}

async fn of_url(url: &str, tracker: &TaskTracker) -> Result<Vec<u8>, String> {
    let uri: Uri = url.parse().map_err(|_| "it is no address".to_owned())?;
    let connector = Connector::new(url, None, true).map_err(|error| error.0)?;
    let client = Client::new(connector, tracker.clone());
    let host = uri.authority().map_or("", |authority| authority.as_str());
    let host = HeaderValue::from_str(host).map_err(|_| "it names no host".to_owned())?;
    let path: Uri = uri.path_and_query().map_or("/", |path| path.as_str()).parse().unwrap_or_default();
    let make = || {
        let mut request = Request::new(Bytes::new().into());
        *request.uri_mut() = path.clone();
        let headers = request.headers_mut();
        headers.insert(HOST, host.clone());
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("wye/", env!("CARGO_PKG_VERSION"))));
        request
    };
    let response = client.send(make, CONNECT).await.map_err(|error| error.to_string())?;
    match response.status().as_u16() {
        200 => {}
        301 | 302 | 303 | 307 | 308 => {
            return Err("it leads elsewhere; write the address that it leads to".to_owned());
        }
        status => return Err(format!("it answered with {status}")),
    }
    let body = Limited::new(response.into_body(), MOST).collect().await;
    let body = body.map_err(|_| format!("the answer broke off, or {}", too_large()))?;
    Ok(body.to_bytes().to_vec())
}

fn too_large() -> String {
    format!("it is larger than {} MiB", MOST >> 20)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;

    /// What comes of an address that is answered so.
    async fn answered(answer: &'static str) -> Result<Vec<u8>, String> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/api.json?x=1", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            let mut head = [0; 4096];
            let length = socket.read(&mut head).unwrap();
            socket.write_all(answer.as_bytes()).unwrap();
            String::from_utf8(head[..length].to_vec()).unwrap()
        });
        let fetched = of_url(&url, &TaskTracker::new()).await;
        let head = server.join().unwrap();
        assert!(head.starts_with("GET /api.json?x=1 HTTP/1.1\r\n"), "{head}");
        assert!(head.contains("host: 127.0.0.1:"), "{head}");
        fetched
    }

    #[tokio::test]
    async fn an_address_is_read_whole_or_not_at_all() {
        let good = answered("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
        assert_eq!(good.as_deref(), Ok(&b"{}"[..]));
        let moved = answered("HTTP/1.1 302 Found\r\nlocation: http://10.0.0.1/\r\ncontent-length: 0\r\n\r\n");
        assert!(moved.await.unwrap_err().contains("leads elsewhere"));
        let missing = answered("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").await;
        assert_eq!(missing.unwrap_err(), "it answered with 404");
        let broken = answered("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}").await;
        assert!(broken.unwrap_err().contains("broke off"));
    }

    #[tokio::test]
    async fn what_is_not_there_says_so() {
        assert!(of_file(Path::new("/nowhere/models.json")).await.is_err());
    }
}
