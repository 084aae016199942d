//! SmartRoute's scores: usage balance, consecutive penalty, adaptive (reference §1.6).

/// What the parts of an adaptive score weigh (reference §1.2, `adaptive_weights`). They need not add up to one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// Chance.
    pub random: f32,
    /// Health.
    pub health: f32,
    /// Speed.
    pub speed: f32,
    /// What the operator gave the target.
    pub user: f32,
    /// How much having won lately costs.
    pub consecutive: f32,
    /// How many of the last winners count.
    pub history: usize,
}

impl Default for Weights {
    fn default() -> Self {
        Self { random: 0.3, health: 0.1, speed: 0.3, user: 0.2, consecutive: 0.3, history: 3 }
    }
}

/// What an adaptive score loses for having won lately. `winners`: newest first.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "eight at most")]
pub fn consecutive_penalty(number: u32, winners: &[u32], weight: f32) -> f32 {
    let wins = winners.iter().filter(|winner| **winner == number).count();
    if wins == 0 {
        return 0.0;
    }
    let often = wins as f32 / winners.len() as f32 * weight * 2.0;
    let penalty = if winners.first() == Some(&number) { often * 1.5 + 0.2 } else { often };
    penalty.min(0.8)
}

/// Speed from 0 to 1 of a time to the first content, in milliseconds.
pub(super) fn speed(first_ms: Option<f32>) -> f32 {
    first_ms.map_or(0.8, |ms| 1.0 - (ms / 30_000.0).clamp(0.0, 1.0))
}

/// What is left of a score for a target that was used so often in the last minute.
#[expect(clippy::cast_precision_loss, reason = "uses in a minute")]
pub(super) fn balance(used: u32, most: u32) -> f32 {
    if most == 0 { 1.0 } else { 1.0 - 0.7 * used as f32 / most as f32 }
}

/// The weight of a target in a draw by use, before the penalty.
pub(super) fn usage_weight(used: u32, most: u32) -> f64 {
    f64::from(most.saturating_sub(used)) + 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(one: f32, other: f32) {
        assert!((one - other).abs() < 1e-5, "{one} is not {other}");
    }

    #[test]
    fn penalties_are_those_of_the_reference() {
        // Reference §5, history of three, weight 0.3.
        near(consecutive_penalty(1, &[2, 1, 3], 0.3), 0.2);
        near(consecutive_penalty(1, &[1, 2, 3], 0.3), 0.5);
        near(consecutive_penalty(1, &[2, 1, 1], 0.3), 0.4);
        near(consecutive_penalty(1, &[1, 1, 2], 0.3), 0.8);
        near(consecutive_penalty(1, &[1, 1, 1], 0.3), 0.8);
        near(consecutive_penalty(1, &[1], 0.3), 0.8);
        near(consecutive_penalty(1, &[2, 3, 4], 0.3), 0.0);
        near(consecutive_penalty(1, &[], 0.3), 0.0);
    }

    #[test]
    fn speed_and_balance_are_those_of_the_reference() {
        for (ms, wanted) in [(None, 0.8), (Some(3000.0), 0.9), (Some(15_000.0), 0.5), (Some(30_000.0), 0.0)] {
            near(speed(ms), wanted);
        }
        near(speed(Some(90_000.0)), 0.0);
        near(balance(0, 10), 1.0);
        near(balance(5, 10), 0.65);
        near(balance(10, 10), 0.3);
        near(balance(0, 0), 1.0);
        let weights = [0, 1, 3].map(|used| usage_weight(used, 3));
        assert_eq!(weights.map(|w| w.to_string()), ["4", "3", "1"]);
    }
}
