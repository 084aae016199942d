//! What will be spent until a month ends, and when a budget will be used up, from what was spent on each day. Pure.
//!
//! **The rate.** What a day of the week costs is what such days cost on average within the last 28 days, and one more day
//! that cost what all days did on average: `(sum of these weekdays + mean) / (their number + 1)`. Four Sundays say enough to
//! be heard, one does not, and where a weekday was never seen the mean stands in. Today counts with the part of it that has
//! passed. Averages, and not a line through the days: a line through four weeks of requests finds slopes in noise, and a
//! month ahead it is far off. Days before the first one on which anything was asked count for nothing, so that what is new
//! is not thought to be cheap; days without any request after it count as nought.
//!
//! **The interval.** For each whole day the same formula is asked what it says of that day when the day itself is left out;
//! the mean square of how wrong it was is the spread of a day. Of `d` days to come, each is that uncertain by itself and the
//! rate that they share is known from `n` days, so that the sum has the variance `spread² × (d + d²/n)`, and the interval
//! reaches as far to both sides as Student's t says for eight of ten cases. One day says nothing of its spread: there is no
//! interval then, rather than one that looks certain.
//!
//! Within a day money is taken to flow evenly. Nothing is known of holidays, of trends, or of prices to come.

use std::collections::BTreeMap;

/// Whole days that count, those before today.
pub const DAYS: u64 = 28;
/// Milliseconds of a day.
pub const DAY_MS: u64 = 86_400_000;

/// How far to each side eight of ten cases reach, in standard deviations, with one to 27 degrees of freedom (Student's t,
/// 90th percentile).
const T90: [f64; 27] = [
    3.078, 1.886, 1.638, 1.533, 1.476, 1.440, 1.415, 1.397, 1.383, 1.372, 1.363, 1.356, 1.350, 1.345, 1.341,
    1.337, 1.333, 1.330, 1.328, 1.325, 1.323, 1.321, 1.319, 1.318, 1.316, 1.315, 1.314,
];

/// What days cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// Whole days that it is known from.
    pub days: u64,
    /// Of a day, in nano-dollars.
    mean: f64,
    /// Of each day of the week, Monday first.
    weekdays: [f64; 7],
    /// By how much a day is otherwise; `None`: too few are known.
    spread: Option<f64>,
}

/// What will have been spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outlook {
    /// Nano-dollars, what was spent already included.
    pub expected: u64,
    /// In eight of ten cases it is not less and not more; `None`: too few days are known to say.
    pub between: Option<(u64, u64)>,
    /// What a day costs on average.
    pub daily: u64,
}

impl Pace {
    /// From what was spent on days since the epoch, in UTC. `None`: nothing was asked yet.
    #[must_use]
    pub fn of(sums: &[(u64, u64)], now_ms: u64) -> Option<Self> {
        let today = now_ms / DAY_MS;
        let sums: BTreeMap<u64, u64> = sums.iter().copied().filter(|(day, _)| *day <= today).collect();
        let first = (*sums.keys().next()?).max(today.saturating_sub(DAYS));
        let spent = |day: u64| float(sums.get(&day).copied().unwrap_or(0));
        let whole: Vec<(usize, f64)> = (first..today).map(|day| (weekday(day), spent(day))).collect();
        // Until a day has passed, what was spent is what a day costs: a few minutes are no measure of one.
        let passed = if whole.is_empty() { 1.0 } else { float(now_ms % DAY_MS) / float(DAY_MS) };
        let days = count(whole.len());
        let known = Sums::of(&whole);
        let now = Sums::of(&[(weekday(today), spent(today))]);
        let mean = (known.sum + now.sum) / (days + passed);
        let rate = |place: usize| {
            let seen = known.counts[place] + now.counts[place] * passed;
            (known.sums[place] + now.sums[place] + mean) / (seen + 1.0)
        };
        Some(Self {
            days: today - first,
            mean,
            weekdays: std::array::from_fn(rate),
            spread: spread(&whole, &known),
        })
    }

    /// What will have been spent at a time, where so much is spent now.
    #[must_use]
    pub fn until(&self, spent: u64, now_ms: u64, to_ms: u64) -> Outlook {
        let (mut rest, mut days) = (0.0, 0.0);
        for part in parts(now_ms, to_ms) {
            rest += part.share * self.weekdays[part.weekday];
            days += part.share;
        }
        let known = float(self.days.max(1));
        let off = self.spread.map(|spread| {
            let freedom =
                usize::try_from(self.days).unwrap_or(usize::MAX).saturating_sub(1).clamp(1, T90.len());
            T90[freedom - 1] * spread * (days + days * days / known).sqrt()
        });
        let at = |rest: f64| spent.saturating_add(nano(rest));
        Outlook {
            expected: at(rest),
            between: off.map(|off| (at(rest - off), at(rest + off))),
            daily: nano(self.mean),
        }
    }

    /// When so much more will have been spent, in Unix milliseconds; `None`: not before that time.
    #[must_use]
    pub fn reaches(&self, more: u64, now_ms: u64, before_ms: u64) -> Option<u64> {
        if more == 0 {
            return Some(now_ms);
        }
        let (mut left, mut at_ms) = (float(more), now_ms);
        for part in parts(now_ms, before_ms) {
            let spent = part.share * self.weekdays[part.weekday];
            if spent >= left {
                let reached = at_ms.saturating_add(nano(left / spent * float(part.ms)));
                return Some(reached).filter(|reached| *reached < before_ms);
            }
            left -= spent;
            at_ms += part.ms;
        }
        None
    }
}

/// Part of a day.
struct Part {
    weekday: usize,
    /// How long it is.
    ms: u64,
    /// Which share of the day that is.
    share: f64,
}

/// The days between two times.
fn parts(from_ms: u64, to_ms: u64) -> impl Iterator<Item = Part> {
    let mut at_ms = from_ms;
    std::iter::from_fn(move || {
        if at_ms >= to_ms {
            return None;
        }
        let day = at_ms / DAY_MS;
        let end = day.saturating_add(1).saturating_mul(DAY_MS).min(to_ms);
        let ms = end - at_ms;
        at_ms = end;
        Some(Part { weekday: weekday(day), ms, share: float(ms) / float(DAY_MS) })
    })
}

/// What days cost together, and each day of the week.
#[derive(Default)]
struct Sums {
    sum: f64,
    sums: [f64; 7],
    counts: [f64; 7],
}

impl Sums {
    fn of(days: &[(usize, f64)]) -> Self {
        let mut all = Self::default();
        for (weekday, spent) in days {
            all.sum += spent;
            all.sums[*weekday] += spent;
            all.counts[*weekday] += 1.0;
        }
        all
    }
}

/// By how much the formula is wrong about each day when it does not know that day.
fn spread(days: &[(usize, f64)], known: &Sums) -> Option<f64> {
    if days.len() < 2 {
        return None;
    }
    let off = |(weekday, spent): &(usize, f64)| {
        let mean = (known.sum - spent) / count(days.len() - 1);
        // The day itself is left out, and the mean counts as one.
        let said = (known.sums[*weekday] - spent + mean) / known.counts[*weekday];
        (spent - said).powi(2)
    };
    Some((days.iter().map(off).sum::<f64>() / count(days.len())).sqrt())
}

/// The day of the week, Monday first: the epoch began on a Thursday.
fn weekday(day: u64) -> usize {
    usize::try_from((day % 7 + 3) % 7).unwrap_or(0)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a forecast; beyond nine million dollars it is off by a nano-dollar"
)]
const fn float(n: u64) -> f64 {
    n as f64
}

#[expect(clippy::cast_precision_loss, reason = "a few weeks of days")]
const fn count(n: usize) -> f64 {
    n as f64
}

/// A whole amount; what is below nought is none.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it ends at what the type holds")]
fn nano(n: f64) -> u64 {
    n.max(0.0).round() as u64
}

#[cfg(test)]
mod tests;
