//! Accounts that the provider has told to wait, and taking turns among the others. Read by every request, without a lock
//! unless a model's quota is used up.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use wye_fleet::Merit;
use wye_fleet::merit::ranks;

/// First rest of an account after a refusal that names no time (`../shared/reference`: 10 s, doubled each time).
const FIRST_REST: Duration = Duration::from_secs(10);
/// Longest rest that is not the provider's own word.
const LONGEST_REST: Duration = Duration::from_secs(120);
/// Where the provider said nothing, one request so often finds out whether it serves again.
const PROBE: Duration = Duration::from_secs(9);
/// The provider's own word is believed up to a day: daily quotas reset by then.
const LONGEST_WORD: Duration = Duration::from_secs(24 * 3600);
/// Of how many models of an account it is known that their quota is used up. Clients choose the names.
const MOST_MODELS: usize = 256;

/// The live state of one account (credential) of a provider.
#[derive(Debug, Default)]
pub struct AccountState {
    /// Milliseconds of the monotonic clock until which it rests; 0 if it never did.
    rests_until_ms: AtomicU64,
    /// Until when it rests because the provider said so, on the same clock.
    told_until_ms: AtomicU64,
    /// When one request may find out how it is, should it rest by our own guess then.
    probe_ms: AtomicU64,
    /// Whether one does.
    probing: AtomicBool,
    /// Refusals since the last success.
    refusals: AtomicU32,
    /// The latest end of a rest in `models`; 0 if none ever rested.
    models_until_ms: AtomicU64,
    /// Until when single models rest.
    models: RwLock<BTreeMap<Box<str>, u64>>,
}

impl AccountState {
    /// The account was refused (rate limit, credential, money). It rests for as long as the provider says, else by
    /// the ladder 10 s · 2^(n−1) up to 120 s. A longer rest already set is kept.
    pub fn refused(&self, now: Duration, retry_after: Option<Duration>) -> Duration {
        // Requests that were under way together are refused together: that is one refusal.
        let resting = Duration::from_millis(self.rests_until_ms.load(Ordering::Relaxed)) > now;
        let earlier = if resting {
            self.refusals.load(Ordering::Relaxed).saturating_sub(1)
        } else {
            self.refusals.fetch_add(1, Ordering::Relaxed)
        };
        let earlier = earlier.min(16);
        let ladder = FIRST_REST.saturating_mul(1 << earlier).min(LONGEST_REST);
        let rest = retry_after.map_or(ladder, |word| word.min(LONGEST_WORD));
        let until = millis(now + rest);
        if retry_after.is_some() {
            self.told_until_ms.fetch_max(until, Ordering::Relaxed);
        }
        self.rests_until_ms.fetch_max(until, Ordering::Relaxed);
        self.probe_ms.fetch_max(millis(now + PROBE), Ordering::Relaxed);
        self.probing.store(false, Ordering::Relaxed);
        rest
    }

    /// The quota of a day (or longer) of one model is used up: vendors count those for each model apart, so the
    /// account's other models may be called. Models beyond what is remembered rest the account.
    pub fn exhausted(&self, model: &str, now: Duration, rest: Duration) -> Duration {
        let rest = rest.min(LONGEST_WORD);
        let until = millis(now + rest);
        let mut models = self.models.write().unwrap_or_else(PoisonError::into_inner);
        models.retain(|_, end| *end > millis(now));
        if models.len() >= MOST_MODELS && !models.contains_key(model) {
            self.rests_until_ms.fetch_max(until, Ordering::Relaxed);
            self.probe_ms.fetch_max(until, Ordering::Relaxed);
            return rest;
        }
        let end = models.entry(model.into()).or_default();
        *end = until.max(*end);
        self.models_until_ms.fetch_max(until, Ordering::Relaxed);
        rest
    }

    /// Whether the rest that it is in is the provider's own word, and not a guess of ours.
    #[must_use]
    pub fn was_told(&self, now: Duration) -> bool {
        Duration::from_millis(self.told_until_ms.load(Ordering::Relaxed)) > now
    }

    /// The account was served: the ladder starts again from the bottom. A rest that is running goes on, unless this was the
    /// request that found out.
    pub fn served(&self) {
        // Asked although it rested by a guess, it answered: the guess was wrong. What was under way before says nothing.
        if self.probing.load(Ordering::Relaxed) {
            self.probing.store(false, Ordering::Relaxed);
            self.rests_until_ms.store(0, Ordering::Relaxed);
        }
        // Almost always zero already; a plain load keeps the cache line shared between cores.
        if self.refusals.load(Ordering::Relaxed) != 0 {
            self.refusals.store(0, Ordering::Relaxed);
        }
    }

    /// When it may be called again for a model; `None` if it may be now.
    #[must_use]
    pub fn rests_until(&self, model: &str, now: Duration) -> Option<Duration> {
        let mut until = self.rests_until_ms.load(Ordering::Relaxed);
        if until > millis(now) && self.may_probe(now) {
            until = 0;
        }
        if Duration::from_millis(self.models_until_ms.load(Ordering::Relaxed)) > now {
            let models = self.models.read().unwrap_or_else(PoisonError::into_inner);
            until = until.max(models.get(model).copied().unwrap_or(0));
        }
        let until = Duration::from_millis(until);
        (until > now).then_some(until)
    }

    /// Whether a rest is a guess of ours, and it is time that one request finds out.
    fn may_probe(&self, now: Duration) -> bool {
        !self.was_told(now) && self.probe_ms.load(Ordering::Relaxed) <= millis(now)
    }

    /// Takes the leave to call, which while it rests one request in a while has.
    fn take(&self, now: Duration) -> Option<Option<Probe>> {
        if self.rests_until_ms.load(Ordering::Relaxed) <= millis(now) {
            return Some(None);
        }
        let probe = self.probe_ms.load(Ordering::Relaxed);
        let next = millis(now + PROBE);
        let taken = self.may_probe(now)
            && self.probe_ms.compare_exchange(probe, next, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        taken.then(|| {
            self.probing.store(true, Ordering::Relaxed);
            Some(Probe { until: next, before: probe })
        })
    }

    /// The request that would have found out was never sent: another may at once.
    pub fn unused(&self, probe: Probe) {
        let Probe { until, before } = probe;
        if self.probe_ms.compare_exchange(until, before, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            self.probing.store(false, Ordering::Relaxed);
        }
    }

    /// An operator ends its rests.
    pub fn reset(&self) {
        let mut models = self.models.write().unwrap_or_else(PoisonError::into_inner);
        models.clear();
        for end in [&self.rests_until_ms, &self.told_until_ms, &self.models_until_ms, &self.probe_ms] {
            end.store(0, Ordering::Relaxed);
        }
        self.probing.store(false, Ordering::Relaxed);
        self.refusals.store(0, Ordering::Relaxed);
    }
}

/// The one request that finds out how an account is that rests: until when it has the place, and since when it was free, in
/// milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    until: u64,
    before: u64,
}

/// An account that may be called.
#[derive(Debug)]
pub struct Picked<T> {
    /// Which one.
    pub account: usize,
    /// What was taken for it.
    pub taken: T,
    /// It rests, and this request finds out how it is. To be [given back](AccountState::unused) if it is never sent.
    pub probe: Option<Probe>,
}

/// A rest of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountRest {
    /// By a guess of ours.
    Guessed,
    /// By the provider's word.
    Told,
    /// The quota of one model is used up.
    Model(String),
}

impl AccountRest {
    /// A word for it, the same in every process and version, and its model.
    #[must_use]
    pub fn word(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::Guessed => ("guessed", None),
            Self::Told => ("told", None),
            Self::Model(model) => ("model", Some(model)),
        }
    }
}

impl AccountState {
    /// The rests that it is in, and their ends on the monotonic clock.
    #[must_use]
    pub fn rests(&self, now: Duration) -> Vec<(AccountRest, Duration)> {
        let end = |of: &AtomicU64| Duration::from_millis(of.load(Ordering::Relaxed));
        let (told, all) = (end(&self.told_until_ms), end(&self.rests_until_ms));
        let mut rests = vec![(AccountRest::Told, told)];
        if all > told {
            rests.push((AccountRest::Guessed, all));
        }
        if end(&self.models_until_ms) > now {
            let models = self.models.read().unwrap_or_else(PoisonError::into_inner);
            for (model, end) in models.iter() {
                rests.push((AccountRest::Model(model.to_string()), Duration::from_millis(*end)));
            }
        }
        rests.retain(|(_, until)| *until > now);
        rests
    }

    /// Another process knows of a rest until then. Of two ends the later one holds.
    pub fn learn(&self, rest: &AccountRest, until: Duration, now: Duration) {
        match rest {
            AccountRest::Model(model) => {
                self.exhausted(model, now, until.saturating_sub(now));
            }
            AccountRest::Told => {
                let until = millis(until.min(now + LONGEST_WORD));
                self.told_until_ms.fetch_max(until, Ordering::Relaxed);
                self.rests_until_ms.fetch_max(until, Ordering::Relaxed);
            }
            AccountRest::Guessed => {
                let until = millis(until.min(now + LONGEST_REST));
                self.rests_until_ms.fetch_max(until, Ordering::Relaxed);
                self.probe_ms.fetch_max(millis(now + PROBE), Ordering::Relaxed);
            }
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Takes turns among a provider's accounts.
#[derive(Debug, Default)]
pub struct Rotation(AtomicUsize);

impl Rotation {
    /// Takes an account for a model, skipping those that rest, those already tried for this request and those that
    /// `take` refuses. Those that are clearly worse than others, by their merit, come after these. If none is left: when the
    /// first of the untried ones may be used (`None` if nobody knows, or all were tried).
    ///
    /// # Errors
    /// The earliest time, on the monotonic clock.
    pub fn pick<'a, T>(
        &self,
        accounts: impl ExactSizeIterator<Item = &'a AccountState> + Clone,
        (model, now): (&str, Duration),
        tried: &[usize],
        (merit, take): (
            impl Fn(usize) -> Option<Merit> + Clone,
            impl FnMut(usize) -> Result<T, Option<Duration>>,
        ),
    ) -> Result<Picked<T>, Option<Duration>> {
        let count = accounts.len();
        let first = if count > 1 { self.0.fetch_add(1, Ordering::Relaxed) } else { 0 };
        let order = accounts.clone().enumerate().cycle().skip(first % count.max(1)).take(count);
        let order = order.filter(|(index, _)| !tried.contains(index));
        if count > 1 {
            let merits = accounts.enumerate().map(|(index, account)| {
                let open = !tried.contains(&index) && account.rests_until(model, now).is_none();
                open.then(|| merit(index)).flatten()
            });
            if let Some(ranks) = ranks(merits) {
                let mut order: Vec<_> = order.collect();
                order.sort_by_key(|(index, _)| ranks[*index]);
                return first_of(order.into_iter(), (model, now), take);
            }
        }
        first_of(order, (model, now), take)
    }
}

/// Takes the first of some accounts that may be called.
fn first_of<'a, T>(
    order: impl Iterator<Item = (usize, &'a AccountState)>,
    (model, now): (&str, Duration),
    mut take: impl FnMut(usize) -> Result<T, Option<Duration>>,
) -> Result<Picked<T>, Option<Duration>> {
    let mut soonest: Option<Duration> = None;
    for (index, account) in order {
        let until = match account.rests_until(model, now) {
            Some(until) => Some(until),
            None => match take(index) {
                Ok(taken) => match account.take(now) {
                    Some(probe) => return Ok(Picked { account: index, taken, probe }),
                    None => account.rests_until(model, now),
                },
                Err(until) => until,
            },
        };
        soonest = soonest.into_iter().chain(until).min();
    }
    Err(soonest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn rests_follow_the_ladder_and_the_longer_one_holds() {
        let account = AccountState::default();
        assert_eq!(account.refused(s(0), None), s(10));
        assert_eq!(account.refused(s(0), None), s(10), "one refusal, however many requests met it");
        assert_eq!(account.refused(s(10), None), s(20));
        assert_eq!(account.refused(s(10), Some(s(3590))), s(3590));
        assert_eq!(account.refused(s(0), Some(s(1))), s(1));
        assert_eq!(account.rests_until("m", s(1)), Some(s(3600)));
        assert_eq!(account.rests_until("m", s(3600)), None);
        account.served();
        assert_eq!(account.refused(s(0), None), s(10));
        for n in 0..40 {
            assert!(account.refused(s(4000 + n * 200), None) <= s(120));
        }
    }

    #[test]
    fn where_nothing_was_said_one_request_in_a_while_finds_out() {
        let account = AccountState::default();
        let rotation = Rotation::default();
        let pick = |at| {
            rotation
                .pick([&account].into_iter(), ("m", s(at)), &[], (|_| None, |_| Ok(())))
                .map(|picked| picked.probe.is_some())
        };
        account.refused(s(0), None);
        account.refused(s(10), None);
        assert_eq!((pick(18), pick(19), pick(19)), (Err(Some(s(30))), Ok(true), Err(Some(s(30)))));
        account.refused(s(19), None);
        assert_eq!(pick(27), Err(Some(s(39))), "it was still so");
        assert_eq!((pick(28), account.rests_until("m", s(28))), (Ok(true), Some(s(39))));
        account.served();
        assert_eq!(account.rests_until("m", s(28)), None, "it is over");
        account.refused(s(40), Some(s(60)));
        assert_eq!(pick(70), Err(Some(s(100))), "what was said holds");
    }

    #[test]
    fn who_would_have_found_out_and_was_not_sent_gives_the_place_back() {
        let account = AccountState::default();
        let rotation = Rotation::default();
        let pick = |at| rotation.pick([&account].into_iter(), ("m", s(at)), &[], (|_| None, |_| Ok(())));
        account.refused(s(0), None);
        for _ in 0..3 {
            let probe = pick(9).unwrap().probe.unwrap();
            assert!(pick(9).is_err(), "one finds out");
            account.unused(probe);
        }
        account.refused(s(10), Some(s(60)));
        account.exhausted("m", s(10), s(600));
        account.reset();
        assert_eq!((account.rests_until("m", s(9)), pick(9).unwrap().probe), (None, None));
    }

    #[test]
    fn a_model_whose_day_is_used_up_rests_alone() {
        let account = AccountState::default();
        assert_eq!(account.exhausted("a", s(0), s(3600)), s(3600));
        assert_eq!(account.rests_until("a", s(1)), Some(s(3600)));
        assert_eq!(account.rests_until("b", s(1)), None);
        account.refused(s(1), Some(s(9)));
        assert_eq!(
            (account.rests_until("a", s(1)), account.rests_until("b", s(1))),
            (Some(s(3600)), Some(s(10)))
        );
        assert_eq!(account.rests_until("a", s(3600)), None);
        assert_eq!(account.exhausted("a", s(3600), s(999_999)), s(86_400));
        // A client that makes names up does not fill the memory.
        for n in 0..1000 {
            account.exhausted(&format!("m{n}"), s(4000), s(60));
        }
        assert_eq!(account.models.read().unwrap().len(), MOST_MODELS);
        assert_eq!(account.rests_until("never asked", s(4000)), Some(s(4060)));
    }

    #[test]
    fn who_is_clearly_worse_is_called_when_nobody_better_can_be() {
        let accounts = [AccountState::default(), AccountState::default(), AccountState::default()];
        let rotation = Rotation::default();
        let merit = |index| {
            let success = [0.2, 1.0, 0.9][index];
            Some(Merit { success, first_ms: None })
        };
        let full = std::cell::Cell::new(3);
        let pick = |tried: &[usize]| {
            let take = |index| if index >= full.get() { Err(Some(s(3))) } else { Ok(()) };
            rotation.pick(accounts.iter(), ("m", s(1)), tried, (merit, take)).map(|picked| picked.account)
        };
        assert_eq!([pick(&[]), pick(&[]), pick(&[]), pick(&[])], [Ok(1), Ok(1), Ok(2), Ok(1)]);
        assert_eq!(pick(&[1, 2]), Ok(0));
        full.set(1);
        assert_eq!([pick(&[]), pick(&[0])], [Ok(0), Err(Some(s(3)))]);
        full.set(3);
        accounts[1].refused(s(1), Some(s(9)));
        assert_eq!([pick(&[]), pick(&[])], [Ok(2), Ok(2)]);
        accounts[2].refused(s(1), Some(s(9)));
        assert_eq!([pick(&[]), pick(&[])], [Ok(0), Ok(0)], "the only one that does not rest");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Of each account: whether it rests, was tried, is full, and how often it succeeds, in quarters.
        #[test]
        fn never_one_that_may_not_be_called_nor_one_that_is_clearly_worse(
            all in prop::collection::vec((any::<bool>(), any::<bool>(), any::<bool>(), 0u8..=4), 0..8),
            turns in 0usize..8,
        ) {
            let accounts: Vec<AccountState> = all.iter().map(|_| AccountState::default()).collect();
            for (account, (rests, ..)) in accounts.iter().zip(&all) {
                if *rests {
                    account.refused(s(1), Some(s(9)));
                }
            }
            let tried: Vec<usize> = (0..all.len()).filter(|index| all[*index].1).collect();
            let may = |index: usize| matches!(all[index], (false, false, false, _));
            let success = |index: usize| f32::from(all[index].3) / 4.0;
            let rotation = Rotation(AtomicUsize::new(turns));
            let merit = |index| Some(Merit { success: success(index), first_ms: None });
            let take = |index: usize| if all[index].2 { Err(None) } else { Ok(()) };
            let picked = rotation.pick(accounts.iter(), ("m", s(1)), &tried, (merit, take));
            match picked.map(|picked| picked.account) {
                Ok(picked) => {
                    prop_assert!(may(picked));
                    let better = (0..all.len()).any(|index| may(index) && success(picked) < success(index) / 2.0);
                    prop_assert!(!better);
                }
                Err(_) => prop_assert!(!(0..all.len()).any(may)),
            }
        }
    }

    #[test]
    fn turns_go_round_and_skip_the_resting() {
        let accounts = [AccountState::default(), AccountState::default(), AccountState::default()];
        let rotation = Rotation::default();
        let full = std::cell::Cell::new(None);
        let pick = |tried: &[usize]| {
            let take = |index| if full.get() == Some(index) { Err(Some(s(3))) } else { Ok(()) };
            rotation.pick(accounts.iter(), ("m", s(1)), tried, (|_| None, take)).map(|picked| picked.account)
        };
        assert_eq!([pick(&[]), pick(&[]), pick(&[]), pick(&[])], [Ok(0), Ok(1), Ok(2), Ok(0)]);
        accounts[1].refused(s(1), Some(s(5)));
        assert!(accounts[1].was_told(s(1)) && !accounts[0].was_told(s(1)));
        assert_eq!([pick(&[]), pick(&[])], [Ok(2), Ok(2)]);
        full.set(Some(2));
        assert_eq!([pick(&[]), pick(&[0])], [Ok(0), Err(Some(s(3)))]);
        full.set(None);
        accounts[0].refused(s(1), Some(s(9)));
        accounts[2].refused(s(1), Some(s(7)));
        assert_eq!(pick(&[]), Err(Some(s(6))));
        assert_eq!(pick(&[0, 1, 2]), Err(None));
    }
}
