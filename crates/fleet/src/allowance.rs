//! What a route may spend on calls that are made beside others: a share of its requests, in number and in money.
//!
//! Every request puts a share of itself in; every hedge that starts takes one out, as if both calls were paid in full. No
//! clock is needed: however long a route was quiet, no more is saved up than [`MOST_SAVED`], so that a provider that
//! becomes slow is not asked twice as much for long. The first hedge of a route is on the house.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Hedges that may be saved up; and how many times the cost of the request that puts some in.
const MOST_SAVED: i64 = 10;
/// What is counted of a hedge.
const WHOLE: i64 = 1000;

/// What a route may spend on hedges. Outlives reloads of the configuration.
#[derive(Debug)]
pub struct Allowance {
    /// Hedges, in thousandths.
    hedges: AtomicI64,
    /// Nano-dollars. Below nought after a hedge that cost more than there was.
    money: AtomicI64,
}

impl Default for Allowance {
    fn default() -> Self {
        Self { hedges: AtomicI64::new(WHOLE), money: AtomicI64::new(0) }
    }
}

/// What was taken for a hedge. Dropping it gives it back, since the hedge did not start.
#[derive(Debug)]
pub struct Spent {
    from: Option<(Arc<Allowance>, i64)>,
}

impl Allowance {
    /// A request puts in so many thousandths of itself. `cost`: what it is thought to cost, in nano-dollars, as far as
    /// anybody knows.
    pub fn earn(&self, thousandths: u32, cost: Option<u64>) {
        let share = i64::from(thousandths);
        add(&self.hedges, share, MOST_SAVED * WHOLE);
        let cost = nano(cost);
        add(&self.money, cost.saturating_mul(share) / WHOLE, cost.saturating_mul(MOST_SAVED));
    }

    /// Whether so much is saved up that a hedge may be started whose need is not sure.
    #[must_use]
    pub fn has_plenty(&self) -> bool {
        self.hedges.load(Ordering::Relaxed) >= MOST_SAVED * WHOLE / 2
    }

    /// Takes out a hedge that is thought to cost so much; `None` if there is not enough. What a hedge costs that nobody
    /// knows the price of is not counted.
    #[must_use]
    pub fn spend(self: &Arc<Self>, cost: Option<u64>) -> Option<Spent> {
        let cost = nano(cost);
        let take = |hedges: i64| (hedges >= WHOLE).then(|| hedges - WHOLE);
        self.hedges.try_update(Ordering::Relaxed, Ordering::Relaxed, take).ok()?;
        // Debts are paid by the requests that follow: otherwise what is dearer than all that may be saved never started.
        let pay = |money: i64| (cost == 0 || money > 0).then(|| money.saturating_sub(cost));
        if self.money.try_update(Ordering::Relaxed, Ordering::Relaxed, pay).is_err() {
            self.hedges.fetch_add(WHOLE, Ordering::Relaxed);
            return None;
        }
        Some(Spent { from: Some((Arc::clone(self), cost)) })
    }
}

impl Spent {
    /// The hedge has started.
    pub fn used(mut self) {
        self.from = None;
    }
}

impl Drop for Spent {
    fn drop(&mut self) {
        if let Some((from, cost)) = self.from.take() {
            from.hedges.fetch_add(WHOLE, Ordering::Relaxed);
            add(&from.money, cost, i64::MAX);
        }
    }
}

/// Adds, but not beyond the most that may be there.
fn add(to: &AtomicI64, amount: i64, most: i64) {
    let add = |there: i64| (there < most).then(|| there.saturating_add(amount).min(most));
    let _ = to.try_update(Ordering::Relaxed, Ordering::Relaxed, add);
}

fn nano(cost: Option<u64>) -> i64 {
    i64::try_from(cost.unwrap_or(0)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spends(allowance: &Arc<Allowance>, cost: Option<u64>) -> bool {
        allowance.spend(cost).map(Spent::used).is_some()
    }

    #[test]
    fn one_in_twenty_and_the_first_on_the_house() {
        let allowance = Arc::<Allowance>::default();
        let hedges = (0..1000).filter(|_| {
            allowance.earn(50, Some(300));
            spends(&allowance, Some(300))
        });
        assert_eq!(hedges.count(), 50, "money comes in a little after it is owed");
    }

    #[test]
    fn a_hedge_that_is_dearer_counts_for_more_and_one_without_a_price_as_one() {
        let (dear, unknown) = (Arc::<Allowance>::default(), Arc::default());
        let hedges = |allowance: &Arc<Allowance>, cost| {
            let started = (0..10_000).filter(|_| {
                allowance.earn(50, Some(100));
                spends(allowance, cost)
            });
            started.count()
        };
        assert_eq!(hedges(&dear, Some(1000)), 50, "ten times the price: one in two hundred");
        assert_eq!(hedges(&unknown, None), 501);
    }

    #[test]
    fn what_costs_nothing_pays_for_nothing_that_does() {
        let allowance = Arc::<Allowance>::default();
        for _ in 0..1000 {
            allowance.earn(50, Some(0));
        }
        assert!(!spends(&allowance, Some(1)));
        assert!(spends(&allowance, Some(0)));
    }

    #[test]
    fn what_did_not_start_is_given_back() {
        let allowance = Arc::<Allowance>::default();
        drop(allowance.spend(None));
        assert!(spends(&allowance, None));
        assert!(!spends(&allowance, None));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn never_more_than_the_share(
            share in 0u32..300,
            steps in prop::collection::vec((0u64..5000, 0u64..5000, 0usize..4, any::<bool>()), 0..300),
        ) {
            let allowance = Arc::<Allowance>::default();
            let (mut requests, mut hedges, mut earned, mut paid, mut dearest) = (0, 0, 0, 0, 0);
            for (cost, other, wants, starts) in steps {
                allowance.earn(share, Some(cost));
                requests += 1;
                earned += cost * u64::from(share);
                for _ in 0..wants {
                    let Some(spent) = allowance.spend(Some(other)) else { break };
                    if starts {
                        spent.used();
                        hedges += 1;
                        paid += other;
                        dearest = dearest.max(other);
                    }
                }
            }
            prop_assert!(hedges * 1000 <= requests * share + 1000);
            prop_assert!(paid * 1000 <= earned + dearest * 1000);
        }
    }
}
