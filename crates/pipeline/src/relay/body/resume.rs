//! A stream that broke in the middle of its text goes on from another target. The writer of the client's dialect goes on with
//! it, so that for the client it is one answer; a comment marks the place where the events have room for one, and the trailer
//! `x-wye-continued` names who went on.

use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;
use wye_types::Code;
use wye_types::error::GatewayError;
use wye_types::record::Outcome;

use super::super::broken::note_broken;
use super::super::going::Attempts;
use super::{Flow, LiveBody, Relaying, State};
use crate::attempt::chat::Answered;

/// Who went on, told behind the stream.
const CONTINUED: HeaderName = HeaderName::from_static("x-wye-continued");

/// A stream that is being gone on with.
pub(super) struct Resuming {
    attempts: Attempts,
    /// How its answer has been written so far.
    flow: Flow,
    /// Why it broke: what the client is told if nobody goes on.
    error: GatewayError,
}

impl LiveBody {
    /// Goes on from another target, if that can be done; gives what was still to be sent.
    pub(super) fn resume(
        &mut self,
        relaying: Box<Relaying>,
        error: &GatewayError,
    ) -> Result<Option<Bytes>, Box<Relaying>> {
        let over = error.code == Code::GatewayShuttingDown || Instant::now() >= relaying.deadline;
        let may = !over && relaying.flow.is_text_so_far() && relaying.settle.keeping.is_none();
        let going = relaying.going.as_ref().filter(|_| may);
        let Some(request) = going.and_then(|going| going.request()) else { return Err(relaying) };
        let Relaying { mut settle, out, flow, going, provider, account, .. } = *relaying;
        settle.tick();
        settle.attempt_ended(Some(200), Outcome::Failed(error.code));
        note_broken(&provider, account, error, settle.now());
        settle.cut_short();
        let piece = Bytes::from(out);
        if !piece.is_empty() {
            settle.sent(&piece);
        }
        if let Some(going) = going {
            let attempts = going.attempts(request, settle);
            self.state = State::Resuming(Box::new(Resuming { attempts, flow, error: error.clone() }));
        }
        Ok((!piece.is_empty()).then_some(piece))
    }

    pub(super) fn poll_resuming(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let State::Resuming(resuming) = &mut self.state else { return Poll::Ready(None) };
        let answered = ready!(resuming.attempts.as_mut().poll(cx));
        let State::Resuming(resuming) = std::mem::replace(&mut self.state, State::Done) else {
            return Poll::Ready(None);
        };
        let Resuming { flow, error, .. } = *resuming;
        let settle = match answered {
            Answered::Stream(mut relaying) => {
                let by = relaying.settle.record.served.as_ref().map(ToString::to_string).unwrap_or_default();
                let mut out = Vec::new();
                if relaying.events {
                    out.extend_from_slice(format!(": wye-continued deployment={by}\n\n").as_bytes());
                }
                relaying.flow.goes_on(flow, &mut out);
                out.append(&mut relaying.out);
                relaying.out = out;
                relaying.settle.notes.push(format!("the answer broke off and was continued by {by}"));
                let continued = self.continued.get_or_insert_default();
                continued.push_str(if continued.is_empty() { "" } else { ", " });
                continued.push_str(&by);
                self.state = State::Relaying(relaying);
                self.rearm();
                return Poll::Ready(None);
            }
            Answered::Failed(settle, _) | Answered::Whole(settle, _) | Answered::Told(settle, _) => settle,
        };
        Poll::Ready(Some(self.last_words(settle, &error, (Vec::new(), true))))
    }

    /// What is told behind the stream, once.
    pub(crate) fn trailers(&mut self) -> Option<HeaderMap> {
        let value = HeaderValue::try_from(self.continued.take()?).ok()?;
        Some(HeaderMap::from_iter([(CONTINUED, value)]))
    }
}
