//! Credentials that are more than a key: Amazon's signatures and Google's tokens, checked as the vendors check them.
//! Written from the vendors' documents, without what the gateway signs with.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::request::Parts;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::fail::{Fail, Kind, Outcome};
use crate::sign::Signer;

/// The account that exchanges statements for tokens at every provider whose script says so. Nobody's outside of tests.
const EMAIL: &str = "wye-sim@simulated.example";
const PRIVATE: &str = include_str!("../data/service_account.pem");
const PUBLIC: &[u8] = include_bytes!("../data/service_account.pub");

/// How far a signature's date may be from now, in seconds.
const SKEW: u64 = 15 * 60;
/// How long a token holds, in seconds.
const HOLDS: u64 = 3600;

/// The JSON file of the simulated service account, whose tokens are exchanged at `token_uri`.
#[must_use]
pub fn service_account(token_uri: &str) -> String {
    let account = json!({
        "type": "service_account",
        "client_email": EMAIL,
        "private_key_id": "sim-1",
        "private_key": PRIVATE,
        "token_uri": token_uri,
    });
    account.to_string()
}

/// The place of the key whose id a signature names; `None` if the call is not signed.
pub(crate) fn signed_by(parts: &Parts, keys: &[String]) -> Option<Outcome<usize>> {
    let id = Signature::read(parts)?.id.to_owned();
    let found = keys.iter().position(|key| key.split(':').next() == Some(&id));
    Some(found.ok_or_else(|| refused("The security token included in the request is invalid.")))
}

/// Whether a signed call was signed with a key's secret, just now, over this body. A call that is not signed passes.
pub(crate) fn holds(parts: &Parts, key: &str, path: &str, body: &[u8], now: u64) -> Outcome<()> {
    let Some(signature) = Signature::read(parts) else { return Ok(()) };
    let mut words = key.splitn(3, ':').skip(1);
    let (secret, session) = (words.next().unwrap_or(""), words.next());
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
    let date = header("x-amz-date");
    if unix(date).is_none_or(|at| at.abs_diff(now) > SKEW) {
        return Err(refused("Signature expired or not yet current"));
    }
    if session.is_some_and(|session| session != header("x-amz-security-token")) {
        return Err(refused("The security token included in the request is invalid"));
    }
    let names: Vec<&str> = signature.headers.split(';').collect();
    if !names.contains(&"host") || !names.contains(&"x-amz-date") || !names.is_sorted() {
        return Err(refused("'Host' or 'X-Amz-Date' must be a 'SignedHeader' in the AWS Authorization."));
    }
    let lines: String = names.iter().map(|name| format!("{name}:{}\n", header(name).trim())).collect();
    let mut pairs: Vec<&str> = parts.uri.query().unwrap_or("").split('&').filter(|p| !p.is_empty()).collect();
    pairs.sort_unstable();
    let request = format!(
        "{}\n{}\n{}\n{lines}\n{}\n{}",
        parts.method,
        path.replace('%', "%25").replace(':', "%3A"),
        pairs.join("&"),
        signature.headers,
        hex(&Sha256::digest(body))
    );
    let text = format!(
        "AWS4-HMAC-SHA256\n{date}\n{}\n{}",
        signature.scope,
        hex(&Sha256::digest(request.as_bytes()))
    );
    let mut made = format!("AWS4{secret}").into_bytes();
    for step in signature.scope.split('/') {
        made = hmac(&made, step.as_bytes()).to_vec();
    }
    if hex(&hmac(&made, text.as_bytes())) == signature.signature {
        return Ok(());
    }
    // The vendor quotes what should have been signed, tokens and all.
    Err(refused(&format!(
        "The request signature we calculated does not match the signature you provided. The Canonical String for \
         this request should have been '{request}'"
    )))
}

fn refused(message: &str) -> Fail {
    Fail::of(403, Kind::BadSignature, message)
}

/// What a signed call says of its signature.
struct Signature<'a> {
    id: &'a str,
    /// Day, region, service and `aws4_request`.
    scope: &'a str,
    headers: &'a str,
    signature: &'a str,
}

impl<'a> Signature<'a> {
    fn read(parts: &'a Parts) -> Option<Self> {
        let value = parts.headers.get("authorization")?.to_str().ok()?.strip_prefix("AWS4-HMAC-SHA256 ")?;
        let field =
            |name: &str| value.split(", ").find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        let (id, scope) = field("Credential")?.split_once('/')?;
        Some(Self { id, scope, headers: field("SignedHeaders")?, signature: field("Signature")? })
    }
}

/// Exchanges a statement for a token. `body` is the form as it came.
pub(crate) fn exchange(body: &[u8], signer: &Signer, nonce: u64, now: u64) -> Result<Value, (u16, Value)> {
    let bad = |why: &str| (400, json!({ "error": "invalid_grant", "error_description": why }));
    let form = String::from_utf8_lossy(body);
    let field = |name: &str| form.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    if field("grant_type") != Some("urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer") {
        return Err((400, json!({ "error": "unsupported_grant_type" })));
    }
    let statement = field("assertion").unwrap_or("");
    let (text, signature) = statement.rsplit_once('.').ok_or_else(|| bad("Bad JWT"))?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| bad("Bad JWT"))?;
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, PUBLIC)
        .verify(text.as_bytes(), &signature)
        .map_err(|_| bad("Invalid JWT Signature."))?;
    let part = |part: Option<&str>| -> Option<Value> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part?).ok()?).ok()
    };
    let mut parts = text.split('.');
    let head = part(parts.next()).ok_or_else(|| bad("Bad JWT"))?;
    let claims = part(parts.next()).ok_or_else(|| bad("Bad JWT"))?;
    let (from, to) = (claims["iat"].as_u64().unwrap_or(0), claims["exp"].as_u64().unwrap_or(0));
    if head["alg"] != "RS256" || head["kid"] != "sim-1" || claims["iss"] != EMAIL {
        return Err(bad("Invalid grant: account not found"));
    }
    if from > now + SKEW || to < now || to > from + HOLDS {
        return Err(bad(
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.",
        ));
    }
    if claims["scope"] != "https://www.googleapis.com/auth/cloud-platform" || !claims["aud"].is_string() {
        return Err((400, json!({ "error": "invalid_scope", "error_description": "Invalid OAuth scope." })));
    }
    let token = format!("ya29.{}", signer.stamp(nonce));
    Ok(json!({ "access_token": token, "expires_in": HOLDS, "token_type": "Bearer" }))
}

/// Whether a call carries a token that was made here.
pub(crate) fn has_token(parts: &Parts, signer: &Signer) -> bool {
    let value = parts.headers.get("authorization").and_then(|value| value.to_str().ok());
    value.and_then(|value| value.strip_prefix("Bearer ya29.")).is_some_and(|stamp| signer.stamped(stamp))
}

/// `20150830T123600Z` as seconds since 1970.
fn unix(date: &str) -> Option<u64> {
    let number = |at: std::ops::Range<usize>| date.get(at)?.parse::<u64>().ok();
    let (year, month, day) = (number(0..4)?, number(4..6)?, number(6..8)?);
    let (hour, minute, second) = (number(9..11)?, number(11..13)?, number(13..15)?);
    // Days since 1970, by a year that begins in March.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year.checked_sub(1)?, month + 9) };
    let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1;
    Some(days.checked_sub(719_468)? * 86_400 + hour * 3600 + minute * 60 + second)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// RFC 2104 over SHA-256.
fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut block = [0_u8; 64];
    if key.len() > block.len() {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner = Sha256::new().chain_update(block.map(|b| b ^ 0x36)).chain_update(text).finalize();
    Sha256::new().chain_update(block.map(|b| b ^ 0x5c)).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_primitives_are_those_of_the_standards() {
        // RFC 4231, case 2.
        let tag = hex(&hmac(b"Jefe", b"what do ya want for nothing?"));
        assert_eq!(tag, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assert_eq!(unix("20150830T123600Z"), Some(1_440_938_160));
        assert_eq!(unix("20240229T000000Z"), Some(1_709_164_800));
        assert_eq!(unix("soon"), None);
    }
}
