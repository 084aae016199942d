//! The lease of a rolling window: grants that are valid for a moment, each charged to one slot of the shared window.
//!
//! An amount must count for a whole span after it was used, so a grant is charged to the slot of the last moment at which
//! it may be used. A reservation may take from several grants; what it gives back goes to the oldest of them, which
//! stops counting first: so the shared window never counts too little.

use std::collections::VecDeque;
use std::time::Duration;

use super::demand::Wish;
use super::{SlotsAnswer, SlotsAsk, Source};
use crate::window::width;

/// Most slots of which something is given back in one question. Beyond, the oldest stay charged.
const MOST_RETURNS: usize = 64;

/// The grants of a rolling window.
#[derive(Debug, Clone)]
pub(super) struct Slots {
    width: Duration,
    valid: Duration,
    grants: VecDeque<Grant>,
    returns: Vec<(u64, u64)>,
    /// What was used without a grant and is not charged yet.
    debt: u64,
    /// Rises when debts are charged.
    round: u32,
    /// Rises when the shared side lost what it knew.
    world: u32,
}

#[derive(Debug, Clone, Copy)]
struct Grant {
    slot: u64,
    left: u64,
    until: Duration,
}

impl Slots {
    pub(super) fn new(span: Duration) -> Self {
        Self {
            width: width(span),
            valid: (span / 30).clamp(Duration::from_millis(50), Duration::from_secs(5)),
            grants: VecDeque::new(),
            returns: Vec::new(),
            debt: 0,
            round: 0,
            world: 0,
        }
    }

    /// How long a grant is valid.
    pub(super) const fn valid(&self) -> Duration {
        self.valid
    }

    pub(super) fn left(&mut self, now: Duration) -> u64 {
        while let Some(grant) = self.grants.front().copied().filter(|grant| grant.until <= now) {
            self.grants.pop_front();
            self.give_back(grant.slot, grant.left);
        }
        self.grants.iter().fold(0, |sum, grant| sum.saturating_add(grant.left))
    }

    pub(super) fn take(&mut self, now: Duration, amount: u64) -> Option<Source> {
        if amount > self.left(now) {
            return None;
        }
        let (mut more, mut oldest) = (amount, None);
        for grant in &mut self.grants {
            let part = more.min(grant.left);
            if part > 0 {
                grant.left -= part;
                more -= part;
                oldest = oldest.or(Some(grant.slot));
            }
        }
        Some(oldest.map_or(Source::Own, |slot| Source::Slot { slot, world: self.world }))
    }

    pub(super) const fn owe(&mut self, amount: u64) -> Source {
        self.debt = self.debt.saturating_add(amount);
        Source::Owed { round: self.round }
    }

    pub(super) fn settle(&mut self, source: Source, taken: u64, used: u64) {
        if used > taken {
            self.debt = self.debt.saturating_add(used - taken);
            return;
        }
        let back = taken - used;
        match source {
            Source::Slot { slot, world } if world == self.world => {
                match self.grants.iter_mut().find(|grant| grant.slot == slot) {
                    Some(grant) => grant.left = grant.left.saturating_add(back),
                    None => self.give_back(slot, back),
                }
            }
            Source::Owed { round } if round == self.round => self.debt = self.debt.saturating_sub(back),
            // Where it was charged is not known any more: it stays charged until its slot passes.
            _ => {}
        }
    }

    pub(super) fn give_back(&mut self, slot: u64, amount: u64) {
        if amount == 0 {
            return;
        }
        if let Some((_, back)) = self.returns.iter_mut().find(|(of, _)| *of == slot) {
            *back = back.saturating_add(amount);
            return;
        }
        if self.returns.len() == MOST_RETURNS {
            self.returns.remove(0);
        }
        self.returns.push((slot, amount));
    }

    pub(super) fn give_all(&mut self) {
        for grant in std::mem::take(&mut self.grants) {
            self.give_back(grant.slot, grant.left);
        }
    }

    pub(super) fn plan(&mut self, now: Duration, limit: u64, wish: Wish) -> Option<SlotsAsk> {
        if wish.ready == 0 && wish.missed == 0 {
            self.give_all();
        }
        let left = self.left(now);
        let soon = now.saturating_add(self.valid / 4);
        let fresh = self.grants.iter().filter(|grant| grant.until > soon);
        let fresh = fresh.fold(0u64, |sum, grant| sum.saturating_add(grant.left));
        let need = wish.missed.saturating_sub(left);
        // Asked anew only when half is gone: otherwise each request would be a question.
        let like =
            if need > 0 || fresh < wish.ready.div_ceil(2) { wish.ready.saturating_sub(fresh) } else { 0 };
        if need == 0 && like == 0 && !self.is_due() {
            return None;
        }
        let charge = std::mem::take(&mut self.debt);
        if charge > 0 {
            self.round = self.round.wrapping_add(1);
        }
        let returns = std::mem::take(&mut self.returns);
        Some(SlotsAsk { limit, width: self.width, valid: self.valid, need, like, charge, returns })
    }

    pub(super) const fn is_due(&self) -> bool {
        self.debt > 0 || !self.returns.is_empty()
    }

    pub(super) fn granted(&mut self, sent: Duration, answer: &SlotsAnswer) {
        if answer.given == 0 {
            return;
        }
        let until = sent.saturating_add(self.valid);
        match self.grants.back_mut() {
            // The older end holds for both: never used too late.
            Some(last) if last.slot == answer.slot => {
                last.left = last.left.saturating_add(answer.given);
                last.until = last.until.min(until);
            }
            _ => self.grants.push_back(Grant { slot: answer.slot, left: answer.given, until }),
        }
    }

    /// What was to be given back may have been, so it is not told again; what was to be charged may not have been, so
    /// it is told again.
    pub(super) const fn failed(&mut self, ask: &SlotsAsk) {
        self.debt = self.debt.saturating_add(ask.charge);
        self.round = self.round.wrapping_add(1);
    }

    pub(super) fn begin_anew(&mut self, used: u64) {
        self.grants.clear();
        self.returns.clear();
        self.world = self.world.wrapping_add(1);
        self.round = self.round.wrapping_add(1);
        self.debt = used;
    }
}
