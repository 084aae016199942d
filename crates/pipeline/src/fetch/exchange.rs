//! One request for an image, to an address that was looked at.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{Either, select};
use http::header::{ACCEPT, CONTENT_LENGTH, HOST, LOCATION, USER_AGENT};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::link::Link;

/// How long one of several addresses of a host is tried before the next.
const CONNECT: Duration = Duration::from_secs(4);

/// What came of a request.
pub(super) enum Answer {
    Data(Bytes),
    /// The address that it leads to.
    Elsewhere(String),
}

/// Asks for what is at an address, of the first of some servers that can be reached.
pub(super) async fn get(
    link: &Link,
    servers: &[SocketAddr],
    tls: impl FnOnce() -> Arc<ClientConfig>,
    most: usize,
) -> Result<Answer, String> {
    let stream = connect(servers).await.ok_or("its host cannot be reached")?;
    if !link.is_https() {
        return exchange(TokioIo::new(stream), link, most).await;
    }
    let name = ServerName::try_from(link.host().to_owned()).map_err(|_| "its host cannot be certified")?;
    let stream = TlsConnector::from(tls()).connect(name, stream).await;
    let stream = stream.map_err(|_| "its host's certificate is not accepted")?;
    exchange(TokioIo::new(stream), link, most).await
}

async fn connect(servers: &[SocketAddr]) -> Option<TcpStream> {
    for server in servers {
        if let Ok(Ok(stream)) = tokio::time::timeout(CONNECT, TcpStream::connect(server)).await {
            return Some(stream);
        }
    }
    None
}

async fn exchange<IO>(io: IO, link: &Link, most: usize) -> Result<Answer, String>
where
    IO: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let broke = |_: hyper::Error| "the connection broke".to_owned();
    let (mut sender, connection) = http1::Builder::new().handshake(io).await.map_err(broke)?;
    let request = Request::get(link.path())
        .header(HOST, link.authority())
        .header(ACCEPT, "image/*")
        .header(USER_AGENT, concat!("wye/", env!("CARGO_PKG_VERSION")))
        .body(Empty::<Bytes>::new())
        .map_err(|_| "it is no URL")?;
    let work = pin!(async {
        let response = sender.send_request(request).await.map_err(broke)?;
        let (head, body) = response.into_parts();
        if head.status.is_redirection() {
            let location = text(&head.headers, &LOCATION).ok_or("it leads nowhere")?;
            return Ok(Answer::Elsewhere(location.to_owned()));
        }
        if head.status != StatusCode::OK {
            return Err(format!("its host answered {}", head.status.as_u16()));
        }
        let too_large = || format!("it is larger than {} MB", most.div_ceil(1_000_000));
        let said = text(&head.headers, &CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
        if said.is_some_and(|length| length > most as u64) {
            return Err(too_large());
        }
        match Limited::new(body, most).collect().await {
            Ok(whole) => Ok(Answer::Data(whole.to_bytes())),
            Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
            Err(_) => Err("the connection broke".to_owned()),
        }
    });
    // Polled here rather than in a task of its own, so that both end with the request.
    match select(work, pin!(connection)).await {
        Either::Left((answer, _)) => answer,
        Either::Right((_, work)) => work.await,
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &http::HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}
