//! What providers say of their quotas, in the headers of answers and the words of refusals.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use http::HeaderMap;
use jiff::tz::TimeZone;
use wye_limits::{Measure, Moment, Period, Report, Unit, Window as Count};
use wye_providers::limits::{DAY, Measure as Told, Window, read_windows};

use super::remember::told_of;
use super::{AccountQuotas, Fixed, Of, Quotas, Slot, Span};
use crate::call::EXHAUSTED_REST;
use crate::parse::Estimate;

/// Of how many models of an account quotas are learned. Clients choose the names.
const MOST_MODELS: usize = 256;
/// So long a learned quota holds after it was heard of last. One that has become too small for every request would never
/// be heard of again.
pub(super) const LEARNED_FOR: Duration = Duration::from_secs(3600);
/// Counts beyond this stand for "no limit" (recorded: 2^63 and a little).
const NO_LIMIT: u64 = 1 << 53;

/// What was learned of an account's quotas, for each of its models. Outlives a reload; what still holds outlives a restart,
/// too.
#[derive(Debug, Default)]
pub struct Learned {
    /// Whether anything was: most providers tell nothing.
    any: AtomicBool,
    models: RwLock<HashMap<Box<str>, Slots>>,
}

pub(super) type Slots = Arc<Vec<Learnt>>;

/// A quota that a provider told of.
#[derive(Debug, Clone)]
pub(super) struct Learnt {
    slot: Slot,
    /// Whether its limit is known, so that we count too.
    counts: bool,
    /// Until when it holds, in milliseconds of the monotonic clock.
    until_ms: Arc<AtomicU64>,
}

impl Learnt {
    pub(super) fn new(slot: Slot, counts: bool, until: Duration) -> Self {
        Self { slot, counts, until_ms: Arc::new(AtomicU64::new(millis(until))) }
    }

    pub(super) const fn is_of_tokens(&self) -> bool {
        self.slot.of.is_tokens()
    }

    /// The quota, if it still holds.
    pub(super) fn valid(&self, now: Duration) -> Option<&Slot> {
        let until = Duration::from_millis(self.until_ms.load(Ordering::Relaxed));
        (now < until).then_some(&self.slot)
    }
}

impl Learned {
    pub(super) fn of(&self, model: &str) -> Option<Slots> {
        if !self.any.load(Ordering::Relaxed) {
            return None;
        }
        self.models.read().unwrap_or_else(PoisonError::into_inner).get(model).cloned()
    }

    /// Adds a quota in place of what was known of it. Gives false where there are too many models already.
    pub(super) fn add(&self, model: &str, now: Duration, learnt: Learnt) -> bool {
        let mut models = self.models.write().unwrap_or_else(PoisonError::into_inner);
        if models.len() >= MOST_MODELS && !models.contains_key(model) {
            models.retain(|_, slots| slots.iter().any(|slot| slot.valid(now).is_some()));
            if models.len() >= MOST_MODELS {
                return false;
            }
        }
        let known = models.get(model).map_or(&[][..], |slots| slots.as_slice());
        let others = known.iter().filter(|l| l.slot.of != learnt.slot.of || l.slot.span != learnt.slot.span);
        let slots = others.cloned().chain([learnt.clone()]).collect();
        models.insert(model.into(), Arc::new(slots));
        self.any.store(true, Ordering::Relaxed);
        true
    }
}

/// What a refused request wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    pub(crate) estimate: Estimate,
    /// When the provider says to come back.
    pub(crate) retry_after: Option<Duration>,
    /// Whether the windows are those that the refusal names. Otherwise they stand in its headers, whether they were
    /// reached or not.
    pub(crate) named: bool,
}

impl Quotas {
    /// Hears what the headers of an answer tell.
    pub(crate) fn hear(&self, (account, model): (usize, &str), headers: &HeaderMap, now: Moment) {
        let windows = windows(headers, now.unix_ms);
        if !windows.is_empty() {
            self.learn((account, model), &windows, None, now);
        }
    }

    /// Takes windows that a provider told of. Gives whether one of them is known to be used up for what was refused.
    pub(crate) fn learn(
        &self,
        (account, model): (usize, &str),
        windows: &[Window],
        refused: Option<Wanted>,
        now: Moment,
    ) -> bool {
        let Some(account) = self.accounts.get(account) else { return false };
        let learned = account.learned.of(model);
        let mut known = false;
        for window in windows {
            known |= self.learn_one((account, model, learned.as_ref()), window, refused, now);
        }
        known
    }

    fn learn_one(
        &self,
        (account, model, learned): (&AccountQuotas, &str, Option<&Slots>),
        window: &Window,
        refused: Option<Wanted>,
        now: Moment,
    ) -> bool {
        let (of, usual) = match window.of {
            Told::Requests => (Of::Requests, self.counting.requests),
            Told::Tokens => (Of::Tokens, self.counting.tokens),
            Told::InputTokens => (Of::Input, self.counting.tokens),
            Told::OutputTokens => (Of::Output, self.counting.tokens),
            Told::InputImages | Told::Other => return false,
        };
        if window.limit.max(window.remaining).is_some_and(|count| count >= NO_LIMIT) {
            return false;
        }
        let per = window.per.or(usual).filter(|per| *per <= DAY);
        let span = per.map_or(Span::Unknown, |per| Span::Seconds(per.as_secs()));
        let mut report = self.report(window, per);
        let mut known = false;
        if let (Some(refused), Some(left)) = (refused, report.remaining) {
            let amount = of.amount(refused.estimate).min(report.limit.unwrap_or(u64::MAX));
            known = refused.named || left < amount;
            if known {
                // It may count otherwise than we do: what it refused is more than it has left.
                report.remaining = Some(left.min(amount.saturating_sub(1)));
                report.resets_in = report.resets_in.or_else(|| self.back_in(per, refused.retry_after, now));
            }
        }
        let fixed = account.models.get(model).and_then(|fixed| fixed.slot(of, span));
        if let Some(slot) = fixed {
            report.limit = report.limit.zip(slot.configured).map(|(told, own)| told.min(own));
            slot.cell.told(now, report);
            return known;
        }
        let found = learned
            .into_iter()
            .flat_map(|slots| slots.iter())
            .find(|l| l.slot.of == of && l.slot.span == span);
        // One that counts nothing of its own gives way when its limit is told.
        let stays = |learnt: &&Learnt| report.limit.is_none() || learnt.counts;
        if let Some(learnt) = found.filter(stays) {
            learnt.slot.cell.told(now, report);
            learnt.until_ms.store(millis(now.mono.saturating_add(LEARNED_FOR)), Ordering::Relaxed);
            return known;
        }
        let counts = report.limit.is_some() && span != Span::Unknown;
        let slot = self.slot(&format!("{} {model}", account.owner), (of, span), report.limit, now);
        slot.cell.told(now, report);
        let learnt = Learnt::new(slot, counts, now.mono.saturating_add(LEARNED_FOR));
        let kept = account.learned.add(model, now.mono, learnt);
        known && kept
    }

    /// What a meter is told of a window.
    fn report(&self, window: &Window, per: Option<Duration>) -> Report {
        // A limit over a time that nobody knows, of which more is left than there is, or of nothing at all, is not one to
        // count by. What is left holds until the reset.
        let sound = |limit: &u64| *limit > 0 && window.remaining.is_none_or(|left| left <= *limit);
        let limit = window.limit.filter(|limit| per.is_some() && sound(limit));
        Report {
            limit,
            remaining: window.remaining,
            resets_in: window.reset,
            refills: self.counting.refills && limit.is_some() && window.reset.is_some(),
        }
    }

    /// When a quota that is used up is back, where its window does not say.
    fn back_in(&self, per: Option<Duration>, retry_after: Option<Duration>, now: Moment) -> Option<Duration> {
        if per != Some(DAY) {
            return retry_after;
        }
        let period = self.day();
        if matches!(period, Period::Calendar(..)) {
            let mut day = Count::new(period);
            day.add(now, 1);
            return day.frees_in(now, 0);
        }
        Some(retry_after.unwrap_or(EXHAUSTED_REST))
    }

    fn day(&self) -> Period {
        match TimeZone::get(self.counting.day_zone) {
            Ok(zone) => Period::Calendar(Unit::Day, zone),
            Err(_) => Period::Rolling(DAY),
        }
    }

    pub(super) fn slot(&self, owner: &str, (of, span): (Of, Span), limit: Option<u64>, now: Moment) -> Slot {
        let measure = match of {
            Of::Requests | Of::Concurrent => Measure::Requests,
            Of::Tokens | Of::Input | Of::Output => Measure::Tokens,
        };
        let owner = format!("{owner}{}", of.mark());
        let cell = match (span, limit) {
            (Span::Seconds(seconds), Some(limit)) => {
                let span = Duration::from_secs(seconds);
                let period = if span == DAY { self.day() } else { Period::Rolling(span) };
                self.cells.get(&owner, measure, period, limit, now)
            }
            // Only the provider's word counts here.
            _ => self.cells.told(&owner, measure, &told_of(span), now),
        };
        Slot { cell, of, span, configured: None }
    }
}

impl Fixed {
    fn slot(&self, of: Of, span: Span) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.of == of && slot.span == span)
    }
}

/// The windows that headers tell of.
pub(crate) fn windows(headers: &HeaderMap, now_unix_ms: u64) -> Vec<Window> {
    // Most headers are told apart by their first letter; the search is for the few that begin like a limit.
    let told = headers.iter().filter(|(name, _)| {
        let name = name.as_str();
        name.starts_with(['x', 'r', 'a']) && name.contains("ratelimit")
    });
    read_windows(told.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))), now_unix_ms)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
