//! Where a chat request would go, without sending it: it is read and decided about as any other, but nothing is reserved,
//! nobody is called, and no record is made. What its client's limits would say of it is not asked.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use wye_limits::Moment;
use wye_routing::quality::Leaning;
use wye_types::error::GatewayError;
use wye_types::record::DecisionRecord;
use wye_types::record::decision::Mode;
use wye_types::{Code, DeploymentId, DialectId};
use wye_wire::dialect::{PathAsk, StreamAsk};

use crate::admit::{self, Holding};
use crate::attempt::chat::Chat;
use crate::attempt::{Job, Several, would_compare};
use crate::authenticate::Caller;
use crate::decide::{Ask, decide, grams, named, newest_text, wished};
use crate::free;
use crate::live::Live;
use crate::parse::Request;
use crate::pipeline::Pipeline;

/// A request that is asked about.
#[derive(Debug)]
pub struct Question {
    /// The configuration that it is asked of.
    pub live: Arc<Live>,
    /// The name of the client key that would send it; `None`: whoever may without one.
    pub key: Option<String>,
    /// The dialect of the door it would come through.
    pub dialect: DialectId,
    /// What its path would say.
    pub path: PathAsk,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// Whether the letters are wanted that weighed most. They are read again for that.
    pub grams: bool,
}

/// Where it would go.
#[derive(Debug)]
pub struct Explained {
    /// The name it asks for.
    pub asked: String,
    /// The route that name means.
    pub route: Arc<str>,
    /// The route whose judge would be asked first; the decision is what holds where that says nothing.
    pub judge: Option<Arc<str>>,
    /// Who would be asked together, and their answers compared; empty: one is asked after another.
    pub members: Vec<Arc<DeploymentId>>,
    /// The decision.
    pub decision: DecisionRecord,
    /// The runs of letters that weighed most in what it is thought to be about, and in how hard; none where nobody asked
    /// that.
    pub grams: Vec<Gram>,
}

/// A run of letters, and what it weighed.
#[derive(Debug, Clone, PartialEq)]
pub struct Gram {
    /// The head that it weighed in: a category's name, or `difficulty`.
    pub head: &'static str,
    /// The letters, as they were read: lower case, one blank for many.
    pub text: String,
    /// What it added to the head's sum; below nought, it spoke against it.
    pub weight: f32,
}

impl Pipeline {
    /// Where a chat request would go if it were sent now, and why.
    ///
    /// # Errors
    /// What its client would be told: that it is no request, that its key may not send it, that there is no such model.
    pub fn explain(&self, question: Question) -> Result<Explained, GatewayError> {
        let Question { live, key, dialect, path, headers, body, grams: wants_grams } = question;
        let caller = caller(&live, key)?;
        admit::may_speak(&caller, dialect)?;
        let mut request = Request::parse(dialect, path, body)?;
        let ours = request.take_ours(&headers)?;
        let asked = request.head.model.clone();
        let controls = ours.controls.as_deref().cloned().map(Arc::new);
        let route = wished((&live, &caller), named((&live, &caller), &asked)?, controls.as_deref())?;
        request.read_by(route.reader());
        let now = Moment::of(self.clock());
        let tags = admit::all_tags(&caller, &headers)?;
        let mut holding = Holding::imagined(&live, &caller, &tags, now)?;
        if ours.free_only {
            holding.must_be_free();
        }
        if holding.is_free_only() {
            free::check(&route, request.asked())?;
        }
        let whose = caller.key.as_deref().map_or("", |key| &key.name);
        let ask =
            Ask::chat(&holding, (&request, &route, controls), whose, (&live.fleet, || self.chance.next()));
        let estimate = request.estimate();
        let mut decided = decide(&route, &ask, estimate, now);
        let judge = decided.needs.clone();
        let about = ask.weighing.as_deref().and_then(|weighing| weighing.leaning.as_ref()).map(Leaning::top);
        let grams =
            about.filter(|_| wants_grams).map(|category| grams(&request, category)).unwrap_or_default();
        let alone = ask.controls.as_deref().is_some_and(|controls| controls.no_hedge);
        let several = route.policy.several.as_deref().filter(|_| !alone);
        let chat = Chat::new((request, StreamAsk::default(), headers), Arc::clone(&live.fetcher), None);
        let compared = several.map(|several| chat.comparable(several, &route.name)).transpose();
        let compared = compared.map_err(|error| *error)?.flatten();
        let members = match several.filter(|_| compared.is_some()) {
            Some(several) => would_compare(several, &mut decided, estimate),
            None => Vec::new(),
        };
        let mut decision = decided.explained(&ask, estimate);
        if !members.is_empty() {
            let verified = matches!(several, Some(Several::Verified { .. }));
            decision.mode = if verified { Mode::Verified } else { Mode::Consensus };
        }
        Ok(Explained { route: Arc::clone(&route.name), asked, judge, members, decision, grams })
    }
}

/// The newest words of the user in a request, as far as it can be read: as many as say what it is about.
#[must_use]
pub fn newest_words(dialect: DialectId, body: Bytes) -> Option<String> {
    /// Characters that are kept of it; no guess reads more.
    const KEPT: usize = 4000;
    let request = Request::parse(dialect, PathAsk::default(), body).ok()?;
    let text = newest_text(request.chat().ok()?);
    Some(text.chars().take(KEPT).collect()).filter(|text: &String| !text.is_empty())
}

/// The client that would send it.
fn caller(live: &Live, key: Option<String>) -> Result<Caller, GatewayError> {
    let Some(name) = key else {
        if live.keys.is_open() {
            return Ok(Caller::default());
        }
        let message = "clients need a key here; write the name of the client key that would send it";
        return Err(GatewayError::new(Code::CallerUnauthenticated, message).param("key"));
    };
    let named = live.keys.named(&name).cloned().ok_or_else(|| {
        let message = format!("there is no client key named `{name}`");
        GatewayError::new(Code::CallerInvalidRequest, message).param("key")
    });
    Ok(Caller { key: Some(named?) })
}
