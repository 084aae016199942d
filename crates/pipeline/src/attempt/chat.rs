//! Chat, asked of targets.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Response};
use tokio::sync::OnceCell;
use wye_limits::Moment;
use wye_providers::endpoint::Operation;
use wye_routing::FailureKind;
use wye_types::Usage;
use wye_types::chat::ChatRequest;
use wye_types::error::GatewayError;
use wye_wire::dialect::{Loss, StreamAsk};

use super::buffered::Told;
use super::first::{FirstContent, first_content};
use super::judge::judge;
use super::{At, Driven, Failed, Job, Several, Spare};
use crate::call::{Bad, Call, passed_on};
use crate::embeddings::Vector;
use crate::fetch::Fetcher;
use crate::inner::Parent;
use crate::live::{EndpointWire, Policy, Route, Target};
use crate::parse::{Estimate, Request};
use crate::relay::{Going, Relaying};
use crate::settle::Settle;
use crate::shape::inlined;
use crate::translate::{Outgoing, outgoing};
use crate::upstream::UpstreamBody;

/// A chat request under way.
pub(crate) struct Chat {
    pub(crate) request: Request,
    pub(crate) ask: StreamAsk,
    pub(crate) client_headers: HeaderMap,
    /// Fetches images.
    pub(super) fetcher: Arc<Fetcher>,
    /// The conversation with all images in it, once it was needed; `None` if they are in it anyway.
    inlined: OnceCell<Option<Box<ChatRequest>>>,
    /// The same with words in the places of its images.
    described: OnceCell<Option<Box<ChatRequest>>>,
    /// What calls for its sake need, where its route makes some.
    pub(super) parent: Option<Box<Parent>>,
    /// What it takes to know what answers to it mean, where they are compared by that.
    meaning: Option<Box<Parent>>,
    /// What it takes to go on with its stream elsewhere, where that is wanted.
    pub(super) going: Option<Box<Going>>,
}

/// A whole answer.
pub(crate) struct Whole {
    pub(crate) body: Bytes,
    pub(crate) headers: HeaderMap,
    pub(crate) usage: Option<Usage>,
}

/// An answer to a chat request.
pub(crate) enum Good {
    /// A whole one, in the client's dialect. Boxed, as everything here: it goes through many hands.
    Whole(Box<Whole>),
    /// A stream whose first content is there.
    Stream(Box<FirstContent>),
    /// A whole one that goes to the client as a stream.
    Told(Box<Told>),
}

/// Where the attempts of a chat request led.
pub(crate) enum Answered {
    /// To a whole answer, in the client's dialect.
    Whole(Box<Settle>, Box<Whole>),
    /// To a stream whose first content is there.
    Stream(Box<Relaying>),
    /// To a whole answer that goes to the client as a stream.
    Told(Box<Settle>, Box<Told>),
    /// Nothing that could be tried helped.
    Failed(Box<Settle>, Box<Failed>),
}

impl From<Driven<Good>> for Answered {
    fn from(driven: Driven<Good>) -> Self {
        match driven {
            Driven::Good(settle, Good::Whole(whole)) => Self::Whole(settle, whole),
            Driven::Good(settle, Good::Stream(first)) => Self::Stream(Box::new(first.relaying(settle))),
            Driven::Good(settle, Good::Told(told)) => Self::Told(settle, told),
            Driven::Failed(settle, failed) => Self::Failed(settle, failed),
        }
    }
}

/// A call for chat, and what is needed to read its answer.
pub(super) struct ChatCall<'a> {
    pub(super) call: Call<'a>,
    /// The dialect it is called in.
    pub(super) wire: &'a EndpointWire,
    pub(super) outgoing: &'a Outgoing,
}

impl Job for Chat {
    type Outgoing = Outgoing;
    type Good = Good;

    fn estimate(&self) -> Estimate {
        self.request.guess()
    }

    fn counted(&self) -> Estimate {
        self.request.estimate()
    }

    fn is_native(&self, target: &Target) -> bool {
        let client = self.request.dialect.id();
        target.wire(client).dialect == client
    }

    fn account(&self, target: &Target) -> Option<usize> {
        self.request.earlier.as_ref()?.native(target).map(|(_, account)| account)
    }

    fn prefer(&self, targets: &[Target], order: &mut [usize]) {
        if let Some(earlier) = &self.request.earlier {
            earlier.prefer(targets, order);
        }
    }

    fn needs_fetching(&self, target: &Target) -> bool {
        target.inlines_images() || self.parent.is_some() && target.is_blind()
    }

    async fn fetch(&self, (route, target): (&Route, &Target)) -> Result<(), Bad> {
        if let (Some(describing), Some(parent), true) = (&route.describing, &self.parent, target.is_blind()) {
            let described = self.described.get_or_try_init(|| describing.described(&self.request, parent));
            return described.await.map(drop).map_err(|error| {
                let blind = format!("{} sees no images, and they could not be described", target.deployment);
                Bad::of(FailureKind::Loss, format!("{blind}: {}", error.message))
            });
        }
        let inlined = self.inlined.get_or_try_init(|| inlined(&self.request, &self.fetcher)).await;
        inlined.map(drop).map_err(|error| Bad::request(&error))
    }

    fn outgoing(&self, target: &Target) -> Result<Outgoing, GatewayError> {
        let instead = if self.parent.is_some() && target.is_blind() {
            self.described.get()
        } else {
            self.inlined.get().filter(|_| target.inlines_images())
        };
        if let Some(instead) = instead.and_then(Option::as_deref) {
            return outgoing(&self.request, Some(instead), target);
        }
        let native = self.request.earlier.as_ref().and_then(|earlier| earlier.native(target));
        outgoing(native.map_or(&self.request, |(request, _)| request), None, target)
    }

    fn patience(&self, policy: &Policy) -> Duration {
        match (self.request.head.stream, self.request.head.wants_thinking) {
            (true, true) => policy.first_content_thinking,
            (true, false) => policy.first_content,
            (false, _) => policy.least_share,
        }
    }

    fn losses(outgoing: &Outgoing) -> &[Loss] {
        &outgoing.losses
    }

    /// Nothing is sent to the client before there is content, so that tools are no hindrance. A provider that keeps what the
    /// conversation goes on from would not know of an answer that another gave.
    fn may_race(&self, targets: &[Target], order: &[usize]) -> bool {
        let keeps = |place: &usize| targets.get(*place).and_then(|target| self.account(target)).is_some();
        let goes_on = self.going.as_ref().is_some_and(|going| going.times > 0);
        !goes_on && !order.iter().any(keeps)
    }

    async fn call(&self, at: At<'_>, outgoing: &Outgoing) -> Result<Good, Box<Bad>> {
        let bad = match self.ask(at, outgoing).await {
            Err(bad) if self.is_forgotten(at.target, &bad) => bad,
            answered => return answered,
        };
        // What the provider does not keep any more, or never did, is here still.
        match self.outgoing(at.target) {
            Ok(whole) => Box::pin(self.ask(at, &whole)).await,
            Err(_) => Err(bad),
        }
    }

    fn spare(bad: &mut Bad) -> Option<Good> {
        bad.spare.take().map(Spare::good)
    }

    fn comparable(&self, several: &Several, route: &str) -> Result<Option<&'static str>, Box<GatewayError>> {
        self.compares(several, route).map_err(Box::new)
    }

    fn unstreamed(&self) -> Option<Self> {
        self.whole_form()
    }

    fn said(&self, good: &Good) -> (String, Option<Usage>) {
        self.words(good)
    }

    async fn meanings(&self, answers: &[&str]) -> Option<Vec<Vector>> {
        let parent = self.meaning.as_deref()?;
        let embedder = parent.live.embeddings.as_ref()?;
        embedder.vectors(answers, parent).await
    }

    fn wanted(&self, good: Good) -> Good {
        self.as_wanted(good)
    }

    fn is_whole(good: &Good) -> bool {
        matches!(good, Good::Whole(_) | Good::Told(_))
    }
}

impl Chat {
    /// A request with what its answer is to be like and its client's headers. `parent`: what calls for its sake need,
    /// where its route makes some.
    pub(crate) fn new(
        (request, ask, client_headers): (Request, StreamAsk, HeaderMap),
        fetcher: Arc<Fetcher>,
        parent: Option<Box<Parent>>,
    ) -> Self {
        let (inlined, described) = (OnceCell::new(), OnceCell::new());
        Self { request, ask, client_headers, fetcher, inlined, described, parent, meaning: None, going: None }
    }

    /// Its stream may go on elsewhere.
    pub(crate) fn goes(&mut self, going: Option<Box<Going>>) {
        self.going = going;
    }

    /// Answers to it are compared by what they mean.
    pub(crate) fn means(&mut self, meaning: Option<Box<Parent>>) {
        self.meaning = meaning;
    }

    /// Whether a provider refused because it does not know what the request goes on from. It is not relied on again.
    fn is_forgotten(&self, target: &Target, bad: &Bad) -> bool {
        let Some(earlier) = self.request.earlier.as_ref().filter(|earlier| earlier.native(target).is_some())
        else {
            return false;
        };
        bad.error.as_ref().is_some_and(|error| earlier.is_refused(error))
    }

    async fn ask(&self, at: At<'_>, outgoing: &Outgoing) -> Result<Good, Box<Bad>> {
        let At { target, account, policy, times, deadline, whole_by } = at;
        let stream = self.request.head.stream;
        let head_by: Duration =
            if stream { deadline.min(times.now + self.patience(policy)) } else { whole_by };
        let client = self.request.dialect.id();
        let wire = target.wire(client);
        let place = (target.deployment.model.as_str(), account);
        let sent = wire.sent(place, Operation::Chat { stream }, outgoing.body.clone());
        let client_headers = &passed_on(client, wire.dialect, &self.client_headers);
        let call = Call { target, account, policy, sent, client_headers, head_by };
        let call = ChatCall { call, wire, outgoing };
        let response = call.call.head(times).await?;
        let model = target.deployment.model.as_str();
        target.endpoint.quotas.hear((account, model), response.headers(), Moment::of(times.clock));
        let status = response.status().as_u16();
        self.content(at, &call, response).await.map_err(|mut bad| {
            bad.failure.status.get_or_insert(status);
            bad
        })
    }

    /// What follows a good head.
    async fn content(
        &self,
        at: At<'_>,
        call: &ChatCall<'_>,
        response: Response<UpstreamBody>,
    ) -> Result<Good, Box<Bad>> {
        if self.request.head.stream {
            let first = first_content(self, at, call, response).await?;
            return Ok(Good::Stream(Box::new(first)));
        }
        let (head, body) = response.into_parts();
        let body = call.call.whole(body, at.times).await?;
        Ok(Good::Whole(Box::new(judge(self, call, &body, &head.headers)?)))
    }
}
