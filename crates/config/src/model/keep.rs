//! What is remembered of requests, and for how long.

use std::time::Duration;

/// What is remembered.
#[derive(Debug, Clone, PartialEq)]
pub struct LogConfig {
    /// Whether each request is also written to standard output as a line of JSON. Needs a restart.
    pub stdout: bool,
    /// Of which requests the bodies are kept.
    pub bodies: KeepBodies,
    /// Most bytes of each body, before compression.
    pub body_limit: u64,
    /// Fields of bodies, by name, whose values are never kept.
    pub redact_fields: Vec<String>,
    /// Regular expressions of what is blotted out in bodies, besides what looks like a credential.
    pub redact_patterns: Vec<String>,
    /// How long requests are remembered.
    pub keep: Duration,
    /// How long bodies are.
    pub keep_bodies: Duration,
    /// Most bytes of bodies that are kept; the oldest go first.
    pub keep_bodies_bytes: u64,
    /// How long the sums per minute are remembered. Those per hour are kept ten times, those per day a hundred times as
    /// long.
    pub keep_minutes: Duration,
    /// How long the audit log is remembered.
    pub keep_audit: Duration,
}

/// Of which requests bodies are kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum KeepBodies {
    /// Of none.
    Off,
    /// Of those that did not end well.
    Errors,
    /// Of a share of them, from 0 to 1, and of all that did not end well.
    Sampled(f64),
    /// Of all.
    All,
}

impl Default for LogConfig {
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(86_400);
        Self {
            stdout: false,
            bodies: KeepBodies::Off,
            body_limit: 256 << 10,
            redact_fields: Vec::new(),
            redact_patterns: Vec::new(),
            keep: DAY * 30,
            keep_bodies: DAY * 7,
            keep_bodies_bytes: 4 << 30,
            keep_minutes: DAY * 3,
            keep_audit: DAY * 365,
        }
    }
}

/// Whether and how long responses are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponsesConfig {
    /// Whether they are.
    pub store: bool,
    /// How long.
    pub keep: Duration,
    /// Most bytes of them, compressed; the oldest go first.
    pub keep_bytes: u64,
}

impl Default for ResponsesConfig {
    fn default() -> Self {
        Self { store: true, keep: Duration::from_secs(30 * 86_400), keep_bytes: 4 << 30 }
    }
}
