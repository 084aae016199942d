//! Durations counted in buckets, so that percentiles of many minutes and nodes can be added up.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Buckets to a doubling: neighbours differ by 9 %, so a percentile is off by at most half of that.
const PER_DOUBLING: f64 = 8.0;

/// How many durations fell into each bucket. Adding two is adding their counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sketch {
    counts: BTreeMap<u16, u64>,
}

impl Sketch {
    /// Counts a duration, in microseconds.
    pub fn add(&mut self, micros: u64) {
        *self.counts.entry(bucket(micros)).or_default() += 1;
    }

    /// Adds another's counts.
    pub fn merge(&mut self, other: &Self) {
        for (bucket, count) in &other.counts {
            *self.counts.entry(*bucket).or_default() += count;
        }
    }

    /// How many durations were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.values().sum()
    }

    /// The duration below which this share of them lies, in microseconds. `None` if there is none.
    #[must_use]
    pub fn percentile(&self, share: f64) -> Option<u64> {
        let total = self.count();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rank among counts; a share is between 0 and 1"
        )]
        let rank = ((total as f64 * share.clamp(0.0, 1.0)).ceil() as u64).max(1);
        let mut seen = 0;
        self.counts.iter().find_map(|(bucket, count)| {
            seen += count;
            (seen >= rank).then(|| middle(*bucket))
        })
    }

    /// Writes the counts as a text: `bucket:count` with spaces between.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        for (bucket, count) in &self.counts {
            let space = if out.is_empty() { "" } else { " " };
            // Writing to a String cannot fail.
            let _ = write!(out, "{space}{bucket}:{count}");
        }
        out
    }

    /// Reads what [`Sketch::text`] wrote; what is not that counts for nothing.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let counts = text.split(' ').filter_map(|pair| {
            let (bucket, count) = pair.split_once(':')?;
            Some((bucket.parse().ok()?, count.parse().ok()?))
        });
        Self { counts: counts.collect() }
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a logarithm of a number is small and not negative"
)]
fn bucket(micros: u64) -> u16 {
    ((micros.max(1) as f64).log2() * PER_DOUBLING) as u16
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a power of two is not negative")]
fn middle(bucket: u16) -> u64 {
    ((f64::from(bucket) + 0.5) / PER_DOUBLING).exp2().round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_right_within_five_percent_and_survive_their_text() {
        let mut all = Sketch::default();
        for half in [1..=500u64, 501..=1000] {
            let mut part = Sketch::default();
            half.for_each(|ms| part.add(ms * 1000));
            all.merge(&Sketch::parse(&part.text()));
        }
        assert_eq!(all.count(), 1000);
        for (share, wanted) in [(0.5, 500_000.0), (0.95, 950_000.0), (0.99, 990_000.0), (1.0, 1_000_000.0)] {
            let got = all.percentile(share).unwrap() as f64;
            assert!((got / wanted - 1.0).abs() < 0.05, "{share}: {got}");
        }
        assert_eq!(Sketch::default().percentile(0.5), None);
        assert_eq!(Sketch::parse("x 3:y 5:2"), Sketch::parse("5:2"));
    }
}
