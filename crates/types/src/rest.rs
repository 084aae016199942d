//! What is left alone for a time, and the port through which processes tell each other of it. Their clocks differ, so that
//! times go as what is left of them.

use std::time::Duration;

/// Something that is left alone: a deployment, a provider, an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rest {
    /// What it is and why, in words that every process writes alike; no secret.
    pub name: String,
    /// For how much longer.
    pub left: Duration,
}

/// A process's knowledge of what is left alone.
pub trait Rests: Send + Sync {
    /// All that is left alone at the moment.
    fn resting(&self) -> Vec<Rest>;

    /// Another process knows of a rest. Of two ends the later one holds; what is not known here is nobody's business.
    fn learn(&self, rest: &Rest);
}
