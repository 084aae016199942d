//! The judges of a route are asked before anything is tried, since what they say decides who is tried, and likewise what a
//! request means. Whoever waits for them holds nothing of any provider's quota yet.

use std::sync::Arc;

use http::HeaderValue;
use wye_routing::tree::Rating;

use super::Driver;
use super::chat::Chat;
use crate::decide::newest_text;
use crate::inner::Parent;
use crate::reason::reason;

impl Driver<Chat> {
    /// Why the request goes where it goes, as far as that is known.
    pub(crate) fn reason(&self) -> HeaderValue {
        reason(&self.tries.settle.record, 0)
    }

    /// Finds out what the request means, where the letters leave it open what it is about, and decides again by that.
    pub(crate) async fn mean(&mut self, parent: &Parent) {
        let Self { job, tries } = self;
        let Some(embedder) = parent.live.embeddings.as_ref().filter(|_| tries.queue.ask().is_unsure()) else {
            return;
        };
        let Some(text) = job.request.chat().ok().map(newest_text) else { return };
        tries.settle.waits();
        let meant = embedder.categories(&text, parent).await;
        tries.settle.tick();
        if let Some(meant) = meant {
            let route = Arc::clone(&tries.route);
            tries.queue.means(&job.request, &route, &meant);
            tries.decide(job);
        }
        tries.settle.waited();
        if let Some(going) = &mut job.going {
            going.rated(tries.queue.ask());
        }
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
