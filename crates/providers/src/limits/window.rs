//! How much of a provider's limits is left.
//!
//! Vendors agree on three words (`limit`, `remaining`, `reset`), not on their place, the name of what is limited, or the
//! period: `x-ratelimit-remaining-tokens`, `anthropic-ratelimit-tokens-remaining`, `x-ratelimit-limit-req-minute`,
//! `ratelimit: "api";r=999;t=295`. So the words of a name are read one by one.

use std::time::Duration;

use super::wait;

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Calls.
    Requests,
    /// Tokens of either kind.
    Tokens,
    /// Tokens of prompts.
    InputTokens,
    /// Tokens of answers.
    OutputTokens,
    /// Pictures in prompts.
    InputImages,
    /// Something else: characters, pages.
    Other,
}

/// One limit, as far as the headers tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// What it counts.
    pub of: Measure,
    /// The time it is counted in. `None`: the vendor does not say (mostly a minute).
    pub per: Option<Duration>,
    /// How much there is in all.
    pub limit: Option<u64>,
    /// How much is left.
    pub remaining: Option<u64>,
    /// When it is whole again, from now.
    pub reset: Option<Duration>,
}

impl Window {
    const fn new(of: Measure, per: Option<Duration>) -> Self {
        Self { of, per, limit: None, remaining: None, reset: None }
    }
}

/// What a header tells of its window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fact {
    Limit,
    Remaining,
    Reset,
    Period,
}

/// Reads every limit that the headers of an answer tell of, in the order of their first mention. Names are lower case;
/// `now_unix_ms` is the present, for vendors that name a moment.
pub fn read_windows<'a>(headers: impl Iterator<Item = (&'a str, &'a str)>, now_unix_ms: u64) -> Vec<Window> {
    let mut windows: Vec<Window> = Vec::new();
    let (mut resets, mut renewals) = (Vec::new(), Vec::new());
    let mut policy = None;
    for (name, value) in headers {
        match name {
            "ratelimit" => windows.extend(structured(value)),
            "ratelimit-policy" => policy = structured(value),
            _ => {
                let Some((of, per, fact)) = name_of(name) else { continue };
                let number = value.trim().parse::<u64>().ok();
                let at = windows.iter().position(|w| w.of == of && w.per == per);
                let at = at.unwrap_or_else(|| {
                    windows.push(Window::new(of, per));
                    windows.len() - 1
                });
                let window = &mut windows[at];
                match fact {
                    Fact::Limit => window.limit = number,
                    Fact::Remaining => window.remaining = number,
                    Fact::Period => renewals.extend(number.map(|seconds| (at, Duration::from_secs(seconds)))),
                    Fact::Reset => resets.push((at, value)),
                }
            }
        }
    }
    for (at, period) in &renewals {
        windows[*at].per = Some(*period);
    }
    for (at, value) in resets {
        // Where a renewal period is given, bare numbers are milliseconds of it: recorded `500` for one of 120
        // requests, `7` for 14 of 120,000 tokens, both of 60 seconds.
        let renewed = renewals.iter().any(|(renewed, _)| *renewed == at);
        let renewed = renewed.then(|| milliseconds(value)).flatten();
        windows[at].reset = renewed.or_else(|| wait::read(value, now_unix_ms));
    }
    if let (Some(policy), Some(window)) = (policy, windows.iter_mut().find(|w| w.limit.is_none())) {
        (window.limit, window.per) = (policy.limit, policy.per);
    }
    windows.retain(|w| w.limit.is_some() || w.remaining.is_some() || w.reset.is_some());
    windows
}

/// A bare number, in milliseconds.
pub(super) fn milliseconds(text: &str) -> Option<Duration> {
    text.trim().parse::<u64>().ok().map(Duration::from_millis)
}

/// The IETF draft's fields: `r` and `t` of `ratelimit`, `q` and `w` of `ratelimit-policy`.
pub(super) fn structured(text: &str) -> Option<Window> {
    let field = |name: &str| -> Option<u64> {
        let mut parts = text.split([';', ',']);
        parts.find_map(|part| part.trim().strip_prefix(name)?.trim().strip_prefix('='))?.trim().parse().ok()
    };
    let seconds = |name: &str| field(name).map(Duration::from_secs);
    let window = Window {
        of: Measure::Requests,
        per: seconds("w"),
        limit: field("q"),
        remaining: field("r"),
        reset: seconds("t"),
    };
    (window.limit.is_some() || window.remaining.is_some() || window.reset.is_some()).then_some(window)
}

/// What a header's name says. `None`: it is not about how much is left.
fn name_of(name: &str) -> Option<(Measure, Option<Duration>, Fact)> {
    const PREFIXES: [&str; 5] =
        ["x-ratelimit-", "anthropic-ratelimit-", "x-ratelimitbysize-", "ratelimitbysize-", "ratelimit-"];
    let (prefix, rest) = PREFIXES.iter().find_map(|prefix| Some((prefix, name.strip_prefix(prefix)?)))?;
    let mut fact = None;
    let mut per = None;
    let mut number = 1;
    let (mut tokens, mut requests, mut input, mut output, mut images, mut other) =
        (prefix.contains("bysize"), false, false, false, false, false);
    for word in rest.split('-') {
        match word {
            "limit" => fact = Some(Fact::Limit),
            "remaining" => fact = Some(Fact::Remaining),
            "reset" => fact = Some(Fact::Reset),
            "renewalperiod" => fact = Some(Fact::Period),
            "requests" | "req" => requests = true,
            "tokens" => tokens = true,
            "input" | "prompt" => input = true,
            "output" | "completion" => output = true,
            "images" => images = true,
            "second" => per = Some(number),
            "minute" => per = Some(number * 60),
            "hour" => per = Some(number * 3600),
            "day" => per = Some(number * 86_400),
            "month" => per = Some(number * 30 * 86_400),
            // What a call cost, whether it was too often, and whose limit it is.
            "query" | "cost" | "active" | "key" | "policy" => return None,
            word => match word.parse::<u64>() {
                Ok(n @ 1..=1000) => number = n,
                _ => other = true,
            },
        }
    }
    let of = match () {
        () if other => Measure::Other,
        () if images => Measure::InputImages,
        () if tokens && input => Measure::InputTokens,
        () if tokens && output => Measure::OutputTokens,
        () if tokens => Measure::Tokens,
        () if requests || !(input || output) => Measure::Requests,
        () => Measure::Other,
    };
    // One vendor's compatible endpoint says `x-ratelimit-requests` for the limit.
    let fact = fact.or((requests || tokens).then_some(Fact::Limit))?;
    Some((of, per.map(Duration::from_secs), fact))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-08-19T14:35:10Z.
    const NOW: u64 = 1_787_150_110_000;
    const MINUTE: Option<Duration> = Some(Duration::from_secs(60));

    fn read(headers: &[(&str, &str)]) -> Vec<Window> {
        read_windows(headers.iter().copied(), NOW)
    }

    fn window(of: Measure, per: Option<Duration>, limit: u64, left: u64, reset_ms: Option<u64>) -> Window {
        Window {
            of,
            per,
            limit: Some(limit),
            remaining: Some(left),
            reset: reset_ms.map(Duration::from_millis),
        }
    }

    /// Recordings groq/openai_chat__stream__01 and openai/openai_chat__stream_vision__01: Go's durations.
    #[test]
    fn durations_of_go() {
        let windows = read(&[
            ("x-ratelimit-limit-requests", "14400"),
            ("x-ratelimit-limit-tokens", "6000"),
            ("x-ratelimit-remaining-requests", "14399"),
            ("x-ratelimit-remaining-tokens", "5987"),
            ("x-ratelimit-reset-requests", "6s"),
            ("x-ratelimit-reset-tokens", "130ms"),
            ("x-ratelimit-remaining-input-images", "249999"),
        ]);
        assert_eq!(windows[0], window(Measure::Requests, None, 14_400, 14_399, Some(6000)));
        assert_eq!(windows[1], window(Measure::Tokens, None, 6000, 5987, Some(130)));
        assert_eq!((windows[2].of, windows[2].remaining), (Measure::InputImages, Some(249_999)));
    }

    /// Recording anthropic/anthropic_messages__builtin_tools__01: moments, and tokens of both kinds apart.
    #[test]
    fn moments_of_rfc_3339() {
        let windows = read(&[
            ("anthropic-ratelimit-requests-limit", "10000"),
            ("anthropic-ratelimit-requests-remaining", "9999"),
            ("anthropic-ratelimit-requests-reset", "2026-08-19T14:35:14Z"),
            ("anthropic-ratelimit-input-tokens-limit", "10000000"),
            ("anthropic-ratelimit-input-tokens-remaining", "9998000"),
            ("anthropic-ratelimit-input-tokens-reset", "2026-08-19T14:35:17Z"),
            ("anthropic-ratelimit-output-tokens-remaining", "2000000"),
            ("retry-after", "55"),
        ]);
        assert_eq!(windows[0], window(Measure::Requests, None, 10_000, 9999, Some(4000)));
        assert_eq!(windows[1], window(Measure::InputTokens, None, 10_000_000, 9_998_000, Some(7000)));
        assert_eq!((windows.len(), windows[2].of), (3, Measure::OutputTokens));
    }

    /// Recording azure/openai_chat__chat__01: 1 of 120 requests used is half a second of the minute.
    #[test]
    fn bare_milliseconds_of_a_renewal_period() {
        let windows = read(&[
            ("x-ratelimit-abusepenalty-active", "False"),
            ("x-ratelimit-limit-requests", "120"),
            ("x-ratelimit-limit-tokens", "120000"),
            ("x-ratelimit-remaining-requests", "119"),
            ("x-ratelimit-remaining-tokens", "119986"),
            ("x-ratelimit-renewalperiod-requests", "60"),
            ("x-ratelimit-renewalperiod-tokens", "60"),
            ("x-ratelimit-reset-requests", "500"),
            ("x-ratelimit-reset-tokens", "7"),
            ("x-ratelimit-key", "gpt-5-nano"),
        ]);
        assert_eq!(
            windows,
            [
                window(Measure::Requests, MINUTE, 120, 119, Some(500)),
                window(Measure::Tokens, MINUTE, 120_000, 119_986, Some(7)),
            ]
        );
    }

    /// Recording together/openai_chat__chat__01: bare seconds, and requests without a name.
    #[test]
    fn bare_seconds() {
        let windows = read(&[
            ("x-ratelimit", "false"),
            ("x-ratelimit-limit", "10"),
            ("x-ratelimit-remaining", "19"),
            ("x-ratelimit-reset", "2"),
            ("x-ratelimit-limit-tokens", "3000"),
            ("x-ratelimit-remaining-tokens", "3000"),
        ]);
        assert_eq!(
            windows,
            [
                window(Measure::Requests, None, 10, 19, Some(2000)),
                window(Measure::Tokens, None, 3000, 3000, None)
            ]
        );
    }

    /// Recordings mistral/openai_chat__cached_usage__01, embeddings__embeddings__01 and ocr__ocr__01; the windows of ten
    /// seconds and of a month are those of reference wire.md §3.
    #[test]
    fn periods_in_the_name() {
        let windows = read(&[
            ("x-ratelimit-limit-tokens-minute", "100000"),
            ("x-ratelimit-remaining-tokens-minute", "99281"),
            ("x-ratelimit-tokens-query-cost", "11"),
            ("x-ratelimit-limit-req-minute", "360"),
            ("x-ratelimit-remaining-req-minute", "354"),
            ("x-ratelimit-limit-req-10-second", "60"),
            ("x-ratelimit-remaining-tokens-month", "7"),
            ("x-ratelimit-limit-ocr-pages-minute", "1250"),
            ("ratelimitbysize-limit", "500000"),
        ]);
        let day =
            [("x-ratelimit-remaining-requests-day", "9"), ("x-ratelimit-reset-requests-day", "33011.4")];
        assert_eq!(read(&day)[0].reset, Some(Duration::from_millis(33_011_400)));
        assert_eq!(windows[0], window(Measure::Tokens, MINUTE, 100_000, 99_281, None));
        assert_eq!(windows[1], window(Measure::Requests, MINUTE, 360, 354, None));
        let periods: Vec<_> = windows.iter().map(|w| (w.of, w.per.map(|p| p.as_secs()))).collect();
        assert_eq!(
            periods[2..],
            [
                (Measure::Requests, Some(10)),
                (Measure::Tokens, Some(30 * 86_400)),
                (Measure::Other, Some(60)),
                (Measure::Tokens, None),
            ]
        );
    }

    /// Recordings huggingface/models__models__01 (structured), openai_chat__stream_vision__01 (plain) and
    /// openai_chat__stream__02 (several periods, and a count that stands for "no limit").
    #[test]
    fn the_forms_of_the_ietf_and_of_routed_providers() {
        let structured = read(&[
            ("ratelimit", "\"api\";r=999;t=295"),
            ("ratelimit-policy", "\"fixed window\";\"api\";q=1000;w=300"),
        ]);
        let five = Some(Duration::from_secs(300));
        assert_eq!(structured, [window(Measure::Requests, five, 1000, 999, Some(295_000))]);
        let plain =
            read(&[("ratelimit-limit", "400"), ("ratelimit-remaining", "399"), ("ratelimit-reset", "19")]);
        assert_eq!(plain, [window(Measure::Requests, None, 400, 399, Some(19_000))]);
        let routed = read(&[
            ("x-ratelimit-remaining-requests-day", "2879998"),
            ("x-ratelimit-remaining-requests-hour", "119998"),
            ("x-ratelimit-remaining-tokens-minute", "9223372036854767616"),
        ]);
        let left: Vec<_> = routed.iter().map(|w| (w.per.unwrap().as_secs(), w.remaining.unwrap())).collect();
        assert_eq!(left, [(86_400, 2_879_998), (3600, 119_998), (60, 9_223_372_036_854_767_616)]);
    }

    /// Recording anthropic/openai_chat__chat__01: the limit is named by what it counts alone.
    #[test]
    fn a_limit_without_the_word() {
        let windows = read(&[
            ("x-ratelimit-requests", "4000"),
            ("x-ratelimit-remaining-requests", "3999"),
            ("x-ratelimit-reset-requests", "0s"),
        ]);
        assert_eq!(windows, [window(Measure::Requests, None, 4000, 3999, Some(0))]);
    }

    #[test]
    fn what_is_no_limit_is_not_read() {
        for (name, value) in [
            ("x-ratelimit-limit-requests", "many"),
            ("x-ratelimit-reset-tokens", "soon"),
            ("ratelimit", "nonsense"),
            ("x-request-id", "1"),
            ("x-ratelimit-", "5"),
        ] {
            assert_eq!(read(&[(name, value)]), [], "{name}: {value}");
        }
    }
}
