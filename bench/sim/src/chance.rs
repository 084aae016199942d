//! Chance by seed. What a provider does with a request is drawn from the request's number, so that every policy meets
//! the same luck.

/// A stream of draws: splitmix64.
#[derive(Debug, Clone)]
pub struct Chance(u64);

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl Chance {
    /// The stream that belongs to some numbers.
    #[must_use]
    pub fn of(numbers: &[u64]) -> Self {
        let mut state = 0x5851_f42d_4c95_7f2d;
        for number in numbers {
            state = Self(state ^ number.wrapping_mul(STEP)).bits();
        }
        Self(state)
    }

    /// 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// Between 0 and 1, neither included.
    #[expect(clippy::cast_precision_loss, reason = "52 bits are exact")]
    pub fn unit(&mut self) -> f64 {
        ((self.bits() >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }

    /// An exponential draw.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        -self.unit().ln() * mean
    }

    /// A normal draw around nought with a deviation of one (Box and Muller 1958).
    pub fn bell(&mut self) -> f64 {
        let (radius, angle) = ((-2.0 * self.unit().ln()).sqrt(), std::f64::consts::TAU * self.unit());
        radius * angle.cos()
    }

    /// A lognormal draw with a median and the deviation of its logarithm.
    pub fn lognormal(&mut self, median: f64, sigma: f64) -> f64 {
        median * (sigma * self.bell()).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_have_the_means_they_should() {
        let mut chance = Chance::of(&[1, 2, 3]);
        let n = 20_000;
        let mean = (0..n).map(|_| chance.exponential(3.0)).sum::<f64>() / f64::from(n);
        assert!((mean - 3.0).abs() < 0.1, "{mean}");
        let below = (0..n).filter(|_| chance.lognormal(5.0, 0.4) < 5.0).count();
        assert!((below as f64 / f64::from(n) - 0.5).abs() < 0.02);
        assert_eq!(Chance::of(&[7]).bits(), Chance::of(&[7]).bits());
        assert_ne!(Chance::of(&[7, 1]).bits(), Chance::of(&[1, 7]).bits());
    }
}
