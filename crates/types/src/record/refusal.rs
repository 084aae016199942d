//! Why a target was not called: a code, and what makes a sentence of it when somebody reads it. On a request's way no
//! text is made.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// Why a target was not called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The reason.
    pub code: RefusalCode,
    /// In how long it may be called, counted from the decision, as far as that is known.
    pub wait: Option<Duration>,
    /// What the reason is about: the quota that is used up, the capability that it lacks.
    pub about: Option<Cow<'static, str>>,
}

/// Why a target was not called, in one word. Explanations, filters and `x-wye-reason` name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is documented by its row in the table below")]
pub enum RefusalCode {
    Capability,
    Service,
    VectorSpace,
    Context,
    NotFree,
    NoPrice,
    PriceCap,
    MaxLatency,
    Excluded,
    NotAllowed,
    Rests,
    QuotaUsedUp,
    QuotaTooSmall,
    QuotaClosed,
    BreakerOpen,
    ProviderStorm,
    Vanished,
    Failed,
    RouteFilter,
    Loss,
    SwitchedOff,
}

/// One row of the table: the code, its name, its number where it is stored, and what it means.
type Row = (RefusalCode, &'static str, u8, &'static str);

impl RefusalCode {
    /// Every code with its name, the number that stands for it in the log, and what it means. A number is never used
    /// again for anything else.
    const TABLE: [Row; 21] = [
        (Self::Capability, "capability", 1, "it cannot do what the request needs"),
        (Self::Service, "service", 2, "its provider does not offer what is asked for"),
        (
            Self::VectorSpace,
            "vector_space",
            3,
            "its vectors cannot be compared with those of the first target",
        ),
        (Self::Context, "context", 4, "the request does not fit its context"),
        (Self::NotFree, "not_free", 5, "it is not proved to cost nothing, and the request may cost nothing"),
        (Self::NoPrice, "no_price", 6, "its price is not known, and a budget pays"),
        (Self::PriceCap, "price_cap", 7, "it is expected to cost more than the request may"),
        (Self::MaxLatency, "max_latency", 8, "it is slower than the request allows"),
        (Self::Excluded, "excluded", 9, "the request excludes it"),
        (Self::NotAllowed, "not_allowed", 10, "the key may not use it"),
        (Self::Rests, "rests", 11, "every account of its provider rests"),
        (Self::QuotaUsedUp, "quota_used_up", 12, "a quota of its provider is used up"),
        (Self::QuotaTooSmall, "quota_too_small", 13, "the request is larger than a quota of its provider"),
        (Self::QuotaClosed, "quota_closed", 14, "a quota of its provider lets nothing through"),
        (Self::BreakerOpen, "breaker_open", 15, "its circuit breaker is open"),
        (Self::ProviderStorm, "provider_storm", 16, "its provider refuses everybody at the moment"),
        (Self::Vanished, "vanished", 17, "it is no longer configured"),
        (Self::Failed, "failed", 18, "it failed lately and is left alone for a while"),
        (Self::RouteFilter, "route_filter", 19, "the filter of its route leaves it out"),
        (Self::Loss, "loss", 20, "it cannot be told everything in the request"),
        (Self::SwitchedOff, "switched_off", 21, "the operator has switched it off"),
    ];

    const fn row(self) -> &'static Row {
        // The table stands in the order of the enum; a test says so.
        &Self::TABLE[self as usize]
    }

    /// Its name, in lower case with underscores.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().1
    }

    /// What it means, as the end of "it was not called: …".
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        self.row().3
    }

    /// The number that stands for it where it is stored.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.row().2
    }

    /// The code of a stored number; `None` for one that a newer version wrote.
    #[must_use]
    pub fn of_number(number: u8) -> Option<Self> {
        Self::all().find(|code| code.number() == number)
    }

    /// Every code, in the order in which pages list them.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::TABLE.iter().map(|row| row.0)
    }
}

/// Counts one more refusal for a reason.
pub fn one_more(counts: &mut Vec<(RefusalCode, u32)>, code: RefusalCode) {
    match counts.iter_mut().find(|(known, _)| *known == code) {
        Some((_, count)) => *count = count.saturating_add(1),
        None => counts.push((code, 1)),
    }
}

impl fmt::Display for RefusalCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Refusal {
    /// A refusal that its code says all about.
    #[must_use]
    pub const fn new(code: RefusalCode) -> Self {
        Self { code, wait: None, about: None }
    }

    /// The same, with what it is about.
    #[must_use]
    pub fn about(self, about: impl Into<Cow<'static, str>>) -> Self {
        Self { about: Some(about.into()), ..self }
    }

    /// The same, with the time until which it holds, as far as that is known.
    #[must_use]
    pub fn waits(self, wait: Option<Duration>) -> Self {
        Self { wait, ..self }
    }
}

/// The sentence, for people.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use RefusalCode as Code;
        let seconds = self.wait.map(|wait| wait.as_secs() + 1);
        match (self.code, &self.about, seconds) {
            (Code::QuotaUsedUp, Some(quota), Some(wait)) => {
                write!(f, "used up for another {wait} s: {quota}")
            }
            (Code::QuotaUsedUp, Some(quota), None) => write!(f, "used up: {quota}"),
            (Code::QuotaTooSmall, Some(quota), _) => {
                write!(f, "the request is larger than it allows: {quota}")
            }
            (Code::QuotaClosed, Some(quota), _) => write!(f, "nothing is let through: {quota}"),
            (Code::Rests, None, Some(wait)) => write!(f, "every account rests for another {wait} s"),
            (Code::Rests, None, None) => f.write_str("every account rests"),
            (Code::Service, Some(kind), _) => write!(f, "its provider serves no {kind}"),
            (Code::Capability, Some(needs), _) => write!(f, "it cannot do what the request needs: {needs}"),
            (Code::VectorSpace, Some(model), _) => write!(f, "its vectors are not those of {model}"),
            (code, about, wait) => {
                f.write_str(code.meaning())?;
                if let Some(about) = about {
                    write!(f, ": {about}")?;
                }
                wait.map_or(Ok(()), |wait| write!(f, ", for another {wait} s"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_the_enum() {
        for (place, code) in RefusalCode::all().enumerate() {
            assert_eq!(code as usize, place, "{code}");
            assert_eq!(RefusalCode::of_number(code.number()), Some(code));
            assert_eq!(RefusalCode::all().filter(|other| other.name() == code.name()).count(), 1);
        }
        assert_eq!((RefusalCode::of_number(0), RefusalCode::of_number(255)), (None, None));
    }

    #[test]
    fn a_refusal_reads_as_a_sentence() {
        let quota = "3 requests a minute of p/1 m";
        let used_up = Refusal::new(RefusalCode::QuotaUsedUp).about(quota);
        let wait = Some(Duration::from_millis(3200));
        for (refusal, text) in [
            (used_up.clone().waits(wait), "used up for another 4 s: 3 requests a minute of p/1 m"),
            (used_up, "used up: 3 requests a minute of p/1 m"),
            (Refusal::new(RefusalCode::Rests).waits(wait), "every account rests for another 4 s"),
            (Refusal::new(RefusalCode::NoPrice), "its price is not known, and a budget pays"),
            (
                Refusal::new(RefusalCode::BreakerOpen).waits(wait),
                "its circuit breaker is open, for another 4 s",
            ),
            (
                Refusal::new(RefusalCode::Capability).about("tools"),
                "it cannot do what the request needs: tools",
            ),
        ] {
            assert_eq!(refusal.to_string(), text);
        }
    }
}
