//! What end users have spent: limits that are made when a user is first met.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use wye_limits::{Cell, CellId, Cells, Measure, Moment};

use crate::client::EachUser;

/// The most end users that are counted, of all budgets together.
const MOST_USERS: usize = 100_000;

/// How many that were met long ago are looked at to make room for a new one.
const LOOKS: usize = 64;

/// The end users there are.
///
/// Names come from clients, so there is an end to how many are counted. A new one takes the place of one that counts
/// nothing (nothing is lost with it); where none of the oldest is like that, the new one is refused: to forget one that
/// has spent something would give it its money back, and to count several as one would let them spend each other's.
pub struct Users {
    cells: Arc<Cells>,
    most: usize,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    users: HashSet<CellId>,
    /// Oldest first; one that is looked at and counts something goes to the back.
    order: VecDeque<CellId>,
}

impl std::fmt::Debug for Users {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Users").field("most", &self.most).finish_non_exhaustive()
    }
}

impl Default for Users {
    fn default() -> Self {
        Self::new(Arc::default())
    }
}

impl Users {
    /// None is known yet; what they have spent is kept among these limits.
    #[must_use]
    pub fn new(cells: Arc<Cells>) -> Self {
        Self { cells, most: MOST_USERS, known: Mutex::default() }
    }

    /// The limit of a user under a budget. `None`: there are too many users.
    pub(crate) fn limit(&self, budget: &EachUser, user: &str, now: Moment) -> Option<Arc<Cell>> {
        let owner = format!("budget {}, user {user}", budget.name);
        let id = CellId { owner, measure: Measure::Money, period: budget.period.name() };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.users.contains(&id) {
            if known.users.len() >= self.most && !self.make_room(&mut known, now) {
                return None;
            }
            known.order.push_back(id.clone());
            known.users.insert(id.clone());
        }
        // Not held here: the limits let go of one that counts nothing, and make it anew.
        let cell = self.cells.get(&id.owner, Measure::Money, budget.period.clone(), budget.nano, now);
        cell.refuse_when_lost(budget.refuse_when_lost);
        Some(cell)
    }

    /// Lets go of one user who counts nothing, if one is found.
    fn make_room(&self, known: &mut Known, now: Moment) -> bool {
        for _ in 0..LOOKS {
            let Some(id) = known.order.pop_front() else { return false };
            if self.cells.release(&id, now) {
                known.users.remove(&id);
                return true;
            }
            known.order.push_back(id);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wye_limits::{Period, Share, Unit, reserve_all};

    use super::*;

    fn at(hours: u64) -> Moment {
        Moment::default().plus(Duration::from_secs(hours * 3600))
    }

    fn users(most: usize) -> (Users, EachUser) {
        let each = EachUser {
            name: "b".to_owned(),
            nano: 10,
            period: Period::utc(Unit::Day),
            allow_unpriced: false,
            soft: None,
            refuse_when_lost: false,
        };
        (Users { most, ..Users::default() }, each)
    }

    #[test]
    fn only_users_who_count_nothing_make_room() {
        let (users, budget) = users(3);
        let spent = users.limit(&budget, "spent", at(0)).unwrap();
        reserve_all([(&spent, 1)], at(0)).unwrap().settle(|_| Some(1));
        let held = reserve_all([(&users.limit(&budget, "held", at(0)).unwrap(), 1)], at(0)).unwrap();
        users.limit(&budget, "idle", at(0)).unwrap();
        users.limit(&budget, "new", at(0)).unwrap();
        assert_eq!(users.cells.all().len(), 3, "the one who was idle is gone everywhere");
        users.limit(&budget, "newer", at(0)).unwrap();
        let newer = reserve_all([(&users.limit(&budget, "newer", at(0)).unwrap(), 1)], at(0)).unwrap();
        assert!(users.limit(&budget, "too many", at(0)).is_none());
        assert!(Arc::ptr_eq(&spent, &users.limit(&budget, "spent", at(0)).unwrap()));
        drop((held, newer));
        assert!(users.limit(&budget, "too many", at(0)).is_some());
    }

    #[test]
    fn a_new_day_makes_room() {
        let (users, budget) = users(1);
        let cell = users.limit(&budget, "a", at(0)).unwrap();
        reserve_all([(&cell, 3)], at(0)).unwrap().settle(|_| Some(3));
        drop(cell);
        assert!(users.limit(&budget, "b", at(1)).is_none());
        assert!(users.limit(&budget, "b", at(25)).is_some());
    }

    #[test]
    fn while_the_counters_are_lost_a_budget_pays_by_its_own_word() {
        let (users, budget) = users(9);
        // A share that nobody serves has lost its counters.
        users.cells.share(Arc::new(Share::default()));
        let strict = EachUser { refuse_when_lost: true, ..budget.clone() };
        let pays = |budget: &EachUser| {
            let cell = users.limit(budget, "a", at(0)).unwrap();
            reserve_all([(&cell, 1)], at(0)).is_ok()
        };
        assert!(!pays(&strict));
        assert!(pays(&budget), "a reload holds for users who were met before");
        assert!(!pays(&strict));
    }

    #[test]
    fn another_number_keeps_the_count_and_another_period_is_another_limit() {
        let (users, budget) = users(9);
        let cell = users.limit(&budget, "a", at(0)).unwrap();
        reserve_all([(&cell, 3)], at(0)).unwrap().settle(|_| Some(3));
        let larger = EachUser { nano: 20, ..budget.clone() };
        assert_eq!(users.limit(&larger, "a", at(0)).unwrap().view(at(0)).left, 17);
        let month = EachUser { period: Period::utc(Unit::Month), ..budget };
        assert_eq!(users.limit(&month, "a", at(0)).unwrap().view(at(0)).left, 10);
    }
}
