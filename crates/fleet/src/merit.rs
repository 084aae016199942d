//! Which of several accounts come behind others: those that are clearly worse, not those that are a little. Accounts take
//! turns because their quotas should be used alike; a difference that may be chance is no reason to end that.

use std::time::Duration;

use crate::deployment::UNKNOWN_SUCCESS;

/// Whoever succeeds less than half as often as the best is clearly worse: two calls through it for one answer cost more
/// than the turn is worth. Ours; the reference systems do not tell accounts apart.
const HALF: f32 = 0.5;
/// Whoever takes more than twice as long as the best is clearly slower. Ours, for the same reason: with times spread as
/// those of real models are, two that are alike look so far apart in less than one moment of a hundred (a test shows it).
const TWICE: f32 = 2.0;
/// Less than that nobody notices (a tenth of a second: J. Nielsen, Usability Engineering, 1993), in milliseconds.
const UNNOTICED_MS: f32 = 100.0;
/// Failures that are older say nothing: the longest that anything is left alone for failing (`cooldown`). What was slow
/// is believed longer ([`crate::speed::AGED`]): a client waits for who finds out, while another account mends a failure.
pub const TRUST_AGED: Duration = Duration::from_secs(120);

/// By what an account is compared with others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Merit {
    /// Successes, from 0 to 1; where nothing is known lately, what is thought of one that nobody asked.
    pub success: f32,
    /// Its usual time to the first content in milliseconds, if that was measured lately and often enough.
    pub first_ms: Option<f32>,
}

impl Default for Merit {
    fn default() -> Self {
        Self { success: UNKNOWN_SUCCESS, first_ms: None }
    }
}

fn fails_more(success: f32, best: f32) -> bool {
    success < best * HALF
}

fn is_slower(first_ms: f32, best: f32) -> bool {
    first_ms > (best * TWICE).max(best + UNNOTICED_MS)
}

/// For each of several how far behind it comes, nought in front; `None`: all are in front. `None` among the merits is who
/// cannot be called, by which nobody is measured. Who fails comes behind who is slow; who is clearly worse than the best of
/// those that are behind comes behind these.
#[must_use]
pub fn ranks(merits: impl Iterator<Item = Option<Merit>> + Clone) -> Option<Vec<u32>> {
    // Nearly always all are alike, and nothing is to be made.
    let (mut least, mut most) = (f32::INFINITY, 0.0f32);
    let (mut quickest, mut slowest) = (f32::INFINITY, 0.0f32);
    for Merit { success, first_ms } in merits.clone().flatten() {
        (least, most) = (least.min(success), most.max(success));
        if let Some(ms) = first_ms {
            (quickest, slowest) = (quickest.min(ms), slowest.max(ms));
        }
    }
    if !fails_more(least, most) && !is_slower(slowest, quickest) {
        return None;
    }
    let merits: Vec<Option<Merit>> = merits.collect();
    let mut ranks = vec![0; merits.len()];
    let mut known: Vec<(usize, Merit)> =
        merits.into_iter().enumerate().filter_map(|(place, merit)| Some((place, merit?))).collect();
    known.sort_by(|(_, a), (_, b)| b.success.total_cmp(&a.success));
    let mut next = 0;
    let mut rest = known.as_mut_slice();
    while let Some((_, best)) = rest.first().copied() {
        let alike = rest.iter().position(|(_, one)| fails_more(one.success, best.success));
        let (alike, behind) = rest.split_at_mut(alike.unwrap_or(rest.len()));
        next = rank_by_pace(alike, next, &mut ranks);
        rest = behind;
    }
    Some(ranks)
}

/// Ranks those that succeed alike, from a rank on. Gives the next one.
fn rank_by_pace(alike: &mut [(usize, Merit)], mut rank: u32, ranks: &mut [u32]) -> u32 {
    // Whose time is not known is in front, or it would never be.
    alike.sort_by(|(_, a), (_, b)| match (a.first_ms, b.first_ms) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    });
    let mut best = None::<f32>;
    for (place, merit) in alike {
        match (merit.first_ms, best) {
            (Some(ms), Some(quickest)) if is_slower(ms, quickest) => {
                rank += 1;
                best = Some(ms);
            }
            (Some(ms), None) => best = Some(ms),
            _ => {}
        }
        ranks[*place] = rank;
    }
    rank + 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(merits: &[Option<(f32, Option<f32>)>]) -> Option<Vec<u32>> {
        ranks(merits.iter().map(|merit| merit.map(|(success, first_ms)| Merit { success, first_ms })))
    }

    #[test]
    fn a_little_worse_is_no_worse() {
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[Some((0.1, Some(9000.0)))]), None, "alone it is the best");
        assert_eq!(of(&[Some((1.0, Some(400.0))), Some((0.5, Some(800.0)))]), None);
        assert_eq!(of(&[Some((1.0, Some(20.0))), Some((1.0, Some(110.0)))]), None, "nobody notices");
        assert_eq!(of(&[Some((0.6, None)), Some((1.0, Some(900.0)))]), None);
        assert_eq!(of(&[Some((0.2, None)), Some((0.3, None))]), None, "none is good");
    }

    #[test]
    fn who_is_clearly_worse_comes_behind_and_who_fails_last() {
        assert_eq!(of(&[Some((0.4, Some(9.0))), Some((1.0, None))]), Some(vec![1, 0]));
        let all = [
            Some((1.0, Some(900.0))),
            Some((0.1, Some(100.0))),
            Some((0.9, Some(300.0))),
            Some((0.8, Some(2000.0))),
            Some((0.7, None)),
        ];
        assert_eq!(of(&all), Some(vec![1, 3, 0, 2, 0]));
        // Who cannot be called is no measure for others.
        let mut without = all;
        without[2] = None;
        assert_eq!(of(&without), Some(vec![0, 2, 0, 1, 0]));
    }

    fn merits() -> impl Strategy<Value = Vec<Option<(f32, Option<f32>)>>> {
        let one = (0.0f32..=1.0, prop::option::of(1.0f32..60_000.0));
        prop::collection::vec(prop::option::weighted(0.9, one), 0..12)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_order_in_which_they_stand_changes_nothing(
            (merits, places) in merits().prop_flat_map(|merits| {
                let places = Just((0..merits.len()).collect::<Vec<_>>()).prop_shuffle();
                (Just(merits), places)
            })
        ) {
            let moved: Vec<_> = places.iter().map(|place| merits[*place]).collect();
            let expected = of(&merits).map(|ranks| places.iter().map(|place| ranks[*place]).collect::<Vec<_>>());
            prop_assert_eq!(of(&moved), expected);
        }

        #[test]
        fn somebody_is_in_front_and_nobody_before_a_clearly_better_one(merits in merits()) {
            let Some(ranks) = of(&merits) else { return Ok(()) };
            let known: Vec<_> =
                merits.iter().zip(&ranks).filter_map(|(merit, rank)| Some(((*merit)?, *rank))).collect();
            prop_assert!(known.iter().any(|(_, rank)| *rank == 0));
            for ((one, first_ms), rank) in &known {
                for ((other, other_ms), other_rank) in &known {
                    prop_assert!(!fails_more(*one, *other) || rank > other_rank);
                    let slower = first_ms.zip(*other_ms).is_some_and(|(one, other)| is_slower(one, other));
                    prop_assert!(!slower || rank != other_rank);
                }
            }
        }
    }
}
