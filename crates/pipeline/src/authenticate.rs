//! Stage 1: who is asking. From headers alone, before the body is read.

use std::collections::HashMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use wye_types::Code;
use wye_types::error::GatewayError;

use crate::client::KeyPolicy;

/// Client keys, as hashes. A key is 256 random bits, so a fast hash is enough and a slow one would be paid per request.
///
/// However many there are, one look finds one: by the first eight bytes of its hash, then the whole is compared in
/// constant time. How long the look takes tells an attacker at most which hashes begin like the one he sent, and to
/// make a key whose hash begins as he likes brings him no nearer to one whose 256 bits are all right.
#[derive(Debug, Default)]
pub struct Keys {
    by_beginning: HashMap<u64, Vec<Known>>,
}

type Known = ([u8; 32], Arc<KeyPolicy>);

impl Keys {
    /// Keys by their SHA-256. Several may lead to the same policy.
    pub fn new(keys: impl IntoIterator<Item = ([u8; 32], Arc<KeyPolicy>)>) -> Self {
        let mut by_beginning: HashMap<u64, Vec<Known>> = HashMap::new();
        for (hash, policy) in keys {
            by_beginning.entry(beginning(&hash)).or_default().push((hash, policy));
        }
        Self { by_beginning }
    }

    /// Whether none are configured: whoever reaches the gateway may use it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.by_beginning.is_empty()
    }

    /// The key of a name, for whoever asks what it may do. Every key is looked at.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Arc<KeyPolicy>> {
        self.by_beginning.values().flatten().map(|(_, policy)| policy).find(|policy| policy.name == name)
    }

    fn find(&self, sent: &[u8; 32]) -> Option<&Arc<KeyPolicy>> {
        let mut found = None;
        for (known, policy) in self.by_beginning.get(&beginning(sent))? {
            if bool::from(known.ct_eq(sent)) {
                found = Some(policy);
            }
        }
        found
    }
}

fn beginning(hash: &[u8; 32]) -> u64 {
    hash.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// Who is asking.
#[derive(Debug, Clone, Default)]
pub struct Caller {
    /// The client key; `None` where none is needed.
    pub key: Option<Arc<KeyPolicy>>,
}

impl Caller {
    /// The name of the client key.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        self.key.as_ref().map(|key| key.name.clone())
    }
}

/// What stands before a key in `authorization`.
const BEARER: &str = "bearer ";

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
    /// The key itself.
    pub(crate) fn key(self) -> Option<&'a str> {
        let bearer = self.authorization.and_then(|value| {
            let (scheme, key) = value.split_at_checked(BEARER.len())?;
            scheme.eq_ignore_ascii_case(BEARER).then(|| key.trim())
        });
        // SDKs send empty ones where a variable is set but empty.
        [self.api_key, self.google_key, bearer].into_iter().flatten().find(|key| !key.is_empty())
    }
}

/// Finds the caller. `unix_ms` is the time by the wall clock, which keys expire by.
///
/// # Errors
/// [`Code::CallerUnauthenticated`] if keys are configured and none of them was sent, or one that holds no more.
pub fn authenticate(keys: &Keys, presented: Presented<'_>, unix_ms: u64) -> Result<Caller, GatewayError> {
    if keys.is_open() {
        return Ok(Caller::default());
    }
    let refused = |message: String| Err(GatewayError::new(Code::CallerUnauthenticated, message));
    let Some(sent) = presented.key() else {
        return refused(
            "no key was sent; send a client key of this gateway as `Authorization: Bearer …`, `x-api-key` or \
             `x-goog-api-key`"
                .to_owned(),
        );
    };
    let Some(key) = keys.find(&hash(sent)) else {
        return refused("the key that was sent is not a client key of this gateway".to_owned());
    };
    if key.disabled {
        return refused(format!("the key `{}` is switched off", key.name));
    }
    if key.expires_ms.is_some_and(|expires| unix_ms >= expires) {
        return refused(format!("the key `{}` has expired", key.name));
    }
    Ok(Caller { key: Some(Arc::clone(key)) })
}

/// What a key is known by.
#[must_use]
pub fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> KeyPolicy {
        KeyPolicy { name: name.to_owned(), ..KeyPolicy::default() }
    }

    fn bearer(key: &str) -> Presented<'_> {
        Presented { api_key: Some(key), ..Presented::default() }
    }

    #[test]
    fn a_key_is_found_in_any_of_the_headers() {
        let keys = Keys::new([(hash("k1"), Arc::new(named("one")))]);
        for presented in [
            Presented { authorization: Some("bearer k1"), ..Presented::default() },
            bearer("k1"),
            Presented { api_key: Some(""), authorization: Some("Bearer k1"), ..Presented::default() },
            Presented { google_key: Some("k1"), authorization: Some("Bearer other"), ..Presented::default() },
        ] {
            assert_eq!(authenticate(&keys, presented, 0).unwrap().name().as_deref(), Some("one"));
        }
        for presented in [Presented::default(), bearer("k2")] {
            assert_eq!(authenticate(&keys, presented, 0).unwrap_err().code, Code::CallerUnauthenticated);
        }
        assert!(authenticate(&Keys::default(), Presented::default(), 0).unwrap().key.is_none());
    }

    #[test]
    fn a_key_that_holds_no_more_is_told_so() {
        let off = KeyPolicy { disabled: true, ..named("off") };
        let old = KeyPolicy { expires_ms: Some(100), ..named("old") };
        let keys = Keys::new([(hash("off"), Arc::new(off)), (hash("old"), Arc::new(old))]);
        let told = |key, now| authenticate(&keys, bearer(key), now).map_err(|error| error.message);
        assert_eq!(told("off", 0).unwrap_err(), "the key `off` is switched off");
        assert!(told("old", 99).is_ok());
        assert_eq!(told("old", 100).unwrap_err(), "the key `old` has expired");
    }

    #[test]
    fn keys_whose_hashes_begin_alike_are_told_apart() {
        let (mut one, mut two) = ([7; 32], [7; 32]);
        (one[31], two[31]) = (1, 2);
        let keys = Keys::new([(one, Arc::new(named("one"))), (two, Arc::new(named("two")))]);
        assert_eq!(keys.find(&one).unwrap().name, "one");
        assert_eq!(keys.find(&two).unwrap().name, "two");
        assert!(keys.find(&[7; 32]).is_none());
        assert_eq!(keys.named("two").map(|key| key.name.as_str()), Some("two"));
        assert!(keys.named("three").is_none());
    }
}
