//! Whether a provider can be called: its accounts' rests and quotas together.

use std::time::Duration;

use wye_limits::Moment;
use wye_routing::Room;

use super::{Never, Refused};
use crate::live::Endpoint;
use crate::parse::Estimate;

impl Endpoint {
    /// Whether all its accounts use their quotas of a day up faster than the day passes.
    pub(crate) fn is_ahead(&self, model: &str, now: Moment) -> bool {
        (0..self.accounts.len()).all(|account| self.quotas.is_ahead((account, model), now))
    }

    /// Whether one of its accounts may be called for a request, and if not, when.
    pub(crate) fn room(&self, model: &str, estimate: Estimate, now: Moment) -> Room {
        let (mut taken, mut never) = (None, None);
        let mut guess: Option<Duration> = None;
        for (index, account) in self.accounts.iter().enumerate() {
            let rest = account.state.rests_until(model, now.mono);
            let (until, quota) = match (rest, self.quotas.refuses((index, model), estimate, now)) {
                (None, None) => return Room::Free,
                (_, Some(Refused { never: Some(why), quota, .. })) => {
                    never = Some((why, quota));
                    continue;
                }
                (rest, Some(refused)) => {
                    (refused.until.map(|u| u.max(rest.unwrap_or(u))), Some(refused.quota))
                }
                (Some(rest), None) => {
                    if !account.state.was_told(now.mono) {
                        guess = Some(guess.map_or(rest, |guess| guess.min(rest)));
                    }
                    (Some(rest), None)
                }
            };
            let sooner = |(before, _): &(Option<Duration>, _)| {
                until.unwrap_or(Duration::MAX) < before.unwrap_or(Duration::MAX)
            };
            if taken.as_ref().is_none_or(sooner) {
                taken = Some((until, quota));
            }
        }
        match (taken, never) {
            (Some((until, quota)), _) => Room::Taken { until, guess, quota },
            (None, Some((why, quota))) => Room::Never { quota, too_large: why == Never::TooLarge },
            // A provider without accounts cannot be called; there is none.
            (None, None) => Room::Taken { until: None, guess: None, quota: None },
        }
    }
}
