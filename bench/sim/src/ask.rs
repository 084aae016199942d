//! The requests of a simulation.

use std::time::Duration;

use crate::chance::Chance;

/// One request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// Its number, from 0.
    pub number: u32,
    /// When it arrives.
    pub at: Duration,
    /// Tokens of its prompt.
    pub prompt: u64,
    /// Tokens of its answer, whoever gives it.
    pub output: u64,
}

/// The mean tokens of a request, prompt and answer: what [`arrivals`] draws.
pub const MEAN_TOKENS: f64 = 534.0;

/// Requests that arrive independently of each other (Poisson), so many a minute.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "capped and not negative")]
pub fn arrivals(seed: u64, per_minute: f64, length: Duration) -> Vec<Ask> {
    let mut chance = Chance::of(&[seed, 1]);
    let (mut asks, mut at) = (Vec::new(), Duration::ZERO);
    loop {
        at += Duration::from_secs_f64(chance.exponential(60.0 / per_minute));
        if at >= length {
            return asks;
        }
        let number = u32::try_from(asks.len()).unwrap_or(u32::MAX);
        // Means: the median times e^(σ²/2).
        let prompt = chance.lognormal(250.0, 0.6).min(2000.0) as u64 + 20;
        let output = chance.lognormal(180.0, 0.5).min(1000.0) as u64 + 10;
        asks.push(Ask { number, at, prompt, output });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_are_as_many_and_as_large_as_said() {
        let asks = arrivals(3, 60.0, Duration::from_secs(36_000));
        assert!((asks.len() as f64 / 36_000.0 - 1.0).abs() < 0.03, "{}", asks.len());
        let tokens = asks.iter().map(|ask| ask.prompt + ask.output).sum::<u64>() as f64 / asks.len() as f64;
        assert!((tokens / MEAN_TOKENS - 1.0).abs() < 0.02, "{tokens}");
        assert_eq!(
            arrivals(3, 60.0, Duration::from_secs(60)),
            asks[..arrivals(3, 60.0, Duration::from_secs(60)).len()]
        );
    }
}
