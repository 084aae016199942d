//! Times as text (RFC 3339) and as Unix seconds.

/// Unix seconds of a time such as `2026-08-17T15:57:12.77Z` or `…+02:00`. Fractions are left out.
pub(crate) fn unix_seconds(time: &str) -> Option<i64> {
    let number = |from: usize, to: usize| time.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let seconds = number(11, 13)? * 3600 + number(14, 16)? * 60 + number(17, 19)?;
    // Days since the epoch by counting years from March, so that a leap day comes last.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days =
        365 * y + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + (153 * m + 2) / 5 + day - 1;
    Some((days - 719_468) * 86_400 + seconds - offset(time.get(19..)?))
}

/// Seconds by which a time's zone is ahead of UTC, from what follows its seconds.
fn offset(tail: &str) -> i64 {
    let zone = tail.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let sign = match zone.as_bytes().first() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return 0,
    };
    let number = |from: usize, to: usize| zone.get(from..to).and_then(|n| n.parse::<i64>().ok()).unwrap_or(0);
    sign * (number(1, 3) * 3600 + number(4, 6) * 60)
}

/// The time in UTC, to the second. Years before 1 and after 9999 become those.
pub(crate) fn rfc3339(unix: i64) -> String {
    let unix = unix.clamp(-62_135_596_800, 253_402_300_799);
    let (days, seconds) = (unix.div_euclid(86_400), unix.rem_euclid(86_400));
    // Years of 400 (146,097 days), then of March to February: the reverse of the counting above.
    let day = days + 719_468;
    let (era, day) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let m = (5 * day + 2) / 153;
    let (month, day) = (if m < 10 { m + 3 } else { m - 9 }, day - (153 * m + 2) / 5 + 1);
    let year = era * 400 + year + i64::from(month <= 2);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_four_centuries_goes_both_ways() {
        for day in -146_097..146_097 {
            let unix = day * 86_400 + 86_399;
            let text = rfc3339(unix);
            assert_eq!(unix_seconds(&text), Some(unix), "{text}");
        }
    }

    #[test]
    fn times_are_read_as_they_are_written_by_others() {
        assert_eq!(rfc3339(1_786_982_232), "2026-08-17T15:57:12Z");
        assert_eq!(unix_seconds("2026-08-17T15:57:12.772341Z"), Some(1_786_982_232));
        assert_eq!(unix_seconds("2026-08-17T17:57:12.772341+02:00"), Some(1_786_982_232));
        assert_eq!(unix_seconds("2026-08-17T10:27:12-05:30"), Some(1_786_982_232));
        assert_eq!(unix_seconds("yesterday"), None);
        assert_eq!(rfc3339(i64::MIN), "0001-01-01T00:00:00Z");
        assert_eq!(rfc3339(i64::MAX), "9999-12-31T23:59:59Z");
    }
}
