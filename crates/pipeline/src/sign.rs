//! What a call carries besides what is worked out at load: signatures, which depend on its body, and tokens, which age.

use bytes::Bytes;
use http::header::{AUTHORIZATION, HeaderName};
use http::{HeaderMap, HeaderValue, Method, Uri};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use wye_providers::auth::{Credential, region_of};
use wye_providers::provider::Auth;
use wye_types::{Clock, Secret};

use crate::upstream::Client;

mod aws;
mod google;

/// How the calls of one account are made its own.
#[derive(Debug)]
pub(crate) enum Signing {
    /// By headers that never change, or not at all.
    Fixed(Option<(HeaderName, HeaderValue)>),
    /// By a key in the query, ready to be put there.
    Query(Secret),
    /// By a signature.
    Aws(aws::Signer),
    /// By a token.
    Google(Box<google::Tokens>),
}

/// A call as far as signatures cover it.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) method: &'a Method,
    /// Path and query as they are sent.
    pub(crate) path: &'a Uri,
    pub(crate) body: &'a Bytes,
}

impl Signing {
    /// Reads an account's key as its provider wants it. `client` leads to the provider; Google's tokens are fetched through
    /// the same proxy.
    ///
    /// # Errors
    /// In words, without any of the key, if it cannot be used.
    pub(crate) fn new(
        auth: Auth,
        secret: Option<&Secret>,
        base_url: &str,
        client: &Client,
    ) -> Result<Self, String> {
        let Some(secret) = secret else { return Ok(Self::Fixed(None)) };
        Ok(match auth.credential(secret.expose())? {
            Credential::None => Self::Fixed(None),
            Credential::Header(name, value) => {
                let name = HeaderName::from_static(name);
                let mut value = HeaderValue::from_str(value.expose())
                    .map_err(|_| "a key holds characters that cannot stand in a header".to_owned())?;
                value.set_sensitive(true);
                Self::Fixed(Some((name, value)))
            }
            Credential::Query(name, value) => {
                Self::Query(Secret::new(format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC))))
            }
            Credential::Aws(service, pair) => {
                let region = pair.region.or_else(|| region_of(base_url)).ok_or(
                    "its address names no region to sign for; write the key as ID:SECRET@REGION, such as …@eu-west-1",
                )?;
                Self::Aws(aws::Signer::new(&pair, region, service)?)
            }
            Credential::Google(account) => Self::Google(Box::new(google::Tokens::new(account, client)?)),
        })
    }

    /// Adds what this call needs to its path and headers.
    ///
    /// # Errors
    /// In words, if no token could be had.
    pub(crate) async fn sign(
        &self,
        ask: Ask<'_>,
        host: &str,
        clock: &dyn Clock,
    ) -> Result<(Uri, HeaderMap), String> {
        let mut headers = HeaderMap::new();
        let mut path = ask.path.clone();
        match self {
            Self::Fixed(_) => {}
            Self::Query(pair) => path = with_query(&path, pair)?,
            Self::Aws(signer) => signer.sign(&ask, host, clock.unix_ms(), &mut headers)?,
            Self::Google(tokens) => {
                headers.insert(AUTHORIZATION, tokens.token(clock).await?);
            }
        }
        Ok((path, headers))
    }
}

fn with_query(path: &Uri, pair: &Secret) -> Result<Uri, String> {
    let joint = if path.query().is_some() { '&' } else { '?' };
    let text = format!("{}{joint}{}", path.path_and_query().map_or("/", |p| p.as_str()), pair.expose());
    text.parse().map_err(|_| "the key cannot stand in the provider's address".to_owned())
}

#[cfg(test)]
mod tests;
