//! Which deployment served a session last, so that the session can stay with it: a switch costs the provider's cache of the
//! prompt, its signatures, and what it remembers of a loop of tools.
//!
//! A table of fixed size without locks. Two sessions that fall on one place drive each other out, the older one first; a
//! session that is forgotten is only served anew. A reader sees a whole entry or none.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Pairs of places; some hundred thousand bytes.
const PLACES: usize = 1 << 14;

/// The homes of sessions.
#[derive(Debug)]
pub struct Sessions {
    places: Box<[Place]>,
}

/// One session's home: the session, and above the deployment's number, below the second in which it was served.
#[derive(Debug, Default)]
struct Place {
    session: AtomicU64,
    home: AtomicU64,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { places: std::iter::repeat_with(Place::default).take(PLACES * 2).collect() }
    }
}

impl Sessions {
    /// The number of the deployment that served a session last, unless that is longer ago than `idle`.
    #[must_use]
    pub fn home(&self, session: u64, idle: Duration, now: Duration) -> Option<u32> {
        let session = session | 1;
        let place =
            self.pair(session).iter().find(|place| place.session.load(Ordering::Acquire) == session)?;
        let home = place.home.load(Ordering::Acquire);
        // Somebody else may have taken the place meanwhile.
        if place.session.load(Ordering::Acquire) != session {
            return None;
        }
        let (number, at) = ((home >> 32) as u32, home & 0xFFFF_FFFF);
        (number != 0 && now.as_secs().saturating_sub(at) <= idle.as_secs()).then_some(number)
    }

    /// A deployment served a session.
    pub fn served(&self, session: u64, number: u32, now: Duration) {
        let session = session | 1;
        let pair = self.pair(session);
        let known = pair.iter().find(|place| place.session.load(Ordering::Acquire) == session);
        let oldest = || pair.iter().min_by_key(|place| place.home.load(Ordering::Relaxed) & 0xFFFF_FFFF);
        let Some(place) = known.or_else(oldest) else { return };
        // Nobody's while it changes.
        place.session.store(0, Ordering::Release);
        place.home.store(u64::from(number) << 32 | now.as_secs() & 0xFFFF_FFFF, Ordering::Release);
        place.session.store(session, Ordering::Release);
    }

    fn pair(&self, session: u64) -> &[Place] {
        let at = (session.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as usize % PLACES * 2;
        self.places.get(at..at + 2).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_session_stays_until_it_is_silent_for_long() {
        let sessions = Sessions::default();
        assert_eq!(sessions.home(8, s(60), s(1)), None);
        sessions.served(8, 3, s(1));
        assert_eq!((sessions.home(8, s(60), s(61)), sessions.home(8, s(60), s(62))), (Some(3), None));
        sessions.served(8, 4, s(62));
        assert_eq!((sessions.home(8, s(60), s(62)), sessions.home(10, s(60), s(62))), (Some(4), None));
    }

    #[test]
    fn whoever_is_driven_out_is_forgotten_and_nobody_gets_anothers_home() {
        let sessions = Sessions::default();
        let number = |session: u64| (session % 1000) as u32 + 1;
        for session in 0..100_000_u64 {
            sessions.served(session * 2, number(session), s(session / 100));
        }
        let kept = (0..100_000_u64).filter(|session| match sessions.home(session * 2, s(5000), s(1000)) {
            Some(home) => {
                assert_eq!(home, number(*session));
                true
            }
            None => false,
        });
        assert!(kept.count() > PLACES, "the table fills");
    }
}
