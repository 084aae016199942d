//! From a request that is let in to attempts that are ready to begin. Nothing waits here: what is made on the way is no part
//! of the future that holds the request, which would be copied with it.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use http::HeaderValue;
use wye_types::DialectId;
use wye_types::record::decision::Traits;
use wye_wire::dialect;
use wye_wire::dialect::StreamAsk;

use super::door::Door;
use super::{Inbound, Pipeline};
use crate::admit::Shown;
use crate::answer::{Facts, Reply};
use crate::attempt::chat::{Answered, Chat};
use crate::attempt::{Driver, Queue};
use crate::decide::{Ask, decide};
use crate::inner::Parent;
use crate::kept::Keeping;
use crate::live::{Route, Several, Target};
use crate::mirror::Mirrored;
use crate::ours::Controls;
use crate::parse::Request;
use crate::reason::reason;
use crate::relay::body::LiveBody;
use crate::relay::{Going, Origin};
use crate::settle::Settle;

/// Attempts that are ready to begin.
pub(super) struct Ready {
    attempts: Pin<Box<dyn Future<Output = Answered> + Send>>,
    door: Door,
    stream: bool,
    /// What is told of limits with an answer that begins before there is content, and why it goes where it goes.
    shown: Option<Box<Shown>>,
    reason: Option<HeaderValue>,
    /// The same where a judge is asked first, once it has said something.
    judged: Option<Arc<OnceLock<HeaderValue>>>,
    /// Whether the stream may go on elsewhere if it breaks.
    may_continue: bool,
}

impl Ready {
    /// Makes them.
    pub(super) fn new(
        pipeline: &Pipeline,
        inbound: Inbound,
        (request, route, controls): (Request, &Arc<Route>, Option<Arc<Controls>>),
        mut settle: Box<Settle>,
    ) -> Self {
        let from = (&inbound.live.fleet, || pipeline.chance.next());
        let whose = inbound.caller.key.as_deref().map_or("", |key| &key.name);
        let wants = Ask::chat(&settle.holding, (&request, route, controls), whose, from);
        let sized = is_sized(route, &wants, &request);
        let estimate = if sized { request.estimate() } else { request.guess() };
        let mut decided = decide(route, &wants, estimate, settle.moment());
        decided.tell(&mut settle.record);
        let own_id = dialect(inbound.dialect).answer_id(inbound.id);
        let from = (&*inbound.live, &inbound.caller);
        let now = (inbound.received.unix_ms, own_id.as_str());
        let kept = Keeping::begin(pipeline.responses.as_ref(), from, &request, now).begin(&mut settle);
        let ask = StreamAsk {
            // The cost is told beside the usage.
            include_usage: request.head.include_usage || settle.tells_cost,
            want_text: decided.route.policy.reads_text(),
            sse: inbound.path.sse || inbound.dialect != DialectId::Gemini,
            legacy_functions: inbound.dialect == DialectId::OpenAiChat
                && !request.head.tools
                && request.head.top.span("functions").is_some(),
            now_s: i64::try_from(inbound.received.unix_ms / 1000).unwrap_or(0),
            fallback_id: own_id,
            model: request.head.model.clone(),
            kept,
        };
        let door = Door {
            dialect: inbound.dialect,
            sse: ask.sse,
            heartbeat: inbound.live.heartbeat,
            stop: Arc::clone(&pipeline.stop),
            id: inbound.id,
        };
        let stream = request.head.stream;
        // Others are told what is left then.
        let shown = if stream { settle.shown() } else { None };
        // Where a judge is asked first nobody knows yet.
        let by_category = inbound.live.embeddings.as_ref().is_some_and(|one| one.knows_categories());
        let asks = decided.needs.is_some() || by_category && wants.is_unsure();
        let judged = asks.then(|| Arc::new(OnceLock::new()));
        let reason = (stream && judged.is_none()).then(|| reason(&settle.record, 0));
        let judging = judged.as_ref().map(|judged| {
            Box::new(Judging { parent: Parent::of(pipeline, &inbound, &settle), judged: Arc::clone(judged) })
        });
        let parent = route.describing.as_ref().map(|_| Box::new(Parent::of(pipeline, &inbound, &settle)));
        let going = going(&inbound, (&request, route), (&wants, &ask), parent.as_deref());
        let may_continue = going.is_some();
        let mirrored = Mirrored::of((pipeline, &inbound), (route, &request), &settle);
        let queue = Queue::new(Arc::clone(&inbound.live.waiting), inbound.caller.key.clone(), wants);
        let fetcher = Arc::clone(&inbound.live.fetcher);
        let consensus = matches!(route.policy.several.as_deref(), Some(Several::Consensus { .. }));
        let by_meaning = consensus && inbound.live.embeddings.is_some();
        let meaning = by_meaning.then(|| Box::new(Parent::of(pipeline, &inbound, &settle)));
        let mut chat = Chat::new((request, ask, inbound.headers), fetcher, parent);
        chat.goes(going);
        chat.means(meaning);
        let driver = Driver::new(chat, decided, settle, queue);
        let attempts = attempts(driver, judging, mirrored);
        Self { attempts, door, stream, shown, reason, judged, may_continue }
    }

    /// The answer: when there is one, or when a stream must be kept open until there is.
    pub(super) async fn answer(self) -> Reply {
        let Self { mut attempts, door, stream, shown, reason, judged, may_continue } = self;
        if !stream {
            return door.answer(attempts.await);
        }
        tokio::select! {
            biased;
            driven = &mut attempts => door.answer(driven),
            () = tokio::time::sleep(door.heartbeat) => {
                let said = |judged: Arc<OnceLock<HeaderValue>>| {
                    judged.get().cloned().unwrap_or(HeaderValue::from_static("judge: not heard yet"))
                };
                let reason = reason.or_else(|| judged.map(said));
                let body = LiveBody::opening(attempts, door.dialect, door.sse, door.heartbeat);
                let facts = Facts { id: Some(door.id), reason, limits: shown, may_continue, ..Facts::default() };
                Reply { facts, result: Ok(door.stream(body)), unsaid: None }
            }
        }
    }
}

/// Whether anything in the choice of a target goes by how many tokens the prompt has. Of the only one nothing is asked that
/// goes by its context; of a list it is not counted what fits whatever it is.
fn is_sized(route: &Route, wants: &Ask, request: &Request) -> bool {
    let looks = wants.weighing.is_some() || wants.controls.is_some() || route.policy.several.is_some();
    let media = [Traits::IMAGES, Traits::AUDIO, Traits::FILES].into_iter().any(|one| wants.needs.has(one));
    let listed = route.targets.len() > 1;
    let may_be_full = |(place, target): (usize, &Target)| {
        let most = || request.most_input().saturating_mul(route.filter_of(place).margin_percent) / 100;
        listed && target.context.is_some_and(|context| media || most() > context)
    };
    let counts = |target: &Target| target.endpoint.quotas.count_tokens(&target.deployment.model);
    looks || route.targets.iter().any(counts) || route.targets.iter().enumerate().any(may_be_full)
}

/// What it takes to ask judges and what a request means, and where what they led to is told.
struct Judging {
    parent: Parent,
    judged: Arc<OnceLock<HeaderValue>>,
}

/// The attempts; `judging`: who is asked first is for models to say; `mirrored`: a copy goes to somebody else when there is an
/// answer. Few routes have either, and the others do not pay for it.
fn attempts(
    mut driver: Box<Driver<Chat>>,
    judging: Option<Box<Judging>>,
    mirrored: Option<Box<Mirrored>>,
) -> Pin<Box<dyn Future<Output = Answered> + Send>> {
    if judging.is_none() && mirrored.is_none() {
        return Box::pin(async { Answered::from(driver.run().await) });
    }
    Box::pin(async move {
        if let Some(judging) = judging {
            driver.mean(&judging.parent).await;
            driver.rate(&judging.parent).await;
            // An answer that begins before there is content tells it; nobody else reads it.
            let _ = judging.judged.set(driver.reason());
        }
        let answered = Answered::from(driver.run().await);
        if let Some(mirrored) = mirrored.filter(|_| !matches!(answered, Answered::Failed(..))) {
            mirrored.send();
        }
        answered
    })
}

/// What it takes to go on with a stream elsewhere, where the route wants that.
fn going(
    inbound: &Inbound,
    (request, route): (&Request, &Arc<Route>),
    (wants, ask): (&Ask, &StreamAsk),
    parent: Option<&Parent>,
) -> Option<Box<Going>> {
    // Where nothing could mark the place, two models' words would pass for one's.
    let marks = dialect(inbound.dialect).stream_type(ask.sse).starts_with("text/event-stream");
    let goes = route.policy.continues && request.head.stream && marks;
    // What a provider or the gateway keeps is the answer of one.
    (goes && request.earlier.is_none() && ask.kept.is_none()).then(|| {
        let origin = Origin {
            route: Arc::clone(route),
            dialect: inbound.dialect,
            path: request.path.clone(),
            bytes: request.bytes.clone(),
            ask: ask.clone(),
            headers: inbound.headers.clone(),
            fetcher: Arc::clone(&inbound.live.fetcher),
            waiting: Arc::clone(&inbound.live.waiting),
            key: inbound.caller.key.clone(),
            parent: parent.cloned().map(Box::new),
        };
        Box::new(Going::new(origin, wants.clone()))
    })
}
