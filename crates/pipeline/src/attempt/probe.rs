//! The place of the one call that finds out how an account is that rests. Who takes it and is not sent after all, whatever
//! the reason, gives it back by being dropped: the account would be left alone for no reason otherwise.

use std::sync::Arc;

use wye_routing::AccountState;
use wye_routing::cooldown::Probe;

/// The place, until its call is sent.
#[derive(Debug)]
pub(crate) struct Probing {
    state: Arc<AccountState>,
    probe: Option<Probe>,
}

impl Probing {
    pub(crate) fn of(state: &Arc<AccountState>, probe: Probe) -> Self {
        Self { state: Arc::clone(state), probe: Some(probe) }
    }

    /// The call is sent: what comes of it says how the account is.
    pub(crate) fn sent(mut self) {
        self.probe = None;
    }
}

impl Drop for Probing {
    fn drop(&mut self) {
        if let Some(probe) = self.probe.take() {
            self.state.unused(probe);
        }
    }
}
