//! Chance that does not depend on the order in which it is asked for.

/// A number from 0 to 1, neither of them included, for one deployment in one decision. The same seed and number give the
/// same one, so that a decision can be replayed and does not change when its rows are arranged otherwise.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
pub fn draw(seed: u64, number: u32) -> f64 {
    ((word(seed, number) >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
}

const fn word(seed: u64, number: u32) -> u64 {
    // splitmix64 (Steele, Lea, Flood 2014): well mixed for neighbouring inputs.
    let mut word = seed.wrapping_add((number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    word = (word ^ word >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    word = (word ^ word >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ word >> 31
}

/// A number around nought with a deviation of one, near enough to Gauss's bell: the sum of four even draws of 16 bits, which
/// never is beyond three and a half. Thousands of targets may be drawn for one request.
pub(crate) fn bell(seed: u64, number: u32) -> f64 {
    let word = word(seed ^ 0x5851_F42D_4C95_7F2D, number);
    let sum = (0..4).map(|part| word >> (16 * part) & 0xFFFF).sum::<u64>();
    let sum = u32::try_from(sum).unwrap_or(u32::MAX);
    (f64::from(sum) / 65_535.0 - 2.0) * 1.732_050_8
}

/// The key by which a weighted draw without replacement is a plain sort, largest first: Efraimidis and Spirakis 2006, in
/// logarithms. What has no weight comes behind everything that has, in an order by chance too.
pub(crate) fn key(seed: u64, number: u32, weight: f64) -> f64 {
    let logarithm = draw(seed, number).ln();
    if weight > 0.0 { logarithm / weight } else { f64::from(f32::MIN) + logarithm }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_spread_evenly_and_never_at_the_ends() {
        let mut sum = 0.0;
        for number in 0..10_000 {
            let drawn = draw(42, number);
            assert!(drawn > 0.0 && drawn < 1.0);
            sum += drawn;
        }
        assert!((sum / 10_000.0 - 0.5).abs() < 0.01, "{sum}");
        assert!(draw(u64::MAX, u32::MAX) < 1.0);
    }

    #[test]
    fn the_bell_is_around_nought_with_a_deviation_of_one() {
        let drawn: Vec<f64> = (0..20_000).map(|number| bell(7, number)).collect();
        let mean = drawn.iter().sum::<f64>() / 20_000.0;
        let variance = drawn.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.03, "{mean} {variance}");
        let beyond = drawn.iter().filter(|one| one.abs() > 2.0).count();
        assert!((600..1200).contains(&beyond), "{beyond}");
    }

    #[test]
    fn keys_draw_in_proportion_to_weights() {
        let weights = [4.0, 3.0, 1.0];
        let mut first = [0_u32; 3];
        for seed in 0..20_000 {
            let keys = [0, 1, 2].map(|n: u32| key(seed, n, weights[n as usize]));
            let best = (0..3).max_by(|a, b| keys[*a].total_cmp(&keys[*b])).unwrap();
            first[best] += 1;
        }
        for (count, weight) in first.iter().zip(weights) {
            let share = f64::from(*count) / 20_000.0;
            assert!((share - weight / 8.0).abs() < 0.015, "{first:?}");
        }
        assert!(key(1, 1, 0.0) < key(1, 2, f64::MIN_POSITIVE.max(1e-9)), "no weight comes last");
    }
}
