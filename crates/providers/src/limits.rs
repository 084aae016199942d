//! When a provider can be called again, read from the headers of a 429, 503 or 529.
//!
//! Only those: `retry-after` also stands on answers that went well (recorded for three vendors), where it means
//! nothing.

use std::time::Duration;

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
    if let Some(ms) = header("retry-after-ms").and_then(|text| text.trim().parse::<f64>().ok()) {
        return seconds(ms / 1000.0);
    }
    let read = |text: &str| read_wait(text, now_unix_ms);
    if let Some(wait) = header("retry-after").and_then(read) {
        return Some(wait);
    }
    let mut soonest: Option<Duration> = None;
    let mut exhausted: Option<Duration> = None;
    let plain = WINDOWS.iter().filter_map(|(remaining, reset)| {
        Some((header(remaining).is_some_and(is_zero), read(header(reset)?)?))
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
    let field = |name: &str| {
        text.split([';', ',']).find_map(|part| part.trim().strip_prefix(name)?.trim().strip_prefix('='))
    };
    let wait = seconds(field("t")?.parse().ok()?)?;
    Some((field("r").is_some_and(is_zero), wait))
}

/// Reads a wait in any of the shapes vendors use: seconds, Go durations, HTTP dates, RFC 3339 and Unix times.
fn read_wait(text: &str, now_unix_ms: u64) -> Option<Duration> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        // A bare number this large cannot be a wait: it is a moment.
        return match number {
            n if n >= 1e12 => until(n, now_unix_ms),
            n if n >= 1e9 => until(n * 1000.0, now_unix_ms),
            n => seconds(n),
        };
    }
    go_duration(text).or_else(|| {
        let unix_s = rfc3339(text).or_else(|| http_date(text))?;
        until(unix_s * 1000.0, now_unix_ms)
    })
}

fn seconds(n: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(n.max(0.0)).ok()
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit a double exactly")]
fn until(unix_ms: f64, now_unix_ms: u64) -> Option<Duration> {
    seconds((unix_ms - now_unix_ms as f64) / 1000.0)
}

/// Go's text of a duration: `2m59.56s`, `12ms`, `1h0m0s`.
fn go_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(digits);
        let unit_len = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_len);
        let scale = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" | "μs" => 1e-6,
            "ns" => 1e-9,
            "d" => 86400.0,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * scale;
        rest = tail;
    }
    (!text.is_empty()).then(|| seconds(total)).flatten()
}

/// `2026-01-31T12:00:00.5Z` or with an offset, as Unix seconds.
fn rfc3339(text: &str) -> Option<f64> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let [year, month, day] = three(date, '-')?;
    let (clock, offset) = match time.find(['Z', 'z', '+', '-']) {
        Some(at) => (time.get(..at)?, time.get(at..)?),
        None => (time, "Z"),
    };
    let offset = match offset.chars().next()? {
        'Z' | 'z' => 0.0,
        sign => {
            let (hours, minutes) = offset.get(1..)?.split_once(':')?;
            let shift = hours.parse::<f64>().ok()? * 3600.0 + minutes.parse::<f64>().ok()? * 60.0;
            if sign == '-' { -shift } else { shift }
        }
    };
    Some(days(year, month, day)? * 86400.0 + time_of_day(clock)? - offset)
}

/// RFC 9110's date, `Sun, 06 Nov 1994 08:49:37 GMT`, as Unix seconds.
fn http_date(text: &str) -> Option<f64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, rest) = text.split_once(", ")?;
    let mut parts = rest.split_ascii_whitespace();
    let day = parts.next()?.parse().ok()?;
    let name = parts.next()?;
    let month = (1_i64..).zip(MONTHS).find(|(_, m)| m.eq_ignore_ascii_case(name))?.0;
    let year = parts.next()?.parse().ok()?;
    let clock = parts.next()?;
    Some(days(year, month, day)? * 86400.0 + time_of_day(clock)?)
}

fn three(text: &str, by: char) -> Option<[i64; 3]> {
    let mut parts = text.split(by).map(|p| p.parse::<i64>().ok());
    let all = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(all)
}

fn time_of_day(clock: &str) -> Option<f64> {
    let mut parts = clock.splitn(3, ':');
    let hours: f64 = parts.next()?.parse().ok()?;
    let minutes: f64 = parts.next()?.parse().ok()?;
    let seconds: f64 = parts.next()?.parse().ok()?;
    Some(hours * 3600.0 + minutes * 60.0 + seconds)
}

/// Days from 1970-01-01 to a date of the Gregorian calendar. Years are counted from March, so that the leap day comes
/// last; 146097 days are 400 years.
#[expect(clippy::cast_precision_loss, reason = "days of four-digit years fit a double exactly")]
fn days(year: i64, month: i64, day: i64) -> Option<f64> {
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year / 400, year % 400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some((era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468) as f64)
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
        assert_eq!(
            wait(&[("anthropic-ratelimit-tokens-reset", "2026-01-31T12:01:00Z")]),
            Some(Duration::from_secs(60))
        );
    }
}
