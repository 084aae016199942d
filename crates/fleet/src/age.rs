//! How long a measure is believed. Whoever is passed by for what was measured would never be measured again: so a measure
//! ages, and then one call finds out what holds now.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::packed::tenths;

/// One call finds out, and the old measure holds for so long until it has.
const PROBE: Duration = Duration::from_secs(30);

/// When something was measured last, and when a call began last that found the measure aged: tenths of a second of the
/// monotonic clock.
#[derive(Debug, Default)]
pub(crate) struct Age {
    measured: AtomicU32,
    /// Nought: none did.
    probed: AtomicU32,
}

impl Age {
    /// It was measured.
    pub(crate) fn measured(&self, now: Duration) {
        self.measured.store(tenths(now), Ordering::Relaxed);
    }

    /// Whether the measure is older than it is believed.
    pub(crate) fn is_over(&self, span: Duration, now: Duration) -> bool {
        left(&self.measured, span, now).is_none()
    }

    /// A call begins. If the measure has aged, this call finds out, and others go by the old one meanwhile.
    pub(crate) fn begins(&self, span: Duration, now: Duration) {
        if self.holds(span, now).is_none() {
            self.probed.store(tenths(now), Ordering::Relaxed);
        }
    }

    /// How long the measure is believed if nothing is measured; `None`: it is not any more.
    pub(crate) fn holds(&self, span: Duration, now: Duration) -> Option<Duration> {
        left(&self.measured, span, now).or_else(|| {
            let probed = self.probed.load(Ordering::Relaxed) != 0;
            left(&self.probed, PROBE, now).filter(|_| probed)
        })
    }

    /// No call finds out.
    pub(crate) fn forget(&self) {
        self.probed.store(0, Ordering::Relaxed);
    }
}

/// What is left of a span that began at a stamp.
fn left(stamp: &AtomicU32, span: Duration, now: Duration) -> Option<Duration> {
    let since = tenths(now).saturating_sub(stamp.load(Ordering::Relaxed));
    span.checked_sub(Duration::from_millis(u64::from(since) * 100)).filter(|left| !left.is_zero())
}
