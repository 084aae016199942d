//! Client keys and the teams they belong to.

use wye_types::{DialectId, Secret};

use super::{Budget, Limits};

/// A client's key.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientKey {
    /// The name in records; unique.
    pub name: String,
    /// How it is recognised; unique.
    pub credential: Credential,
    /// The end of the key, for people to recognise it by.
    pub hint: Option<String>,
    /// Whether it is switched off.
    pub disabled: bool,
    /// Unix milliseconds from which on it is refused.
    pub expires_ms: Option<u64>,
    /// The team whose limits and budgets hold for it too.
    pub team: Option<String>,
    /// Whose it is, for people.
    pub owner: Option<String>,
    /// What its requests are tagged with.
    pub tags: Vec<String>,
    /// What it may be used for.
    pub scopes: Scopes,
    /// How much it may use.
    pub limits: Limits,
    /// How much it may spend; all of them hold.
    pub budgets: Vec<Budget>,
    /// Who waits less where requests wait for a provider's quota: 0 (first) to 9.
    pub priority: u8,
}

impl ClientKey {
    /// A key that may do everything.
    #[must_use]
    pub fn new(name: String, credential: Credential) -> Self {
        Self {
            name,
            credential,
            hint: None,
            disabled: false,
            expires_ms: None,
            team: None,
            owner: None,
            tags: Vec::new(),
            scopes: Scopes::default(),
            limits: Limits::default(),
            budgets: Vec::new(),
            priority: 5,
        }
    }
}

/// How a client key is recognised.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// By the key itself, as the file has it.
    Secret(Secret),
    /// By its SHA-256: nobody can read the key any more.
    Sha256([u8; 32]),
}

/// What a key may be used for. Empty lists allow everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scopes {
    /// The dialects it may speak.
    pub apis: Vec<DialectId>,
    /// Whether it may call whatever a provider offers, as it is; only where `apis` is empty does that need no permission.
    pub pass: bool,
    /// The names it may send as model: of routes or deployments, `*` for any part of a name.
    pub models: Vec<String>,
    /// Whether only what is proved to cost nothing may be called for it.
    pub free_only: bool,
}

/// A team.
#[derive(Debug, Clone, PartialEq)]
pub struct Team {
    /// Its name.
    pub name: String,
    /// How much its keys may use together; what a key does not say of limits for itself is not inherited but counted here.
    pub limits: Limits,
    /// How much its keys may spend together.
    pub budgets: Vec<Budget>,
    /// What its keys may be used for at most.
    pub scopes: Scopes,
}
