//! Making a connection: TCP or a proxy's tunnel, then TLS where the address says `https`.

use std::sync::Arc;
use std::{fmt, io};

use http::Uri;
use http::header::HeaderValue;
use hyper::client::conn::http1;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::rt::TokioIo;
use percent_encoding::percent_decode_str;
use rustls::pki_types::ServerName;
use tokio::io::DuplexStream;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower_service::Service;

use super::hearing::Hearing;
use super::link::Link;
use super::{describe, tls};

/// How much of a body is in the hands of a connection at once, in bytes; the head of an answer has to fit, too.
const MOST_BUFFERED: usize = 128 << 10;

/// Makes connections to one origin.
pub struct Connector {
    origin: Uri,
    through: Through,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    tls_verify: bool,
}

/// What a connection runs on.
pub(super) enum Stream {
    /// TCP.
    Plain(TokioIo<TcpStream>),
    /// TLS over it.
    Tls(Box<TokioIo<TlsStream<TcpStream>>>),
    /// A provider in this process.
    Within(TokioIo<DuplexStream>),
}

/// Connects to a provider that lives in this process: gives the near end of a connection, whose far end it serves. With
/// it neither socket nor name is needed, so that a simulation runs the request path in virtual time.
#[derive(Clone)]
pub struct Dialer(Arc<Dial>);

type Dial = dyn Fn() -> io::Result<DuplexStream> + Send + Sync;

impl Dialer {
    /// Connects by calling `dial`, whose error is that of a connection that cannot be made.
    pub fn new(dial: impl Fn() -> io::Result<DuplexStream> + Send + Sync + 'static) -> Self {
        Self(Arc::new(dial))
    }
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dialer")
    }
}

#[derive(Clone)]
enum Through {
    Within(Dialer),
    Direct(HttpConnector),
    Tunnel(Tunnel<HttpConnector>),
    Socks(SocksV5<HttpConnector>),
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// Why a provider's address or proxy cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyError(pub String);

impl Connector {
    /// A connector for the origin of `base_url`.
    ///
    /// # Errors
    /// If the address or the proxy's is not one that can be connected to.
    pub fn new(base_url: &str, proxy: Option<&str>, tls_verify: bool) -> Result<Self, ProxyError> {
        Self::through(base_url, Through::new(proxy)?, tls_verify)
    }

    /// A connector to a provider in this process. Its address is written `http://…`.
    ///
    /// # Errors
    /// If the address is not one that can be connected to.
    pub fn within(base_url: &str, dialer: Dialer) -> Result<Self, ProxyError> {
        Self::through(base_url, Through::Within(dialer), true)
    }

    /// A connector for another origin, through the same proxy and with the same checks.
    pub(super) fn elsewhere(&self, base_url: &str) -> Result<Self, ProxyError> {
        Self::through(base_url, self.through.clone(), self.tls_verify)
    }

    fn through(base_url: &str, through: Through, tls_verify: bool) -> Result<Self, ProxyError> {
        let origin: Uri =
            base_url.parse().map_err(|_| ProxyError(format!("`{base_url}` is not an address")))?;
        let host = origin.host().ok_or_else(|| ProxyError(format!("`{base_url}` has no host")))?;
        let tls = match origin.scheme_str() {
            Some("http") => None,
            Some("https") => {
                let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())
                    .map_err(|_| ProxyError(format!("`{host}` cannot stand in a certificate")))?;
                Some((TlsConnector::from(tls::client_config(tls_verify)), name))
            }
            _ => return Err(ProxyError(format!("`{base_url}` must begin with http:// or https://"))),
        };
        Ok(Self { through, tls, origin, tls_verify })
    }

    /// Makes a connection.
    pub(super) async fn connect(&self) -> Result<Link, String> {
        match self.open().await? {
            Stream::Plain(stream) => handshake(stream).await,
            Stream::Tls(stream) => handshake(*stream).await,
            Stream::Within(stream) => handshake(stream).await,
        }
    }

    /// Opens what a connection runs on.
    pub(super) async fn open(&self) -> Result<Stream, String> {
        if let Through::Within(dialer) = &self.through {
            let stream = (dialer.0)().map_err(|error| describe(&error))?;
            return Ok(Stream::Within(TokioIo::new(stream)));
        }
        let stream = self.through.connect(with_port(&self.origin)).await?;
        let Some((tls, name)) = &self.tls else { return Ok(Stream::Plain(stream)) };
        let stream = tls.connect(name.clone(), stream.into_inner()).await;
        let stream = stream.map_err(|error| format!("TLS: {}", describe(&error)))?;
        Ok(Stream::Tls(Box::new(TokioIo::new(stream))))
    }
}

impl Through {
    fn new(proxy: Option<&str>) -> Result<Self, ProxyError> {
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        let Some(proxy) = proxy else {
            return Ok(Self::Direct(tcp));
        };
        let bad =
            || ProxyError("the proxy must be written http://[user:password@]host:port or socks5://…".into());
        let uri: Uri = proxy.parse().map_err(|_| bad())?;
        let decoded =
            |text: &str| percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned);
        let login =
            uri.authority().and_then(|a| a.as_str().rsplit_once('@')).map(|(login, _)| login.to_owned());
        match uri.scheme_str() {
            Some("http") => {
                let tunnel = Tunnel::new(uri, tcp);
                Ok(Self::Tunnel(match login {
                    Some(login) => tunnel.with_auth(decoded(&login).and_then(|l| basic(&l)).ok_or_else(bad)?),
                    None => tunnel,
                }))
            }
            Some("socks5" | "socks5h") => {
                let socks = SocksV5::new(uri, tcp);
                Ok(Self::Socks(match login.as_deref().and_then(|l| l.split_once(':')) {
                    Some((user, password)) => {
                        socks.with_auth(decoded(user).ok_or_else(bad)?, decoded(password).ok_or_else(bad)?)
                    }
                    None => socks,
                }))
            }
            _ => Err(bad()),
        }
    }

    async fn connect(&self, to: Uri) -> Result<TokioIo<TcpStream>, String> {
        // Connectors are cheap handles; a service is called by exclusive reference.
        match self.clone() {
            // Opened before it comes here.
            Self::Within(_) => Err("a provider in this process has no TCP".to_owned()),
            Self::Direct(mut tcp) => tcp.call(to).await.map_err(|e| describe(&e)),
            Self::Tunnel(mut tunnel) => tunnel.call(to).await.map_err(|e| format!("proxy: {}", describe(&e))),
            Self::Socks(mut socks) => socks.call(to).await.map_err(|e| format!("proxy: {}", describe(&e))),
        }
    }
}

fn basic(login: &str) -> Option<HeaderValue> {
    use base64::Engine as _;
    let coded = base64::engine::general_purpose::STANDARD.encode(login);
    let mut value = HeaderValue::from_str(&format!("Basic {coded}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Proxies need the port in so many words.
fn with_port(origin: &Uri) -> Uri {
    if origin.port().is_some() {
        return origin.clone();
    }
    let https = origin.scheme_str() == Some("https");
    let authority = format!("{}:{}", origin.host().unwrap_or_default(), if https { 443 } else { 80 });
    Uri::builder()
        .scheme(if https { "https" } else { "http" })
        .authority(authority)
        .path_and_query("/")
        .build()
        .unwrap_or_else(|_| origin.clone())
}

async fn handshake<IO>(io: IO) -> Result<Link, String>
where
    IO: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    // As many headers as hyper takes by itself, 100: any other number costs an answer some 2,000 instructions, which is what it
    // takes to make room for them elsewhere than on the stack.
    let (sender, mover) = http1::Builder::new()
        .max_buf_size(MOST_BUFFERED)
        .handshake(Hearing::new(io))
        .await
        .map_err(|error| describe(&error))?;
    Ok(Link::new(sender, mover))
}
