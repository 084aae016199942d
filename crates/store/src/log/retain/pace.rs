//! How much a step does: what a row costs differs by machine, disk and table, and how long others may wait does not.

use std::time::Duration;

/// How long a step may take. Several times as long still disturbs nobody much, and it may become that on a busy machine.
const AIM: Duration = Duration::from_millis(8);

/// How much the next step does, by how long those before it took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    size: u32,
    least: u32,
    most: u32,
}

impl Pace {
    /// Begins with `least`. It never does less, so that it comes to an end however slow the machine is, nor more than `most`.
    pub(super) const fn new(least: u32, most: u32) -> Self {
        Self { size: least, least, most }
    }

    /// How much the next step does.
    pub(super) const fn size(&self) -> u32 {
        self.size
    }

    /// A step took so long: after one that took too long the next does half, after a short one somewhat more.
    pub(super) fn after(&mut self, took: Duration) {
        if took > AIM {
            self.size = (self.size / 2).max(self.least);
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
            least in 1..100_u32, more in 0..5000_u32, took in proptest::collection::vec(any::<u64>(), 0..300),
        ) {
            let most = least + more;
            let mut pace = Pace::new(least, most);
            for nanos in took {
                let before = pace.size();
                pace.after(Duration::from_nanos(nanos % 50_000_000));
                prop_assert!((least..=most).contains(&pace.size()));
                prop_assert!(pace.size() <= before + before / 8 + 1, "it grows slowly");
            }
        }

        #[test]
        fn steps_come_to_take_what_they_may(each_ns in 1..20_000_000_u32, least in 1..60_u32, idle_us in 0..3000_u64) {
            let cost = |pace: &Pace| Duration::from_micros(idle_us) + Duration::from_nanos(each_ns.into()) * pace.size();
            let mut pace = Pace::new(least, 2000);
            let mut over = 0;
            for _ in 0..200 {
                let took = cost(&pace);
                // Only the least may take longer.
                over += u32::from(took > AIM && pace.size() > least);
                pace.after(took);
            }
            prop_assert!(over <= 1, "it was {over} times too much");
            let took = cost(&pace);
            prop_assert!(took * 4 > AIM || pace.size() == 2000 || pace.size() <= least + 1, "{took:?} is too careful");
        }
    }
}
