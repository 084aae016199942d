//! Ids of what lies at a provider, sealed: the id that a client gets says which provider and which of its accounts holds
//! the thing, and is of use to nobody else. Nothing is looked up, so that no database is on the way.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use ring::hmac;
use subtle::ConstantTimeEq;

use crate::authenticate::Caller;
use crate::live::{Account, Endpoint};

/// What sealed ids begin with.
const PREFIX: &str = "wye-";
/// Bytes of the proof, and of what an account is known by.
const PROOF: usize = 12;
const MARK: usize = 4;
/// The longest id, in bytes: it stands in paths.
const LONGEST: usize = 512;

/// The key that ids are sealed under. All nodes that should understand each other's ids have the same.
pub struct IdSeal(hmac::Key);

impl fmt::Debug for IdSeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdSeal")
    }
}

/// A thing at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) provider: String,
    mark: [u8; MARK],
    /// Its id there.
    pub(super) id: String,
}

impl Held {
    /// The account that holds it: the one with the same key, wherever it stands now; else the one at the same place, whose
    /// key was renewed.
    pub(super) fn account(&self, endpoint: &Endpoint) -> Option<usize> {
        let marks = endpoint.accounts.iter().enumerate().map(|(index, account)| mark(index, account));
        let same_key = marks.clone().position(|mark| mark[1..] == self.mark[1..]);
        same_key.or_else(|| marks.map(|mark| mark[0]).position(|place| place == self.mark[0]))
    }
}

impl IdSeal {
    /// A seal under a secret of the installation.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        let salt = hmac::Key::new(hmac::HMAC_SHA256, b"wye ids of files and batches 1");
        Self(hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&salt, secret).as_ref()))
    }

    /// A seal that holds as long as this process.
    #[must_use]
    pub fn of_this_process() -> Self {
        let random = ring::rand::SystemRandom::new();
        hmac::Key::generate(hmac::HMAC_SHA256, &random)
            .map_or_else(|_| Self::new(b"a system without randomness"), Self)
    }

    /// Seals the id of something that an account of a provider holds, for one who calls.
    pub(super) fn seal(&self, caller: &Caller, (endpoint, account): (&Endpoint, usize), id: &str) -> String {
        let mark = endpoint.accounts.get(account).map_or([0; MARK], |found| mark(account, found));
        let proof = self.proof(owner(caller), &mark, &endpoint.id, id);
        let bytes = [&proof[..], &mark, endpoint.id.as_bytes()].concat();
        format!("{PREFIX}{}-{id}", BASE32_NOPAD.encode(&bytes).to_ascii_lowercase())
    }

    /// Opens what was sealed for one who calls. `None`: it was not, whatever it is.
    pub(super) fn open(&self, caller: &Caller, sealed: &str) -> Option<Held> {
        let (place, id) = sealed.strip_prefix(PREFIX)?.split_once('-')?;
        if sealed.len() > LONGEST || place.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return None;
        }
        let bytes = BASE32_NOPAD.decode(place.to_ascii_uppercase().as_bytes()).ok()?;
        let (proof, rest) = bytes.split_at_checked(PROOF)?;
        let (mark, provider) = rest.split_first_chunk::<MARK>()?;
        let provider = str::from_utf8(provider).ok()?;
        let right = self.proof(owner(caller), mark, provider, id);
        let held = Held { provider: provider.to_owned(), mark: *mark, id: id.to_owned() };
        bool::from(right[..].ct_eq(proof)).then_some(held)
    }

    fn proof(&self, owner: (&str, &str), mark: &[u8; MARK], provider: &str, id: &str) -> [u8; PROOF] {
        let mut signing = hmac::Context::with_key(&self.0);
        for part in [owner.0.as_bytes(), owner.1.as_bytes(), mark, provider.as_bytes(), id.as_bytes()] {
            signing.update(&(part.len() as u64).to_be_bytes());
            signing.update(part);
        }
        let mut proof = [0; PROOF];
        proof.copy_from_slice(&signing.sign().as_ref()[..PROOF]);
        proof
    }
}

/// Whose things a caller's are: its team's, else its key's own; where there are no keys, everybody's.
fn owner(caller: &Caller) -> (&'static str, &str) {
    match &caller.key {
        None => ("", ""),
        Some(key) => match &key.team {
            Some(team) => ("team", team),
            None => ("key", &key.name),
        },
    }
}

/// What an account is known by: its place, and a trace of its key that does not lead back to it.
fn mark(index: usize, account: &Account) -> [u8; MARK] {
    let secret = account.secret.as_ref().map_or("", |secret| secret.expose());
    let trace = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"wye account"), secret.as_bytes());
    let trace = trace.as_ref();
    [u8::try_from(index).unwrap_or(u8::MAX), trace[0], trace[1], trace[2]]
}
