//! All limits of a process, by name, so that they outlive a reload, a restart and the request that first met them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::lease::Lease;
use crate::share::Share;
use crate::{Cell, Measure, Meter, Moment, Period, Saved, Word};

/// What tells one limit from all others.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CellId {
    /// Whose limit it is, for messages and for the database: `key ci`, `team search`, `provider groq`,
    /// `groq/2 llama-3`.
    pub owner: String,
    /// What it counts.
    pub measure: Measure,
    /// Over which time, in the words of [`Period::name`]; or the name of what only a vendor counts ([`Cells::told`]).
    pub period: String,
}

/// All limits of a process.
///
/// A limit is found under its [`CellId`] or made; what was saved of it by an earlier process is taken over when it is
/// made. Limits that nobody holds any more are let go of by [`Cells::sweep`], once they count nothing.
#[derive(Debug, Default)]
pub struct Cells {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    cells: HashMap<CellId, Arc<Cell>>,
    /// Limits of which a vendor tells what is left, and which nobody else counts.
    told: HashMap<CellId, Arc<Cell>>,
    /// What an earlier process saved and nobody has asked for yet.
    saved: HashMap<CellId, Saved>,
    /// Those that were let go one by one.
    gone: Vec<CellId>,
    /// Set where other processes share the limits.
    share: Option<Arc<Share>>,
}

impl Cells {
    /// The limits of a process whose predecessor saved these windows.
    #[must_use]
    pub fn restored(saved: impl IntoIterator<Item = (CellId, Saved)>) -> Self {
        let known = Known { cells: HashMap::new(), saved: saved.into_iter().collect(), ..Known::default() };
        Self { known: Mutex::new(known) }
    }

    /// The limit of this name. An old one gets the new number and keeps what it counts.
    #[expect(clippy::too_many_arguments, reason = "what a limit is takes four words")]
    pub fn get(&self, owner: &str, measure: Measure, period: Period, limit: u64, now: Moment) -> Arc<Cell> {
        let id = CellId { owner: owner.to_owned(), measure, period: period.name() };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = known.cells.get(&id) {
            cell.with(|meter| meter.set_limit(limit));
            return Arc::clone(cell);
        }
        let mut meter = Meter::new(limit, period);
        if let Some(saved) = known.saved.remove(&id) {
            meter.restore(&saved, now);
        }
        let cell = Arc::new(Cell::new(owner, measure, meter));
        if let Some(share) = &known.share {
            join(&cell, share);
        }
        known.cells.insert(id, Arc::clone(&cell));
        cell
    }

    /// A limit of which only the vendor knows how much there is: its word holds, and nothing is counted here.
    pub fn told(&self, owner: &str, measure: Measure, period: &str, now: Moment) -> Arc<Cell> {
        let id = CellId { owner: owner.to_owned(), measure, period: period.to_owned() };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = known.told.get(&id) {
            return Arc::clone(cell);
        }
        let mut meter = Meter::new(u64::MAX, Period::MINUTE);
        if let Some(saved) = known.saved.remove(&id) {
            meter.restore(&Saved { amounts: Vec::new(), ..saved }, now);
        }
        let cell = Arc::new(Cell::new(owner, measure, meter));
        known.told.insert(id, Arc::clone(&cell));
        cell
    }

    /// What vendors told an earlier process and still holds, of limits whose owner begins so and that nobody has asked
    /// for yet.
    #[must_use]
    pub fn words(&self, owner: &str, now: Moment) -> Vec<(CellId, Word)> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let held = known.saved.iter().filter(|(id, _)| id.owner.starts_with(owner));
        let held = held.filter_map(|(id, saved)| Some((id, saved.word?)));
        let mut held: Vec<_> = held
            .filter(|(_, word)| word.until_ms > now.unix_ms)
            .map(|(id, word)| (id.clone(), word))
            .collect();
        held.sort_by(|a, b| a.0.cmp(&b.0));
        held
    }

    /// From now on all limits are shared with other processes.
    pub fn share(&self, share: Arc<Share>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        for cell in known.cells.values() {
            join(cell, &share);
        }
        known.share = Some(share);
    }

    /// What changed since it was asked last, to be saved. Places of requests under way are not: they do not outlive a
    /// process.
    pub fn changed(&self, now: Moment) -> Vec<(CellId, Saved)> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let kept =
            known.cells.iter().filter(|(id, cell)| id.measure != Measure::Concurrent && cell.take_changed());
        let kept = kept.map(|(id, cell)| (id.clone(), cell.with(|meter| meter.save(now))));
        let told = known.told.iter().filter(|(_, cell)| cell.take_changed());
        // Only the word is: what was used meanwhile is in it.
        let told = told.map(|(id, cell)| {
            (id.clone(), Saved { amounts: Vec::new(), ..cell.with(|meter| meter.save(now)) })
        });
        kept.chain(told).collect()
    }

    /// Lets go of limits that nobody holds and that count nothing, at most so many. Gives the names of those that were
    /// let go since it was asked last: what was saved of them need not be kept.
    pub fn sweep(&self, now: Moment, most: usize) -> Vec<CellId> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let Known { cells, told, saved, gone, .. } = &mut *known;
        let room = most.saturating_sub(gone.len());
        let all = cells.iter().chain(told.iter());
        let idle = all.filter(|(_, cell)| is_idle(cell, now)).map(|(id, _)| id.clone());
        let idle: Vec<CellId> = idle.take(room).collect();
        let over =
            saved.iter().filter(|(id, saved)| saved.is_over(&id.period, now)).map(|(id, _)| id.clone());
        let over: Vec<CellId> = over.take(room - idle.len()).collect();
        for id in &idle {
            cells.remove(id);
            told.remove(id);
        }
        for id in &over {
            saved.remove(id);
        }
        gone.extend(idle.into_iter().chain(over));
        let rest = gone.split_off(gone.len().min(most));
        // One that came back in the meantime is kept.
        let mut out = std::mem::replace(gone, rest);
        out.retain(|id| !cells.contains_key(id) && !told.contains_key(id));
        out
    }

    /// Lets go of one limit, if nobody holds it and it counts nothing. Gives whether it is gone.
    pub fn release(&self, id: &CellId, now: Moment) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(cell) = known.cells.get(id) else { return true };
        if !is_idle(cell, now) {
            return false;
        }
        known.cells.remove(id);
        known.gone.push(id.clone());
        true
    }

    /// Every limit there is, by name.
    #[must_use]
    pub fn all(&self) -> Vec<(CellId, Arc<Cell>)> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = known.cells.iter().map(|(id, cell)| (id.clone(), Arc::clone(cell))).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }
}

/// Whether nobody holds a limit and it counts nothing, here or among those who share it.
fn is_idle(cell: &Arc<Cell>, now: Moment) -> bool {
    Arc::strong_count(cell) == 1 && !cell.is_leasing(now) && cell.with(|meter| meter.window().used(now)) == 0
}

fn join(cell: &Arc<Cell>, share: &Arc<Share>) {
    cell.with(|meter| {
        let period = meter.window().period().clone();
        meter.share(Lease::new(Arc::clone(share), Arc::downgrade(cell), cell.measure, &period));
    });
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{Unit, reserve_all};

    fn at(seconds: u64) -> Moment {
        Moment { mono: Duration::from_secs(seconds), unix_ms: 1_790_000_000_000 + seconds * 1000 }
    }

    #[test]
    fn a_limit_is_one_however_often_it_is_asked_for_and_outlives_its_process() {
        let cells = Cells::default();
        let cell = cells.get("key ci", Measure::Money, Period::utc(Unit::Month), 10, at(0));
        reserve_all([(&cell, 4)], at(1)).unwrap().settle(|_| Some(3));
        let again = cells.get("key ci", Measure::Money, Period::utc(Unit::Month), 20, at(2));
        assert!(Arc::ptr_eq(&cell, &again));
        assert_eq!(again.view(at(2)).left, 17);
        let saved = cells.changed(at(3));
        assert_eq!(saved.len(), 1);
        assert!(cells.changed(at(4)).is_empty(), "nothing changed since");
        let next = Cells::restored(saved);
        let cell = next.get("key ci", Measure::Money, Period::utc(Unit::Month), 20, at(5));
        assert_eq!(cell.view(at(5)).left, 17);
        let other = next.get("key ci", Measure::Money, Period::utc(Unit::Day), 20, at(5));
        assert_eq!(other.view(at(5)).left, 20);
    }

    #[test]
    fn what_nobody_holds_and_counts_nothing_goes() {
        let cells = Cells::default();
        let held = cells.get("a", Measure::Requests, Period::MINUTE, 1, at(0));
        cells.get("b", Measure::Requests, Period::MINUTE, 1, at(0));
        let used = cells.get("c", Measure::Requests, Period::MINUTE, 1, at(0));
        reserve_all([(&used, 1)], at(0)).unwrap().settle(|_| None);
        drop(used);
        assert_eq!(cells.sweep(at(1), 9).len(), 1);
        assert_eq!(cells.sweep(at(120), 9).len(), 1);
        assert_eq!(cells.all().len(), 1);
        drop(held);
    }

    #[test]
    fn what_an_earlier_process_saved_goes_when_its_time_is_over() {
        let id = |owner: &str, period: &str| CellId {
            owner: owner.to_owned(),
            measure: Measure::Tokens,
            period: period.to_owned(),
        };
        let saved = || Saved { at_ms: at(0).unix_ms, amounts: vec![(Duration::ZERO, 5)], word: None };
        let periods = ["60 s", "day UTC", "week UTC", "month Asia/Bangkok", "total"];
        let cells = Cells::restored(periods.map(|period| (id("user", period), saved())));
        let mut gone = Vec::new();
        for (after, count) in [(59, 0), (62, 1), (86_000, 1), (40 * 86_400, 4), (4_000_000_000, 4)] {
            gone.extend(cells.sweep(at(after), 2));
            gone.extend(cells.sweep(at(after), 2));
            assert_eq!(gone.len(), count, "after {after} s: {gone:?}");
        }
        let total = cells.get("user", Measure::Tokens, Period::Total, 9, at(0));
        assert_eq!(total.view(at(0)).left, 4, "what is counted for ever is kept for ever");
    }

    #[test]
    fn what_is_let_go_one_by_one_is_named_by_the_next_sweep_unless_it_is_back() {
        let cells = Cells::default();
        let id = |owner: &str| CellId {
            owner: owner.to_owned(),
            measure: Measure::Money,
            period: "total".to_owned(),
        };
        for owner in ["a", "b"] {
            cells.get(owner, Measure::Money, Period::Total, 1, at(0));
            assert!(cells.release(&id(owner), at(0)));
        }
        let back = cells.get("b", Measure::Money, Period::Total, 1, at(0));
        assert!(!cells.release(&id("b"), at(0)), "somebody holds it");
        assert_eq!(cells.sweep(at(0), 9), [id("a")]);
        drop(back);
        assert_eq!(cells.sweep(at(0), 9), [id("b")]);
    }
}
