//! Money and tokens for calls beside the first: a request that asks several targets pays each of them, so that each takes
//! what it is thought to use before it begins. What one call was reserved for is not enough for three.

use wye_limits::{Held, Measure, Moment};
use wye_types::Clock;
use wye_types::error::GatewayError;

use super::{Holding, refusal, reserve};

impl Holding {
    /// Takes what is missing for one more call: `calls` are the tokens and nano-dollars that it and all before it, as far
    /// as they were billed or still run, are thought to come to. What was taken for calls that came to nothing is there
    /// for others.
    ///
    /// # Errors
    /// A limit that has no room for it. What is held already stays.
    pub(crate) async fn take_more(
        &mut self,
        calls: (u64, u64),
        (clock, now): (&dyn Clock, &mut Moment),
    ) -> Result<(), GatewayError> {
        let key = self.caller.key.as_deref();
        let (tokens, own) = key.map_or((&[][..], &[][..]), |key| (&key.tokens, &key.budgets));
        if tokens.is_empty() && own.is_empty() && self.shared.is_empty() {
            return Ok(());
        }
        let (more, cost) = (calls.0.saturating_sub(self.taken.0), calls.1.saturating_sub(self.taken.1));
        if (more, cost) == (0, 0) {
            return Ok(());
        }
        let paying = own.iter().chain(&self.shared).map(|budget| (&budget.limit.cell, cost));
        let wanted = tokens.iter().map(|limit| (&limit.cell, more)).chain(paying);
        let held = reserve(wanted.filter(|(_, amount)| *amount > 0), (clock, &mut *now)).await;
        let held = held.map_err(|full| {
            let amount = if full.cell.measure == Measure::Money { cost } else { more };
            refusal::full(&full, amount, *now)
        })?;
        self.more.push(held);
        self.taken = (self.taken.0 + more, self.taken.1 + cost);
        Ok(())
    }
}

/// Gives back what was taken for further calls, all of which the first reservation was settled with. Where nobody knows
/// what they cost, that money stays taken.
pub(super) fn settle(more: Vec<Held>, known: bool) {
    for held in more {
        held.settle(|measure| if measure == Measure::Money && !known { None } else { Some(0) });
    }
}
