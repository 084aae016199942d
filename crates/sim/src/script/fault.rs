//! Faults and the rules that say when they strike.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::Span;

/// When which fault strikes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What the request has to be like; nothing: every request.
    #[serde(default)]
    pub on: On,
    /// What happens then.
    pub fault: Fault,
}

/// The conditions of a rule; all that are given must hold.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct On {
    /// Requests for this model.
    pub model: Option<String>,
    /// The n-th requests, counted from 1 per provider and model since the script was set.
    pub nth: Option<Vec<u64>>,
    /// Every so-many-th request.
    pub every: Option<u64>,
    /// From this request on.
    pub from: Option<u64>,
    /// Up to and including this request.
    pub to: Option<u64>,
    /// With this chance, 0 to 1.
    pub chance: Option<f64>,
    /// Only streams, or only what is not streamed.
    pub stream: Option<bool>,
    /// Requests with this API key.
    pub key: Option<String>,
    /// The last user message contains this text.
    pub contains: Option<String>,
}

impl On {
    /// Whether every request meets these conditions.
    pub(crate) fn always(&self) -> bool {
        matches!(
            self,
            Self {
                model: None,
                nth: None,
                every: None,
                from: None,
                to: None,
                chance: None,
                stream: None,
                key: None,
                contains: None
            }
        )
    }
}

impl Rule {
    pub(super) fn problems(&self, path: &str, models: &HashSet<&str>, problems: &mut Vec<String>) {
        if let Some(model) = &self.on.model
            && !models.contains(model.as_str())
        {
            problems.push(format!("{path}.on.model: this provider has no model `{model}`"));
        }
        if self.on.every == Some(0) || self.on.nth.as_ref().is_some_and(|n| n.contains(&0)) {
            problems.push(format!("{path}.on: requests are counted from 1"));
        }
        if self.on.chance.is_some_and(|c| !(0.0..=1.0).contains(&c)) {
            problems.push(format!("{path}.on.chance: not between 0 and 1"));
        }
        if let Fault::Status { status, .. } = &self.fault
            && !(400..=599).contains(status)
        {
            problems.push(format!("{path}.fault.status: {status} is not an error; write 400 to 599"));
        }
    }
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Nothing: the request is answered, and no later rule is asked.
    None,
    /// An error status with the vendor's body.
    Status {
        /// 400 to 599.
        status: u16,
        /// Told in the vendor's way, header or body.
        retry_after: Option<Duration>,
        /// Sent instead of the vendor's body; text is sent as it is.
        body: Option<Value>,
        /// Added to, or instead of, the vendor's headers.
        headers: BTreeMap<String, String>,
    },
    /// The connection is reset when the request has been read.
    Reset,
    /// The connection is reset as soon as the request's head shows which provider is meant, where the rule needs no
    /// more than that; else as [`Fault::Reset`].
    Refuse,
    /// Not even the head of an answer comes.
    StallFirst,
    /// The head comes, then nothing.
    StallBody,
    /// So many events, then nothing; half the body if not streamed.
    StallAfterEvents(usize),
    /// So many events, then the connection breaks; half the body if not streamed.
    CutAfterEvents(usize),
    /// So many events, then the vendor's error event; [`Fault::ErrorIn200`] if not streamed.
    ErrorAfterEvents(usize),
    /// A good answer whose text is this.
    Text200(String),
    /// An error object with status 200.
    ErrorIn200,
    /// A good answer that says nothing.
    Empty,
    /// Status 200 and a body that is no JSON.
    Garbage,
    /// The head comes this much later.
    SlowFirst(Duration),
    /// The body comes one byte at a time.
    Drip,
}

impl Fault {
    /// The word the script uses for it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Status { .. } => "status",
            Self::Reset => "reset",
            Self::Refuse => "refuse",
            Self::StallFirst => "stall_first",
            Self::StallBody => "stall_body",
            Self::StallAfterEvents(_) => "stall_after_events",
            Self::CutAfterEvents(_) => "cut_after_events",
            Self::ErrorAfterEvents(_) => "error_after_events",
            Self::Text200(_) => "text_200",
            Self::ErrorIn200 => "error_in_200",
            Self::Empty => "empty",
            Self::Garbage => "garbage",
            Self::SlowFirst(_) => "slow_first",
            Self::Drip => "drip",
        }
    }
}

impl<'de> Deserialize<'de> for Fault {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(FaultVisitor)
    }
}

const WORDS: &[&str] =
    &["none", "reset", "refuse", "stall_first", "stall_body", "error_in_200", "empty", "garbage", "drip"];

/// The faults that take a value, as they stand in a script.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFault {
    status: Option<u16>,
    retry_after: Option<Span>,
    body: Option<Value>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    stall_after_events: Option<usize>,
    cut_after_events: Option<usize>,
    error_after_events: Option<usize>,
    text_200: Option<String>,
    slow_first: Option<Span>,
}

struct FaultVisitor;

impl<'de> Visitor<'de> for FaultVisitor {
    type Value = Fault;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a fault: one of {}, or a map with status, stall_after_events, cut_after_events, error_after_events, \
             text_200 or slow_first",
            WORDS.join(", ")
        )
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<Fault, E> {
        Ok(match word {
            "none" => Fault::None,
            "reset" => Fault::Reset,
            "refuse" => Fault::Refuse,
            "stall_first" => Fault::StallFirst,
            "stall_body" => Fault::StallBody,
            "error_in_200" => Fault::ErrorIn200,
            "empty" => Fault::Empty,
            "garbage" => Fault::Garbage,
            "drip" => Fault::Drip,
            _ => return Err(E::unknown_variant(word, WORDS)),
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Fault, A::Error> {
        let raw = RawFault::deserialize(de::value::MapAccessDeserializer::new(map))?;
        let extras = raw.retry_after.is_some() || raw.body.is_some() || !raw.headers.is_empty();
        let mut found = Vec::new();
        if let Some(status) = raw.status {
            let retry_after = raw.retry_after.map(|s| s.0);
            found.push(Fault::Status { status, retry_after, body: raw.body, headers: raw.headers });
        } else if extras {
            return Err(de::Error::custom("retry_after, body and headers go with `status`"));
        }
        found.extend(raw.stall_after_events.map(Fault::StallAfterEvents));
        found.extend(raw.cut_after_events.map(Fault::CutAfterEvents));
        found.extend(raw.error_after_events.map(Fault::ErrorAfterEvents));
        found.extend(raw.text_200.map(Fault::Text200));
        found.extend(raw.slow_first.map(|s| Fault::SlowFirst(s.0)));
        match (found.pop(), found.is_empty()) {
            (Some(fault), true) => Ok(fault),
            _ => Err(de::Error::custom("a fault is exactly one thing; use two rules for two faults")),
        }
    }
}
