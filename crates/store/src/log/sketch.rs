//! Durations counted in buckets, so that percentiles of many minutes and nodes can be added up.

/// Buckets to a doubling: neighbours differ by 9 %, so a percentile is off by at most half of that.
const PER_DOUBLING: f64 = 8.0;

/// How many durations fell into each bucket. Adding two is adding their counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sketch {
    /// By bucket, in order; none is there with a count of zero.
    counts: Vec<(u16, u64)>,
}

impl Sketch {
    /// Counts a duration, in microseconds.
    pub fn add(&mut self, micros: u64) {
        let bucket = bucket(micros);
        match self.counts.binary_search_by_key(&bucket, |(b, _)| *b) {
            Ok(at) => self.counts[at].1 += 1,
            Err(at) => self.counts.insert(at, (bucket, 1)),
        }
    }

    /// Adds another's counts.
    pub fn merge(&mut self, other: &Self) {
        if self.counts.is_empty() {
            self.counts.clone_from(&other.counts);
            return;
        }
        let mut at = 0;
        for (bucket, count) in &other.counts {
            at += self.counts[at..].partition_point(|(b, _)| b < bucket);
            match self.counts.get_mut(at) {
                Some((b, ours)) if b == bucket => *ours = ours.saturating_add(*count),
                _ => self.counts.insert(at, (*bucket, *count)),
            }
        }
    }

    /// How many durations were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().fold(0, |sum, (_, count)| sum.saturating_add(*count))
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
        let mut seen: u64 = 0;
        self.counts.iter().find_map(|(bucket, count)| {
            seen = seen.saturating_add(*count);
            (seen >= rank).then(|| middle(*bucket))
        })
    }

    /// Writes the counts: for each bucket how many it lies behind the one before, and its count, seven bits a byte.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.counts.len() * 3);
        let mut before = 0;
        for (bucket, count) in &self.counts {
            put(u64::from(bucket - before), &mut out);
            put(*count, &mut out);
            before = *bucket;
        }
        out
    }

    /// Reads what [`Sketch::bytes`] wrote; from where it is not that, it counts for nothing.
    #[must_use]
    pub fn parse(mut bytes: &[u8]) -> Self {
        let mut counts = Vec::with_capacity(bytes.len() / 2);
        let mut bucket: u16 = 0;
        while let (Some(step), Some(count)) = (take(&mut bytes), take(&mut bytes)) {
            let next = u16::try_from(step).ok().and_then(|step| bucket.checked_add(step));
            let Some(next) = next.filter(|next| counts.is_empty() || *next > bucket) else { break };
            bucket = next;
            counts.push((bucket, count));
        }
        Self { counts }
    }
}

fn put(mut n: u64, out: &mut Vec<u8>) {
    while n >= 0x80 {
        out.push((n & 0x7f) as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut n = 0;
    for place in 0..10 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        n |= u64::from(byte & 0x7f).checked_shl(7 * place)?;
        if *byte < 0x80 {
            return Some(n);
        }
    }
    None
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
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn percentiles_are_right_within_five_percent_and_survive_being_written() {
        let mut all = Sketch::default();
        for half in [1..=500u64, 501..=1000] {
            let mut part = Sketch::default();
            half.for_each(|ms| part.add(ms * 1000));
            all.merge(&Sketch::parse(&part.bytes()));
        }
        assert_eq!(all.count(), 1000);
        for (share, wanted) in [(0.5, 500_000.0), (0.95, 950_000.0), (0.99, 990_000.0), (1.0, 1_000_000.0)] {
            let got = all.percentile(share).unwrap() as f64;
            assert!((got / wanted - 1.0).abs() < 0.05, "{share}: {got}");
        }
        assert_eq!(Sketch::default().percentile(0.5), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn adding_up_parts_is_counting_all(
            parts in prop::collection::vec(prop::collection::vec(0..u64::MAX, 0..40), 0..5),
        ) {
            let (mut merged, mut whole) = (Sketch::default(), Sketch::default());
            for part in &parts {
                let mut sketch = Sketch::default();
                part.iter().for_each(|n| { sketch.add(*n); whole.add(*n); });
                merged.merge(&Sketch::parse(&sketch.bytes()));
            }
            prop_assert_eq!(&merged, &whole);
            prop_assert_eq!(merged.count(), parts.iter().map(|p| p.len() as u64).sum::<u64>());
        }

        #[test]
        fn no_bytes_are_too_odd_to_be_read(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let read = Sketch::parse(&bytes);
            prop_assert_eq!(Sketch::parse(&read.bytes()), read);
        }
    }
}
