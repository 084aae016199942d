//! Secrets at rest: sealed with XChaCha20-Poly1305 under a master key that the database never sees.

use std::fmt;
use std::sync::{PoisonError, RwLock};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};
use wye_types::Secret;

const NONCE: usize = 24;
/// The first byte of everything sealed: how it was sealed.
const FORMAT: u8 = 1;

/// Seals and opens secrets. Its key may be replaced while it is shared.
pub struct Vault {
    /// `None` until there is a key.
    cipher: RwLock<Option<XChaCha20Poly1305>>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(***)")
    }
}

/// Why a secret cannot be opened or sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VaultError {
    /// It was sealed under another master key or for another name, or was changed since.
    WrongKey,
    /// It is not something that was sealed here.
    NotSealed,
    /// The system gives no random bytes.
    NoChance,
    /// There is no master key.
    NoKey,
}

impl fmt::Display for VaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WrongKey => "the secret was sealed under another master key",
            Self::NotSealed => "this is not a sealed secret",
            Self::NoChance => "the system gives no random bytes",
            Self::NoKey => "there is no master key",
        })
    }
}

impl std::error::Error for VaultError {}

impl Vault {
    /// A vault under a master key: any text of the operator's. It should have 32 random bytes' worth of chance; a
    /// hash makes a key of it, not a slow one, because it is not meant to be a password.
    #[must_use]
    pub fn new(master: &Secret) -> Self {
        let vault = Self::shut();
        vault.set_key(master);
        vault
    }

    /// A vault that has no key yet.
    #[must_use]
    pub const fn shut() -> Self {
        Self { cipher: RwLock::new(None) }
    }

    /// Gives it another master key. What was sealed under the old one no longer opens.
    pub fn set_key(&self, master: &Secret) {
        let key = Sha256::digest([b"wye vault 1\0", master.expose().trim().as_bytes()].concat());
        let cipher = XChaCha20Poly1305::new(&key);
        *self.cipher.write().unwrap_or_else(PoisonError::into_inner) = Some(cipher);
    }

    fn with<T>(
        &self,
        work: impl FnOnce(&XChaCha20Poly1305) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        let cipher = self.cipher.read().unwrap_or_else(PoisonError::into_inner);
        cipher.as_ref().map_or(Err(VaultError::NoKey), work)
    }

    /// Seals a secret. It opens only under the same name, so that rows cannot be swapped.
    ///
    /// # Errors
    /// [`VaultError::NoChance`], or [`VaultError::NoKey`].
    pub fn seal(&self, name: &str, secret: &[u8]) -> Result<Vec<u8>, VaultError> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(|_| VaultError::NoChance)?;
        let payload = Payload { msg: secret, aad: name.as_bytes() };
        let sealed = self.with(|cipher| {
            cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| VaultError::NotSealed)
        })?;
        Ok([&[FORMAT][..], &nonce, &sealed].concat())
    }

    /// Opens what was sealed under this name.
    ///
    /// # Errors
    /// [`VaultError::WrongKey`] or [`VaultError::NotSealed`].
    pub fn open(&self, name: &str, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        let rest = sealed.strip_prefix(&[FORMAT]).ok_or(VaultError::NotSealed)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE>().ok_or(VaultError::NotSealed)?;
        let payload = Payload { msg: body, aad: name.as_bytes() };
        self.with(|cipher| cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| VaultError::WrongKey))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(key: &str) -> Vault {
        Vault::new(&Secret::new(key.to_owned()))
    }

    #[test]
    fn what_is_sealed_opens_under_its_key_and_name_alone() {
        let sealed = vault("k").seal("groq/1", b"gsk_abc").unwrap();
        assert_eq!(vault("k\n").open("groq/1", &sealed).unwrap(), b"gsk_abc");
        assert_eq!(vault("k2").open("groq/1", &sealed), Err(VaultError::WrongKey));
        assert_eq!(vault("k").open("groq/2", &sealed), Err(VaultError::WrongKey));
        let mut torn = sealed.clone();
        torn[30] ^= 1;
        assert_eq!(vault("k").open("groq/1", &torn), Err(VaultError::WrongKey));
        assert_eq!(vault("k").open("groq/1", b"gsk_abc"), Err(VaultError::NotSealed));
        assert_ne!(vault("k").seal("groq/1", b"gsk_abc").unwrap(), sealed);
        assert!(!sealed.windows(3).any(|part| part == b"gsk"));
    }
}
