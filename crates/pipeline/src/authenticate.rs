//! Stage 1: who is asking. From headers alone, before the body is read.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use wye_types::Code;
use wye_types::error::GatewayError;

/// Client keys, as hashes. A key is 256 random bits, so a fast hash is enough and a slow one would be paid per request.
#[derive(Debug, Default)]
pub struct Keys {
    keys: Vec<(String, [u8; 32])>,
}

impl Keys {
    /// Keys by the names of their owners, each as its SHA-256.
    pub fn new<'a>(keys: impl IntoIterator<Item = (&'a str, [u8; 32])>) -> Self {
        Self { keys: keys.into_iter().map(|(name, hash)| (name.to_owned(), hash)).collect() }
    }

    /// Whether none are configured: whoever reaches the gateway may use it.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.keys.is_empty()
    }
}

/// Who is asking.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caller {
    /// The name of the client key; `None` where none is needed.
    pub key: Option<String>,
}

/// The credential a request carries, from `Authorization: Bearer`, `x-api-key` or `x-goog-api-key`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Presented<'a> {
    /// The value of `authorization`.
    pub authorization: Option<&'a str>,
    /// The value of `x-api-key`.
    pub api_key: Option<&'a str>,
    /// The value of `x-goog-api-key`.
    pub google_key: Option<&'a str>,
}

impl<'a> Presented<'a> {
    fn key(self) -> Option<&'a str> {
        let bearer = self.authorization.and_then(|value| {
            let (scheme, key) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
        });
        // SDKs send empty ones where a variable is set but empty.
        [self.api_key, self.google_key, bearer].into_iter().flatten().find(|key| !key.is_empty())
    }
}

/// Finds the caller.
///
/// # Errors
/// [`Code::CallerUnauthenticated`] if keys are configured and none of them was sent.
pub fn authenticate(keys: &Keys, presented: Presented<'_>) -> Result<Caller, GatewayError> {
    if keys.is_open() {
        return Ok(Caller::default());
    }
    let Some(sent) = presented.key() else {
        return Err(GatewayError::new(
            Code::CallerUnauthenticated,
            "no key was sent; send a client key of this gateway as `Authorization: Bearer …`, `x-api-key` or \
             `x-goog-api-key`",
        ));
    };
    let sent = hash(sent);
    // Every key is compared, so that time tells nothing about which one came close.
    let mut found = None;
    for (name, known) in &keys.keys {
        if bool::from(known.ct_eq(&sent)) {
            found = Some(name.clone());
        }
    }
    match found {
        Some(name) => Ok(Caller { key: Some(name) }),
        None => Err(GatewayError::new(
            Code::CallerUnauthenticated,
            "the key that was sent is not a client key of this gateway",
        )),
    }
}

/// What a key is known by.
#[must_use]
pub fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_in_any_of_the_headers() {
        let keys = Keys::new([("one", hash("k1"))]);
        for presented in [
            Presented { authorization: Some("bearer k1"), ..Presented::default() },
            Presented { api_key: Some("k1"), ..Presented::default() },
            Presented { api_key: Some(""), authorization: Some("Bearer k1"), ..Presented::default() },
            Presented { google_key: Some("k1"), authorization: Some("Bearer other"), ..Presented::default() },
        ] {
            assert_eq!(authenticate(&keys, presented).unwrap().key.as_deref(), Some("one"));
        }
        for presented in [Presented::default(), Presented { api_key: Some("k2"), ..Presented::default() }] {
            assert_eq!(authenticate(&keys, presented).unwrap_err().code, Code::CallerUnauthenticated);
        }
        assert_eq!(authenticate(&Keys::default(), Presented::default()).unwrap().key, None);
    }
}
