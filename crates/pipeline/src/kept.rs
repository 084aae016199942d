//! Responses that are kept: what a request goes on from, and what is kept of its answer.
//!
//! The read of an earlier conversation is the one wait for a database on the request path; only requests that name a
//! response pay for it. A provider that keeps the response itself is asked by its id, for the account that has it;
//! every other target is sent the whole conversation.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use sha2::{Digest, Sha256};
use wye_types::error::{GatewayError, UpstreamError};
use wye_types::kept::{KeepSlot, KeptError, KeptResponse, Responses};
use wye_types::{Code, DialectId};
use wye_wire::dialect::{KeptAs, StreamAsk};
use wye_wire::openai_responses::kept;
use wye_wire::patch::Patch;
use wye_wire::scan::TopLevel;

mod ask;

pub use ask::{About, ask};

use crate::authenticate::Caller;
use crate::live::{Account, Endpoint, Live, Target};
use crate::parse::{Request, invalid};
use crate::settle::Settle;

/// The field that names what a request goes on from.
const PREVIOUS: &str = "previous_response_id";

/// What clients are told whose response is not kept although they want it to be.
const NO_PLACE: &str =
    "store: this response is not kept, too many wait to be written; send it back in `input`";

/// What a request goes on from.
pub(crate) struct Earlier {
    /// The response's id.
    previous: String,
    /// The request as the client sent it, for the account of the provider that keeps the response itself.
    native: Option<(Box<Request>, Arc<KeptResponse>)>,
    /// The conversation without thoughts that bear no seal, where there are some.
    sealed: Option<String>,
    /// Whether the provider turned out not to keep it.
    forgotten: AtomicBool,
}

impl Earlier {
    /// The request as the client sent it, if a target's provider keeps what it goes on from; and for which account.
    pub(crate) fn native(&self, target: &Target) -> Option<(&Request, usize)> {
        let (request, kept) = self.native.as_ref().filter(|_| !self.forgotten.load(Ordering::Relaxed))?;
        let deployment = kept.deployment.as_deref()?;
        let endpoint = &target.endpoint;
        if deployment.provider != endpoint.id
            || target.wire(DialectId::OpenAiResponses).dialect != DialectId::OpenAiResponses
        {
            return None;
        }
        let account = endpoint.accounts.iter().position(|account| fingerprint(account) == kept.account)?;
        Some((request, account))
    }

    /// Whether an error says that the provider does not keep what the request goes on from; then it is sent everything.
    pub(crate) fn is_refused(&self, error: &UpstreamError) -> bool {
        let named = error.param.as_deref() == Some(PREVIOUS)
            || error.code.as_deref() == Some("previous_response_not_found");
        let refused = named && matches!(error.status, 400 | 404);
        self.forgotten.fetch_or(refused, Ordering::Relaxed);
        refused
    }

    /// Puts targets whose provider keeps the response first, the deployment that gave it before all.
    pub(crate) fn prefer(&self, targets: &[Target], order: &mut [usize]) {
        let Some((_, kept)) = &self.native else { return };
        order.sort_by_key(|place| {
            let target = targets.get(*place);
            let native = target.is_some_and(|target| self.native(target).is_some());
            let same = target.is_some_and(|target| Some(&target.deployment) == kept.deployment.as_ref());
            (!native, !same)
        });
    }

    /// The conversation for a target that speaks Responses and keeps none of it, where it differs.
    pub(crate) fn sealed(&self) -> Option<&str> {
        self.sealed.as_deref()
    }
}

/// Tells an account from others without giving away its key.
fn fingerprint(account: &Account) -> String {
    let key = account.secret.as_ref().map_or("", |secret| secret.expose());
    let digest = Sha256::digest(key.as_bytes());
    digest[..6].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// To whom responses belong.
#[must_use]
pub fn owner(caller: &Caller) -> &str {
    caller.key.as_ref().map_or("", |key| &key.name)
}

/// A conversation that a request goes on from.
struct Found {
    previous: String,
    /// The request with all of it.
    body: Bytes,
    sealed: Option<String>,
    /// The last response, if its provider keeps it.
    upstream: Option<Arc<KeptResponse>>,
}

/// Looks for what a request goes on from; `None` if that is nothing that is kept here.
async fn look(
    responses: Option<&Arc<dyn Responses>>,
    (live, caller): (&Live, &Caller),
    (body, top): (&Bytes, &TopLevel),
) -> Result<Option<Found>, GatewayError> {
    let Some(responses) = responses.filter(|_| live.keeps_responses) else { return Ok(None) };
    let id = top.get::<String>(body, PREVIOUS, "a string").map_err(|error| invalid(&error))?;
    let Some(id) = id else { return Ok(None) };
    if top.raw(body, "conversation").is_some() {
        let message = "`conversation` and `previous_response_id` exclude each other; send one of them";
        return Err(GatewayError::new(Code::CallerInvalidRequest, message).param("conversation"));
    }
    let most = usize::try_from(live.body_limit).unwrap_or(usize::MAX);
    let all = responses.conversation(owner(caller), &id, most).await;
    let all = all.map_err(|error| told(&error).param(PREVIOUS))?;
    let earlier: Vec<(&[u8], &[u8])> = all.iter().map(|kept| (&kept.input[..], &kept.response[..])).collect();
    let kept::Continued { input, sealed } = kept::continued(&earlier, top.raw(body, "input"));
    let mut patch = Patch::new();
    patch.set("input", input);
    patch.remove(PREVIOUS);
    let body = patch.apply(body, top).into();
    let upstream = all.last().filter(|kept| kept.upstream).cloned();
    Ok(Some(Found { previous: id, body, sealed, upstream }))
}

/// Puts the conversation that a request goes on from before its own input.
pub(crate) async fn take_up(
    responses: Option<&Arc<dyn Responses>>,
    from: (&Live, &Caller),
    request: Request,
) -> Result<Request, GatewayError> {
    if request.dialect.id() != DialectId::OpenAiResponses {
        return Ok(request);
    }
    let (body, top) = (&request.bytes, &request.head.top);
    // `"false"` must not come to mean that it is kept.
    top.get::<bool>(body, "store", "true or false").map_err(|error| invalid(&error))?;
    let found = look(responses, from, (body, top)).await?;
    let Some(Found { previous, body, sealed, upstream }) = found else { return Ok(request) };
    let mut whole = request
        .going_on(body, Earlier { previous, native: None, sealed, forgotten: AtomicBool::new(false) })?;
    if let (Some(earlier), Some(kept)) = (&mut whole.earlier, upstream) {
        earlier.native = Some((Box::new(request), kept));
    }
    Ok(whole)
}

/// The body of a request to count tokens, with the conversation that it goes on from.
pub(crate) async fn whole_input(
    responses: Option<&Arc<dyn Responses>>,
    from: (&Live, &Caller),
    dialect: DialectId,
    body: Bytes,
) -> Result<Bytes, GatewayError> {
    if dialect != DialectId::OpenAiResponses {
        return Ok(body);
    }
    let Ok(top) = TopLevel::scan(&body) else { return Ok(body) };
    Ok(look(responses, from, (&body, &top)).await?.map_or(body, |found| found.body))
}

/// An error of the port as clients are told it.
#[must_use]
pub fn told(error: &KeptError) -> GatewayError {
    match error {
        KeptError::Missing(id) => GatewayError::new(
            Code::CallerNotFound,
            format!(
                "this gateway keeps no response `{id:.100}` of this client key; it was made with another key or `store: false`, \
                 was deleted, or is too old"
            ),
        ),
        KeptError::TooLong => GatewayError::new(
            Code::CallerBodyTooLarge,
            "the conversation has become longer than this gateway takes; begin a new one",
        ),
        KeptError::Unavailable(why) => {
            tracing::warn!("kept responses cannot be read: {why}");
            GatewayError::new(Code::GatewayStoreUnavailable, "kept responses cannot be read at the moment")
        }
    }
}

/// A relayed answer as its client is told.
pub(crate) fn relayed(body: &Bytes, ask: &StreamAsk) -> Bytes {
    let previous = ask.kept.as_ref().and_then(|kept| kept.previous.as_deref());
    let following = previous.and_then(|previous| kept::following(body, previous));
    following.map_or_else(|| body.clone(), Bytes::from)
}

/// What is kept of an answer under way.
pub(crate) struct Keeping {
    slot: Option<Box<dyn KeepSlot>>,
    kept: KeptResponse,
    /// The id of answers that only the gateway keeps.
    own: String,
    stream: bool,
    called: Option<(Arc<Endpoint>, usize)>,
}

/// Whether an answer is kept.
pub(crate) enum Kept {
    /// Nobody wants it to be.
    No,
    /// It is, and says so.
    Yes(Box<Keeping>, KeptAs),
    /// There is no place for it.
    Full,
}

impl Kept {
    /// Has the answer kept when it is there, or tells the client that it is not.
    pub(crate) fn begin(self, settle: &mut Settle) -> Option<KeptAs> {
        match self {
            Self::No => None,
            Self::Yes(keeping, kept) => {
                settle.keeping = Some(keeping);
                Some(kept)
            }
            Self::Full => {
                settle.notes.push(NO_PLACE.to_owned());
                None
            }
        }
    }
}

impl Keeping {
    /// Takes a place for the answer to a request, unless it is not to be kept.
    pub(crate) fn begin(
        responses: Option<&Arc<dyn Responses>>,
        (live, caller): (&Live, &Caller),
        request: &Request,
        (at_ms, own): (u64, &str),
    ) -> Kept {
        let (top, body) = (&request.head.top, &request.bytes);
        let wanted = request.dialect.id() == DialectId::OpenAiResponses
            && live.keeps_responses
            && top.raw(body, "store") != Some(b"false");
        let Some(responses) = responses.filter(|_| wanted) else { return Kept::No };
        let Some(slot) = responses.reserve() else { return Kept::Full };
        let previous = request.earlier.as_ref().map(|earlier| earlier.previous.clone());
        let kept = KeptResponse {
            owner: owner(caller).to_owned(),
            at_ms,
            previous: previous.clone(),
            input: request.own_input(),
            ..KeptResponse::default()
        };
        let keeping =
            Self { slot: Some(slot), kept, own: own.to_owned(), stream: request.head.stream, called: None };
        Kept::Yes(Box::new(keeping), KeptAs { previous })
    }

    /// Who is asked now.
    pub(crate) fn called(&mut self, target: &Target, account: usize) {
        self.called = Some((Arc::clone(&target.endpoint), account));
        self.kept.deployment = Some(Arc::clone(&target.deployment));
    }

    /// The client is sent this. What ends the answer is kept before the client has it, so that its next request may name it.
    pub(crate) fn sent(&mut self, piece: &Bytes) {
        if self.slot.is_none() {
            return;
        }
        let span = if self.stream { kept::last_response(piece) } else { Some(0..piece.len()) };
        let Some(response) = span.map(|span| piece.slice(span)) else { return };
        let Some((id, stored)) = kept::named(&response) else { return };
        let mut kept = std::mem::take(&mut self.kept);
        kept.upstream = stored && id != self.own;
        let account = self.called.as_ref().and_then(|(endpoint, account)| endpoint.accounts.get(*account));
        kept.account = account.map(fingerprint).unwrap_or_default();
        kept.id = id;
        kept.response = response;
        if let Some(slot) = self.slot.take() {
            slot.send(kept);
        }
    }
}
