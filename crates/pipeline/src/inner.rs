//! The one way in which the gateway calls a model for itself on the way to an answer: to have an image described, a
//! question judged. Such a call is made for a client's request and paid by that client; it has a record of its own, which
//! names the request, and makes no such calls itself.

mod embed;

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::HeaderMap;
use tokio_util::sync::CancellationToken;
use wye_limits::Moment;
use wye_types::chat::{BlockKind, ChatRequest};
use wye_types::error::GatewayError;
use wye_types::record::{InnerCall, Purpose, Records, RequestRecord};
use wye_types::{Clock, Code, DialectId, RequestId};
use wye_wire::dialect;
use wye_wire::dialect::{PathAsk, StreamAsk, WriteOptions};

use crate::admit::Holding;
use crate::attempt::chat::{Answered, Chat, Whole};
use crate::attempt::{Driver, Queue};
use crate::authenticate::Caller;
use crate::chance::Chance;
use crate::decide::{Ask, decide};
use crate::live::{Live, Route};
use crate::parse::Request;
use crate::pipeline::{Inbound, Pipeline};
use crate::settle::Settle;

/// The dialect that such calls are made in; a target that speaks another is asked in its own.
const DIALECT: DialectId = DialectId::OpenAiChat;

/// The request that a call is made for, and what a call needs of the gateway.
#[derive(Clone)]
pub(crate) struct Parent {
    pub(crate) live: Arc<Live>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) chance: Arc<Chance>,
    pub(crate) records: Arc<dyn Records>,
    pub(crate) stop: Arc<CancellationToken>,
    pub(crate) caller: Caller,
    /// What of its record that of the call shares.
    pub(crate) id: RequestId,
    pub(crate) tags: Vec<Arc<str>>,
    pub(crate) user: Option<String>,
    /// Whether nothing that is called for it may cost anything.
    pub(crate) free_only: bool,
    /// Whether it is nobody's request, but what an operator tries.
    pub(crate) tried: bool,
}

impl Parent {
    /// A request, as far as it is recorded.
    pub(crate) fn of(pipeline: &Pipeline, inbound: &Inbound, settle: &Settle) -> Self {
        let record = &settle.record;
        Self {
            free_only: settle.holding.is_free_only(),
            tried: false,
            live: Arc::clone(&inbound.live),
            clock: Arc::clone(&pipeline.clock),
            chance: Arc::clone(&pipeline.chance),
            records: Arc::clone(&pipeline.records),
            stop: Arc::clone(&pipeline.stop),
            caller: inbound.caller.clone(),
            id: inbound.id,
            tags: record.tags.clone(),
            user: record.user.clone(),
        }
    }

    /// Asks the targets of a route in their order, and gives the text of the answer. The request's `model` is set here.
    /// Boxed, because the request that it is made for waits for it in a future of the same kind.
    pub(crate) fn call(
        &self,
        purpose: Purpose,
        route: &Arc<Route>,
        chat: ChatRequest,
    ) -> BoxFuture<'_, Result<String, GatewayError>> {
        let route = Arc::clone(route);
        Box::pin(self.ask(purpose, route, chat))
    }

    async fn ask(
        &self,
        purpose: Purpose,
        route: Arc<Route>,
        chat: ChatRequest,
    ) -> Result<String, GatewayError> {
        let options = WriteOptions { model: route.name.to_string(), ..WriteOptions::default() };
        let body = Bytes::from(dialect(DIALECT).write_request(&chat, &options).body);
        let mut request = Request::parse(DIALECT, PathAsk::default(), body)?;
        request.read_by(route.reader());
        let mut settle = self.begin(purpose, &route, &request)?;
        let asked = (&request.wish(), &*route);
        let asking = crate::admit::Asking { tags: &self.tags, user: self.user.as_deref() };
        let taken = settle.holding.take(&self.live, asked, asking, (&*self.clock, &mut settle.at)).await;
        if let Err(error) = taken {
            settle.end(error.http_status(), Some(error.code));
            return Err(error);
        }
        // A judge on the way is not asked, and the rules choose: who is asked for a request asks nobody for it.
        let from = (&self.live.fleet, || self.chance.next());
        let wants = Ask::chat(&settle.holding, (&request, &route, None), "", from);
        let mut decided = decide(&route, &wants, request.estimate(), settle.moment());
        decided.tell(&mut settle.record);
        let queue = Queue::new(Arc::clone(&self.live.waiting), self.caller.key.clone(), wants);
        let ask = StreamAsk { fallback_id: self.id.to_string(), sse: true, ..StreamAsk::default() };
        let job = Chat::new((request, ask, HeaderMap::new()), Arc::clone(&self.live.fetcher), None);
        match Answered::from(Box::pin(Driver::new(job, decided, settle, queue).run()).await) {
            Answered::Whole(settle, whole) => text(settle, &whole),
            Answered::Failed(mut settle, failed) => {
                settle.end(failed.error.http_status(), Some(failed.error.code));
                Err(failed.error)
            }
            Answered::Stream(_) | Answered::Told(..) => {
                Err(GatewayError::new(Code::GatewayInternal, "a stream came that was not asked for"))
            }
        }
    }

    /// The guard of such a call, with its record begun.
    pub(crate) fn begin(
        &self,
        purpose: Purpose,
        route: &Route,
        request: &Request,
    ) -> Result<Box<Settle>, GatewayError> {
        let mut settle = self.begins(purpose, route, (request.dialect.id(), request.bytes.len()))?;
        settle.asked(request);
        settle.expects(request);
        Ok(settle)
    }

    /// The same before it is told what is asked. Copies that nobody waits for take no place of a client's.
    fn begins(
        &self,
        purpose: Purpose,
        route: &Route,
        (dialect, bytes): (DialectId, usize),
    ) -> Result<Box<Settle>, GatewayError> {
        let full =
            || GatewayError::new(Code::GatewayOverloaded, "the gateway cannot record any more requests");
        let slot = match purpose {
            Purpose::Mirror => self.records.reserve_spare(),
            _ => self.records.reserve(),
        };
        let slot = slot.ok_or_else(full)?;
        let now = Moment::of(&*self.clock);
        let chance = u128::from(self.chance.next()) << 64 | u128::from(self.chance.next());
        let id = RequestId::v7(now.unix_ms, chance);
        // What an operator tries is made for nobody's request: it is its own.
        let parent = if self.tried { id } else { self.id };
        let record = RequestRecord {
            id,
            at_ms: now.unix_ms,
            dialect,
            key: self.caller.name(),
            team: self.caller.key.as_ref().and_then(|key| key.team.clone()),
            tags: self.tags.clone(),
            user: self.user.clone(),
            route: Some(Arc::clone(&route.name)),
            request_bytes: bytes as u64,
            inner: Some(InnerCall { parent, purpose }),
            ..RequestRecord::default()
        };
        let mut holding = Holding::of(&self.caller);
        if self.free_only {
            holding.must_be_free();
        }
        let clock = Arc::clone(&self.clock);
        Ok(Settle::new(record, clock, (now.mono, now), (slot, holding), Arc::clone(&self.stop)))
    }
}

/// The text of an answer, and the end of its call.
fn text(mut settle: Box<Settle>, whole: &Whole) -> Result<String, GatewayError> {
    settle.whole_content(whole.body.len() as u64);
    if let Some(usage) = whole.usage {
        settle.usage(usage);
    }
    let said = dialect(DIALECT).read_response(&whole.body).ok().and_then(|answer| {
        let blocks = answer.choices.into_iter().next()?.content.into_iter();
        let texts = blocks.filter_map(|block| match block.kind {
            BlockKind::Text(text) => Some(text),
            _ => None,
        });
        Some(texts.collect::<String>().trim().to_owned()).filter(|text| !text.is_empty())
    });
    let error = || GatewayError::new(Code::ProviderBadAnswer, "the model called for it gave no text");
    let result = said.ok_or_else(error);
    match &result {
        Ok(_) => settle.end(200, None),
        Err(error) => settle.end(error.http_status(), Some(error.code)),
    }
    result
}
