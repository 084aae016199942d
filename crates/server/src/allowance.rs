//! What clients are told of their limits, in the headers that their SDKs read: OpenAI's names, and Anthropic's on its
//! own door.

use std::time::Duration;

use http::HeaderName;
use jiff::Timestamp;
use wye_types::DialectId;

use crate::decimal;

/// The headers of one measure: the limit, what is left of it, when all of it is there again.
type Names = [HeaderName; 3];

const REQUESTS: Names = [
    HeaderName::from_static("x-ratelimit-limit-requests"),
    HeaderName::from_static("x-ratelimit-remaining-requests"),
    HeaderName::from_static("x-ratelimit-reset-requests"),
];
const TOKENS: Names = [
    HeaderName::from_static("x-ratelimit-limit-tokens"),
    HeaderName::from_static("x-ratelimit-remaining-tokens"),
    HeaderName::from_static("x-ratelimit-reset-tokens"),
];
const ANTHROPIC_REQUESTS: Names = [
    HeaderName::from_static("anthropic-ratelimit-requests-limit"),
    HeaderName::from_static("anthropic-ratelimit-requests-remaining"),
    HeaderName::from_static("anthropic-ratelimit-requests-reset"),
];
const ANTHROPIC_TOKENS: Names = [
    HeaderName::from_static("anthropic-ratelimit-tokens-limit"),
    HeaderName::from_static("anthropic-ratelimit-tokens-remaining"),
    HeaderName::from_static("anthropic-ratelimit-tokens-reset"),
];
pub(crate) const BACKOFF: HeaderName = HeaderName::from_static("x-wye-backoff");

/// The names under which a client is told of its limits of requests and of tokens: of each the limit, what is left of it,
/// when all of it is there again.
pub(crate) fn names(anthropic: bool) -> [HeaderName; 6] {
    let [[a, b, c], [d, e, f]] =
        if anthropic { [ANTHROPIC_REQUESTS, ANTHROPIC_TOKENS] } else { [REQUESTS, TOKENS] };
    [a, b, c, d, e, f]
}

/// Writes when all of a limit is there again, in the words of the dialect that the client speaks.
pub(crate) fn write_reset(out: &mut String, dialect: DialectId, at_ms: u64, wait: Duration) {
    match dialect {
        DialectId::AnthropicMessages => out.push_str(&stamp(at_ms, wait)),
        _ => span(out, wait),
    }
}

/// Whether a provider's header speaks of limits, which beside those of the client's own would contradict them.
pub(crate) fn speaks_of_limits(name: &HeaderName) -> bool {
    let name = name.as_str();
    ["x-ratelimit", "anthropic-ratelimit-", "ratelimit"].iter().any(|prefix| name.starts_with(prefix))
}

/// A time as OpenAI writes it: `6m0s`, `1s`, `20ms`, `1h2m3s`. Rounded up, so that whoever waits as told has waited long
/// enough.
fn span(out: &mut String, wait: Duration) {
    let ms = u64::try_from(wait.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
    if ms < 1000 {
        decimal::put(out, ms);
        return out.push_str(if ms == 0 { "s" } else { "ms" });
    }
    let s = ms.div_ceil(1000);
    let (h, m, s) = (s / 3600, s / 60 % 60, s % 60);
    for (number, unit, is_told) in [(h, 'h', h > 0), (m, 'm', h > 0 || m > 0), (s, 's', true)] {
        if is_told {
            decimal::put(out, number);
            out.push(unit);
        }
    }
}

/// A moment as Anthropic writes it: RFC 3339, in whole seconds, rounded up.
fn stamp(at_ms: u64, wait: Duration) -> String {
    let ms = u128::from(at_ms) + wait.as_nanos().div_ceil(1_000_000);
    let seconds = i64::try_from(ms.div_ceil(1000)).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_each_vendor_does() {
        let written = [0, 1, 20_000_000, 1_000_000_000, 1_000_000_001, 360_000_000_000, 86_399_500_000_000]
            .map(|nanos| {
                let mut text = String::new();
                span(&mut text, Duration::from_nanos(nanos));
                text
            });
        assert_eq!(written, ["0s", "1ms", "20ms", "1s", "2s", "6m0s", "24h0m0s"]);
        assert_eq!(stamp(1_795_000_000_000, Duration::from_millis(1)), "2026-11-18T11:06:41Z");
    }

    #[test]
    fn a_providers_words_about_limits_are_known_by_their_names() {
        for name in ["x-ratelimit-limit-tokens", "anthropic-ratelimit-requests-reset", "ratelimit-policy"] {
            assert!(speaks_of_limits(&HeaderName::from_static(name)), "{name}");
        }
        for name in ["retry-after", "x-upstream-request-id"] {
            assert!(!speaks_of_limits(&HeaderName::from_static(name)), "{name}");
        }
    }
}
