//! Strategy `learned`: expected quality, less what money and waiting are worth on the route, with a little chance among those
//! that are nearly the best, so that what is not known well is tried (Thompson's draw at a quarter of the deviation: more
//! loses money, reference routing §5).

use wye_fleet::deployment::{UNKNOWN_FIRST_MS, UNKNOWN_SUCCESS};

use super::draw::bell;
use super::rank::{Ask, Ranked, Row, dollars, float};
use crate::quality::Quality;

/// How much of the deviation chance has.
const SHARE: f64 = 0.25;
/// Only who is as near to the best as this is tried (reference routing §7.4).
const NEAR: f64 = 0.05;
/// A point of quality: one answer in a hundred.
const POINT: f64 = 0.01;
/// Requests of up to so many tokens are worth alike; of longer ones, more work hangs on the answer.
const USUAL_TOKENS: f64 = 2000.0;
/// How fast answers go on where nobody knows.
const UNKNOWN_SPEED: f32 = 50.0;
/// What is expected where nobody worked it out.
const NOTHING: Quality = Quality { mean: 0.0, sd: 0.0 };

/// What a point of quality (one right answer more in a hundred) is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Worth {
    /// In dollars, for a request of up to 2,000 tokens; in proportion more for longer ones. Infinite: money is no matter.
    pub dollars: f32,
    /// In milliseconds until the whole answer. Infinite: waiting is no matter.
    pub wait_ms: f32,
}

impl Worth {
    /// A dollar in a thousand requests for a point, as the reference's rewards count (routing §5); two seconds are our own.
    pub const USUAL: Self = Self { dollars: 0.001, wait_ms: 2000.0 };
}

impl Default for Worth {
    fn default() -> Self {
        Self::USUAL
    }
}

pub(super) fn learned(rows: &[Row], worth: Worth, ask: Ask<'_>) -> Vec<Ranked> {
    // A price that nobody knows is thought to be the highest that is known.
    let dearest = rows.iter().filter_map(|row| row.cost).max().unwrap_or(0);
    let long = (f64::from(ask.tokens) + f64::from(ask.out_tokens)) / USUAL_TOKENS;
    // What a dollar and a millisecond are worth in quality: worked out once, as there may be ten thousand rows.
    let by_dollar = POINT / (f64::from(worth.dollars.max(f32::MIN_POSITIVE)) * long.max(1.0));
    let by_ms = POINT / f64::from(worth.wait_ms.max(f32::MIN_POSITIVE));
    #[expect(clippy::cast_precision_loss, reason = "tokens of one answer")]
    let out = ask.out_tokens as f32 * 1000.0;
    let mut ranked: Vec<Ranked> = rows
        .iter()
        .enumerate()
        .map(|(place, row)| {
            let Quality { mean, sd } = row.mark.quality.unwrap_or(NOTHING);
            let cost = dollars(row.cost.unwrap_or(dearest)) * by_dollar;
            let wait = waiting(row, out) * by_ms;
            let score = f64::from(mean) - cost - wait;
            Ranked { row: place, score, terms: [mean, sd, float(-cost), float(-wait), 0.0] }
        })
        .collect();
    if ask.explores {
        let best = ranked.iter().map(|one| one.score).fold(f64::MIN, f64::max);
        for one in ranked.iter_mut().filter(|one| one.score >= best - NEAR) {
            let Some(row) = rows.get(one.row) else { continue };
            let chance = bell(ask.seed, row.number) * SHARE * f64::from(one.terms[1]);
            // Whoever is tried stays before those that are not.
            let drawn = (one.score + chance).max(best - NEAR);
            one.terms[4] = float(drawn - one.score);
            one.score = drawn;
        }
    }
    ranked
}

/// Milliseconds until the whole answer, longer for what often fails: somebody else must be asked then.
fn waiting(row: &Row, out: f32) -> f64 {
    let first = row.reading.first_ms.unwrap_or(UNKNOWN_FIRST_MS);
    let rest = out / row.reading.tokens_per_s.unwrap_or(UNKNOWN_SPEED).max(0.1);
    let success = row.reading.success.unwrap_or(UNKNOWN_SUCCESS);
    f64::from(first + rest) / f64::from(success.max(0.05))
}

#[cfg(test)]
mod tests {
    use wye_fleet::Glance;

    use super::super::{Mark, Order, Size, rank};
    use super::*;

    fn row(number: u32, mean: f32, cost: Option<u64>) -> Row {
        Row {
            number,
            weight: 0.5,
            reading: Glance::default(),
            cost,
            context: None,
            size: Size::Unknown,
            mark: Mark { quality: Some(Quality { mean, sd: 0.2 }), ..Mark::default() },
        }
    }

    fn order(rows: &[Row], worth: Worth, ask: Ask<'_>) -> Vec<u32> {
        let order = Order::Learned(None, worth);
        rank(order, rows, ask).iter().map(|ranked| rows[ranked.row].number).collect()
    }

    #[test]
    fn a_point_of_quality_is_worth_so_much_money() {
        // Four points better, and dearer by what four points and a half cost.
        let rows = [row(1, 0.84, Some(4_600_000)), row(2, 0.80, Some(100_000))];
        assert_eq!(order(&rows, Worth::default(), Ask::default()), [2, 1]);
        let generous = Worth { dollars: 0.002, ..Worth::default() };
        assert_eq!(order(&rows, generous, Ask::default()), [1, 2]);
        // Of a request twice as long as usual more hangs on the answer.
        assert_eq!(order(&rows, Worth::default(), Ask { tokens: 4000, ..Ask::default() }), [1, 2]);
        let ranked = rank(Order::Learned(None, Worth::default()), &rows, Ask::default());
        let told = ranked[0].terms[0] + ranked[0].terms[2] + ranked[0].terms[3] + ranked[0].terms[4];
        assert!((f64::from(told) - ranked[0].score).abs() < 1e-5, "the terms add up");
    }

    #[test]
    fn a_point_of_quality_is_worth_so_much_waiting() {
        let mut rows = [row(1, 0.82, None), row(2, 0.80, None)];
        rows[0].reading.first_ms = Some(6000.0);
        rows[1].reading.first_ms = Some(1000.0);
        assert_eq!(order(&rows, Worth::default(), Ask::default()), [2, 1]);
        let patient = Worth { wait_ms: 4000.0, ..Worth::default() };
        assert_eq!(order(&rows, patient, Ask::default()), [1, 2]);
    }

    #[test]
    fn a_price_that_nobody_knows_is_no_gift() {
        let rows = [row(1, 0.8, None), row(2, 0.8, Some(0)), row(3, 0.8, Some(9_000_000))];
        assert_eq!(order(&rows, Worth::default(), Ask::default()), [2, 1, 3]);
    }

    #[test]
    fn only_those_near_the_best_are_tried_and_only_where_that_is_allowed() {
        let rows = [row(1, 0.80, Some(0)), row(2, 0.77, Some(0)), row(3, 0.70, Some(0))];
        let mut first = [0_u32; 4];
        for seed in 0..4000 {
            let ask = Ask { seed, explores: true, ..Ask::default() };
            let tried = order(&rows, Worth::default(), ask);
            first[tried[0] as usize] += 1;
            assert_eq!(tried[2], 3, "ten points behind the best is never before it");
            let sober = order(&rows, Worth::default(), Ask { explores: false, ..ask });
            assert_eq!(sober, [1, 2, 3]);
        }
        // Three points at two times 0.05 of deviation: about one draw in three.
        assert!((1000..1700).contains(&first[2]), "{first:?}");
    }
}
