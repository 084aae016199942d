//! A provider that does what a test says, and tells what it was sent.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// What it answers. A body that fails breaks the connection.
pub(super) type Told = Response<UnsyncBoxBody<Bytes, std::io::Error>>;

/// What it was sent.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) method: String,
    /// With what follows the question mark.
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// The provider.
pub(super) struct Stub {
    addr: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    _tasks: JoinSet<()>,
}

impl Stub {
    /// One that reads what it is sent, then answers.
    pub(super) async fn start(answer: impl Fn(&Seen) -> Told + Clone + Send + Sync + 'static) -> Self {
        let seen = Arc::<Mutex<Vec<Seen>>>::default();
        let log = Arc::clone(&seen);
        let mut stub = Self::start_raw(move |request| {
            let (answer, log) = (answer.clone(), Arc::clone(&log));
            Box::pin(async move {
                let (head, body) = request.into_parts();
                let body = body.collect().await.map_or_else(|_| Bytes::new(), |body| body.to_bytes());
                let (method, path) = (head.method.to_string(), head.uri.to_string());
                let seen = Seen { method, path, headers: head.headers, body };
                let told = answer(&seen);
                log.lock().unwrap().push(seen);
                told
            })
        })
        .await;
        stub.seen = seen;
        stub
    }

    /// One that does with a request what it likes.
    pub(super) async fn start_raw(
        serve: impl Fn(Request<Incoming>) -> BoxFuture<'static, Told> + Clone + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let addr = listener.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let serve = serve.clone();
                let service = service_fn(move |request| {
                    let told = serve(request);
                    async move { Ok::<_, Infallible>(told.await) }
                });
                connections.spawn(async move {
                    let io = TokioIo::new(stream);
                    drop(http1::Builder::new().serve_connection(io, service).with_upgrades().await);
                });
            }
        });
        Self { addr, seen: Arc::default(), _tasks: tasks }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// What it was sent so far.
    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

/// An answer that is there at once.
pub(super) fn told(status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Told {
    let body = Full::new(body.into()).map_err(|never| match never {}).boxed_unsync();
    with_head(status, headers, body)
}

/// An answer that comes as it is sent; an error breaks it off.
pub(super) fn coming(
    status: u16,
    headers: &[(&str, &str)],
    pieces: mpsc::Receiver<Result<Bytes, std::io::Error>>,
) -> Told {
    let frames = futures_util::stream::unfold(pieces, |mut pieces| async {
        let piece = pieces.recv().await?;
        Some((piece.map(Frame::data), pieces))
    });
    with_head(status, headers, StreamBody::new(frames).boxed_unsync())
}

fn with_head(status: u16, headers: &[(&str, &str)], body: UnsyncBoxBody<Bytes, std::io::Error>) -> Told {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    for (name, value) in headers {
        let name = http::HeaderName::try_from(*name).unwrap();
        response.headers_mut().append(name, value.parse().unwrap());
    }
    response
}
