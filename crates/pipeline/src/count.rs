//! Counting tokens: asked of the first target whose vendor counts, estimated where none does.

use bytes::Bytes;
use http::HeaderMap;
use wye_providers::endpoint::Operation;
use wye_routing::FailureKind;
use wye_routing::verdict::Next;
use wye_types::chat::ChatRequest;
use wye_types::error::GatewayError;
use wye_types::record::Outcome;
use wye_wire::dialect;
use wye_wire::dialect::Written;
use wye_wire::names::NameMap;
use wye_wire::patch::{Patch, json_string};
use wye_wire::scan::TopLevel;

use crate::answer::{Answer, AnswerBody, Reply, Unsaid};
use crate::attempt::note_failure;
use crate::call::{Bad, Call, passed_on};
use crate::decide::Decided;
use crate::live::{EndpointWire, Target};
use crate::parse::Request;
use crate::pipeline::{JSON, facts};
use crate::settle::Settle;
use crate::translate::{Outgoing, needs_ir};

/// Answers a request to count tokens.
pub(crate) async fn count(
    request: &Request,
    decided: &Decided,
    mut settle: Box<Settle>,
    headers: &HeaderMap,
) -> Reply {
    let chat = match request.chat() {
        Ok(chat) => chat,
        Err(error) => return ended(settle, Err(error)),
    };
    for place in decided.order.iter().chain(&decided.last_resort) {
        let target = &decided.route.targets[*place];
        let Some((wire, outgoing)) = outgoing(request, chat, target) else { continue };
        match Box::pin(ask(request, decided, (target, wire), &outgoing, (&mut settle, headers))).await {
            Ok(tokens) => return ended(settle, Ok(request.dialect.write_count(tokens))),
            // The request itself is at fault: no estimate is made of what cannot be sent.
            Err(bad) if bad.failure.next(&decided.route.policy.statuses) == Next::Pass => {
                return ended(settle, Err(passed(bad)));
            }
            Err(_) => {}
        }
    }
    settle.record.warnings.push("input_tokens: estimated, no target counts".to_owned());
    ended(settle, Ok(request.dialect.write_count(request.estimate().input)))
}

/// The request for the first of a target's wires on which tokens are counted; in the client's own words if it is of
/// its dialect.
fn outgoing<'a>(
    request: &Request,
    chat: &ChatRequest,
    target: &'a Target,
) -> Option<(&'a EndpointWire, Outgoing)> {
    let model = &target.deployment.model;
    let quirks = &target.endpoint.quirks;
    let client = request.dialect.id();
    target.counting(client).find_map(|wire| {
        let top = TopLevel::scan(&request.bytes).ok().filter(|_| wire.dialect == client);
        if let Some(top) = top.filter(|_| !needs_ir(&request.bytes, wire, target)) {
            let mut patch = Patch::new();
            if top.span("model").is_some() {
                patch.set("model", json_string(model));
            }
            let body = patch.apply(&request.bytes, &top).into();
            let names = NameMap::default();
            return Some((wire, Outgoing { body, losses: Vec::new(), names, relay: true }));
        }
        let written = dialect(wire.dialect).write_count_request(chat, &quirks.write_options(model))?;
        let Written { body, losses, names } = written;
        Some((wire, Outgoing { body: body.into(), losses, names, relay: false }))
    })
}

async fn ask(
    request: &Request,
    decided: &Decided,
    (target, wire): (&Target, &EndpointWire),
    outgoing: &Outgoing,
    (settle, headers): (&mut Settle, &HeaderMap),
) -> Result<u64, Bad> {
    let states = target.endpoint.accounts.iter().map(|a| &*a.state);
    let now = settle.now();
    let merit = |account| Some(target.lane(account)?.merit(false, now));
    let picked = target
        .endpoint
        .rotation
        // Counting is free and has limits of its own.
        .pick(states, (&target.deployment.model, now), &[], (merit, |_| Ok(())))
        .map_err(|_| Bad::of(FailureKind::NoAccount, "every account of the provider rests"))?;
    let account = picked.account;
    // Nothing is found out by counting.
    if let Some(probe) = picked.probe {
        target.endpoint.accounts[account].state.unused(probe);
    }
    let place = (target.deployment.model.as_str(), account);
    let call = Call {
        target,
        account,
        policy: &decided.route.policy,
        sent: wire.sent(place, Operation::CountTokens, outgoing.body.clone()),
        client_headers: &passed_on(request.dialect.id(), wire.dialect, headers),
        head_by: (now + decided.route.policy.first_content)
            .min(settle.arrived() + decided.route.policy.total),
    };
    let _ = settle.attempt_started(std::sync::Arc::clone(&target.deployment), account, None);
    let counted = async {
        let response = call.head(settle.times()).await?;
        let body = call.whole(response.into_body(), settle.times()).await?;
        dialect(wire.dialect)
            .read_count(&body)
            .ok_or_else(|| Bad::of(FailureKind::BadAnswer, "the answer holds no count"))
    }
    .await;
    settle.tick();
    match &counted {
        Ok(_) => {
            target.endpoint.accounts[account].state.served();
            settle.attempt_ended(Some(200), Outcome::Served);
        }
        Err(bad) => {
            note_failure(target, account, bad, false, settle.now());
            settle.attempt_ended(bad.failure.status, Outcome::Failed(bad.failure.code()));
        }
    }
    counted
}

fn passed(bad: Bad) -> GatewayError {
    let mut error = GatewayError::new(bad.failure.code(), bad.message);
    error.status = bad.failure.status.filter(|status| *status >= 400);
    error.retry_after = bad.failure.retry_after;
    error.upstream = bad.error;
    error
}

fn ended(mut settle: Box<Settle>, result: Result<Vec<u8>, GatewayError>) -> Reply {
    let result = match result {
        Ok(body) => {
            let body = Bytes::from(body);
            settle.sent(&body);
            settle.end(200, None);
            let body = AnswerBody::full(body);
            Ok(Answer { status: 200, content_type: JSON, body, error: None })
        }
        Err(error) => {
            settle.end(error.http_status(), Some(error.code));
            Err(error)
        }
    };
    let facts = facts(&mut settle);
    let unsaid = if result.is_err() { Unsaid::of(settle) } else { None };
    Reply { facts, result, unsaid }
}
