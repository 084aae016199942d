//! Conversations over a WebSocket. Until a provider has said yes, targets are tried one after another like for any call;
//! from then on bytes go by as they are, and only what each answer used is read. One record a conversation.

mod frame;
mod relay;
mod used;

use std::sync::Arc;
use std::time::Duration;

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;

use http::header::{
    CONNECTION, CONTENT_TYPE, HeaderName, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body_util::{BodyExt, Empty};
use percent_encoding::utf8_percent_encode;
use tokio_util::sync::CancellationToken;
use wye_routing::FailureKind;
use wye_types::error::GatewayError;
use wye_types::record::Outcome;
use wye_types::{Code, Kind};
use wye_wire::dialect::Loss;
use wye_wire::service::Asked;

use crate::answer::{Facts, Reply};
use crate::attempt::{At, Driven, Driver, Job, Queue};
use crate::call::{Bad, Call, within};
use crate::decide::{Ask, decide};
use crate::live::Target;
use crate::ours;
use crate::parse::{Estimate, Wish, fit_name};
use crate::pass::PLAIN;
use crate::pipeline::{Inbound, Pipeline, facts};
use crate::settle::Settle;
use wye_types::usage::Units;
use wye_wire::scan::TopLevel;

use relay::{End, Limits, relay};

/// How long a conversation may last: as long as OpenAI lets one, and with nobody saying anything as long as most proxies
/// let a connection be.
const LIMITS: Limits = Limits { silence: Duration::from_secs(15 * 60), total: Duration::from_secs(60 * 60) };

/// What a client asks for.
#[derive(Debug)]
pub struct Offer {
    /// The model it names.
    pub model: String,
    /// What it says about the WebSocket: key, version, protocols, without credentials among these.
    pub headers: HeaderMap,
}

/// What became of it.
pub enum Opening {
    /// Nothing.
    Refused(Reply),
    /// A conversation: what its client is told, and what is to be run once that is.
    Open(Facts, HeaderMap, Box<Conversation>),
}

impl Pipeline {
    /// Opens a conversation. Of `inbound`, the body is not looked at.
    pub async fn realtime(&self, inbound: Inbound, offer: Offer) -> Opening {
        let mut settle = match self.admit(&inbound, &bytes::Bytes::new()).await {
            Ok(settle) => settle,
            Err(error) => return Opening::Refused(self.turned_away(&inbound, error)),
        };
        settle.capture = None;
        settle.record.kind = Kind::Realtime;
        settle.record.stream = true;
        settle.record.asked.clone_from(&offer.model);
        match self.opened(&inbound, offer, settle).await {
            Ok((mut settle, open)) => {
                settle.tick();
                // Opened is what counts as begun.
                settle.record.first_content = Some(settle.now().saturating_sub(settle.arrived()));
                let facts = facts(&mut settle);
                let Open { upgrade, told } = open;
                let stop = Arc::clone(&self.stop);
                Opening::Open(facts, told, Box::new(Conversation { upgrade, settle, stop }))
            }
            Err(reply) => Opening::Refused(*reply),
        }
    }

    async fn opened(
        &self,
        inbound: &Inbound,
        offer: Offer,
        mut settle: Box<Settle>,
    ) -> Result<(Box<Settle>, Open), Box<Reply>> {
        let found = fit_name(&offer.model).and_then(|()| self.named(inbound, &offer.model));
        let route = match found.and_then(|route| served(&route).map(|()| route)) {
            Ok(route) => route,
            Err(error) => return Err(Box::new(settle.refused(error))),
        };
        settle.record.route = Some(route.name.clone());
        let top = TopLevel::default();
        let ours = ours::read(&inbound.headers, &top, &[]);
        if let Err(error) = ours.and_then(|(ours, _)| settle.heed(&ours, &route, (&top, &[], &offer.model))) {
            return Err(Box::new(settle.refused(error)));
        }
        let wish = Wish { kind: Kind::Realtime, estimate: LEAST, at_most: LEAST, units: Units::default() };
        if let Err(error) = self.take(&inbound.live, (&wish, &route), &mut settle).await {
            return Err(Box::new(settle.refused(error)));
        }
        let wants = Ask::of(Kind::Realtime, &settle.holding);
        let mut decided = decide(&route, &wants, LEAST, settle.moment());
        decided.tell(&mut settle.record);
        let queue = Queue::new(inbound.live.waiting.clone(), inbound.caller.key.clone(), wants);
        match Box::pin(Driver::new(offer, decided, settle, queue).run()).await {
            Driven::Good(settle, open) => Ok((settle, open)),
            Driven::Failed(settle, failed) => Err(Box::new(failed.reply(settle))),
        }
    }
}

/// What is reserved: nobody knows how much will be said, and who has nothing left may not begin.
const LEAST: Estimate = Estimate { input: 1, output: 0 };

fn served(route: &crate::live::Route) -> Result<(), GatewayError> {
    if route.targets.iter().any(|target| target.service(Kind::Realtime).is_some()) {
        return Ok(());
    }
    let message = format!(
        "`{}` holds no conversations: none of its providers does; name a model that is made for it",
        route.name
    );
    Err(GatewayError::new(Code::CallerInvalidRequest, message).param("model"))
}

/// A provider that has said yes.
pub(crate) struct Open {
    upgrade: OnUpgrade,
    told: HeaderMap,
}

impl Job for Offer {
    type Outgoing = ();
    type Good = Open;

    fn estimate(&self) -> Estimate {
        LEAST
    }

    fn is_native(&self, target: &Target) -> bool {
        target.service(Kind::Realtime).is_some()
    }

    fn outgoing(&self, _: &Target) -> Result<(), GatewayError> {
        Ok(())
    }

    fn losses((): &()) -> &[Loss] {
        &[]
    }

    async fn call(&self, at: At<'_>, (): &()) -> Result<Open, Box<Bad>> {
        let At { target, account, policy, times, deadline, .. } = at;
        let Some(wire) = target.service(Kind::Realtime) else {
            return Err(Bad::of(FailureKind::Loss, "its provider holds no conversations").into());
        };
        let model = target.deployment.model.as_str();
        let mut sent = wire.sent((model, account), &Asked::default());
        let query = format!("model={}", utf8_percent_encode(model, PLAIN));
        let no_place = || "the model's name cannot stand in the provider's address".to_owned();
        sent.path = wire.below("", Some(&query)).ok_or_else(no_place);
        let client_headers = &self.headers;
        let head_by = deadline.min(times.now + policy.first_content);
        let call = Call { target, account, policy, sent, client_headers, head_by };
        let mut request = call.opening(times).await?;
        request.headers_mut().remove(CONTENT_TYPE);
        request.headers_mut().insert(CONNECTION, HeaderValue::from_static("upgrade"));
        request.headers_mut().insert(UPGRADE, HeaderValue::from_static("websocket"));
        let request = request.map(|_| Empty::new().map_err(|never| match never {}).boxed_unsync());
        let sending = Box::pin(call.sent.client.once(request, policy.connect));
        let (response, upgrade) = match within(head_by, times.now, sending).await {
            Some(sent) => sent.map_err(Bad::from)?,
            None => {
                return Err(Bad::of(FailureKind::Timeout, "no answer came within the time limit").into());
            }
        };
        let status = response.status();
        if status.as_u16() >= 400 {
            return Err(call.read_error(response, times).await.into());
        }
        if status != StatusCode::SWITCHING_PROTOCOLS {
            let why = format!("it answered with {status} where a conversation was asked for");
            return Err(Bad::of(FailureKind::BadAnswer, why).into());
        }
        let names = [SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_PROTOCOL];
        let told =
            names.into_iter().filter_map(|name| Some((name.clone(), response.headers().get(&name)?.clone())));
        Ok(Open { upgrade, told: told.collect() })
    }

    fn is_whole(_: &Open) -> bool {
        false
    }
}

/// A conversation that is to be run. Dropping it ends it.
pub struct Conversation {
    upgrade: OnUpgrade,
    settle: Box<Settle>,
    stop: Arc<CancellationToken>,
}

impl Conversation {
    /// Runs until one of the two has had enough, or `stop`.
    pub async fn run(self, client: OnUpgrade, stop: CancellationToken) {
        let Self { upgrade, mut settle, stop: now } = self;
        let (Ok(provider), Ok(client)) = tokio::join!(upgrade, client) else {
            return;
        };
        let mut all: Option<wye_types::Usage> = None;
        let (mut spent, enough) = (None, CancellationToken::new());
        let told = |event: &[u8]| {
            if let Some(usage) = used::used(event) {
                let usage = all.map_or(usage, |before| used::sum(before, usage));
                all = Some(usage);
                settle.usage(usage);
                // Other requests of the client see it now, and it is not talked on when nothing is left.
                if let Some(code) = settle.book() {
                    spent = Some(code);
                    enough.cancel();
                }
            }
        };
        let ends = (TokioIo::new(client), TokioIo::new(provider));
        let either = stop.child_token();
        let (end, untold) = {
            let talking = Box::pin(relay(ends, LIMITS, (&either, &enough), told));
            tokio::pin!(talking);
            tokio::select! {
                end = &mut talking => end,
                () = now.cancelled() => {
                    either.cancel();
                    talking.await
                }
            }
        };
        settle.tick();
        // An answer that its client did not stay to hear the end of is billed all the same.
        settle.untold(untold / BYTES_A_TOKEN);
        let code = match end {
            End::Closed | End::TooLong | End::Silence => None,
            End::ClientGone => Some(Code::CallerGone),
            End::ProviderGone => Some(Code::ProviderUnreachable),
            End::Stopped => Some(Code::GatewayShuttingDown),
            End::Spent => spent,
        };
        let outcome = match code {
            Some(code @ Code::ProviderUnreachable) => Outcome::Failed(code),
            _ => Outcome::Served,
        };
        settle.attempt_ended(Some(SWITCHED), outcome);
        settle.end(SWITCHED, code);
    }
}

/// Bytes of sound that are a token of an answer: fifty milliseconds in base64. What is said in text takes fewer.
const BYTES_A_TOKEN: u64 = 3200;

/// The status of a conversation that began.
const SWITCHED: u16 = StatusCode::SWITCHING_PROTOCOLS.as_u16();

/// Headers of a client that go to the provider.
pub const OFFERED: [HeaderName; 3] = [SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, SEC_WEBSOCKET_PROTOCOL];
