//! How much a step does: what a row costs differs by machine, disk and table, and how long others may wait does not.

use std::time::Duration;

/// How long a step may take. Several times as long still disturbs nobody much, and it may become that on a busy machine.
const AIM: Duration = Duration::from_millis(8);

/// How much the next step does, by how long those before it took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    size: u32,
    most: u32,
}

impl Pace {
    /// Begins with so much, and never does more than `most`.
    pub(super) const fn new(first: u32, most: u32) -> Self {
        Self { size: first, most }
    }

    /// How much the next step does: at least one.
    pub(super) const fn size(&self) -> u32 {
        self.size
    }

    /// A step took so long: after one that took too long the next does half, after a short one somewhat more.
    pub(super) fn after(&mut self, took: Duration) {
        if took > AIM {
            self.size = (self.size / 2).max(1);
        } else if took < AIM / 2 {
            self.size = self.size.saturating_add(self.size / 8 + 1).min(self.most);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_steps_take_each_does_something_and_none_too_much(
            most in 1..5000_u32, share in 0.0..=1.0_f64, took in proptest::collection::vec(any::<u64>(), 0..300),
        ) {
            let mut pace = Pace::new(((f64::from(most) * share) as u32).max(1), most);
            for nanos in took {
                let before = pace.size();
                pace.after(Duration::from_nanos(nanos % 50_000_000));
                prop_assert!((1..=most).contains(&pace.size()));
                prop_assert!(pace.size() <= before + before / 8 + 1, "it grows slowly");
            }
        }

        #[test]
        fn steps_come_to_take_what_they_may(
            each_ns in 1..20_000_000_u32, first in 1..2000_u32, idle_us in 0..3000_u64,
        ) {
            let cost = |pace: &Pace| Duration::from_micros(idle_us) + Duration::from_nanos(each_ns.into()) * pace.size();
            let mut pace = Pace::new(first, 2000);
            for _ in 0..120 {
                pace.after(cost(&pace));
            }
            // One more row than fits is at most one row's cost, or an eighth, too much, and only once.
            for _ in 0..50 {
                let took = cost(&pace);
                prop_assert!(took <= AIM || pace.size() == 1, "{took:?} for {}", pace.size());
                prop_assert!(took * 4 > AIM || pace.size() == 2000 || pace.size() <= 2, "{took:?} is too careful");
                pace.after(took);
            }
        }
    }
}
