//! Fetches images from addresses that clients name, without letting them reach what only the gateway can reach.
//!
//! A name is resolved here, and the connection made to an address that was looked at: between a check of the name and a
//! connection by name, the name could come to mean something else. Every redirect goes the same way. Nothing of the
//! gateway's or of a client's is sent along, no proxy is used, and what comes is an image by its bytes or nothing.

mod address;
mod exchange;
mod format;
mod link;

use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use rustls::ClientConfig;
use tokio::sync::Semaphore;
use wye_types::Code;
use wye_types::error::GatewayError;

use crate::upstream;
pub use address::Allowed;
use exchange::{Answer, get};
use link::Link;

/// How many redirects are followed.
const MOST_REDIRECTS: usize = 3;

/// What is fetched, and from where.
#[derive(Debug, Clone, PartialEq)]
pub struct FetchConfig {
    /// Hosts and networks that may be asked although they are not public.
    pub allow: Vec<Allowed>,
    /// The largest image, in bytes.
    pub most: usize,
    /// How long one may take, redirects included.
    pub timeout: Duration,
    /// How many are fetched at once, by all requests.
    pub at_once: usize,
}

/// Finds the addresses of a host.
pub trait Resolve: Send + Sync {
    /// The addresses of a host, with the port.
    fn resolve(&self, host: &str, port: u16) -> Resolving;
}

/// The addresses of a host, once they are known.
pub type Resolving = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;

/// Asks the system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, host: &str, port: u16) -> Resolving {
        let host = host.to_owned();
        Box::pin(async move { Ok(tokio::net::lookup_host((host.as_str(), port)).await?.collect()) })
    }
}

/// An image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Image {
    /// What it is by its bytes.
    pub(crate) mime: &'static str,
    pub(crate) data: Bytes,
}

/// Why an image could not be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FetchError {
    /// The host that was asked. The rest of the address may hold a credential.
    pub(crate) host: String,
    pub(crate) why: String,
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the image at {} cannot be fetched: {}", self.host, self.why)
    }
}

impl From<FetchError> for GatewayError {
    fn from(error: FetchError) -> Self {
        let what = "send the image itself, as a data: URL or in base64";
        Self::new(Code::CallerInvalidRequest, format!("{error}; {what}"))
    }
}

/// Fetches images.
pub struct Fetcher {
    config: FetchConfig,
    resolver: Arc<dyn Resolve>,
    /// Made when it is first needed: to read the system's certificates takes longer than to start.
    tls: OnceLock<Arc<ClientConfig>>,
    places: Semaphore,
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetcher").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Fetcher {
    /// One that asks `resolver` for addresses.
    #[must_use]
    pub fn new(config: FetchConfig, resolver: Arc<dyn Resolve>) -> Self {
        Self { places: Semaphore::new(config.at_once), config, resolver, tls: OnceLock::new() }
    }

    /// What it was made with.
    #[must_use]
    pub const fn config(&self) -> &FetchConfig {
        &self.config
    }

    /// Fetches an image.
    pub(crate) async fn image(&self, url: &str) -> Result<Image, FetchError> {
        let mut link = Link::parse(url).map_err(|why| FetchError {
            host: "an address in the request".to_owned(),
            why: why.to_owned(),
        })?;
        // The host that the client named, not one that it was sent on to.
        let host = link.host().to_owned();
        let fetched = tokio::time::timeout(self.config.timeout, Box::pin(self.follow(&mut link))).await;
        let late = || format!("it was not there within {} s", self.config.timeout.as_secs());
        fetched.unwrap_or_else(|_| Err(late())).map_err(|why| {
            let sent_on = link.host() != host;
            let why = if sent_on { format!("it leads to {}, and {why}", link.host()) } else { why };
            FetchError { host, why }
        })
    }

    async fn follow(&self, link: &mut Link) -> Result<Image, String> {
        let closed = |_| "the gateway stops".to_owned();
        let _place = self.places.acquire().await.map_err(closed)?;
        for _ in 0..=MOST_REDIRECTS {
            match self.ask(link).await? {
                Answer::Data(data) => {
                    let mime = format::mime(&data).ok_or("what came is no image that models take")?;
                    return Ok(Image { mime, data });
                }
                Answer::Elsewhere(location) => *link = link.join(&location)?,
            }
        }
        Err(format!("it leads on more than {MOST_REDIRECTS} times"))
    }

    async fn ask(&self, link: &Link) -> Result<Answer, String> {
        let found = self.resolver.resolve(link.host(), link.port()).await;
        let found = found.map_err(|_| "its host has no address")?;
        let named = self.config.allow.iter().any(|allowed| allowed.names(link.host()));
        let may = |address: &SocketAddr| {
            named
                || address::is_public(address.ip())
                || self.config.allow.iter().any(|allowed| allowed.holds(address.ip()))
        };
        let may: Vec<SocketAddr> = found.into_iter().filter(may).collect();
        if may.is_empty() {
            return Err("it is not on the public internet, and the operator does not allow it".to_owned());
        }
        let tls = || Arc::clone(self.tls.get_or_init(upstream::checked_tls));
        get(link, &may, tls, self.config.most).await
    }
}

#[cfg(test)]
mod tests;
