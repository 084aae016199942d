//! Tokens of a service account: a signed statement is exchanged for one, which holds for an hour. It is renewed five minutes
//! before its end, aside from the requests that still use it, and by one request at a time.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use data_encoding::BASE64URL_NOPAD;
use http::header::{CONTENT_TYPE, HOST, HeaderValue};
use http::{Method, Request, Uri};
use http_body_util::{BodyExt as _, Limited};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use wye_providers::auth::ServiceAccount;
use wye_types::Clock;

use crate::upstream::{Client, SendError};

/// What the tokens may do: <https://developers.google.com/identity/protocols/oauth2/scopes#aiplatform>.
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
/// How long a statement holds, in seconds; an hour is the most.
const HOLDS: u64 = 3600;
/// How long before its end a token is renewed, in milliseconds.
const RENEW_BEFORE: u64 = 5 * 60 * 1000;
/// After a failure nobody asks again for so long, in milliseconds: a wave of requests must not become a wave of statements.
const REST: u64 = 2000;
/// The largest answer, in bytes.
const MOST_ANSWER: usize = 64 << 10;
/// The longest time to connect, and for the whole exchange.
const CONNECT: Duration = Duration::from_secs(5);
const EXCHANGE: Duration = Duration::from_secs(20);

/// The tokens of one account.
#[derive(Debug)]
pub(crate) struct Tokens(Arc<Inner>);

struct Inner {
    account: ServiceAccount,
    key: RsaKeyPair,
    client: Client,
    host: HeaderValue,
    path: Uri,
    token: ArcSwapOption<Token>,
    failed: ArcSwapOption<(u64, String)>,
    /// Held by whoever exchanges.
    flight: Semaphore,
}

impl std::fmt::Debug for Inner {
    /// It holds credentials.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("account", &self.account.email).finish_non_exhaustive()
    }
}

struct Token {
    value: HeaderValue,
    /// When it ends, in milliseconds since 1970.
    ends: u64,
}

impl Tokens {
    pub(super) fn new(account: ServiceAccount, provider: &Client) -> Result<Self, String> {
        let bad = "the service account's private_key is no RSA key in PEM";
        let key = PrivateKeyDer::from_pem_slice(account.private_key.expose().as_bytes()).map_err(|_| bad)?;
        let key = match &key {
            PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
            _ => return Err(bad.to_owned()),
        };
        let uri: Uri = account
            .token_uri
            .parse()
            .map_err(|_| "the service account's token_uri is not an address".to_owned())?;
        let host = uri.authority().and_then(|authority| HeaderValue::from_str(authority.as_str()).ok());
        let path = uri.path_and_query().map_or_else(|| Uri::from_static("/"), |path| path.clone().into());
        Ok(Self(Arc::new(Inner {
            client: provider.elsewhere(&account.token_uri).map_err(|error| error.0)?,
            key: key.map_err(|_| bad)?,
            host: host.ok_or("the service account's token_uri has no host")?,
            path,
            account,
            token: ArcSwapOption::empty(),
            failed: ArcSwapOption::empty(),
            flight: Semaphore::new(1),
        })))
    }

    /// The header's value for a call now.
    ///
    /// # Errors
    /// In words, if there is no token and none could be had.
    pub(super) async fn token(&self, clock: &dyn Clock) -> Result<HeaderValue, String> {
        let now = clock.unix_ms();
        if let Some(token) = self.0.held(now) {
            if token.ends < now + RENEW_BEFORE && !self.0.rests(now) {
                self.renew_aside(now);
            }
            return Ok(token.value.clone());
        }
        let _flight = self.0.flight.acquire().await.map_err(|_| "the gateway stops")?;
        // Somebody else may have had it while this request stood in line.
        let now = clock.unix_ms();
        if let Some(token) = self.0.held(now) {
            return Ok(token.value.clone());
        }
        if let Some(failed) = self.0.failed.load().as_deref().filter(|(until, _)| now < *until) {
            return Err(failed.1.clone());
        }
        Box::pin(self.0.exchange(now)).await
    }

    /// Renews the token beside the requests that still use it, unless somebody does already.
    fn renew_aside(&self, now: u64) {
        if self.0.flight.available_permits() == 0 {
            return;
        }
        let inner = Arc::clone(&self.0);
        self.0.client.aside(async move {
            let Ok(_flight) = inner.flight.try_acquire() else { return };
            if let Err(why) = Box::pin(inner.exchange(now)).await {
                tracing::warn!(account = %inner.account.email, why, "a token could not be renewed");
            }
        });
    }
}

impl Inner {
    fn held(&self, now: u64) -> Option<Arc<Token>> {
        self.token.load_full().filter(|token| now < token.ends)
    }

    fn rests(&self, now: u64) -> bool {
        self.failed.load().as_deref().is_some_and(|(until, _)| now < *until)
    }

    async fn exchange(&self, now: u64) -> Result<HeaderValue, String> {
        let exchanged = match tokio::time::timeout(EXCHANGE, self.ask(now)).await {
            Ok(exchanged) => exchanged,
            Err(_) => Err("the token's exchange took too long".to_owned()),
        };
        match exchanged {
            Ok(token) => {
                let value = token.value.clone();
                self.token.store(Some(Arc::new(token)));
                self.failed.store(None);
                Ok(value)
            }
            Err(why) => {
                self.failed.store(Some(Arc::new((now + REST, why.clone()))));
                Err(why)
            }
        }
    }

    async fn ask(&self, now: u64) -> Result<Token, String> {
        let body = Bytes::from(format!(
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={}",
            self.statement(now / 1000)?
        ));
        let make = || {
            let mut request = Request::new(body.clone().into());
            *request.method_mut() = Method::POST;
            *request.uri_mut() = self.path.clone();
            let headers = request.headers_mut();
            headers.insert(HOST, self.host.clone());
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
            request
        };
        let said = |error: SendError| format!("no token: {error}");
        let response = self.client.send(make, CONNECT).await.map_err(said)?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), MOST_ANSWER).collect().await;
        let body = body.map_err(|_| "no token: the answer broke off")?.to_bytes();
        let answer: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
        let Some(token) = answer.get("access_token").and_then(Value::as_str).filter(|_| status == 200) else {
            // Google's words name no part of the statement; at most a short one is passed on.
            let why = answer.get("error_description").or_else(|| answer.get("error")).and_then(Value::as_str);
            let why: String = why.unwrap_or("no reason").chars().take(200).collect();
            return Err(format!("no token: the service account was refused with {status}: {why}"));
        };
        let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
            .map_err(|_| "no token: the answer's cannot stand in a header")?;
        value.set_sensitive(true);
        let holds = answer.get("expires_in").and_then(Value::as_u64).unwrap_or(HOLDS).min(24 * HOLDS);
        Ok(Token { value, ends: now + holds * 1000 })
    }

    /// The signed statement: a JSON web token.
    fn statement(&self, now: u64) -> Result<String, String> {
        let mut head = json!({"alg": "RS256", "typ": "JWT"});
        if let Some(id) = &self.account.key_id {
            head["kid"] = id.as_str().into();
        }
        let claims = json!({
            "iss": self.account.email,
            "scope": SCOPE,
            "aud": self.account.token_uri,
            "iat": now,
            "exp": now + HOLDS,
        });
        let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let text = format!("{}.{}", part(&head), part(&claims));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
            .map_err(|_| "no token: the private key does not sign")?;
        Ok(format!("{text}.{}", BASE64URL_NOPAD.encode(&signature)))
    }
}
