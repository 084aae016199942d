//! What is left alone at the moment, for other processes to know, and what others know of. Only ends of rests are told, not
//! what led to them: how healthy or fast a deployment is each process finds out itself.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use crate::registry::{Fleet, ProviderFleet};

/// Something that is left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shut {
    /// Why.
    pub why: Why,
    /// Its provider.
    pub provider: String,
    /// Its model; empty for the provider as a whole.
    pub model: String,
    /// Until when, on the monotonic clock.
    pub until: Duration,
}

/// Why something is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// The provider fails everybody, and is asked last.
    Storm,
    /// The deployment failed, and rests by the ladder.
    Failed,
    /// It rests for what will not mend sooner.
    Firm,
    /// Its breaker is open.
    Open,
}

impl Why {
    /// All reasons.
    pub const ALL: [Self; 4] = [Self::Storm, Self::Failed, Self::Firm, Self::Open];

    /// A word for it, the same in every process and version.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Storm => "storm",
            Self::Failed => "failed",
            Self::Firm => "firm",
            Self::Open => "open",
        }
    }
}

impl Fleet {
    /// All that is left alone.
    #[must_use]
    pub fn shut(&self, now: Duration) -> Vec<Shut> {
        let mut all = Vec::new();
        for (provider, fleet) in self.all() {
            let mut push = |why, model: &str, until: Option<Duration>| {
                let shut = |until| Shut { why, provider: provider.clone(), model: model.to_owned(), until };
                all.extend(until.filter(|until| *until > now).map(shut));
            };
            push(Why::Storm, "", Some(fleet.state.last_until()));
            fleet.each(|model, member| {
                let (ladder, firm, open) = member.state.ends();
                push(Why::Failed, model, Some(ladder));
                push(Why::Firm, model, Some(firm));
                push(Why::Open, model, open);
            });
        }
        all
    }

    /// Another process knows of it. Of two ends the later one holds; who is not known here is not made known by this.
    pub fn learn(&self, shut: &Shut, now: Duration) {
        let Some(provider) = self.known(&shut.provider).filter(|_| shut.until > now) else { return };
        if shut.why == Why::Storm {
            return provider.state.learn(shut.until);
        }
        let Some(member) = provider.known(&shut.model) else { return };
        match shut.why {
            Why::Storm => {}
            Why::Failed => member.state.learn_failed(shut.until, now),
            Why::Firm => member.state.rests(shut.until.saturating_sub(now), now),
            Why::Open => member.state.learn_open(shut.until),
        }
    }

    fn all(&self) -> Vec<(String, Arc<ProviderFleet>)> {
        let providers = self.providers.lock().unwrap_or_else(PoisonError::into_inner);
        providers.iter().map(|(id, fleet)| (id.clone(), Arc::clone(fleet))).collect()
    }

    fn known(&self, provider: &str) -> Option<Arc<ProviderFleet>> {
        self.providers.lock().unwrap_or_else(PoisonError::into_inner).get(provider).map(Arc::clone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trouble::Trouble;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// Two processes whose clocks are apart: what one tells, in the other's time.
    fn tell(from: &Fleet, at: Duration, to: &Fleet, there: Duration) -> usize {
        let told = from.shut(at);
        for shut in &told {
            to.learn(&Shut { until: there + (shut.until - at), ..shut.clone() }, there);
        }
        told.len()
    }

    fn fail(fleet: &Fleet, trouble: Trouble, now: Duration) {
        let _ = fleet.provider("p").member("m").call(true, true, now).unwrap().failed(trouble, now);
    }

    #[test]
    fn one_process_leaves_alone_what_failed_in_another() {
        let (one, other) = (Fleet::default(), Fleet::default());
        let member = other.provider("p").member("m");
        fail(&one, Trouble::Server, s(100));
        assert_eq!(tell(&one, s(101), &other, s(5001)), 1);
        assert_eq!(member.state.shut(s(5001)), Some((s(5010), false)));
        assert_eq!(tell(&other, s(5001), &one, s(101)), 1, "told back it changes nothing");
        assert_eq!(one.provider("p").member("m").state.shut(s(101)), Some((s(110), false)));
        // An answer ends it as if the failure had been its own.
        member.call(true, true, s(5002)).unwrap().served(None, s(5003));
        assert_eq!(member.state.shut(s(5003)), None);
    }

    #[test]
    fn breakers_storms_and_long_rests_are_told_as_well() {
        let (one, other) = (Fleet::default(), Fleet::default());
        let there = other.provider("p").member("m");
        for _ in 0..5 {
            fail(&one, Trouble::RateLimited, s(1));
            fail(&one, Trouble::Empty, s(1));
        }
        one.provider("p").member("gone").state.rests(s(3600), s(1));
        tell(&one, s(1), &other, s(1));
        assert!(there.state.shut(s(25)).is_some_and(|(_, broken)| broken));
        assert!(there.asked_last(s(2)));
        assert!(there.call(true, false, s(2)).is_err());
        assert!(
            other.provider("p").known("gone").is_none(),
            "names come from configuration and clients only"
        );
        // The later end holds, and what is over is not told.
        other.learn(&Shut { why: Why::Open, provider: "p".into(), model: "m".into(), until: s(3) }, s(2));
        assert!(there.state.shut(s(25)).is_some());
        assert_eq!(one.shut(s(100_000)), []);
    }
}
