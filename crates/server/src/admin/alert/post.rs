//! One request to a webhook. The operator says where it goes, as with providers' addresses: to any host, over http or https,
//! certificates checked. It is not led elsewhere, and little is read of the answer.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderName, HeaderValue, Method, Request, Uri};
use http_body_util::{BodyExt, Limited};
use tokio_util::task::TaskTracker;
use wye_admin::alert::{self, Message};
use wye_config::AlertsConfig;
use wye_pipeline::upstream::{Client, Connector, UpstreamBody, UpstreamRequest};

use super::body::body;

/// How long a connection may take, and all of it.
const CONNECT: Duration = Duration::from_secs(5);
const WHOLE: Duration = Duration::from_secs(10);
/// Bytes that are read of an answer that says no, and characters that are shown of it.
const MOST: usize = 4096;
const SHOWN: usize = 160;
/// Parts of an address that are shorter than this are words, not secrets.
const SECRET: usize = 6;

const SIGNATURE: HeaderName = HeaderName::from_static("x-wye-signature");

/// Why a message was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    /// The receiver's HTTP status, if it gave one.
    pub(super) status: Option<u16>,
    /// What happened and what to do, without anything of the address.
    pub(super) why: String,
}

impl Refused {
    fn because(why: impl Into<String>) -> Self {
        Self { status: None, why: why.into() }
    }
}

/// Sends a message. Gives the status with which the receiver took it.
pub(super) async fn post(
    config: &AlertsConfig,
    message: &Message,
    node: &str,
    now_ms: u64,
) -> Result<u16, Refused> {
    let sending = Box::pin(send(config, message, node, now_ms));
    let late = || Refused::because(format!("there was no answer within {} s", WHOLE.as_secs()));
    tokio::time::timeout(WHOLE, sending).await.unwrap_or_else(|_| Err(late()))
}

async fn send(config: &AlertsConfig, message: &Message, node: &str, now_ms: u64) -> Result<u16, Refused> {
    let odd = || Refused::because("its address is of no use; write another into alerts.webhook");
    let url = config.webhook.as_ref().ok_or_else(odd)?.expose();
    let connector = Connector::new(url, None, true).map_err(|_| odd())?;
    let client = Client::new(connector, TaskTracker::new());
    let request = request(config, url, body(config.style, message, node), now_ms).ok_or_else(odd)?;
    let sent = client.send_once(move || request, CONNECT).await;
    let response = sent.map_err(|error| Refused::because(error.to_string()))?;
    let status = response.status().as_u16();
    let what = match status {
        200..=299 => return Ok(status),
        300..=399 => ": it leads elsewhere; write the address that it leads to into alerts.webhook",
        401 | 403 => ": it does not let us in; make a new address there and write it into alerts.webhook",
        404 | 405 | 410 => ": it is no webhook; write the right address into alerts.webhook",
        _ => "",
    };
    let words = match what {
        "" => words(response.into_body(), config).await,
        _ => None,
    };
    let words = words.map(|words| format!(": {words}")).unwrap_or_default();
    Err(Refused { status: Some(status), why: format!("it answered {status}{what}{words}") })
}

fn request(config: &AlertsConfig, url: &str, body: Vec<u8>, now_ms: u64) -> Option<UpstreamRequest> {
    let uri: Uri = url.parse().ok()?;
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    // `https://host?query` has no path of its own.
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    let signature = match &config.secret {
        Some(secret) => Some(alert::signature(secret, now_ms / 1000, &body)?),
        None => None,
    };
    let mut request = Request::new(Bytes::from(body).into());
    *request.method_mut() = Method::POST;
    *request.uri_mut() = path.parse().ok()?;
    let headers = request.headers_mut();
    headers.insert(HOST, HeaderValue::from_str(uri.authority()?.as_str()).ok()?);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, HeaderValue::from_static(concat!("wye/", env!("CARGO_PKG_VERSION"))));
    if let Some(signature) = signature {
        headers.insert(SIGNATURE, HeaderValue::from_str(&signature).ok()?);
    }
    Some(request)
}

/// What a receiver says to its no, if it can be shown.
async fn words(body: UpstreamBody, config: &AlertsConfig) -> Option<String> {
    let read = Limited::new(body, MOST).collect().await.ok()?.to_bytes();
    shown(&String::from_utf8_lossy(&read), config)
}

/// The first line of a text, unless it is a page or repeats a part of the address or the secret.
fn shown(text: &str, config: &AlertsConfig) -> Option<String> {
    let line = text.trim().lines().next()?.trim();
    let url = config.webhook.as_ref()?.expose();
    let secret = config.secret.as_ref().map(|secret| secret.expose());
    let behind = url.split_once("://").and_then(|(_, rest)| rest.split_once(['/', '?']));
    let parts = behind.map_or("", |(_, path)| path).split(['/', '?', '&', '=']);
    let told = |part: &str| part.len() >= SECRET && text.contains(part);
    if line.starts_with('<') || parts.chain(secret).any(told) {
        return None;
    }
    let line: String = line.chars().filter(|c| !c.is_control()).take(SHOWN).collect();
    Some(line).filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use wye_types::Secret;

    use super::*;

    fn config(url: &str) -> AlertsConfig {
        AlertsConfig {
            webhook: Some(Secret::new(url.to_owned())),
            secret: Some(Secret::new("a long word".to_owned())),
            ..AlertsConfig::default()
        }
    }

    #[test]
    fn what_a_receiver_says_is_shown_without_secrets() {
        let config = config("https://hooks.example/services/T0/tokentoken?key=queryquery");
        assert_eq!(shown(" no_service \nmore", &config).as_deref(), Some("no_service"));
        assert_eq!(shown(&"x".repeat(999), &config).map(|text| text.len()), Some(SHOWN));
        for text in
            ["", "<html>", "gone: tokentoken", "not queryquery", "a line\nand tokentoken", "a long word"]
        {
            assert_eq!(shown(text, &config), None, "{text}");
        }
    }

    #[test]
    fn a_request_goes_where_the_address_says() {
        for (url, host, path) in [
            ("http://127.0.0.1:81/a?b=c", "127.0.0.1:81", "/a?b=c"),
            ("https://a.example", "a.example", "/"),
            ("https://a.example?b", "a.example", "/?b"),
        ] {
            let request = request(&config(url), url, b"{}".to_vec(), 1_500).unwrap();
            assert_eq!((request.method(), request.uri().to_string().as_str()), (&Method::POST, path));
            assert_eq!(request.headers()[HOST], host);
            assert!(request.headers()[&SIGNATURE].to_str().unwrap().starts_with("t=1,v1="));
        }
        let unsigned = AlertsConfig { secret: None, ..config("http://a") };
        assert!(request(&unsigned, "http://a", Vec::new(), 0).unwrap().headers().get(&SIGNATURE).is_none());
    }
}
