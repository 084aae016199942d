//! What needs a person: rules over facts that others have gathered. Pure, so that each rule can be tried by itself.
//!
//! A rule says what is the matter, how urgent it is, and what to do. Whatever is not known is no fact, and nothing is advised
//! about it.

use std::collections::BTreeMap;

use serde_json::Value;
use wye_types::Severity;

mod client;
mod fleet;
mod house;

#[cfg(test)]
mod tests;

/// What can be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Look at a deployment.
    OpenDeployment,
    /// Forget that it failed.
    ResetDeployment,
    /// Look at a provider and its keys.
    OpenProvider,
    /// Look at a client key.
    OpenKey,
    /// Allow more.
    RaiseBudget,
    /// Look at a route.
    OpenRoute,
    /// Look at the settings.
    OpenSettings,
    /// Look at how the gateway is.
    OpenStatus,
    /// Look at the users and one's own account.
    OpenUsers,
}

/// Something that needs a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Advice {
    /// Which rule says so.
    pub kind: &'static str,
    /// How soon.
    pub severity: Severity,
    /// What it is about: the name of a deployment, a provider, a key; empty: the whole gateway.
    pub subject: String,
    /// Since when, in Unix milliseconds, where that is known.
    pub since_ms: Option<u64>,
    /// The facts in the message, for whoever says it in another language.
    pub params: BTreeMap<&'static str, Value>,
    /// What is the matter, in English.
    pub message: String,
    /// What to do, and with what.
    pub remedy: (Remedy, String),
}

/// How calls of a provider went in the last minutes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calls {
    /// Whose.
    pub provider: String,
    /// Calls that were answered.
    pub served: u64,
    /// Calls that failed, by the code of why.
    pub failed: BTreeMap<String, u64>,
    /// When the first of those failed, in Unix milliseconds.
    pub since_ms: Option<u64>,
    /// Why the last of them failed.
    pub last: Option<String>,
}

/// What is left of a limit over a day or longer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Whose limit: `key ci`, `team search`, `provider groq`, `groq/1 MODEL`.
    pub owner: String,
    /// The provider, where it is one's quota.
    pub provider: Option<String>,
    /// What it counts, in a word.
    pub measure: &'static str,
    /// Over which time.
    pub period: String,
    /// How much may be used.
    pub limit: u64,
    /// What is left of it.
    pub left: u64,
    /// When all of it is there again, in milliseconds from now.
    pub resets_in_ms: Option<u64>,
}

/// A deployment that is left alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shut {
    /// `provider/model`.
    pub deployment: String,
    /// Its provider.
    pub provider: String,
    /// Whether its circuit breaker is open; else it rests.
    pub broken: bool,
    /// For how many more milliseconds.
    pub for_ms: u64,
}

/// How a route of the configuration stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The route.
    pub route: String,
    /// Deployments it may call.
    pub targets: usize,
    /// Of them, those that may be called now.
    pub ready: usize,
}

/// How fast a deployment is, and was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pace {
    /// `provider/model`.
    pub deployment: String,
    /// First contents in the last minutes.
    pub now: u64,
    /// The time within which half of them came, in microseconds.
    pub now_us: u64,
    /// First contents in the day before.
    pub usual: u64,
    /// The time within which half of those came, in microseconds.
    pub usual_us: u64,
}

/// Everything that rules look at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Unix milliseconds.
    pub now_ms: u64,
    /// Over how many milliseconds calls and paces were counted.
    pub window_ms: u64,
    /// How calls of each provider went.
    pub calls: Vec<Calls>,
    /// Limits over a day or longer, of clients and of providers.
    pub allowed: Vec<Allowed>,
    /// Deployments that are left alone.
    pub shut: Vec<Shut>,
    /// Routes of the configuration.
    pub routes: Vec<Standing>,
    /// How fast deployments are.
    pub paces: Vec<Pace>,
    /// Client keys that end: the name, and when, in Unix milliseconds.
    pub expiries: Vec<(String, u64)>,
    /// Whether whoever reaches the gateway may use it.
    pub is_open: bool,
    /// Administrators without a second factor.
    pub single_factor: usize,
    /// Deployments whose use nobody could put a price on in the last day, and how many requests of each.
    pub unpriced: Vec<(String, u64)>,
    /// What does not work as it should: of which kind, and what.
    pub ailments: Vec<(&'static str, String)>,
    /// Deployments of the configuration that end: the name, the day, and in how many days; below nought: since how many.
    pub endings: Vec<(String, String, i64)>,
}

/// What needs a person, the worst first.
#[must_use]
pub fn advise(facts: &Facts) -> Vec<Advice> {
    let mut all: Vec<Advice> =
        [fleet::advise(facts), client::advise(facts), house::advise(facts)].into_iter().flatten().collect();
    // The order of the rules and of their facts holds among equals.
    all.sort_by_key(|one| one.severity);
    all
}

impl Remedy {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OpenDeployment => "open_deployment",
            Self::ResetDeployment => "reset_deployment",
            Self::OpenProvider => "open_provider",
            Self::OpenKey => "open_key",
            Self::RaiseBudget => "raise_budget",
            Self::OpenRoute => "open_route",
            Self::OpenSettings => "open_settings",
            Self::OpenStatus => "open_status",
            Self::OpenUsers => "open_users",
        }
    }
}

impl Advice {
    fn new(kind: &'static str, severity: Severity, remedy: Remedy, subject: &str, message: String) -> Self {
        Self {
            kind,
            severity,
            subject: subject.to_owned(),
            since_ms: None,
            params: BTreeMap::new(),
            message,
            remedy: (remedy, subject.to_owned()),
        }
    }

    fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.params.insert(name, value.into());
        self
    }

    fn since(mut self, ms: Option<u64>) -> Self {
        self.since_ms = ms;
        self
    }
}

/// A part of a whole in percent; of nothing none.
fn percent(part: u64, whole: u64) -> u64 {
    part.saturating_mul(100).checked_div(whole).unwrap_or(0)
}

/// A time in words, in the largest unit that says enough of it.
fn words(ms: u64) -> String {
    match ms / 1000 {
        0..90 => format!("{} s", (ms / 1000).max(1)),
        seconds @ 90..5_400 => format!("{} min", seconds / 60),
        seconds @ 5_400..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} days", seconds / 86_400),
    }
}
