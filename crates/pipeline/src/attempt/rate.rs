//! The judges of a route are asked before anything is tried, since what they say decides who is tried. Whoever waits for
//! them holds nothing of any provider's quota yet.

use http::HeaderValue;
use wye_routing::tree::Rating;

use super::Driver;
use super::chat::Chat;
use crate::inner::Parent;
use crate::reason::reason;

impl Driver<Chat> {
    /// Why the request goes where it goes, as far as that is known.
    pub(crate) fn reason(&self) -> HeaderValue {
        reason(&self.tries.settle.record, 0)
    }

    /// Asks each judge on the way of the decision, and decides again with what they say. What no judge says the route's
    /// rules say.
    pub(crate) async fn rate(&mut self, parent: &Parent) {
        let Self { job, tries } = self;
        tries.settle.waits();
        // Each judge is asked once, so that this ends: a group that has a rating, or none, is not named again. Where there
        // is one to ask or nobody, their place does not matter.
        while tries.decided.order.len() > 1
            && let Some(group) = tries.decided.needs.take()
        {
            let rater = tries.route.rater(&group);
            let rating = match rater {
                Some(rater) => rater.rate((&job.request, tries.queue.ask()), parent).await,
                None => None,
            };
            tries.settle.tick();
            tries.queue.rated(Rating { group, rating });
            tries.decide(job);
        }
        tries.settle.waited();
        if let Some(going) = &mut job.going {
            going.rated(tries.queue.ask());
        }
    }
}
