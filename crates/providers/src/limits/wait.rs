//! Texts that say how long to wait: seconds, Go's durations, HTTP dates, RFC 3339 and Unix times.

use std::time::Duration;

/// Reads a wait in any of the shapes vendors use: seconds, Go durations, HTTP dates, RFC 3339 and Unix times.
pub(super) fn read(text: &str, now_unix_ms: u64) -> Option<Duration> {
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

/// Seconds as a duration; less than none is none.
pub(super) fn seconds(n: f64) -> Option<Duration> {
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
