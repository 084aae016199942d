//! The request path as one list of stages.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use tokio_util::sync::CancellationToken;
use wye_limits::Moment;
use wye_types::error::GatewayError;
use wye_types::kept::{KeptResponse, Responses};
use wye_types::record::{Records, RequestRecord};
use wye_types::{Clock, Code, DialectId, RequestId};
use wye_wire::dialect::PathAsk;

use crate::admit;
use crate::admit::{Api, Asking};
use crate::answer::{Facts, Reply};
use crate::authenticate::Caller;
use crate::chance::Chance;
use crate::count;
use crate::decide::{Ask, decide, named, wished};
use crate::guest::Guests;
use crate::kept::{take_up, whole_input};
use crate::live::{Live, Route};
use crate::ours::{self, Ours};
use crate::parse::{Request, Wish};
use crate::pass::IdSeal;
use crate::settle::Settle;

mod door;
mod ready;

pub(crate) use door::facts;
use ready::Ready;

/// What answers are in, but for streams.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The request path. One per process.
pub struct Pipeline {
    live: ArcSwap<Live>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) chance: Arc<Chance>,
    pub(crate) records: Arc<dyn Records>,
    /// Where responses are kept, if anywhere.
    responses: Option<Arc<dyn Responses>>,
    pub(crate) stop: Arc<CancellationToken>,
    /// What ids of files and batches are sealed with.
    pub(crate) ids: IdSeal,
    /// Keys of the gateway's own pages.
    guests: Guests,
    /// Requests refused at the door that left no record.
    unrecorded: AtomicU64,
}

impl std::fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pipeline").field("live", &self.live.load().hash).finish_non_exhaustive()
    }
}

/// A request as the server received it.
#[derive(Debug)]
pub struct Inbound {
    /// The version of the configuration it was authenticated against.
    pub live: Arc<Live>,
    /// Its id.
    pub id: RequestId,
    /// When it arrived, on the monotonic clock.
    pub arrived: Duration,
    /// When its body was there, by both clocks.
    pub received: Moment,
    /// Who is asking.
    pub caller: Caller,
    /// Where the client is, where that is known.
    pub client: Option<IpAddr>,
    /// The dialect of the door it came through.
    pub dialect: DialectId,
    /// What its path says.
    pub path: PathAsk,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, decompressed.
    pub body: Bytes,
}

impl Pipeline {
    /// A pipeline over a first configuration.
    pub fn new(live: Arc<Live>, clock: Arc<dyn Clock>, chance: Chance, records: Arc<dyn Records>) -> Self {
        Self {
            live: ArcSwap::new(live),
            clock,
            chance: Arc::new(chance),
            records,
            responses: None,
            stop: Arc::default(),
            ids: IdSeal::of_this_process(),
            guests: Guests::default(),
            unrecorded: AtomicU64::new(0),
        }
    }

    /// Ids of files and batches are sealed so that other processes with the same seal understand them.
    #[must_use]
    pub fn with_id_seal(mut self, ids: IdSeal) -> Self {
        self.ids = ids;
        self
    }

    /// With a place where responses are kept.
    #[must_use]
    pub fn with_responses(mut self, responses: Arc<dyn Responses>) -> Self {
        self.responses = Some(responses);
        self
    }

    /// Where responses are kept by this configuration, if anywhere.
    #[must_use]
    pub fn responses(&self, live: &Live) -> Option<&Arc<dyn Responses>> {
        self.responses.as_ref().filter(|_| live.keeps_responses)
    }

    /// Keeps a response as its provider tells it now.
    pub fn keep_again(&self, live: &Live, kept: KeptResponse) {
        if let Some(slot) = self.responses(live).and_then(|responses| responses.reserve()) {
            slot.send(kept);
        }
    }

    /// The configuration for a request that arrives now; held until it is settled.
    #[must_use]
    pub fn live(&self) -> Arc<Live> {
        self.live.load_full()
    }

    /// Requests that arrive from now on see this configuration; running ones keep theirs.
    pub fn swap(&self, live: Arc<Live>) {
        self.live.store(live);
    }

    /// The gateway waits no longer for answers under way: streams end with an error event, and what is dropped from now
    /// on is recorded as the gateway's doing.
    pub fn stop_streams(&self) {
        self.stop.cancel();
    }

    /// The keys of the gateway's own pages.
    #[must_use]
    pub const fn guests(&self) -> &Guests {
        &self.guests
    }

    /// The injected clock.
    #[must_use]
    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// An id for a request that arrives now, which is `unix_ms` by the wall clock.
    #[must_use]
    pub fn new_id(&self, unix_ms: u64) -> RequestId {
        let chance = u128::from(self.chance.next()) << 64 | u128::from(self.chance.next());
        RequestId::v7(unix_ms, chance)
    }

    /// Answers a chat request.
    pub fn handle(&self, mut inbound: Inbound) -> impl Future<Output = Reply> + Send {
        let body = std::mem::take(&mut inbound.body);
        // An `async fn` would hold its arguments twice.
        async move {
            let mut settle = match self.admit(&inbound, &body).await {
                Ok(settle) => settle,
                Err(error) => return self.turned_away(&inbound, error),
            };
            let (ours, mut request) = match self.read(&inbound, body).await {
                Ok(read) => read,
                Err(error) => return settle.refused(error),
            };
            if request.earlier.is_some() {
                settle.tick();
            }
            settle.asked(&request);
            let route = match self.named(&inbound, &request.head.model) {
                Ok(route) => route,
                Err(error) => return settle.refused(error),
            };
            let controls = ours.controls.as_deref().cloned().map(Arc::new);
            let route = match wished((&inbound.live, &inbound.caller), route, controls.as_deref()) {
                Ok(route) => route,
                Err(error) => return settle.refused(error),
            };
            settle.record.route = Some(Arc::clone(&route.name));
            request.read_by(route.reader());
            settle.expects(&request);
            if let Err(error) = settle.heed(&ours, &route, request.asked()) {
                return settle.refused(error);
            }
            settle.record.user = admit::user(&request);
            // Without limits nobody asks how much it is.
            if settle.holding.takes(&inbound.live)
                && let Err(error) = self.take(&inbound.live, (&request.wish(), &route), &mut settle).await
            {
                return settle.refused(error);
            }
            Ready::new(self, inbound, (request, &route, controls), settle).answer().await
        }
    }

    /// Stage 2: parse. What the request asks of the gateway itself, and the rest of it with the conversation that it goes
    /// on from.
    async fn read(&self, inbound: &Inbound, body: Bytes) -> Result<(Ours, Request), GatewayError> {
        let mut request = Request::parse(inbound.dialect, inbound.path.clone(), body)?;
        let ours = request.take_ours(&inbound.headers)?;
        if request.dialect.id() == DialectId::OpenAiResponses {
            let from = (&*inbound.live, &inbound.caller);
            // Held apart: few wait here, and every request would carry the room for it.
            request = Box::pin(take_up(self.responses.as_ref(), from, request)).await?;
        }
        Ok((ours, request))
    }

    /// Answers a request to count tokens.
    pub async fn count(&self, mut inbound: Inbound) -> Reply {
        let body = std::mem::take(&mut inbound.body);
        let mut settle = match self.admit(&inbound, &body).await {
            Ok(settle) => settle,
            Err(error) => return self.turned_away(&inbound, error),
        };
        let parsed = async {
            let (_, body) = ours::taken(&inbound.headers, body)?;
            let body =
                whole_input(self.responses.as_ref(), (&inbound.live, &inbound.caller), inbound.dialect, body);
            Request::parse_count(inbound.dialect, inbound.path.clone(), body.await?)
        };
        let mut request = match parsed.await {
            Ok(request) => request,
            Err(error) => return settle.refused(error),
        };
        settle.asked(&request);
        match self.named(&inbound, &request.head.model) {
            Ok(route) => {
                settle.record.route = Some(Arc::clone(&route.name));
                request.read_by(route.reader());
                settle.expects(&request);
                let decided = decide(&route, &Ask::default(), request.estimate(), settle.moment());
                Box::pin(count::count(&request, &decided, settle, &inbound.headers)).await
            }
            Err(error) => settle.refused(error),
        }
    }

    /// Records a request that the server refused before it had its body. Only places that requests which are served can
    /// spare are taken, so that whoever floods the door with refused ones keeps nobody else out; where there is none, the
    /// refusal is counted instead.
    pub fn refused_at_door(
        &self,
        (id, arrived, client): (RequestId, Duration, Option<IpAddr>),
        dialect: DialectId,
        caller: &Caller,
        error: &GatewayError,
    ) {
        let Some(slot) = self.records.reserve_spare() else {
            let count = self.unrecorded.fetch_add(1, Ordering::Relaxed) + 1;
            // A flood of refusals must not become one of log lines.
            if count.is_power_of_two() {
                tracing::warn!(
                    count,
                    "refused requests have left no record: the queue of records has none to spare"
                );
            }
            return;
        };
        slot.send(RequestRecord {
            id,
            at_ms: self.clock.unix_ms(),
            dialect,
            client,
            key: caller.name(),
            team: caller.key.as_ref().and_then(|key| key.team.clone()),
            status: error.http_status(),
            code: Some(error.code),
            total: self.clock.mono().saturating_sub(arrived),
            ..RequestRecord::default()
        });
    }

    /// How many requests refused at the door have left no record.
    #[must_use]
    pub fn unrecorded(&self) -> u64 {
        self.unrecorded.load(Ordering::Relaxed)
    }

    /// Stage 3: admit. The place in the record queue is taken here, so that settling never waits and never loses. Who is
    /// over a limit of requests takes none, and is recorded while there are places to spare.
    pub(crate) async fn admit(&self, inbound: &Inbound, body: &Bytes) -> Result<Box<Settle>, GatewayError> {
        self.admit_to(Api::Dialect(inbound.dialect), inbound, body).await
    }

    /// The same for who calls something that need not be a dialect.
    pub(crate) async fn admit_to(
        &self,
        api: Api,
        inbound: &Inbound,
        body: &Bytes,
    ) -> Result<Box<Settle>, GatewayError> {
        let caller = &inbound.caller;
        let mut now = inbound.received;
        let entered = admit::enter(caller, api, (&*self.clock, &mut now))
            .await
            .and_then(|holding| Ok((holding, admit::all_tags(caller, &inbound.headers)?)));
        let (holding, tags) = entered.inspect_err(|error| {
            self.refused_at_door(
                (inbound.id, inbound.arrived, inbound.client),
                inbound.dialect,
                caller,
                error,
            );
        })?;
        let Some(slot) = self.records.reserve() else {
            let mut error = GatewayError::new(
                Code::GatewayOverloaded,
                "the gateway cannot record any more requests at the moment; try again shortly",
            );
            error.retry_after = Some(Duration::from_secs(1));
            return Err(error);
        };
        let record = RequestRecord {
            id: inbound.id,
            at_ms: inbound.received.unix_ms,
            dialect: inbound.dialect,
            key: caller.name(),
            team: caller.key.as_ref().and_then(|key| key.team.clone()),
            tags,
            client: inbound.client,
            request_bytes: body.len() as u64,
            ..RequestRecord::default()
        };
        let times = (inbound.arrived, inbound.received);
        let clock = Arc::clone(&self.clock);
        let mut settle = Settle::new(record, clock, times, (slot, holding), Arc::clone(&self.stop));
        settle.capture = inbound.live.capturing.begin(body, || self.chance.next());
        Ok(settle)
    }

    /// The answer to a request that was not let in.
    pub(crate) fn turned_away(&self, inbound: &Inbound, error: GatewayError) -> Reply {
        let limits = admit::shown_to(&inbound.caller, Moment::of(&*self.clock));
        Reply {
            facts: Facts { id: Some(inbound.id), limits, ..Facts::default() },
            result: Err(error),
            unsaid: None,
        }
    }

    /// The route that a request names, if its client may name it.
    pub(crate) fn named(&self, inbound: &Inbound, asked: &str) -> Result<Arc<Route>, GatewayError> {
        named((&inbound.live, &inbound.caller), asked)
    }

    /// Takes tokens and money for a request, now that it is known for what and for whom.
    pub(crate) async fn take(
        &self,
        live: &Live,
        asked: (&Wish, &Route),
        settle: &mut Settle,
    ) -> Result<(), GatewayError> {
        let record = &settle.record;
        let asking = Asking { tags: &record.tags, user: record.user.as_deref() };
        settle.holding.take(live, asked, asking, (&*self.clock, &mut settle.at)).await
    }
}
