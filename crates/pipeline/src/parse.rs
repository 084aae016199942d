//! Stage 2: parse, lazily. One scan gives the head; the IR is built once, when something needs it.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::HeaderMap;
use wye_profile::tokens::Reader;
use wye_types::chat::ChatRequest;
use wye_types::error::GatewayError;
use wye_types::usage::Units;
use wye_types::{Code, DialectId, Kind, Usage};
use wye_wire::dialect::PathAsk;
use wye_wire::scan::{Head, TopLevel};
use wye_wire::{Dialect, RequestError, dialect};

use crate::kept::Earlier;
use crate::ours::{self, Ours};

mod input;

pub(crate) use input::Input;

/// The longest name of a model, in bytes.
const LONGEST_NAME: usize = 512;
/// Tokens of an answer where the request sets no limit, and the most that is reckoned with where it does.
const USUAL_OUTPUT: u64 = 512;
const MOST_OUTPUT: u64 = 4096;

/// A client's request.
pub(crate) struct Request {
    pub(crate) dialect: &'static dyn Dialect,
    pub(crate) path: PathAsk,
    pub(crate) bytes: Bytes,
    pub(crate) head: Head,
    /// Boxed: most requests are never read, and all of them are moved.
    chat: OnceLock<Result<Box<ChatRequest>, RequestError>>,
    count: bool,
    /// What it gives a model to read.
    input: Arc<Input>,
    /// What it goes on from; its `input` is the whole conversation then.
    pub(crate) earlier: Option<Box<Earlier>>,
    /// Its `input` without that of earlier requests, if that is another.
    own_input: Option<Bytes>,
}

/// What a request is thought to use, before anybody knows. It is what limits and budgets reserve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Estimate {
    /// Tokens of the prompt, as estimated for the family of the route's first target.
    pub(crate) input: u64,
    /// Tokens of the answer: what the request allows, at most 4096; 512 where it says nothing.
    pub(crate) output: u64,
}

/// What a request wants of its client's limits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish {
    pub(crate) kind: Kind,
    /// What it is thought to use.
    pub(crate) estimate: Estimate,
    /// What it may use.
    pub(crate) at_most: Estimate,
    /// What it will use that is not counted in tokens, as far as it says.
    pub(crate) units: Units,
}

impl Estimate {
    /// Both together.
    pub(crate) const fn total(self) -> u64 {
        self.input.saturating_add(self.output)
    }

    /// As the usage it would be.
    pub(crate) fn usage(self) -> Usage {
        Usage { input: self.input, output: self.output, ..Usage::default() }
    }
}

impl Request {
    /// Scans a chat request.
    pub(crate) fn parse(id: DialectId, path: PathAsk, bytes: Bytes) -> Result<Self, GatewayError> {
        let dialect = dialect(id);
        let head = match dialect.scan(&bytes, &path) {
            Ok(head) => head,
            Err(error) => {
                let named = ours::with_first_model(&bytes).ok_or_else(|| invalid(&error))?;
                return Self::parse(id, path, named);
            }
        };
        fit_name(&head.model)?;
        let input = Arc::new(Input::of(bytes.clone(), Reader::UNKNOWN));
        let (chat, earlier, own_input) = (OnceLock::new(), None, None);
        Ok(Self { dialect, path, bytes, head, chat, count: false, input, earlier, own_input })
    }

    /// The same request with the conversation that it goes on from before its own input.
    pub(crate) fn going_on(&self, bytes: Bytes, earlier: Earlier) -> Result<Self, GatewayError> {
        let own_input = Some(self.own_input());
        let whole = Self::parse(self.dialect.id(), self.path.clone(), bytes)?;
        Ok(Self { earlier: Some(Box::new(earlier)), own_input, ..whole })
    }

    /// Its own `input`, as it came.
    pub(crate) fn own_input(&self) -> Bytes {
        let input = || self.head.top.span("input").map(|span| self.bytes.slice(span));
        self.own_input.clone().or_else(input).unwrap_or_default()
    }

    /// Reads a request to count tokens, which is a chat request that may lack some fields.
    pub(crate) fn parse_count(id: DialectId, path: PathAsk, bytes: Bytes) -> Result<Self, GatewayError> {
        let dialect = dialect(id);
        let chat = dialect.read_count_request(&bytes, &path).map_err(|error| invalid(&error))?;
        fit_name(&chat.model)?;
        let head = Head { model: chat.model.clone(), ..Head::default() };
        let top = TopLevel::scan(&bytes).unwrap_or_default();
        // Gemini's way to count what has more than messages.
        let nested = top.span("generateContentRequest").map(|span| bytes.slice(span));
        let input = Arc::new(Input::whole(nested.unwrap_or_else(|| bytes.clone()), Reader::UNKNOWN));
        let (chat, earlier, own_input) = (OnceLock::from(Ok(Box::new(chat))), None, None);
        Ok(Self { dialect, path, bytes, head, chat, count: true, input, earlier, own_input })
    }

    /// Reads what it asks of the gateway itself, and forgets the fields that do.
    pub(crate) fn take_ours(&mut self, headers: &HeaderMap) -> Result<Ours, GatewayError> {
        let (mut ours, left) = ours::read(headers, &self.head.top, &self.bytes)?;
        if let Some(controls) = &mut ours.controls {
            // Who lists all that may answer lists the first one, too.
            controls.models.retain(|model| **model != *self.head.model);
        }
        if let Some(left) = left {
            *self = Self::parse(self.dialect.id(), std::mem::take(&mut self.path), left)?;
        }
        Ok(ours)
    }

    /// Its fields, its bytes and the name of the model.
    pub(crate) fn asked(&self) -> (&TopLevel, &[u8], &str) {
        (&self.head.top, &self.bytes, &self.head.model)
    }

    /// What it will use is estimated as the model counts that is expected to read it.
    pub(crate) fn read_by(&mut self, reader: Reader) {
        self.input.read_by(reader);
    }

    /// What it gives a model to read.
    pub(crate) const fn input(&self) -> &Arc<Input> {
        &self.input
    }

    /// More tokens than its prompt has, whatever is in it but for pictures.
    pub(crate) fn most_input(&self) -> u64 {
        self.input.at_most()
    }

    /// What it wants of its client's limits.
    pub(crate) fn wish(&self) -> Wish {
        Wish { kind: Kind::Chat, estimate: self.estimate(), at_most: self.at_most(), units: Units::default() }
    }

    /// What it is thought to use. Its prompt is counted for that, once.
    pub(crate) fn estimate(&self) -> Estimate {
        let input = if self.count { self.input.tokens() } else { self.input.tokens_of(&self.head.top) };
        Estimate { input, ..self.guess() }
    }

    /// The same where nothing depends on it: by the length of its body, unless its prompt is counted already.
    pub(crate) fn guess(&self) -> Estimate {
        let output = self.head.max_tokens.map_or(USUAL_OUTPUT, |most| most.min(MOST_OUTPUT));
        Estimate { input: self.input.guess(), output }
    }

    /// What it may use: as [`Self::estimate`], but for all of the answer that it allows.
    pub(crate) fn at_most(&self) -> Estimate {
        Estimate { output: self.most_output(), ..self.estimate() }
    }

    /// Tokens of the answer that it allows; the usual ones where it says nothing.
    pub(crate) fn most_output(&self) -> u64 {
        self.head.max_tokens.unwrap_or(USUAL_OUTPUT)
    }

    /// The request in the IR.
    pub(crate) fn chat(&self) -> Result<&ChatRequest, GatewayError> {
        debug_assert!(!self.count || self.chat.get().is_some(), "a count request is read when parsed");
        let read = || self.dialect.read_request(&self.bytes, &self.path).map(Box::new);
        self.chat.get_or_init(read).as_deref().map_err(invalid)
    }
}

/// Names are compared with every known one, and stand in records and errors.
pub(crate) fn fit_name(model: &str) -> Result<(), GatewayError> {
    if model.len() <= LONGEST_NAME {
        return Ok(());
    }
    let message = format!("`model` is {} bytes long; names have at most {LONGEST_NAME}", model.len());
    Err(GatewayError::new(Code::CallerInvalidRequest, message).param("model"))
}

pub(crate) fn invalid(error: &RequestError) -> GatewayError {
    let code = if error.syntax { Code::CallerInvalidJson } else { Code::CallerInvalidRequest };
    let made = GatewayError::new(code, error.message.clone());
    match &error.param {
        Some(param) => made.param(param.clone()),
        None => made,
    }
}
