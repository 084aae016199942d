//! The shared side of leases, in memory: what the scripts of the shared counters do, in plain arithmetic.
//!
//! It is what the properties of leases are tested against, and what several gateways in one process may share.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use crate::lease::{HeldAnswer, HeldAsk, SlotsAnswer, SlotsAsk};
use crate::window::SLOTS;

/// What the shared side knows when it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// The time since the Unix epoch by its own clock.
    pub now: Duration,
    /// How many processes share it.
    pub nodes: u64,
}

/// Shared windows, by name.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    slots: HashMap<String, BTreeMap<u64, u64>>,
    held: HashMap<(String, u64), HashMap<String, Share>>,
}

/// What one process holds of a window.
#[derive(Debug, Clone, Copy)]
struct Share {
    held: u64,
    number: u64,
    at_ms: u64,
}

impl Tally {
    /// Answers a question about a rolling window.
    pub fn slots(&mut self, name: &str, asked: Asked, ask: &SlotsAsk) -> SlotsAnswer {
        let Asked { now, nodes } = asked;
        let index =
            |at: Duration| u64::try_from(at.as_micros() / ask.width.as_micros().max(1)).unwrap_or(u64::MAX);
        let slots = self.slots.entry(name.to_owned()).or_default();
        let current = index(now);
        let oldest = current.saturating_sub(u64::from(SLOTS));
        slots.retain(|slot, _| *slot >= oldest);
        for (slot, back) in &ask.returns {
            if let Some(amount) = slots.get_mut(slot) {
                *amount = amount.saturating_sub(*back);
            }
        }
        if ask.charge > 0 {
            let amount = slots.entry(current).or_default();
            *amount = amount.saturating_add(ask.charge);
        }
        let used = slots.values().fold(0u64, |sum, n| sum.saturating_add(*n));
        let left = ask.limit.saturating_sub(used);
        let given = give(left, ask.need, ask.like, nodes);
        let slot = index(now.saturating_add(ask.valid));
        let frees_in = if left >= ask.need { Some(Duration::ZERO) } else { frees(slots, ask, used, now) };
        if given > 0 {
            let amount = slots.entry(slot).or_default();
            *amount = amount.saturating_add(given);
        }
        SlotsAnswer { given, slot, left: left - given, frees_in }
    }

    /// Answers a question of the process `node` about a window without slots. `None`: its window is over, or a later
    /// question was answered before.
    pub fn held(&mut self, name: &str, node: &str, asked: Asked, ask: &HeldAsk) -> Option<HeldAnswer> {
        let Asked { now, nodes } = asked;
        let now_ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        let (from, to) = ask.window;
        if to.is_some_and(|to| now_ms >= to) {
            return None;
        }
        let shares = self.held.entry((name.to_owned(), from)).or_default();
        if shares.get(node).is_some_and(|share| share.number >= ask.number) {
            return None;
        }
        if let Some(lasting) = ask.lasting {
            shares.retain(|_, share| Duration::from_millis(now_ms.saturating_sub(share.at_ms)) <= lasting);
        }
        let others = shares.iter().filter(|(of, _)| *of != node);
        let others = others.fold(0u64, |sum, (_, share)| sum.saturating_add(share.held));
        let left = signed(ask.limit).saturating_sub(signed(others)).saturating_sub(signed(ask.keep));
        let free = u64::try_from(left).unwrap_or(0);
        let given = give(free, ask.need, ask.like, nodes);
        let held = ask.keep.saturating_add(given);
        shares.insert(node.to_owned(), Share { held, number: ask.number, at_ms: now_ms });
        let ends_in = to.map(|to| Duration::from_millis(to - now_ms));
        let frees_in = if free >= ask.need { Some(Duration::ZERO) } else { ends_in };
        Some(HeldAnswer { held, left: left.saturating_sub(signed(given)), ends_in, frees_in })
    }

    /// What is charged to a rolling window in all, and to each window without slots of this name.
    #[must_use]
    pub fn charged(&self, name: &str) -> u64 {
        let slots = self.slots.get(name).into_iter().flat_map(BTreeMap::values).copied();
        let held = self.held.iter().filter(|((of, _), _)| of == name);
        slots.chain(held.flat_map(|(_, shares)| shares.values().map(|share| share.held))).sum()
    }

    /// Loses everything, as a server without a disk does.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

/// What is needed is given if there is so much; of what is left then, each process may have half of its part, so that
/// a little is left for who comes next.
fn give(left: u64, need: u64, like: u64, nodes: u64) -> u64 {
    let needed = if left >= need { need } else { 0 };
    needed + like.min((left - needed) / nodes.max(1) / 2)
}

/// How long until so many slots are over that what is needed fits.
fn frees(slots: &BTreeMap<u64, u64>, ask: &SlotsAsk, used: u64, now: Duration) -> Option<Duration> {
    let most = ask.limit.checked_sub(ask.need)?;
    let mut left = used;
    let last = slots.iter().find(|(_, amount)| {
        left = left.saturating_sub(**amount);
        left <= most
    });
    let width = u64::try_from(ask.width.as_micros()).unwrap_or(u64::MAX);
    let over = last?.0.saturating_add(u64::from(SLOTS) + 1).saturating_mul(width);
    Some(Duration::from_micros(over).saturating_sub(now))
}

fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
