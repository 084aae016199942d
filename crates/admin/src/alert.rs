//! Which of what needs a person is told, and when it is told again. Pure: from what was told before and what is advised now.
//!
//! What is told is known by its rule and its subject. It is told when it begins, again while it lasts if that is wanted, and
//! once more when it is over.

use std::collections::BTreeMap;
use std::time::Duration;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use jsonwebtoken::{Algorithm, EncodingKey};
use wye_config::AlertsConfig;
pub use wye_store::alerts::{AlertTable, Change, Message, Outcome, Standing, Told};
use wye_types::{Secret, Severity};

use crate::advice::Advice;

#[cfg(test)]
mod tests;

/// It is over when it was not so any more for so many rounds: what comes and goes within one is not told as two things.
const OVER_AFTER: u32 = 2;
/// So much is begun in a round at most, the worst first; the rest in the next ones.
const MOST_NEW: usize = 20;
/// So much is told of at once at most. It is what a receiver can be sent when each end user has used up a budget.
const MOST_STANDING: usize = 500;

/// Why a message is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It has begun.
    Raised,
    /// It goes on.
    Still,
    /// It is over.
    Resolved,
    /// Somebody tries whether messages arrive.
    Test,
}

/// What is told, and when again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// The least severity.
    least: Severity,
    /// After how many milliseconds again; `None`: never.
    repeat_ms: Option<u64>,
}

/// What a round changes and tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// How what stands changes.
    pub changes: Vec<Change>,
    /// What is told, in this order.
    pub messages: Vec<(State, Standing)>,
}

impl State {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Still => "still",
            Self::Resolved => "resolved",
            Self::Test => "test",
        }
    }
}

impl Policy {
    /// The policy of a configuration.
    #[must_use]
    pub fn of(config: &AlertsConfig) -> Self {
        let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Self {
            least: config.least,
            repeat_ms: Some(config.repeat).filter(|repeat| !repeat.is_zero()).map(ms),
        }
    }

    fn tells(self, advice: &Advice) -> bool {
        // The worst comes first in the order of severities.
        advice.severity <= self.least
    }
}

/// What a round changes and tells, from what stands and what is advised, the worst first.
#[must_use]
pub fn plan(standing: &[Standing], advice: &[Advice], policy: Policy, now_ms: u64) -> Plan {
    let mut plan = Plan::default();
    let mut found: BTreeMap<(&str, String), &Advice> = BTreeMap::new();
    for one in advice {
        // Of several about the same the worst is told: a key whose day and month are both used up is told of once.
        found.entry((one.kind, subject(one))).or_insert(one);
    }
    for was in standing {
        match found.get(&(was.kind.as_str(), was.subject.clone())) {
            Some(one) if policy.tells(one) => plan.goes_on(was, one, policy, now_ms),
            // Less is told now than before, or it is less severe. It is not over.
            Some(_) => plan.changes.push(Change::Gone(was.clone())),
            None if was.missed + 1 < OVER_AFTER => {
                let is = Standing { missed: was.missed + 1, ..was.clone() };
                plan.changes.push(Change::Kept { was: was.clone(), is });
            }
            None => {
                plan.changes.push(Change::Gone(was.clone()));
                // Who was never told that it had begun is not told that it is over.
                if !was.untold {
                    plan.messages.push((State::Resolved, was.clone()));
                }
            }
        }
    }
    for was in standing {
        found.remove(&(was.kind.as_str(), was.subject.clone()));
    }
    let room = MOST_NEW.min(MOST_STANDING.saturating_sub(standing.len()));
    // By the order of the advice, not of names.
    let is_new =
        |one: &&Advice| found.get(&(one.kind, subject(one))).is_some_and(|told| std::ptr::eq(*told, *one));
    for one in advice.iter().filter(|one| policy.tells(one)).filter(is_new).take(room) {
        let is = Standing {
            kind: one.kind.to_owned(),
            subject: subject(one),
            since_ms: one.since_ms.unwrap_or(now_ms),
            told_ms: now_ms,
            ..described(one)
        };
        plan.changes.push(Change::Raised(is.clone()));
        plan.messages.push((State::Raised, is));
    }
    plan
}

impl Plan {
    fn goes_on(&mut self, was: &Standing, now: &Advice, policy: Policy, now_ms: u64) {
        let again = policy.repeat_ms.is_some_and(|ms| now_ms.saturating_sub(was.told_ms) >= ms);
        if again && !was.untold {
            let is = Standing {
                kind: was.kind.clone(),
                subject: was.subject.clone(),
                since_ms: was.since_ms,
                told_ms: now_ms,
                ..described(now)
            };
            self.changes.push(Change::Kept { was: was.clone(), is: is.clone() });
            self.messages.push((State::Still, is));
        } else if was.missed > 0 {
            self.changes.push(Change::Kept { was: was.clone(), is: Standing { missed: 0, ..was.clone() } });
        }
    }
}

/// What it is about, as databases take it: the names of end users are what clients send.
fn subject(advice: &Advice) -> String {
    advice.subject.replace('\0', "\u{fffd}")
}

/// How bad it is and what is the matter.
fn described(advice: &Advice) -> Standing {
    Standing {
        severity: advice.severity.name().to_owned(),
        message: advice.message.clone(),
        params: serde_json::json!(advice.params).to_string(),
        ..Standing::default()
    }
}

/// A message that tries whether messages arrive.
#[must_use]
pub fn test() -> Standing {
    Standing {
        kind: "test".to_owned(),
        severity: Severity::Note.name().to_owned(),
        message: "this is a test: what needs a person will be told here".to_owned(),
        params: "{}".to_owned(),
        ..Standing::default()
    }
}

/// The message that tells of it.
#[must_use]
pub fn message(id: String, at_ms: u64, state: State, of: Standing) -> Message {
    let Standing { kind, subject, severity, message, params, since_ms, .. } = of;
    Message { id, at_ms, kind, severity, subject, state: state.name().to_owned(), message, params, since_ms }
}

/// The signature of a message that is sent at a Unix second: `t=SECONDS,v1=HEX`, HMAC-SHA256 of the second, a dot and the body.
/// The second is signed too, so that a receiver can refuse what somebody sends again later. `None`: it cannot be signed.
#[must_use]
pub fn signature(secret: &Secret, at_s: u64, body: &[u8]) -> Option<String> {
    let signed = [at_s.to_string().as_bytes(), b".", body].concat();
    let key = EncodingKey::from_secret(secret.expose().as_bytes());
    let mac = jsonwebtoken::crypto::sign(&signed, &key, Algorithm::HS256).ok()?;
    let mac = BASE64URL_NOPAD.decode(mac.as_bytes()).ok()?;
    Some(format!("t={at_s},v1={}", HEXLOWER.encode(&mac)))
}
