//! How fast and how surely a deployment answers: moving averages and quantiles. Streams and whole answers apart: the
//! time to the first content means something else in each.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, AtomicU32, Ordering};
use std::time::Duration;

use crate::age::Age;
use crate::deployment::UNKNOWN_FIRST_MS;

/// The weight of the newest sample (SMLGateway, reference §6).
const ALPHA: f32 = 0.25;
/// Buckets in which a quantile is known: eight to the octave from 1 ms to 262 s, so that it is off by a sixteenth at most.
const BUCKETS: usize = (OCTAVES * PER_OCTAVE) as usize;
const OCTAVES: u32 = 18;
const PER_OCTAVE: u32 = 8;
/// When so many samples are there, all are halved: the newest count most.
const FULL: u32 = 1024;
/// With fewer samples a quantile says nothing.
const ENOUGH: u32 = 20;
/// What is late in terms of the middle time, and of the average while there are few samples.
const MOST_MIDDLES: u32 = 4;
const FEW_AVERAGES: u32 = 3;
/// A time that was measured longer ago says nothing of how slow a deployment is: whoever is not called for being slow
/// would never be measured again.
pub const AGED: Duration = Duration::from_secs(600);

/// A moving average. The first sample is the average.
#[derive(Debug)]
pub struct Average(AtomicU32);

/// The bits that stand for: no sample yet.
const NONE: u32 = f32::NAN.to_bits();

impl Default for Average {
    fn default() -> Self {
        Self(AtomicU32::new(NONE))
    }
}

impl Average {
    /// Takes a sample.
    pub fn take(&self, sample: f32) {
        self.take_after(sample, sample);
    }

    /// Takes a sample. Where there was none, the average begins as if it had been `before`.
    pub(crate) fn take_after(&self, before: f32, sample: f32) {
        let take = |bits| {
            let average = f32::from_bits(bits);
            let average = if average.is_nan() { before } else { average };
            Some((average + ALPHA * (sample - average)).to_bits())
        };
        let _ = self.0.try_update(Ordering::Relaxed, Ordering::Relaxed, take);
    }

    /// This sample is the average, whatever came before.
    pub(crate) fn begin_anew(&self, sample: f32) {
        self.0.store(sample.to_bits(), Ordering::Relaxed);
    }

    pub(crate) fn forget(&self) {
        self.0.store(NONE, Ordering::Relaxed);
    }

    /// The average, once there is a sample.
    #[must_use]
    pub fn get(&self) -> Option<f32> {
        let average = f32::from_bits(self.0.load(Ordering::Relaxed));
        (!average.is_nan()).then_some(average)
    }
}

/// How samples of a time are spread.
#[derive(Debug)]
struct Spread {
    counts: [AtomicU16; BUCKETS],
    all: AtomicU32,
}

impl Spread {
    const fn new() -> Self {
        Self { counts: [const { AtomicU16::new(0) }; BUCKETS], all: AtomicU32::new(0) }
    }

    fn take(&self, time: Duration) {
        self.counts[bucket(time)].fetch_add(1, Ordering::Relaxed);
        if self.all.fetch_add(1, Ordering::Relaxed) + 1 == FULL {
            self.halve();
        }
    }

    /// Only who made it full comes here; samples taken meanwhile may be halved or not.
    fn halve(&self) {
        let mut all = 0;
        for count in &self.counts {
            let half = |count: u16| Some(count / 2);
            if let Ok(before) = count.try_update(Ordering::Relaxed, Ordering::Relaxed, half) {
                all += u32::from(before / 2);
            }
        }
        self.all.store(all, Ordering::Relaxed);
    }

    fn counts(&self) -> [u16; BUCKETS] {
        std::array::from_fn(|n| self.counts[n].load(Ordering::Relaxed))
    }

    fn quantile(counts: &[u16; BUCKETS], percent: u32) -> Option<Duration> {
        let all: u32 = counts.iter().map(|count| u32::from(*count)).sum();
        if all < ENOUGH {
            return None;
        }
        // The sample of that rank, counted from one.
        let rank = (all * percent).div_ceil(100).max(1);
        let mut below = 0;
        let found = counts.iter().position(|count| {
            below += u32::from(*count);
            below >= rank
        })?;
        Some(middle(found))
    }
}

/// Which bucket a time falls into.
fn bucket(time: Duration) -> usize {
    let ms = u32::try_from(time.as_millis()).unwrap_or(u32::MAX).max(1);
    let octave = ms.ilog2();
    // The three bits behind the highest one.
    let eighth = (u64::from(ms) << 3 >> octave & 7) as usize;
    (octave as usize * PER_OCTAVE as usize + eighth).min(BUCKETS - 1)
}

/// The time in the middle of a bucket.
fn middle(bucket: usize) -> Duration {
    let (octave, eighth) = (bucket as u64 / u64::from(PER_OCTAVE), bucket as u64 % u64::from(PER_OCTAVE));
    let low = (8 + eighth) << octave;
    let high = (9 + eighth) << octave;
    // In sixteenths of a millisecond, so that the middle of the lowest ones is not rounded away.
    Duration::from_micros((low + high) * 1000 / 16)
}

/// After which times an answer is late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Late {
    /// Nearly all come sooner, but then it may be one of the few that do not. Never more than `surely`: a deployment that
    /// stalls again and again has its stalls among nearly all, and would be waited for as long as they last.
    pub likely: Duration,
    /// Four times the time of the middle one: it is stuck.
    pub surely: Duration,
}

/// How one kind of answer of a deployment comes.
#[derive(Debug, Default)]
pub struct Speed {
    first_ms: Average,
    tokens_per_s: Average,
    success: Average,
    spread: OnceLock<Box<Spread>>,
    /// Since when the first content is known.
    age: Age,
}

/// A time to the first content that was measured lately.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// The average, in milliseconds.
    pub first_ms: f32,
    /// How long it will be believed if nothing is measured.
    pub holds: Duration,
}

impl Speed {
    /// An answer came.
    pub fn served(&self, first_content: Duration, tokens_per_s: Option<f32>, now: Duration) {
        self.success.take(1.0);
        self.measure(first_content, now);
        if let Some(tokens) = tokens_per_s.filter(|tokens| tokens.is_finite() && *tokens > 0.0) {
            self.tokens_per_s.take(tokens);
        }
    }

    /// Takes a time to the first content. After a long pause it begins the average anew: what was slow then would stand
    /// against what is quick now for a dozen answers.
    fn measure(&self, first_content: Duration, now: Duration) {
        let ms = first_content.as_secs_f32() * 1000.0;
        if self.has_aged(now) {
            self.first_ms.begin_anew(ms);
        } else {
            self.first_ms.take(ms);
        }
        self.age.measured(now);
        self.spread.get_or_init(|| Box::new(Spread::new())).take(first_content);
    }

    /// What was measured is not known any more.
    pub(crate) fn forget(&self) {
        self.first_ms.forget();
        self.age.forget();
    }

    pub(crate) fn has_aged(&self, now: Duration) -> bool {
        self.age.is_over(AGED, now)
    }

    /// A call begins. If the measure has aged, this call finds out, and others go by the old one meanwhile.
    pub(crate) fn begins(&self, now: Duration) {
        if self.first_ms.get().is_some() {
            self.age.begins(AGED, now);
        }
    }

    /// The average time to the first content, if it was measured lately. Whoever leaves out what is slow goes by this.
    #[must_use]
    pub fn measured_at(&self, now: Duration) -> Option<Measured> {
        let first_ms = self.first_ms.get()?;
        Some(Measured { first_ms, holds: self.age.holds(AGED, now)? })
    }

    /// None came. Failures say nothing about speed.
    pub fn failed(&self) {
        self.success.take(0.0);
    }

    /// An answer was not waited for any longer: its first content would have come after so long at the soonest. That is
    /// news only of one that usually comes sooner. Gives whether it was.
    pub fn late(&self, at_least: Duration, now: Duration) -> bool {
        let ms = at_least.as_secs_f32() * 1000.0;
        let is_news = ms > self.first_ms.get().unwrap_or(UNKNOWN_FIRST_MS);
        if is_news {
            self.measure(at_least, now);
        }
        is_news
    }

    /// After which time an answer is late, where so many percent of the first contents come in time. With few samples that
    /// is three times the average; `None` without any.
    #[must_use]
    pub fn late_after(&self, percent: u32) -> Option<Late> {
        self.surely_late_after(percent).or_else(|| {
            let few = Duration::try_from_secs_f32(self.first_ms.get()? / 1000.0).ok()? * FEW_AVERAGES;
            Some(Late { likely: few, surely: few })
        })
    }

    /// The same; `None` with few samples.
    #[must_use]
    pub fn surely_late_after(&self, percent: u32) -> Option<Late> {
        let counts = self.spread.get()?.counts();
        let quantile = |percent| Spread::quantile(&counts, percent);
        let (most, middle) = quantile(percent.min(100)).zip(quantile(50))?;
        let surely = middle * MOST_MIDDLES;
        Some(Late { likely: most.min(surely), surely })
    }

    /// Average time to the first content, in milliseconds.
    #[must_use]
    pub fn first_ms(&self) -> Option<f32> {
        self.first_ms.get()
    }

    /// Average tokens a second after it.
    #[must_use]
    pub fn tokens_per_s(&self) -> Option<f32> {
        self.tokens_per_s.get()
    }

    /// Average of successes, from 0 to 1.
    #[must_use]
    pub fn success(&self) -> Option<f32> {
        self.success.get()
    }

    /// The time within which so many percent of the first contents came; `None` with fewer than twenty samples.
    #[must_use]
    pub fn quantile(&self, percent: u32) -> Option<Duration> {
        Spread::quantile(&self.spread.get()?.counts(), percent.min(100))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Duration = Duration::from_secs(1);

    #[test]
    fn the_first_sample_is_the_average_and_failures_do_not_move_times() {
        let speed = Speed::default();
        assert_eq!((speed.first_ms(), speed.success()), (None, None));
        speed.served(Duration::from_millis(400), Some(50.0), NOW);
        assert_eq!((speed.first_ms(), speed.success()), (Some(400.0), Some(1.0)));
        speed.failed();
        assert_eq!((speed.first_ms(), speed.success()), (Some(400.0), Some(0.75)));
        speed.served(Duration::from_millis(800), Some(f32::INFINITY), NOW);
        assert_eq!((speed.first_ms(), speed.tokens_per_s()), (Some(500.0), Some(50.0)));
    }

    #[test]
    fn a_slow_measure_ages_and_one_call_finds_out() {
        let (speed, s) = (Speed::default(), Duration::from_secs);
        assert_eq!(speed.measured_at(s(1)), None);
        speed.served(s(30), None, s(40));
        let slow = |holds| Some(Measured { first_ms: 30_000.0, holds });
        assert_eq!(speed.measured_at(s(40)), slow(AGED));
        assert_eq!(speed.measured_at(s(639)), slow(s(1)));
        speed.begins(s(639));
        assert_eq!(speed.measured_at(s(640)), None, "a call while it was fresh is no probe");
        // One goes, the others wait for what it finds; should it find nothing, another goes.
        speed.begins(s(640));
        assert_eq!(speed.measured_at(s(650)), slow(s(20)));
        assert_eq!(speed.measured_at(s(670)), None);
        // What it finds is what holds, not a quarter of it.
        speed.begins(s(670));
        speed.served(Duration::from_millis(300), None, s(671));
        assert_eq!(speed.measured_at(s(671)), Some(Measured { first_ms: 300.0, holds: AGED }));
    }

    #[test]
    fn quantiles_need_twenty_samples_and_follow_the_newest() {
        let speed = Speed::default();
        for _ in 0..19 {
            speed.served(Duration::from_millis(100), None, NOW);
        }
        assert_eq!(speed.quantile(97), None);
        for _ in 0..981 {
            speed.served(Duration::from_millis(100), None, NOW);
        }
        let near = |quantile: Option<Duration>, ms: f32| {
            let found = quantile.unwrap().as_secs_f32() * 1000.0;
            assert!((found - ms).abs() <= ms / 16.0 + 0.6, "{found} is not {ms}");
        };
        near(speed.quantile(97), 100.0);
        for _ in 0..4000 {
            speed.served(Duration::from_secs(2), None, NOW);
        }
        near(speed.quantile(50), 2000.0);
        near(speed.quantile(100), 2000.0);
    }

    #[test]
    fn late_is_what_takes_longer_than_nearly_all_or_than_four_times_the_middle() {
        let speed = Speed::default();
        assert_eq!(speed.late_after(97), None);
        let near = |found: Duration, ms: f32| {
            let found = found.as_secs_f32() * 1000.0;
            assert!((found - ms).abs() <= ms / 15.0, "{found} is not {ms}");
        };
        let late = |likely, surely| {
            let late = speed.late_after(97).unwrap();
            near(late.likely, likely);
            near(late.surely, surely);
        };
        speed.served(Duration::from_millis(400), None, NOW);
        late(1200.0, 1200.0);
        for _ in 0..50 {
            speed.served(Duration::from_millis(400), None, NOW);
            speed.served(Duration::from_millis(700), None, NOW);
        }
        late(700.0, 1600.0);
        for _ in 0..25 {
            speed.served(Duration::from_secs(30), None, NOW);
        }
        near(speed.quantile(97).unwrap(), 30_000.0);
        late(2800.0, 2800.0);
    }

    #[test]
    fn what_was_not_waited_for_is_news_only_if_it_was_slow() {
        let speed = Speed::default();
        speed.late(Duration::from_millis(200), NOW);
        assert_eq!(speed.first_ms(), None, "it may be as slow as is thought of one that nobody knows");
        speed.late(Duration::from_secs(5), NOW);
        assert_eq!((speed.first_ms(), speed.success()), (Some(5000.0), None));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_quantile_is_near_the_true_one(ms in prop::collection::vec(1u64..200_000, 20..500), percent in 1u32..=100) {
            let speed = Speed::default();
            for time in &ms {
                speed.served(Duration::from_millis(*time), None, NOW);
            }
            let mut sorted = ms.clone();
            sorted.sort_unstable();
            let rank = (sorted.len() * percent as usize).div_ceil(100).max(1);
            let wanted = sorted[rank - 1] as f64;
            let found = speed.quantile(percent).unwrap().as_secs_f64() * 1000.0;
            prop_assert!((found - wanted).abs() <= wanted / 15.0 + 0.6, "{} is not {}", found, wanted);
        }

        #[test]
        fn any_time_has_a_bucket(nanos in any::<u64>()) {
            prop_assert!(bucket(Duration::from_nanos(nanos)) < BUCKETS);
        }
    }
}
