//! Failed logins make the next one wait, per account and per client address.
//!
//! A try is counted as a failure *before* it is made and taken back if it turns out well, so that a thousand tries at
//! once are a thousand tries and not one. The count lies in the database: a restart does not forgive, every node counts
//! the same, and nothing grows in memory. Tries during a wait are not counted, so that they cannot prolong it. Accounts
//! that do not exist are counted like those that do.
//!
//! Who knows a name can keep its owner from logging in for up to [`LONGEST`] at a time. Sessions, tokens and the
//! command line are not touched by it; the other choice would be to let passwords be guessed.

use std::net::IpAddr;
use std::time::Duration;

use serde_json::json;
use wye_store::StoreError;
use wye_store::audit::Outcome;
use wye_store::users::Tally;

use crate::auth::digest;
use crate::{Auth, AuthError, Client};

/// The longest wait.
pub(crate) const LONGEST: Duration = Duration::from_secs(15 * 60);
/// The first wait; each further failure doubles it.
const FIRST_MS: u64 = 1000;
/// Nothing is remembered for longer.
const DAY_MS: u64 = 24 * 3600 * 1000;
/// How often somebody else may count first before a try is refused.
const ROUNDS: u32 = 8;

/// How failures become waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ladder {
    /// Failures without a wait.
    free: u32,
    /// They are forgotten so long after the last one, in ms.
    forget_ms: u64,
}

/// Guesses at one account.
const ACCOUNT: Ladder = Ladder { free: 5, forget_ms: DAY_MS };
/// Guesses from one address, behind which there may be a whole office.
const ADDRESS: Ladder = Ladder { free: 20, forget_ms: 3600 * 1000 };

/// Whether a try may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Now, and this is what to remember.
    Now(Tally),
    /// Not for so many ms.
    Wait(u64),
}

impl Ladder {
    /// Judges a try at `now` (Unix ms) after what is remembered.
    pub(crate) fn judge(self, seen: Option<Tally>, now: u64) -> Verdict {
        let first = Tally { failures: 1, at_ms: now, told: false };
        let Some(seen) = seen else { return Verdict::Now(first) };
        let next = Tally { failures: seen.failures.saturating_add(1), at_ms: now, told: false };
        // A clock that was set back must not lock anybody out until it has caught up.
        let Some(elapsed) = now.checked_sub(seen.at_ms) else { return Verdict::Now(next) };
        if elapsed >= self.forget_ms {
            return Verdict::Now(first);
        }
        let wait = self.wait_ms(seen.failures);
        if elapsed >= wait { Verdict::Now(next) } else { Verdict::Wait(wait - elapsed) }
    }

    /// The wait after so many failures, in ms.
    fn wait_ms(self, failures: u32) -> u64 {
        let longest = u64::try_from(LONGEST.as_millis()).unwrap_or(u64::MAX);
        match failures.checked_sub(self.free) {
            None => 0,
            Some(more) => FIRST_MS.saturating_mul(1_u64.checked_shl(more).unwrap_or(u64::MAX)).min(longest),
        }
    }
}

/// What is guessed at, or from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    /// Passwords of an account, by its name in lower case.
    Account(String),
    /// Second factors of a user, by id.
    Code(String),
    /// A client's address; of IPv6 the network of 64 bits, since a client has all of it.
    Address(IpAddr),
}

impl Subject {
    const fn ladder(&self) -> Ladder {
        match self {
            Self::Account(_) | Self::Code(_) => ACCOUNT,
            Self::Address(_) => ADDRESS,
        }
    }

    fn hash(&self) -> [u8; 32] {
        digest(
            match self {
                Self::Account(name) => format!("account\0{name}"),
                Self::Code(id) => format!("code\0{id}"),
                Self::Address(address) => format!("address\0{}", network(*address)),
            }
            .as_bytes(),
        )
    }
}

/// The part of an address that one client has for itself.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) >> 64 << 64).into()),
    }
}

impl Auth {
    /// Counts a try at a subject, and at the client's address, before it is made. `who` and `action` are for the audit
    /// log, which tells of the first refusal of each wait.
    ///
    /// # Errors
    /// [`AuthError::Throttled`] if it may not be made yet.
    pub(crate) async fn try_at(
        &self,
        subject: Option<Subject>,
        client: &Client,
        (who, action): (&str, &str),
    ) -> Result<Counted<'_>, AuthError> {
        let mut counted = Counted { auth: self, subjects: Vec::new() };
        for subject in client.address.map(Subject::Address).into_iter().chain(subject) {
            match self.count(&subject).await? {
                None => counted.subjects.push(subject),
                Some((seen, wait_ms)) => {
                    counted.take_back().await?;
                    let detail = json!({"failures": seen.failures, "wait_ms": wait_ms});
                    let entry = self.entry((who, client), action, "", (Outcome::Throttled, detail))?;
                    self.users.tell(&subject.hash(), seen, &entry).await?;
                    return Err(AuthError::Throttled { retry_after: Duration::from_millis(wait_ms) });
                }
            }
        }
        Ok(counted)
    }

    /// Forgets the failures of a subject.
    pub(crate) async fn forgive(&self, subject: &Subject) -> Result<(), AuthError> {
        Ok(self.users.clear_tally(&subject.hash()).await?)
    }

    /// Counts one subject; or gives what was seen and how long to wait.
    async fn count(&self, subject: &Subject) -> Result<Option<(Tally, u64)>, AuthError> {
        let hash = subject.hash();
        let mut seen = None;
        for _ in 0..ROUNDS {
            let now = self.now();
            seen = self.users.tally(&hash).await?;
            let next = match (subject.ladder().judge(seen, now), seen) {
                (Verdict::Now(next), _) => next,
                (Verdict::Wait(ms), Some(seen)) => return Ok(Some((seen, ms))),
                (Verdict::Wait(_), None) => break,
            };
            match self.users.set_tally(&hash, (seen, next), now.saturating_sub(DAY_MS)).await {
                Ok(()) => return Ok(None),
                Err(StoreError::Conflict) => {}
                Err(other) => return Err(other.into()),
            }
        }
        // So many at once are not one person's.
        let seen = seen.unwrap_or(Tally { failures: 1, at_ms: self.now(), told: true });
        Ok(Some((seen, FIRST_MS)))
    }
}

/// A try that was counted as a failure wherever it counts.
#[must_use]
pub(crate) struct Counted<'a> {
    auth: &'a Auth,
    subjects: Vec<Subject>,
}

impl Counted<'_> {
    /// It turned out well: the account starts anew, the address gets this one try back. (Were it cleared too, who has
    /// one account could guess at all others for ever.)
    pub(crate) async fn succeeded(self) -> Result<(), AuthError> {
        for subject in &self.subjects {
            match subject {
                Subject::Address(_) => self.auth.users.take_back(&subject.hash()).await?,
                Subject::Account(_) | Subject::Code(_) => {
                    self.auth.users.clear_tally(&subject.hash()).await?
                }
            }
        }
        Ok(())
    }

    /// It was not made after all.
    pub(crate) async fn take_back(self) -> Result<(), AuthError> {
        for subject in &self.subjects {
            self.auth.users.take_back(&subject.hash()).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LONGEST_MS: u64 = 15 * 60 * 1000;

    /// Tries with so many ms between them, all failing: when they were made.
    fn play(ladder: Ladder, gaps: &[u64]) -> Vec<u64> {
        let (mut now, mut seen, mut made) = (1_800_000_000_000, None, Vec::new());
        for gap in gaps {
            now += gap;
            match ladder.judge(seen, now) {
                Verdict::Now(next) => {
                    made.push(now);
                    seen = Some(next);
                }
                Verdict::Wait(ms) => assert!((1..=LONGEST_MS).contains(&ms)),
            }
        }
        made
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Within a day an account can be guessed at five times, ten more while the waits grow, and then every 15
        /// minutes, in whatever rhythm.
        #[test]
        fn guesses_within_a_day_are_few(gaps in proptest::collection::vec(0..LONGEST_MS * 2, 0..400)) {
            let made = play(ACCOUNT, &gaps);
            for (index, start) in made.iter().enumerate() {
                let within = made[index..].iter().take_while(|at| *at - start < DAY_MS).count() as u64;
                prop_assert!(within <= 5 + 10 + DAY_MS / LONGEST_MS, "{within}");
            }
        }

        /// Who waits as long as told may try; who comes earlier is told exactly what remains.
        #[test]
        fn waiting_as_told_is_enough(failures in 1..200_u32, elapsed in 0..DAY_MS) {
            let seen = Tally { failures, at_ms: 1_800_000_000_000, told: false };
            for ladder in [ACCOUNT, ADDRESS] {
                if let Verdict::Wait(ms) = ladder.judge(Some(seen), seen.at_ms + elapsed) {
                    prop_assert!(ms <= LONGEST_MS);
                    let early = ladder.judge(Some(seen), seen.at_ms + elapsed + ms - 1);
                    prop_assert_eq!(early, Verdict::Wait(1));
                    let after = ladder.judge(Some(seen), seen.at_ms + elapsed + ms);
                    prop_assert!(matches!(after, Verdict::Now(_)));
                }
            }
        }

        /// A clock that was set back locks nobody out, and forgives nothing.
        #[test]
        fn a_clock_set_back_locks_nobody_out(failures in 1..u32::MAX, back in 1..u64::MAX / 4) {
            let at_ms = u64::MAX / 2;
            let seen = Tally { failures, at_ms, told: true };
            let next = Tally { failures: failures.saturating_add(1), at_ms: at_ms - back, told: false };
            prop_assert_eq!(ACCOUNT.judge(Some(seen), at_ms - back), Verdict::Now(next));
        }
    }

    #[test]
    fn the_ladder_is_one_two_four_and_ends_at_a_quarter_of_an_hour() {
        let waits: Vec<u64> = (0..17).map(|failures| ACCOUNT.wait_ms(failures) / 1000).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
        assert_eq!(ACCOUNT.wait_ms(u32::MAX), LONGEST_MS);
    }

    #[test]
    fn a_network_is_one_client() {
        let of = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of("192.0.2.7"), "192.0.2.7");
        assert_eq!(of("::ffff:192.0.2.7"), "192.0.2.7");
    }
}
