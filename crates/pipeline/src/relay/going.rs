//! What it takes to go on with a stream that broke: the request as it came, and the text that the client has been sent.
//!
//! Another model is shown the conversation with that text as its own last words, and is asked to go on. Not every dialect lets
//! an answer be begun for the model, so that the wish is put in words, which all understand. Only text can be gone on with:
//! never calls of tools, thoughts, seals, or an answer that follows a schema.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use wye_types::chat::{Message, OutputFormat, Role};
use wye_types::{DeploymentId, DialectId};
use wye_wire::dialect;
use wye_wire::dialect::{PathAsk, StreamAsk, WriteOptions};

use crate::attempt::chat::{Answered, Chat};
use crate::attempt::{Driver, Queue};
use crate::client::KeyPolicy;
use crate::decide::{Ask, decide};
use crate::fetch::Fetcher;
use crate::inner::Parent;
use crate::live::Route;
use crate::parse::Request;
use crate::settle::Settle;
use crate::wait::Waiting;

/// How often a stream may go on.
const MOST_TIMES: u32 = 2;
/// The longest text that is gone on with, in bytes.
const MOST_TEXT: usize = 1 << 20;

/// What the next model is asked.
const GO_ON: &str = "Your last message was cut off. Go on from exactly where it stops, in the middle of the word if it stops \
     there. Repeat nothing of it, add no greeting and no remark.";

/// Attempts under way.
pub(crate) type Attempts = Pin<Box<dyn Future<Output = Answered> + Send>>;

/// What a request is made of once more.
pub(crate) struct Origin {
    pub(crate) route: Arc<Route>,
    pub(crate) dialect: DialectId,
    pub(crate) path: PathAsk,
    pub(crate) bytes: Bytes,
    pub(crate) ask: StreamAsk,
    pub(crate) headers: HeaderMap,
    pub(crate) fetcher: Arc<Fetcher>,
    pub(crate) waiting: Arc<Waiting>,
    pub(crate) key: Option<Arc<KeyPolicy>>,
    /// What calls for its sake need, where its route makes some.
    pub(crate) parent: Option<Box<Parent>>,
}

/// A stream that may go on elsewhere, and its text so far.
#[derive(Clone)]
pub(crate) struct Going {
    origin: Arc<Origin>,
    /// What is asked of each decision, with what judges said of the request.
    wants: Ask,
    text: String,
    too_long: bool,
    /// How often it went on.
    pub(crate) times: u32,
}

impl Going {
    pub(crate) fn new(origin: Origin, wants: Ask) -> Self {
        Self { origin: Arc::new(origin), wants, text: String::new(), too_long: false, times: 0 }
    }

    /// Judges were asked: their word holds for whoever goes on, too.
    pub(crate) fn rated(&mut self, wants: &Ask) {
        self.wants.clone_from(wants);
    }

    /// More of its text came.
    pub(crate) fn note(&mut self, text: &str) {
        self.too_long |= self.text.len().saturating_add(text.len()) > MOST_TEXT;
        if !self.too_long {
            self.text.push_str(text);
        }
    }

    /// The request for the rest; `None` if it cannot be asked for.
    pub(crate) fn request(&self) -> Option<Request> {
        if self.times >= MOST_TIMES || self.too_long || self.text.trim().is_empty() {
            return None;
        }
        let Origin { dialect: id, path, bytes, .. } = &*self.origin;
        let request = Request::parse(*id, path.clone(), bytes.clone()).ok()?;
        let mut chat = request.chat().ok()?.clone();
        if chat.format != OutputFormat::Text || chat.sampling.choices.is_some_and(|choices| choices > 1) {
            return None;
        }
        chat.messages.push(Message::text(Role::Assistant, self.text.clone()));
        chat.messages.push(Message::text(Role::User, GO_ON));
        let options = WriteOptions { model: request.head.model.clone(), ..WriteOptions::default() };
        let body = dialect(*id).write_request(&chat, &options).body;
        let mut request = Request::parse(*id, path.clone(), body.into()).ok()?;
        request.read_by(self.origin.route.reader());
        Some(request)
    }

    /// Asks the route's other targets for the rest.
    pub(crate) fn attempts(mut self, request: Request, settle: Box<Settle>) -> Attempts {
        self.times += 1;
        let origin = Arc::clone(&self.origin);
        let mut decided = decide(&origin.route, &self.wants, request.estimate(), settle.moment());
        let gone: Vec<Arc<DeploymentId>> =
            settle.record.attempts.iter().map(|attempt| Arc::clone(&attempt.deployment)).collect();
        decided.leave_out(|target| gone.contains(&target.deployment));
        let queue = Queue::new(Arc::clone(&origin.waiting), origin.key.clone(), self.wants.clone());
        let queue = queue.without(gone);
        let asked = (request, origin.ask.clone(), origin.headers.clone());
        let fetcher = Arc::clone(&origin.fetcher);
        let mut chat = Chat::new(asked, fetcher, origin.parent.clone());
        chat.goes(Some(Box::new(self)));
        let driver = Driver::new(chat, decided, settle, queue);
        Box::pin(async { Answered::from(driver.run().await) })
    }
}
