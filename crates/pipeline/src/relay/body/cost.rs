//! What a stream tells its client that it cost, where the client asked for that.

use super::Relaying;
use crate::bill;

impl Relaying {
    /// Where the client asked for it, what is new in `out` tells the cost: beside the usage, and before the end.
    pub(crate) fn tell_cost(&mut self, from: usize) {
        if self.settle.tells_cost
            && self.settle.record.usage.is_some()
            && let Some(nano) = self.settle.cost()
        {
            bill::in_events(&mut self.out, from, nano);
            self.told |= bill::before_done(&mut self.out, from, nano);
        }
    }

    /// The stream is complete: if it has not told the cost yet, a comment does.
    pub(super) fn tell_cost_last(&mut self) {
        if self.settle.tells_cost
            && self.events
            && !self.told
            && let Some(nano) = self.settle.cost()
        {
            self.out.extend(bill::comment(nano));
        }
    }
}
