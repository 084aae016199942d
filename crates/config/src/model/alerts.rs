//! Who is told when something needs a person.

use std::time::Duration;

use wye_types::{Secret, Severity};

/// Who is told, of what, and in which form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertsConfig {
    /// The address that is sent what needs a person. `None`: nobody is told.
    pub webhook: Option<Secret>,
    /// What messages are signed with.
    pub secret: Option<Secret>,
    /// The least severity that is told.
    pub least: Severity,
    /// After how long it is told again what is still so; zero: never.
    pub repeat: Duration,
    /// What the receiver takes.
    pub style: AlertStyle,
}

/// What a receiver takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertStyle {
    /// All that is known, field by field.
    Json,
    /// What Slack's incoming webhooks take.
    Slack,
    /// What Discord's webhooks take.
    Discord,
}

impl AlertStyle {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Json, Self::Slack, Self::Discord];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Slack => "slack",
            Self::Discord => "discord",
        }
    }
}

impl AlertsConfig {
    /// The host that is told, with its port where one is written: all of the address that may be shown.
    #[must_use]
    pub fn to(&self) -> Option<&str> {
        let (_, rest) = self.webhook.as_ref()?.expose().split_once("://")?;
        rest.split(['/', '?']).next()
    }
}

impl Default for AlertsConfig {
    fn default() -> Self {
        Self {
            webhook: None,
            secret: None,
            least: Severity::Urgent,
            repeat: Duration::from_secs(24 * 3600),
            style: AlertStyle::Json,
        }
    }
}
