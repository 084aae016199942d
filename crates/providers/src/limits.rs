//! What answers say about limits: how much is left ([`read_windows`]), what a refusal's words tell ([`read_refusal`]), and
//! when a provider that refused can be called again ([`read_retry_after`]).
//!
//! The latter only on a 429, 503 or 529: `retry-after` also stands on answers that went well (recorded for three
//! vendors), where it means nothing.

use std::time::Duration;

mod refusal;
mod wait;
mod window;

pub use refusal::read_refusal;
pub use window::{Measure, Window, read_windows};

/// The time that most limits are counted in.
pub const MINUTE: Duration = Duration::from_secs(60);
/// The time that the longest limits worth counting are counted in.
pub const DAY: Duration = Duration::from_secs(24 * 3600);

/// How a vendor counts what its headers leave unsaid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counting {
    /// The time that limits on requests are counted in where their header names none. `None`: nobody knows, so that only
    /// what is left until the reset can be believed.
    pub requests: Option<Duration>,
    /// The same of limits on tokens.
    pub tokens: Option<Duration>,
    /// Whether what is used comes back evenly, a reset being the time until all of it is back. Otherwise all of it comes
    /// back at once.
    pub refills: bool,
    /// The time zone whose midnight ends its days, as the tz database names it. Empty: a day is any 24 hours.
    pub day_zone: &'static str,
}

impl Counting {
    /// Of a vendor nothing is known.
    pub const UNKNOWN: Self = Self { requests: None, tokens: None, refills: false, day_zone: "" };
    /// Minutes, of which no more is known.
    pub const MINUTES: Self = Self { requests: Some(MINUTE), tokens: Some(MINUTE), ..Self::UNKNOWN };
    /// Minutes, whose use comes back evenly: recorded 6 ms for one of 10000 requests.
    pub const BUCKETS: Self = Self { refills: true, ..Self::MINUTES };
}

/// Looks a header up by its lower-case name.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<&'a str>;

/// What vendors limit, with the names of the headers that say how much is left and when it is whole again.
const WINDOWS: [(&str, &str); 10] = [
    ("x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"),
    ("x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
    ("x-ratelimit-remaining-input-images", "x-ratelimit-reset-input-images"),
    ("anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"),
    ("anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"),
    ("anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset"),
    ("anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset"),
    ("x-ratelimit-remaining", "x-ratelimit-reset"),
    ("ratelimit-remaining", "ratelimit-reset"),
    ("ratelimitbysize-remaining", "ratelimitbysize-reset"),
];

/// How long to wait before calling again. `now_unix_ms` is the present, for vendors that name a moment.
///
/// `retry-after-ms` and `retry-after` come first. Without them the latest reset among the exhausted windows counts;
/// if none says it is exhausted, the soonest reset of all. A moment that has passed means no wait. `None`: the headers
/// do not say.
#[must_use]
pub fn read_retry_after(header: Lookup<'_>, now_unix_ms: u64) -> Option<Duration> {
    let read = |text: &str| wait::read(text, now_unix_ms);
    let ms = header("retry-after-ms").and_then(|text| text.trim().parse::<f64>().ok());
    let precise = ms.and_then(|ms| wait::seconds(ms / 1000.0));
    // Azure rounds a second down to `retry-after-ms: 0` (`openai_chat__error_429__01`).
    if let Some(wait) = precise.filter(|wait| !wait.is_zero()) {
        return Some(wait);
    }
    if let Some(wait) = header("retry-after").and_then(read).or(precise) {
        return Some(wait);
    }
    let mut soonest: Option<Duration> = None;
    let mut exhausted: Option<Duration> = None;
    let plain = WINDOWS.iter().filter_map(|(remaining, reset)| {
        let wait = match header(&format!("x-ratelimit-renewalperiod-{}", reset.rsplit('-').next()?)) {
            Some(_) => window::milliseconds(header(reset)?)?,
            None => read(header(reset)?)?,
        };
        Some((header(remaining).is_some_and(is_zero), wait))
    });
    for (is_exhausted, wait) in plain.chain(header("ratelimit").and_then(structured)) {
        soonest = Some(soonest.map_or(wait, |s| s.min(wait)));
        if is_exhausted {
            exhausted = Some(exhausted.map_or(wait, |e| e.max(wait)));
        }
    }
    exhausted.or(soonest)
}

fn is_zero(text: &str) -> bool {
    text.trim().parse::<f64>().is_ok_and(|n| n <= 0.0)
}

/// The IETF draft's `"name";r=12;t=2`: what remains and the seconds to the reset.
fn structured(text: &str) -> Option<(bool, Duration)> {
    let left = window::structured(text)?;
    Some((left.remaining == Some(0), left.reset?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-01-31T12:00:00Z.
    const NOW: u64 = 1_769_860_800_000;

    fn wait(headers: &[(&'static str, &'static str)]) -> Option<Duration> {
        read_retry_after(&|name| headers.iter().find(|(n, _)| *n == name).map(|(_, v)| *v), NOW)
    }

    #[test]
    fn every_recorded_shape_is_read() {
        for (text, ms) in [
            ("7", 7_000),
            ("0", 0),
            ("-3", 0),
            ("1.5", 1_500),
            ("12ms", 12),
            ("8.6ms", 8),
            ("17.399999999s", 17_399),
            ("2m59.56s", 179_560),
            ("1h0m0s", 3_600_000),
            ("Sat, 31 Jan 2026 12:00:30 GMT", 30_000),
            ("Sat, 31 Jan 2026 11:00:30 GMT", 0),
            ("2026-01-31T12:00:05Z", 5_000),
            ("2026-01-31T13:00:05.250+01:00", 5_250),
            ("2026-03-01T12:00:00Z", 29 * 86_400_000),
            ("1769860802", 2_000),
            ("1769860802500", 2_500),
        ] {
            assert_eq!(wait(&[("retry-after", text)]).unwrap().as_millis(), ms, "{text}");
        }
        for text in
            ["", "soon", "5x", "1e999", "NaN", "2026-13-01T00:00:00Z", "Sat, 31 Foo 2026 12:00:30 GMT"]
        {
            assert_eq!(
                wait(&[("retry-after", text)]).map(|d| d.as_secs()).filter(|s| *s > 0),
                None,
                "{text}"
            );
        }
    }

    #[test]
    fn the_most_direct_header_wins() {
        let all = [
            ("retry-after-ms", "250"),
            ("retry-after", "9"),
            ("x-ratelimit-reset-requests", "1m0s"),
            ("x-ratelimit-remaining-requests", "0"),
        ];
        assert_eq!(wait(&all), Some(Duration::from_millis(250)));
        assert_eq!(wait(&all[1..]), Some(Duration::from_secs(9)));
        assert_eq!(wait(&all[2..]), Some(Duration::from_secs(60)));
        assert_eq!(wait(&[]), None);
        // Recording azure/openai_chat__error_429__01.
        assert_eq!(wait(&[("retry-after-ms", "0"), ("retry-after", "1")]), Some(Duration::from_secs(1)));
        assert_eq!(wait(&[("retry-after-ms", "0")]), Some(Duration::ZERO));
    }

    #[test]
    fn exhausted_windows_count_before_others() {
        let both = |requests, tokens| {
            wait(&[
                ("x-ratelimit-remaining-requests", requests),
                ("x-ratelimit-reset-requests", "2m0s"),
                ("x-ratelimit-remaining-tokens", tokens),
                ("x-ratelimit-reset-tokens", "6s"),
            ])
            .unwrap()
            .as_secs()
        };
        assert_eq!([both("0", "0"), both("0", "5"), both("5", "0"), both("5", "5")], [120, 120, 6, 6]);
        assert_eq!(wait(&[("ratelimit", "\"resolvers\";r=0;t=2")]), Some(Duration::from_secs(2)));
        // Recording azure/openai_chat__chat__01: milliseconds of a renewal period.
        let azure = [("x-ratelimit-renewalperiod-requests", "60"), ("x-ratelimit-reset-requests", "500")];
        assert_eq!(wait(&azure), Some(Duration::from_millis(500)));
        assert_eq!(
            wait(&[("anthropic-ratelimit-tokens-reset", "2026-01-31T12:01:00Z")]),
            Some(Duration::from_secs(60))
        );
    }
}
