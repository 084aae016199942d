//! Means over worlds, and how far they can be trusted.

use super::measure::Came;

/// A row in all worlds. Shares in percent.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// What was answered well.
    pub quality: Mean,
    /// Dollars for a thousand requests.
    pub cost: Mean,
    /// What the same models would have done, had they answered as often, but others of the requests.
    pub mixed: Mean,
    /// How much better it is than the best single model at no more than its cost, known afterwards in each world.
    pub ahead: Mean,
    /// Quality less money and waiting: a dollar for a thousand requests counts as a point, and two seconds do.
    pub net: Mean,
    /// Seconds until the whole answer.
    pub wait: Mean,
    /// The median of the time to the first content, in milliseconds.
    pub first_ms: Option<u128>,
}

/// A mean, and half the width of its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    /// The mean.
    pub of: f64,
    /// How far the truth may be from it.
    pub give: f64,
}

impl Mean {
    /// Of pairs of worlds that follow each other: the second is the first turned round, so that only pairs are independent.
    /// Without two pairs nothing is known of how far.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a few worlds")]
    pub fn of(worlds: &[f64]) -> Self {
        let pairs: Vec<f64> =
            worlds.chunks(2).map(|pair| pair.iter().sum::<f64>() / pair.len() as f64).collect();
        let all = pairs.len().max(1) as f64;
        let mean = pairs.iter().sum::<f64>() / all;
        if pairs.len() < 2 {
            return Self { of: mean, give: f64::INFINITY };
        }
        let variance = pairs.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / (all - 1.0);
        Self { of: mean, give: student(pairs.len() - 1) * (variance / all).sqrt() }
    }

    /// The least that it is likely to be.
    #[must_use]
    pub fn low(&self) -> f64 {
        self.of - self.give
    }
}

/// Student's quantile for 95 %, by degrees of freedom; those between are counted as the fewer.
fn student(degrees: usize) -> f64 {
    const KNOWN: [(usize, f64); 9] = [
        (1, 12.71),
        (2, 4.303),
        (3, 3.182),
        (5, 2.571),
        (7, 2.365),
        (10, 2.228),
        (15, 2.131),
        (20, 2.086),
        (30, 2.042),
    ];
    KNOWN.iter().rev().find(|(known, _)| *known <= degrees).map_or(12.71, |(_, quantile)| *quantile)
}

impl Figure {
    /// What a row came to in worlds that follow each other.
    #[must_use]
    pub fn of(worlds: &[Came]) -> Self {
        let mean = |value: &dyn Fn(&Came) -> f64| Mean::of(&worlds.iter().map(value).collect::<Vec<_>>());
        let mut firsts: Vec<u128> = worlds.iter().flat_map(|came| came.firsts.iter().copied()).collect();
        firsts.sort_unstable();
        Self {
            quality: mean(&|came| 100.0 * came.quality),
            cost: mean(&|came| came.cost),
            mixed: mean(&|came| 100.0 * came.mixed),
            ahead: mean(&|came| 100.0 * (came.quality - came.single)),
            net: mean(&|came| 100.0 * came.quality - came.cost - came.wait / 2.0),
            wait: mean(&|came| came.wait),
            first_ms: firsts.get(firsts.len() / 2).copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_of_pairs() {
        let mean = Mean::of(&[1.0, 3.0, 2.0, 4.0]);
        assert!((mean.of - 2.5).abs() < 1e-9 && (mean.give - 12.71 * 0.5).abs() < 1e-9, "{mean:?}");
        assert!(Mean::of(&[1.0, 9.0, 9.0, 1.0]).give < 1e-9, "what turns round is no doubt");
        assert!(Mean::of(&[1.0, 2.0]).give.is_infinite());
        assert!((student(15) - 2.131).abs() < 1e-9 && (student(16) - 2.131).abs() < 1e-9);
    }
}
