//! Waking those who wait for something, without a runtime: this crate may not know one.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Something that happens again and again, and for which many may wait.
#[derive(Debug, Default)]
pub struct Bell {
    rung: Mutex<Rung>,
}

#[derive(Debug, Default)]
struct Rung {
    times: u64,
    next: u64,
    waiting: Vec<(u64, Waker)>,
}

impl Bell {
    /// Wakes all who wait.
    pub fn ring(&self) {
        let mut rung = self.lock();
        rung.times = rung.times.wrapping_add(1);
        let waiting = std::mem::take(&mut rung.waiting);
        drop(rung);
        for (_, waker) in waiting {
            waker.wake();
        }
    }

    /// The next ring after this call. Listen first, look then, wait last: so no ring is missed.
    #[must_use]
    pub fn listen(self: &Arc<Self>) -> Listening {
        Listening { since: self.lock().times, bell: Arc::clone(self), place: None }
    }

    fn lock(&self) -> MutexGuard<'_, Rung> {
        self.rung.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until a bell rings.
#[derive(Debug)]
pub struct Listening {
    bell: Arc<Bell>,
    since: u64,
    place: Option<u64>,
}

impl Clone for Listening {
    fn clone(&self) -> Self {
        Self { bell: Arc::clone(&self.bell), since: self.since, place: None }
    }
}

impl Future for Listening {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let bell = Arc::clone(&self.bell);
        let mut rung = bell.lock();
        if rung.times != self.since {
            return Poll::Ready(());
        }
        let place = *self.place.get_or_insert_with(|| {
            rung.next += 1;
            rung.next
        });
        match rung.waiting.iter_mut().find(|(waits, _)| *waits == place) {
            Some((_, waker)) => waker.clone_from(context.waker()),
            None => rung.waiting.push((place, context.waker().clone())),
        }
        Poll::Pending
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            self.bell.lock().waiting.retain(|(waits, _)| *waits != place);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use super::*;

    #[test]
    fn a_ring_wakes_who_listened_before_it_and_nobody_stays_behind() {
        let bell = Arc::new(Bell::default());
        let mut context = Context::from_waker(Waker::noop());
        let early = bell.listen();
        bell.ring();
        assert!(pin!(early).poll(&mut context).is_ready(), "rung between listening and waiting");
        {
            let mut late = pin!(bell.listen());
            assert!(late.as_mut().poll(&mut context).is_pending());
            assert!(late.as_mut().poll(&mut context).is_pending());
            assert_eq!(bell.lock().waiting.len(), 1);
        }
        assert!(bell.lock().waiting.is_empty(), "whoever goes away leaves no waker");
    }
}
