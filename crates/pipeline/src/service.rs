//! Calls besides chat, asked of targets like chat: embeddings, images, speech, moderations, rerank.

mod body;
mod counts;
mod wire;

use std::sync::Arc;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Response};
use tokio_util::sync::CancellationToken;
use wye_limits::Moment;
use wye_routing::FailureKind;
use wye_types::error::GatewayError;
use wye_types::usage::Ledger;
use wye_types::{Code, Kind};
use wye_wire::Shape;
use wye_wire::dialect::{Loss, ReadError};
use wye_wire::patch::Patch;
use wye_wire::service::{self, Asked, Head, Reading, Rewrite, Told};

use crate::answer::{Answer, AnswerBody, Facts, Reply};
use crate::attempt::{At, Driven, Driver, Job, Queue};
use crate::call::{Bad, Call, forwarded};
use crate::decide::{Ask, decide};
use crate::exception::treatment;
use crate::live::{Route, Target};
use crate::ours::{self, Ours};
use crate::parse::{Estimate, Wish, fit_name, invalid};
use crate::pipeline::{Inbound, JSON, Pipeline, facts};
use crate::settle::Settle;
use crate::shape::{Draft, shape_service, shape_written};
use crate::upstream::UpstreamBody;

use body::Relay;
pub use body::RelayBody;
use counts::Counts;
pub use wire::{ServiceConfig, ServiceWire};

impl Pipeline {
    /// Answers a request for something besides chat, that is one body each way.
    pub async fn serve(&self, mut inbound: Inbound, (kind, shape): (Kind, Shape)) -> Reply {
        let body = std::mem::take(&mut inbound.body);
        let model = inbound.path.model.take();
        let parse = || ServiceRequest::parse((kind, shape), model, body.clone());
        self.ask((inbound, &body), kind, parse, |job| job).await
    }

    /// Asks for something besides chat. `parse` makes the request once its client is let in, `job` what the targets are
    /// asked.
    pub(crate) async fn ask<J: Job<Good = Good>>(
        &self,
        (inbound, body): (Inbound, &Bytes),
        kind: Kind,
        parse: impl FnOnce() -> Result<ServiceRequest, GatewayError>,
        job: impl FnOnce(Service) -> J,
    ) -> Reply {
        let mut settle = match self.admit(&inbound, body).await {
            Ok(settle) => settle,
            Err(error) => return self.turned_away(&inbound, error),
        };
        settle.record.kind = kind;
        let read = parse().and_then(|mut request| Ok((request.take_ours(&inbound.headers)?, request)));
        let (ours, request) = match read {
            Ok(read) => read,
            Err(error) => return settle.refused(error),
        };
        settle.asked_for(&request);
        let route = match self.named(&inbound, &request.head.model) {
            Ok(route) => route,
            Err(error) => return settle.refused(error),
        };
        settle.record.route = Some(Arc::clone(&route.name));
        if let Err(error) = request.is_served_by(&route) {
            return settle.refused(error);
        }
        let asked = (&request.head.top, &request.bytes[..], request.head.model.as_str());
        if let Err(error) = settle.heed(&ours, &route, asked) {
            return settle.refused(error);
        }
        settle.record.user.clone_from(&request.head.user);
        if let Err(error) = self.take(&inbound.live, (&request.wish(), &route), &mut settle).await {
            return settle.refused(error);
        }
        let wants = Ask::of(kind, &settle.holding);
        let mut decided = decide(&route, &wants, request.wish().estimate, settle.moment());
        decided.tell(&mut settle.record);
        let queue = Queue::new(Arc::clone(&inbound.live.waiting), inbound.caller.key.clone(), wants);
        let now_s = i64::try_from(inbound.received.unix_ms / 1000).unwrap_or(0);
        let job = job(Service { request, now_s });
        match Box::pin(Driver::new(job, decided, settle, queue).run()).await {
            Driven::Good(settle, good) => good.reply(settle, &self.stop),
            Driven::Failed(settle, failed) => failed.reply(settle),
        }
    }
}

/// A client's request for something besides chat.
pub(crate) struct ServiceRequest {
    kind: Kind,
    /// Its words.
    shape: Shape,
    words: &'static dyn service::Service,
    bytes: Bytes,
    pub(crate) head: Head,
}

impl ServiceRequest {
    /// Reads what must be known of a request. A model in its path is the one that is meant.
    pub(crate) fn parse(
        (kind, shape): (Kind, Shape),
        model: Option<String>,
        bytes: Bytes,
    ) -> Result<Self, GatewayError> {
        let words = service::service(kind)
            .ok_or_else(|| GatewayError::new(Code::GatewayInternal, format!("{kind} has no words")))?;
        let mut head = words.scan(shape, &bytes).map_err(|error| invalid(&error))?;
        if let Some(model) = model {
            head.model = model;
        }
        fit_name(&head.model)?;
        Ok(Self { kind, shape, words, bytes, head })
    }

    /// A request whose body is a form that is relayed.
    pub(crate) fn of_form(kind: Kind, head: &Head) -> Result<Self, GatewayError> {
        let words = service::service(kind)
            .ok_or_else(|| GatewayError::new(Code::GatewayInternal, format!("{kind} has no words")))?;
        fit_name(&head.model)?;
        Ok(Self { kind, shape: Shape::OpenAi, words, bytes: Bytes::new(), head: head.clone() })
    }

    /// Reads what it asks of the gateway itself, and forgets the fields that do.
    fn take_ours(&mut self, headers: &HeaderMap) -> Result<Ours, GatewayError> {
        let (ours, left) = ours::read(headers, &self.head.top, &self.bytes)?;
        if let Some(left) = left {
            *self = Self::parse((self.kind, self.shape), Some(std::mem::take(&mut self.head.model)), left)?;
        }
        Ok(ours)
    }

    /// What it wants of its client's limits: its own text, and no answer that is counted in tokens.
    pub(crate) fn wish(&self) -> Wish {
        let estimate = Estimate { input: self.head.text_bytes.div_ceil(4), output: 0 };
        Wish { kind: self.kind, estimate, at_most: estimate, units: self.head.units }
    }

    /// Refuses what none of a route's targets can do, whatever its state.
    pub(crate) fn is_served_by(&self, route: &Route) -> Result<(), GatewayError> {
        if route.targets.iter().any(|target| target.service(self.kind).is_some()) {
            return Ok(());
        }
        let message = format!(
            "`{}` serves no {}: none of its providers does; name a model that is made for it",
            route.name, self.kind
        );
        Err(GatewayError::new(Code::CallerInvalidRequest, message).param("model"))
    }
}

/// A request for something besides chat under way.
pub(crate) struct Service {
    pub(crate) request: ServiceRequest,
    /// Unix seconds at its arrival.
    pub(crate) now_s: i64,
}

/// An answer.
pub(crate) enum Good {
    /// All of it.
    Whole { body: Bytes, media_type: HeaderValue, headers: HeaderMap, ledger: Option<Ledger> },
    /// Its beginning; the rest is passed on as it comes.
    Begun(Box<Relay>),
}

impl Good {
    /// The end of its request, or the beginning of its answer.
    pub(crate) fn reply(self, mut settle: Box<Settle>, stop: &CancellationToken) -> Reply {
        let (media_type, body) = match self {
            Self::Whole { body, media_type, headers, ledger } => {
                settle.whole_content(0);
                if let Some(ledger) = ledger {
                    settle.ledger(ledger);
                }
                let (cost, body) = settle.bill(body);
                settle.sent(&body);
                settle.end(200, None);
                settle.upstream_headers = headers;
                let facts = Facts { cost, ..facts(&mut settle) };
                let answer = Answer {
                    status: 200,
                    content_type: media_type,
                    body: AnswerBody::full(body),
                    error: None,
                };
                return Reply { facts, result: Ok(answer), unsaid: None };
            }
            Self::Begun(mut relay) => {
                settle.content();
                if let Some(ledger) = relay.counts.as_ref().and_then(Counts::begun) {
                    settle.ledger(ledger);
                }
                settle.upstream_headers = std::mem::take(&mut relay.headers);
                (relay.media_type.clone(), relay)
            }
        };
        let facts = facts(&mut settle);
        let body = AnswerBody::Relay(Box::new(RelayBody::new(body, settle, stop)));
        let answer = Answer { status: 200, content_type: media_type, body, error: None };
        Reply { facts, result: Ok(answer), unsaid: None }
    }
}

impl Job for Service {
    type Outgoing = Asked;
    type Good = Good;

    fn estimate(&self) -> Estimate {
        self.request.wish().estimate
    }

    fn is_native(&self, target: &Target) -> bool {
        target.service(self.request.kind).is_some_and(|wire| wire.serves.shape == self.request.shape)
    }

    fn outgoing(&self, target: &Target) -> Result<Asked, GatewayError> {
        let request = &self.request;
        let Some(wire) = target.service(request.kind) else {
            let message = format!("{} serves no {}", target.deployment, request.kind);
            return Err(GatewayError::new(Code::CallerInvalidRequest, message).param("model"));
        };
        let ask = Rewrite {
            from: request.shape,
            to: wire.serves.shape,
            body: &request.bytes,
            head: &request.head,
            model: target.deployment.model.as_str(),
        };
        if wire.serves.shape != request.shape {
            let mut asked = request.words.write_request(&ask).map_err(|error| invalid(&error))?;
            shape_written(target.shaping.as_deref(), &mut asked);
            return Ok(asked);
        }
        let mut patch = Patch::new();
        request.words.aim(&ask, &mut patch);
        let mut losses = Vec::new();
        let draft = Draft::new(&request.head.top, &request.bytes, patch);
        let patch = shape_service(target.shaping.as_deref(), draft, &mut losses);
        let body = patch.apply(&request.bytes, &request.head.top);
        Ok(Asked { body: Some(body), losses, ..Asked::default() })
    }

    fn losses(outgoing: &Asked) -> &[Loss] {
        &outgoing.losses
    }

    /// Where an answer may come from a cache, it is cheap and nothing comes of asking twice.
    fn may_race(&self, _: &[Target], _: &[usize]) -> bool {
        treatment(self.request.kind).cache
    }

    async fn call(&self, at: At<'_>, outgoing: &Asked) -> Result<Good, Box<Bad>> {
        let At { target, account, policy, times, deadline, whole_by } = at;
        let model = target.deployment.model.as_str();
        let Some(wire) = target.service(self.request.kind) else {
            return Err(Bad::of(FailureKind::Loss, "its provider does not serve this").into());
        };
        let head_by = if self.request.head.stream { deadline } else { whole_by };
        let sent = wire.sent((model, account), outgoing);
        let client_headers = &HeaderMap::new();
        let call = Call { target, account, policy, sent, client_headers, head_by };
        let response = call.head(times).await?;
        target.endpoint.quotas.hear((account, model), response.headers(), Moment::of(times.clock));
        let status = response.status().as_u16();
        self.answer(at, &call, response).await.map_err(|mut bad| {
            bad.failure.status.get_or_insert(status);
            bad.into()
        })
    }

    fn is_whole(good: &Good) -> bool {
        matches!(good, Good::Whole { .. })
    }
}

impl Service {
    /// What is asked for.
    pub(crate) const fn kind(&self) -> Kind {
        self.request.kind
    }

    /// What follows a good head: JSON is read whole, anything else is passed on as it comes.
    pub(crate) async fn answer(
        &self,
        at: At<'_>,
        call: &Call<'_>,
        response: Response<UpstreamBody>,
    ) -> Result<Good, Bad> {
        let (head, body) = response.into_parts();
        let media_type = head.headers.get(CONTENT_TYPE).cloned().unwrap_or(JSON);
        let headers = forwarded(&head.headers);
        let text = media_type.to_str().unwrap_or_default();
        let shape = at.target.service(self.request.kind).map_or(self.request.shape, |wire| wire.serves.shape);
        if !self.request.words.is_read_whole(shape, text) {
            let begun = (body, headers, media_type.clone());
            let mut relay = Relay::begin(at, call.head_by, begun).await?;
            relay.counts = Some(Counts::new(self.request.words, &self.request.head, text));
            return Ok(Good::Begun(relay));
        }
        let body = call.whole(body, at.times).await?;
        let told = self.read(at, text, &body).map_err(|error| match error {
            ReadError::Upstream(mut error) => {
                call.redact(&mut error);
                Bad::reported(*error, headers.clone())
            }
            ReadError::Malformed(why) => {
                Bad::of(FailureKind::BadAnswer, format!("the answer cannot be read: {why}"))
            }
        })?;
        if !told.content && at.policy.empty {
            return Err(Bad::of(FailureKind::Empty, "the answer is empty"));
        }
        let (body, media_type) = match told.body {
            Some(written) => (written.into(), told.media_type.map_or(JSON, HeaderValue::from_static)),
            None => (body, media_type),
        };
        Ok(Good::Whole { body, media_type, headers, ledger: told.ledger })
    }

    fn read(&self, at: At<'_>, media_type: &str, body: &[u8]) -> Result<Told, ReadError> {
        let wire = at.target.service(self.request.kind);
        self.request.words.read_answer(&Reading {
            from: self.request.shape,
            to: wire.map_or(self.request.shape, |wire| wire.serves.shape),
            media_type,
            body,
            request: &self.request.bytes,
            head: &self.request.head,
            model: &at.target.deployment.model,
            now_s: self.now_s,
        })
    }
}
