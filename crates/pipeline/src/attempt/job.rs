//! What is asked of targets, as the attempts see it.

use std::future::Future;
use std::time::Duration;

use wye_types::Usage;
use wye_types::error::GatewayError;
use wye_wire::dialect::Loss;

use super::Several;
use crate::call::{Bad, Times};
use crate::embeddings::Vector;
use crate::live::{Policy, Route, Target};
use crate::parse::Estimate;

/// Something that can be asked of one target after another.
pub(crate) trait Job: Send + Sync + Sized {
    /// What a target is sent.
    type Outgoing: Clone + Send + Sync;
    /// A good answer, whole or begun.
    type Good: Send;

    /// What it is thought to use.
    fn estimate(&self) -> Estimate;

    /// The same, counted by now if it was not before.
    fn counted(&self) -> Estimate {
        self.estimate()
    }

    /// Whether a target is asked in the client's own words.
    fn is_native(&self, target: &Target) -> bool;

    /// The one account of a target that will do, if it must be a certain one.
    fn account(&self, _target: &Target) -> Option<usize> {
        None
    }

    /// Puts targets first that are better for this than others.
    fn prefer(&self, _targets: &[Target], _order: &mut [usize]) {}

    /// Whether a target must be sent something that is not in the request.
    fn needs_fetching(&self, _target: &Target) -> bool {
        false
    }

    /// Gets what a target must be sent and is not in the request.
    fn fetch(&self, _at: (&Route, &Target)) -> impl Future<Output = Result<(), Bad>> + Send {
        async { Ok(()) }
    }

    /// What a target is sent.
    ///
    /// # Errors
    /// If the request cannot be read, which is found out only where it must be written anew.
    fn outgoing(&self, target: &Target) -> Result<Self::Outgoing, GatewayError>;

    /// How long an attempt may take where the request has all the time it wants: who has had that much and gave nothing
    /// is late, whatever else was running out.
    fn patience(&self, policy: &Policy) -> Duration {
        policy.least_share
    }

    /// What that leaves out.
    fn losses(outgoing: &Self::Outgoing) -> &[Loss];

    /// Whether it went out in a way that cannot be done again: the failure of that attempt is its last.
    fn is_spent(&self) -> bool {
        false
    }

    /// Whether several of these targets may be asked at once.
    fn may_race(&self, _targets: &[Target], _order: &[usize]) -> bool {
        false
    }

    /// Asks. What comes of it goes through many hands, so that the rare failure is boxed.
    fn call(
        &self,
        at: At<'_>,
        outgoing: &Self::Outgoing,
    ) -> impl Future<Output = Result<Self::Good, Box<Bad>>> + Send;

    /// The answer in a failure that is still better than none.
    fn spare(_bad: &mut Bad) -> Option<Self::Good> {
        None
    }

    /// Why answers of several targets to this can be compared; `None` if they cannot.
    ///
    /// # Errors
    /// The route wants requests of this kind refused.
    fn comparable(
        &self,
        _several: &Several,
        _route: &str,
    ) -> Result<Option<&'static str>, Box<GatewayError>> {
        Ok(None)
    }

    /// The same job for a whole answer; `None` if it is one.
    fn unstreamed(&self) -> Option<Self> {
        None
    }

    /// What an answer says, and what it used as far as its provider tells.
    fn said(&self, _good: &Self::Good) -> (String, Option<Usage>) {
        (String::new(), None)
    }

    /// The vectors of what answers mean, in their order, where somebody makes such.
    fn meanings(&self, _answers: &[&str]) -> impl Future<Output = Option<Vec<Vector>>> + Send {
        async { None }
    }

    /// An answer as the client wants it, where it was asked for otherwise.
    fn wanted(&self, good: Self::Good) -> Self::Good {
        good
    }

    /// Whether all of the answer is there.
    fn is_whole(good: &Self::Good) -> bool;
}

/// Whom a call asks, and within which limits.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    pub(crate) target: &'a Target,
    pub(crate) account: usize,
    pub(crate) policy: &'a Policy,
    pub(crate) times: Times<'a>,
    /// When the whole request is over, on the monotonic clock.
    pub(crate) deadline: Duration,
    /// When a whole answer must be there.
    pub(crate) whole_by: Duration,
}
