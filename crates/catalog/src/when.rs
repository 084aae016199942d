//! When a price holds: from a day to a day, at some hours, above a length of prompt, for a class of service. Vendors
//! use all of these, and a price that forgets one is wrong without anybody noticing.

/// Seconds in a day.
const DAY: u64 = 86_400;
/// Days of the week, Monday first, that stand for "always".
const EVERY_DAY: u8 = 0x7f;
/// Minutes in a day.
const MINUTES: u16 = 1440;

/// The class of service that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub enum Service {
    /// What is asked for if nothing is said.
    #[default]
    Standard,
    /// Answered within a day, for less.
    Batch,
    /// Answered when there is room, for less.
    Flex,
    /// Answered before others, for more.
    Priority,
}

impl Service {
    /// Every class, with its name and its letter.
    pub const ALL: [(Self, &'static str, char); 4] = [
        (Self::Standard, "standard", 's'),
        (Self::Batch, "batch", 'b'),
        (Self::Flex, "flex", 'f'),
        (Self::Priority, "priority", 'p'),
    ];

    /// The class that `service_tier` of a request or an answer names. Names that mean no price of their own are the
    /// standard one.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|(_, known, _)| *known == name).map_or(Self::Standard, |(one, ..)| one)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(one, ..)| *one == self).map_or("standard", |(_, name, _)| name)
    }
}

/// What of a request its price may depend on, besides what it used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ask {
    /// When it was, in Unix seconds.
    pub at: u64,
    /// Which class of service it had.
    pub service: Service,
    /// How long its prompt was, in tokens, however they were counted.
    pub prompt: u64,
}

/// The circumstances in which a price holds; all of them together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct When {
    /// The class of service.
    pub service: Service,
    /// Prompts longer than this, in tokens. Such a request is billed at this price whole.
    pub above: u64,
    /// From this moment on, in Unix seconds.
    pub from: u64,
    /// Until just before this moment; `u64::MAX` is for ever.
    pub until: u64,
    /// The minutes of the day, UTC: from the first until just before the second. Equal ones are the whole day; a
    /// second that is smaller lies on the next day, which counts as the day on which it began.
    pub minutes: (u16, u16),
    /// The days of the week, UTC: Monday is bit 0.
    pub days: u8,
}

impl Default for When {
    fn default() -> Self {
        Self::ALWAYS
    }
}

impl When {
    /// At any time, for any standard request.
    pub const ALWAYS: Self = Self {
        service: Service::Standard,
        above: 0,
        from: 0,
        until: u64::MAX,
        minutes: (0, 0),
        days: EVERY_DAY,
    };

    /// Whether it is so for this request. The class of service is for the caller to choose.
    #[must_use]
    pub fn holds(&self, ask: &Ask) -> bool {
        self.on(ask.at) && (self.above == 0 || ask.prompt > self.above)
    }

    /// Whether it is so at this moment, for a prompt that is long enough.
    fn on(&self, at: u64) -> bool {
        if at < self.from || at >= self.until {
            return false;
        }
        // The first of January 1970 was a Thursday.
        let today = (at / DAY + 3) % 7;
        // The remainder is less than a day's 1440 minutes.
        let minute = (at % DAY / 60) as u16;
        let (first, end) = self.minutes;
        let on = |day: u64| self.days >> day & 1 == 1;
        if first == end {
            on(today)
        } else if first < end {
            on(today) && minute >= first && minute < end
        } else {
            on(today) && minute >= first || on((today + 6) % 7) && minute < end
        }
    }

    /// Whether its fields are ones that can be.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        let (first, end) = self.minutes;
        first < MINUTES && end < MINUTES && self.days <= EVERY_DAY && self.days != 0 && self.from < self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-21 was a Saturday.
    const SATURDAY: u64 = 1_795_219_200;

    fn ask(at: u64) -> Ask {
        Ask { at, ..Ask::default() }
    }

    #[test]
    fn hours_days_and_dates_are_kept() {
        let peak = When { minutes: (60, 240), days: 0b1_1111, ..When::ALWAYS };
        let monday = SATURDAY + 2 * DAY;
        assert!(!peak.holds(&ask(SATURDAY + 2 * 3600)));
        assert!(peak.holds(&ask(monday + 3600)));
        assert!(!peak.holds(&ask(monday + 3599)));
        assert!(!peak.holds(&ask(monday + 4 * 3600)));
        let night = When { minutes: (990, 30), days: 1 << 5, ..When::ALWAYS };
        assert!(night.holds(&ask(SATURDAY + 23 * 3600)));
        assert!(night.holds(&ask(SATURDAY + DAY + 29 * 60)), "Saturday's night ends on Sunday");
        assert!(!night.holds(&ask(SATURDAY + 29 * 60)));
        let dated = When { from: SATURDAY, until: SATURDAY + 1, ..When::ALWAYS };
        assert!(dated.holds(&ask(SATURDAY)) && !dated.holds(&ask(SATURDAY + 1)));
    }

    #[test]
    fn a_tier_begins_above_its_threshold() {
        let long = When { above: 200_000, ..When::ALWAYS };
        assert!(!long.holds(&Ask { prompt: 200_000, ..Ask::default() }));
        assert!(long.holds(&Ask { prompt: 200_001, ..Ask::default() }));
    }
}
