//! Whether a whole answer is one: readable, not an error in disguise, not empty, free of the route's keywords.

use bytes::Bytes;
use http::HeaderMap;
use wye_routing::FailureKind;
use wye_types::chat::{BlockKind, ChatResponse};
use wye_wire::dialect;
use wye_wire::dialect::ReadError;
use wye_wire::watch::seen_in;

use super::Spare;
use super::chat::{Chat, ChatCall, Good, Whole};
use crate::call::{Bad, forwarded};
use crate::kept::relayed;
use crate::validate::examine;

/// Judges an answer and writes it in the client's dialect.
pub(super) fn judge(
    chat: &Chat,
    call: &ChatCall<'_>,
    body: &Bytes,
    headers: &HeaderMap,
) -> Result<Whole, Bad> {
    let headers = forwarded(headers);
    let provider = dialect(call.wire.dialect);
    if call.outgoing.relay {
        let seen = provider.peek_response(body, &chat.ask);
        if let Some(mut error) = seen.error {
            call.call.redact(&mut error);
            return Err(Bad::reported(error, headers));
        }
        if !seen.content
            && let Err(ReadError::Malformed(why)) = provider.read_response(body)
        {
            return Err(Bad::of(FailureKind::BadAnswer, format!("the answer cannot be read: {why}")));
        }
        check(call, seen.content, &seen.text)
            .map_err(|bad| Bad { usage: seen.usage.map(Box::new), ..bad })?;
        let whole = Whole { body: relayed(body, &chat.ask), headers, usage: seen.usage };
        if !call.call.policy.validation.any() {
            return Ok(whole);
        }
        let Ok(mut answer) = provider.read_response(body) else { return Ok(whole) };
        return match validated(chat, call, &mut answer) {
            Ok(false) => Ok(whole),
            Ok(true) => Ok(Whole { body: written(chat, call, answer), ..whole }),
            Err(why) => Err(rejected(why, whole)),
        };
    }
    let mut answer = match provider.read_response(body) {
        Ok(answer) => answer,
        Err(ReadError::Upstream(mut error)) => {
            call.call.redact(&mut error);
            return Err(Bad::reported(*error, headers));
        }
        Err(ReadError::Malformed(why)) => {
            return Err(Bad::of(FailureKind::BadAnswer, format!("the answer cannot be read: {why}")));
        }
    };
    let seen = seen_in(&answer, chat.ask.want_text);
    check(call, seen.content, &seen.text).map_err(|bad| Bad { usage: answer.usage.map(Box::new), ..bad })?;
    let (usage, passed) = (answer.usage, validated(chat, call, &mut answer));
    let whole = Whole { body: written(chat, call, answer), headers, usage };
    match passed {
        Ok(_) => Ok(whole),
        Err(why) => Err(rejected(why, whole)),
    }
}

/// Looks at an answer as the route wants it. Gives whether something in it was mended.
pub(super) fn validated(chat: &Chat, call: &ChatCall<'_>, answer: &mut ChatResponse) -> Result<bool, String> {
    let rules = call.call.policy.validation;
    match chat.request.chat() {
        Ok(asked) if rules.any() => {
            examine(rules, asked, answer, (&call.outgoing.names, &chat.ask.fallback_id))
        }
        _ => Ok(false),
    }
}

/// What a client is told that its dialect has and the provider did not say.
pub(super) fn complete(chat: &Chat, call: &ChatCall<'_>, answer: &mut ChatResponse) {
    for block in answer.choices.iter_mut().flat_map(|c| &mut c.content) {
        if let BlockKind::ToolCall(tool) = &mut block.kind {
            tool.name = call.outgoing.names.original(&tool.name).into_owned();
        }
    }
    // What is kept goes by an id that nobody else gives.
    if answer.id.is_empty() || chat.ask.kept.is_some() {
        answer.id.clone_from(&chat.ask.fallback_id);
    }
    if answer.model.is_empty() {
        answer.model.clone_from(&call.call.target.deployment.model);
    }
    answer.created = answer.created.or(Some(chat.ask.now_s));
}

fn written(chat: &Chat, call: &ChatCall<'_>, mut answer: ChatResponse) -> Bytes {
    complete(chat, call, &mut answer);
    chat.request.dialect.write_asked(&answer, &chat.ask).into()
}

/// An answer that did not pass: another target is asked, and this one is sent where nobody does better.
fn rejected(why: String, whole: Whole) -> Bad {
    let usage = whole.usage.map(Box::new);
    Bad {
        usage,
        spare: Some(Spare::new(Good::Whole(Box::new(whole)))),
        ..Bad::of(FailureKind::BadAnswer, why)
    }
}

fn check(call: &ChatCall<'_>, content: bool, text: &str) -> Result<(), Bad> {
    if has_keyword(&call.call.policy.keywords, text) {
        return Err(Bad::of(FailureKind::BadAnswer, "the answer holds one of the route's retry keywords"));
    }
    if !content && call.call.policy.empty {
        return Err(Bad::of(FailureKind::Empty, "the answer is empty"));
    }
    Ok(())
}

/// Whether a text holds one of the keywords, which are in lower case.
pub(super) fn has_keyword(keywords: &[String], text: &str) -> bool {
    if keywords.is_empty() {
        return false;
    }
    let text = text.to_lowercase();
    keywords.iter().any(|keyword| text.contains(keyword.as_str()))
}
