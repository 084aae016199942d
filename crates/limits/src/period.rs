//! How long an amount counts.

use std::time::Duration;

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

/// How long an amount counts against its limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Period {
    /// For this long after it was reserved.
    Rolling(Duration),
    /// Until the day, week or month ends in a time zone.
    Calendar(Unit, TimeZone),
    /// For ever.
    Total,
}

/// A unit of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// From midnight to midnight.
    Day,
    /// From Monday to Monday.
    Week,
    /// From the first to the first.
    Month,
}

impl Period {
    /// The last sixty seconds.
    pub const MINUTE: Self = Self::Rolling(Duration::from_secs(60));

    /// Its name: seconds, or unit and time zone.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Rolling(span) => format!("{} s", span.as_secs_f64()),
            Self::Calendar(unit, zone) => {
                let unit = match unit {
                    Unit::Day => "day",
                    Unit::Week => "week",
                    Unit::Month => "month",
                };
                format!("{unit} {}", zone.iana_name().unwrap_or("fixed"))
            }
            Self::Total => "total".to_owned(),
        }
    }

    /// A calendar unit in UTC.
    #[must_use]
    pub const fn utc(unit: Unit) -> Self {
        Self::Calendar(unit, TimeZone::UTC)
    }
}

impl Unit {
    /// When the unit that holds a moment began and will end, in Unix milliseconds. A moment that the calendar cannot
    /// hold (beyond the year 9999) gets a unit that never ends.
    #[must_use]
    pub fn around(self, unix_ms: u64, zone: &TimeZone) -> (u64, u64) {
        self.bounds(unix_ms, zone).unwrap_or((0, u64::MAX))
    }

    fn bounds(self, unix_ms: u64, zone: &TimeZone) -> Option<(u64, u64)> {
        let now = Timestamp::from_millisecond(i64::try_from(unix_ms).ok()?).ok()?.to_zoned(zone.clone());
        let today = now.start_of_day().ok()?;
        let start = match self {
            Self::Day => today,
            Self::Week => {
                let since = i64::from(today.weekday().since(Weekday::Monday));
                today.checked_sub(since.days()).ok()?
            }
            Self::Month => today.first_of_month().ok()?,
        };
        let span = match self {
            Self::Day => 1.day(),
            Self::Week => 7.days(),
            Self::Month => 1.month(),
        };
        let end = start.checked_add(span).ok()?.start_of_day().ok()?;
        Some((unix(&start)?, unix(&end)?))
    }
}

fn unix(at: &Zoned) -> Option<u64> {
    u64::try_from(at.timestamp().as_millisecond()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(unit: Unit, at: &str, zone: &str) -> (String, String) {
        let zone = TimeZone::get(zone).unwrap();
        let at: Timestamp = at.parse().unwrap();
        let (from, to) = unit.around(u64::try_from(at.as_millisecond()).unwrap(), &zone);
        let say = |ms: u64| Timestamp::from_millisecond(i64::try_from(ms).unwrap()).unwrap().to_string();
        (say(from), say(to))
    }

    #[test]
    fn units_begin_and_end_where_people_say() {
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        // Google's free tier counts its days in California; this one has 23 hours.
        assert_eq!(
            around(Unit::Day, "2026-03-08T20:00:00Z", "America/Los_Angeles"),
            pair("2026-03-08T08:00:00Z", "2026-03-09T07:00:00Z")
        );
        assert_eq!(
            around(Unit::Week, "2026-11-21T05:00:00Z", "UTC"),
            pair("2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z")
        );
        assert_eq!(
            around(Unit::Month, "2026-02-28T20:00:00Z", "Asia/Bangkok"),
            pair("2026-02-28T17:00:00Z", "2026-03-31T17:00:00Z")
        );
    }

    #[test]
    fn what_no_calendar_holds_never_ends() {
        assert_eq!(Unit::Day.around(u64::MAX, &TimeZone::UTC), (0, u64::MAX));
    }
}
