//! A score of failures that fades (SmartRoute, reference §1.8).

use std::time::Duration;

use crate::packed::{Pair, tenths};

/// What a success takes from the score.
const RELIEF: f32 = 2.0;
/// The score fades only once so long has passed since it was last changed.
const STILL: Duration = Duration::from_secs(6);
/// A score beyond this changes nothing that anybody sees, and would take days to fade.
const WORST: f32 = 1000.0;

/// The failure score of a deployment.
#[derive(Debug, Default)]
pub struct Health {
    /// The score, as the bits of an `f32`, and when it was true, in tenths of a second.
    score: Pair,
}

impl Health {
    /// The score now; `fading` is in points a minute.
    #[must_use]
    pub fn score(&self, now: Duration, fading: f32) -> f32 {
        let (bits, at) = self.score.get();
        faded(f32::from_bits(bits), at, tenths(now), fading)
    }

    /// Adds a penalty.
    pub fn failed(&self, penalty: f32, now: Duration, fading: f32) {
        self.change(now, fading, |score| (score + penalty).min(WORST));
    }

    /// Takes off what a success is worth.
    pub fn served(&self, now: Duration, fading: f32) {
        // Almost always nought already; a plain load keeps the cache line shared between cores.
        if self.score.get().0 != 0 {
            self.change(now, fading, |score| (score - RELIEF).max(0.0));
        }
    }

    fn change(&self, now: Duration, fading: f32, new: impl Fn(f32) -> f32) {
        let now = tenths(now);
        self.score.change(|bits, at| {
            let score = faded(f32::from_bits(bits), at, now, fading);
            // A clock that seems to go back does not make the score younger than it is.
            Some((new(score).to_bits(), now.max(at)))
        });
    }

    /// Forgets it: an operator said so.
    pub fn reset(&self) {
        self.score.change(|_, _| Some((0, 0)));
    }
}

#[expect(clippy::cast_precision_loss, reason = "minutes; a tenth of a second more or less is nothing")]
fn faded(score: f32, at: u32, now: u32, fading: f32) -> f32 {
    let passed = now.saturating_sub(at);
    if u128::from(passed) * 100 <= STILL.as_millis() {
        return score;
    }
    (score - passed as f32 / 600.0 * fading).max(0.0)
}

/// Health in points from 0 to 100, of a score.
#[must_use]
pub fn points(score: f32) -> u8 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 100")]
    let points = (100.0 / (1.0 + 0.2 * score.max(0.0))).floor() as u8;
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn points_are_those_of_the_reference() {
        // Reference §5: 0 → 100, 0.5 → 90, 1 → 83, 2 → 71, 10 → 33, 50 → 9.
        let table = [(0.0, 100), (0.5, 90), (1.0, 83), (2.0, 71), (10.0, 33), (50.0, 9)];
        for (score, wanted) in table {
            assert_eq!(points(score), wanted, "{score}");
        }
    }

    #[test]
    fn ten_points_fade_in_two_hundred_minutes_and_not_within_six_seconds() {
        let health = Health::default();
        health.failed(10.0, s(100), 0.05);
        assert!((health.score(s(106), 0.05) - 10.0).abs() < f32::EPSILON);
        assert!(health.score(s(107), 0.05) < 10.0);
        assert!((health.score(s(100 + 100 * 60), 0.05) - 5.0).abs() < 0.01);
        assert!(health.score(s(100 + 200 * 60), 0.05).abs() < 0.001);
        // A clock that goes back changes nothing.
        assert!((health.score(s(0), 0.05) - 10.0).abs() < f32::EPSILON);
    }

    #[test]
    fn a_success_takes_two_points_and_never_below_nought() {
        let health = Health::default();
        health.failed(3.0, s(1), 0.05);
        health.served(s(1), 0.05);
        assert!((health.score(s(1), 0.05) - 1.0).abs() < f32::EPSILON);
        health.served(s(1), 0.05);
        assert!(health.score(s(1), 0.05).abs() < f32::EPSILON);
        for _ in 0..100 {
            health.failed(50.0, s(2), 0.05);
        }
        assert!(health.score(s(2), 0.05) <= WORST);
        health.reset();
        assert!(health.score(s(2), 0.05).abs() < f32::EPSILON);
    }
}
