//! Amazon's Signature Version 4: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.
//!
//! Written here because it is sixty lines over the primitives that TLS brings along; the SDK's crate drags fifteen others.

use std::fmt::Write as _;

use data_encoding::HEXLOWER;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use http::{HeaderMap, Uri};
use jiff::Timestamp;
use ring::{digest, hmac};
use wye_providers::auth::AwsKey;
use wye_types::Secret;

use super::Ask;

const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// Signs the calls of one account for one service.
#[derive(Debug)]
pub(crate) struct Signer {
    id: String,
    /// `AWS4` and the secret: what the day's key is made of.
    seed: Secret,
    session: Option<HeaderValue>,
    region: String,
    service: &'static str,
}

impl Signer {
    pub(super) fn new(key: &AwsKey<'_>, region: &str, service: &'static str) -> Result<Self, String> {
        let session = key.session.map(|session| {
            let mut value = HeaderValue::from_str(session)
                .map_err(|_| "a session token holds characters that cannot stand in a header".to_owned())?;
            value.set_sensitive(true);
            Ok::<_, String>(value)
        });
        Ok(Self {
            id: key.id.to_owned(),
            seed: Secret::new(format!("AWS4{}", key.secret)),
            session: session.transpose()?,
            region: region.to_owned(),
            service,
        })
    }

    /// Adds the headers that make a call this account's. Host, date and session token are signed, with the whole body.
    pub(super) fn sign(
        &self,
        ask: &Ask<'_>,
        host: &str,
        unix_ms: u64,
        headers: &mut HeaderMap,
    ) -> Result<(), String> {
        let bad = || "the call cannot be signed".to_owned();
        let time = moment(unix_ms).ok_or_else(bad)?;
        let day = time.get(..8).ok_or_else(bad)?;
        let mut signed = "host;x-amz-date".to_owned();
        let mut lines = format!("host:{host}\nx-amz-date:{time}\n");
        if let Some(session) = &self.session {
            signed.push_str(";x-amz-security-token");
            let text = session.to_str().map_err(|_| bad())?;
            // Writing to a String cannot fail.
            let _ = writeln!(lines, "x-amz-security-token:{text}");
            headers.insert(TOKEN, session.clone());
        }
        let request = format!(
            "{}\n{}\n{}\n{lines}\n{signed}\n{}",
            ask.method,
            path(ask.path),
            query(ask.path),
            sha256(ask.body)
        );
        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", sha256(request.as_bytes()));
        let steps = [day, &self.region, self.service, "aws4_request"];
        let mut key = self.seed.expose().as_bytes().to_vec();
        for step in steps {
            key = hmac_of(&key, step.as_bytes()).as_ref().to_vec();
        }
        let signature = HEXLOWER.encode(hmac_of(&key, text.as_bytes()).as_ref());
        let value = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={signed}, Signature={signature}",
            self.id
        );
        let mut value = HeaderValue::from_str(&value).map_err(|_| bad())?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
        headers.insert(DATE, HeaderValue::from_str(&time).map_err(|_| bad())?);
        Ok(())
    }
}

fn hmac_of(key: &[u8], text: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text)
}

fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// `20150830T123600Z`.
fn moment(unix_ms: u64) -> Option<String> {
    let time = Timestamp::from_second(i64::try_from(unix_ms / 1000).ok()?).ok()?;
    Some(time.strftime("%Y%m%dT%H%M%SZ").to_string())
}

/// The path, encoded once more than it is sent, as every service but the file store wants it.
fn path(uri: &Uri) -> String {
    let mut out = String::with_capacity(uri.path().len());
    for byte in uri.path().bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The query with its names in order; it is encoded already.
fn query(uri: &Uri) -> String {
    let mut pairs: Vec<(&str, &str)> = uri
        .query()
        .unwrap_or("")
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .collect();
    pairs.sort_unstable();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}
