//! What a client's controls mean for one deployment: the questions that a decision asks of them. Filters come before the
//! order, hints after it: what a client prefers goes first among what can serve it, and makes nothing fit that is not.

use std::cmp::Reverse;

use wye_fleet::speed::Measured;
use wye_types::DeploymentId;
use wye_types::record::{Refusal, RefusalCode};

use super::controls::Controls;
use super::pattern::Pattern;

/// What rules a deployment out, behind "the request excludes it".
const OTHERS_ONLY: &str = "provider.only names others";
const NO_OTHERS: &str = "provider.order names others, and allow_fallbacks is false";

fn any(patterns: &[Pattern], deployment: &DeploymentId) -> bool {
    patterns.iter().any(|pattern| pattern.is_of(deployment))
}

impl Controls {
    /// Whether they have a say in which targets are called, or in which order: a session alone has none.
    pub(crate) fn has_a_say(&self) -> bool {
        let Self { prefer, exclude, max_latency_ms, strategy, max_price, models, order, only, .. } = self;
        let lists = [prefer, exclude, order, only];
        lists.iter().any(|list| !list.is_empty())
            || !models.is_empty()
            || (max_latency_ms.is_some() || strategy.is_some() || max_price.is_some())
            || (self.require_parameters || self.no_fallbacks)
    }

    /// Why the request's words rule a deployment out, whatever its state; `None` if they do not.
    #[must_use]
    pub fn ruled_out(&self, deployment: &DeploymentId) -> Option<Refusal> {
        let refusal = Refusal::new(RefusalCode::Excluded);
        if any(&self.exclude, deployment) {
            Some(refusal)
        } else if !self.only.is_empty() && !any(&self.only, deployment) {
            Some(refusal.about(OTHERS_ONLY))
        } else if self.no_fallbacks && !self.order.is_empty() && !any(&self.order, deployment) {
            Some(refusal.about(NO_OTHERS))
        } else {
            None
        }
    }

    /// Whether the request's words rule a deployment out, whatever its state.
    #[must_use]
    pub fn excludes(&self, deployment: &DeploymentId) -> bool {
        self.ruled_out(deployment).is_some()
    }

    /// Why a deployment is too dear, if it is: its prices in pico-dollars a token, and what this request is expected to cost
    /// there in nano-dollars. What is not known is too much: whoever names a limit would rather have no answer.
    #[must_use]
    pub fn too_dear(
        &self,
        prompt: Option<u64>,
        completion: Option<u64>,
        request: Option<u64>,
    ) -> Option<Refusal> {
        let over = |limit: Option<u64>, price: Option<u64>| {
            limit.is_some_and(|limit| price.is_none_or(|price| price > limit))
        };
        let most = self.max_price?;
        let dear =
            over(most.prompt, prompt) || over(most.completion, completion) || over(most.request, request);
        dear.then_some(Refusal::new(RefusalCode::PriceCap))
    }

    /// Why a deployment is too slow, if it is known to be: the average time to its first content. One that was never asked,
    /// or not lately, is not: it would never be again.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a limit of many years is none")]
    pub fn too_slow(&self, measured: Option<Measured>) -> Option<Refusal> {
        let (most, measured) = (self.max_latency_ms?, measured?);
        let refusal = Refusal::new(RefusalCode::MaxLatency).waits(Some(measured.holds));
        (f64::from(measured.first_ms) > most as f64).then_some(refusal)
    }

    /// Whether it is among what goes before others.
    #[must_use]
    pub fn prefers(&self, deployment: &DeploymentId) -> bool {
        any(&self.prefer, deployment)
    }

    /// Its place in the order of providers that the request names, if it has one.
    #[must_use]
    pub fn place_in_order(&self, deployment: &DeploymentId) -> Option<usize> {
        self.order.iter().position(|pattern| pattern.is_of(deployment))
    }

    /// Whether only the first choice of each model may be tried.
    #[must_use]
    pub const fn is_single(&self) -> bool {
        self.no_fallbacks && self.order.is_empty()
    }

    /// Whether it says who is to be called, or in which order: then nobody else is tried for the sake of learning.
    #[must_use]
    pub fn says_who(&self) -> bool {
        self.strategy.is_some() || !self.prefer.is_empty() || !self.order.is_empty() || !self.only.is_empty()
    }

    /// Puts what the request names first in front, when everything else has been weighed: the providers in its order, then
    /// what it prefers, then the rest. Each part keeps the order that it has.
    pub fn put_in_front<'d, T>(&self, ordered: &mut [T], deployment: impl Fn(&T) -> &'d DeploymentId) {
        if self.order.is_empty() && self.prefer.is_empty() {
            return;
        }
        ordered.sort_by_cached_key(|one| {
            let one = deployment(one);
            (self.place_in_order(one).unwrap_or(usize::MAX), Reverse(self.prefers(one)))
        });
    }
}
