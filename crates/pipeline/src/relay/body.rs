//! The body of a streamed answer, polled by the HTTP server.

mod cost;
mod resume;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::Body;
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use wye_types::error::GatewayError;
use wye_types::record::Outcome;
use wye_types::{Code, DialectId, RequestId};
use wye_wire::dialect;
use wye_wire::dialect::{Seen, StreamAt};
use wye_wire::frames::Frames;

use super::broken::{broken, note_broken, total_over};
use super::{Flow, Going, stream_error};
use crate::attempt::chat::Answered;
use crate::live::Endpoint;
use crate::settle::Settle;
use crate::upstream::UpstreamBody;
use resume::Resuming;

/// The body of a streamed answer.
pub struct LiveBody {
    state: State,
    client: DialectId,
    /// Whether the stream is SSE; otherwise a JSON array, whose heartbeat is white space.
    sse: bool,
    heartbeat: Duration,
    /// When the client last got something.
    last_sent: Instant,
    timer: Pin<Box<Sleep>>,
    /// The gateway stops and waits no longer.
    stop: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
    id: RequestId,
    /// Who went on with it, where it broke.
    continued: Option<String>,
}

enum State {
    /// Headers are sent, content is late; attempts go on.
    Opening(Pin<Box<dyn Future<Output = Answered> + Send>>),
    Relaying(Box<Relaying>),
    /// It broke; another target is asked to go on.
    Resuming(Box<Resuming>),
    Done,
}

/// A stream whose content has begun.
pub(crate) struct Relaying {
    /// `None` once the answer is complete.
    pub(crate) body: Option<UpstreamBody>,
    /// Whose answer it is.
    pub(crate) provider: Arc<Endpoint>,
    pub(crate) account: usize,
    pub(crate) decoder: Frames,
    pub(crate) flow: Flow,
    pub(crate) settle: Box<Settle>,
    /// Bytes for the client that have not been taken yet.
    pub(crate) out: Vec<u8>,
    /// The provider said that its answer is complete; its body may still be open.
    pub(crate) ended: bool,
    /// Nothing more will come into `out`.
    pub(crate) complete: bool,
    /// Whether the client is sent events, between which comments may stand.
    pub(crate) events: bool,
    /// Whether it was told what the answer cost.
    pub(crate) told: bool,
    pub(crate) idle: Duration,
    /// When the whole request is over.
    pub(crate) deadline: Instant,
    pub(crate) last_received: Instant,
    /// What it takes to go on with it elsewhere.
    pub(crate) going: Option<Box<Going>>,
}

impl fmt::Debug for LiveBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveBody").field("client", &self.client).finish_non_exhaustive()
    }
}

impl LiveBody {
    fn new(state: State, client: DialectId, sse: bool, heartbeat: Duration) -> Self {
        let now = Instant::now();
        let timer = Box::pin(sleep_until(now + heartbeat));
        let mut body = Self {
            state,
            client,
            sse,
            heartbeat,
            last_sent: now,
            timer,
            stop: None,
            id: RequestId::default(),
            continued: None,
        };
        body.rearm();
        body
    }

    /// A body whose attempts still go on.
    pub(crate) fn opening(
        attempts: Pin<Box<dyn Future<Output = Answered> + Send>>,
        client: DialectId,
        sse: bool,
        heartbeat: Duration,
    ) -> Self {
        let mut body = Self::new(State::Opening(attempts), client, sse, heartbeat);
        // It is open because a heartbeat is due.
        body.timer = Box::pin(sleep_until(Instant::now()));
        body.last_sent -= heartbeat;
        body
    }

    /// A body with content.
    pub(crate) fn relaying(
        relaying: Box<Relaying>,
        client: DialectId,
        sse: bool,
        heartbeat: Duration,
    ) -> Self {
        Self::new(State::Relaying(relaying), client, sse, heartbeat)
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            let sent = match &mut self.state {
                State::Done => return Poll::Ready(None),
                State::Opening(attempts) => match attempts.as_mut().poll(cx) {
                    Poll::Ready(Answered::Stream(relaying)) => {
                        self.state = State::Relaying(relaying);
                        self.rearm();
                        continue;
                    }
                    Poll::Ready(Answered::Told(mut settle, told)) => {
                        self.state = State::Done;
                        Some(told.tell(&mut settle))
                    }
                    Poll::Ready(Answered::Whole(settle, _)) => {
                        // A stream's attempts give streams; only a fault of ours gets here.
                        let error = GatewayError::new(Code::GatewayInternal, "a stream became whole");
                        self.fail(settle, &error)
                    }
                    Poll::Ready(Answered::Failed(settle, failed)) => self.fail(settle, &failed.error),
                    Poll::Pending => ready!(self.poll_timer(cx)),
                },
                State::Resuming(_) => match self.poll_resuming(cx) {
                    Poll::Ready(sent) => sent,
                    Poll::Pending => ready!(self.poll_timer(cx)),
                },
                State::Relaying(relaying) => {
                    if !relaying.out.is_empty() {
                        let piece = Bytes::from(std::mem::take(&mut relaying.out));
                        relaying.settle.sent(&piece);
                        Some(piece)
                    } else if relaying.complete {
                        self.state = State::Done;
                        None
                    } else {
                        match relaying.poll_provider(cx) {
                            Poll::Ready(Ok(())) => continue,
                            Poll::Ready(Err(error)) => self.break_off(&error),
                            Poll::Pending if relaying.ended => {
                                relaying.complete();
                                continue;
                            }
                            Poll::Pending => ready!(self.poll_timer(cx)),
                        }
                    }
                }
            };
            if let Some(bytes) = sent {
                self.last_sent = Instant::now();
                return Poll::Ready(Some(bytes));
            }
        }
    }

    /// Waits for whichever comes first: the next heartbeat, the end of the provider's patience, the deadline, the
    /// gateway's own end.
    fn poll_timer(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if let Some(stop) = &mut self.stop
            && stop.as_mut().poll(cx).is_ready()
        {
            self.stop = None;
            let error = GatewayError::new(Code::GatewayShuttingDown, "the gateway is stopping");
            return Poll::Ready(self.break_off(&error));
        }
        loop {
            ready!(self.timer.as_mut().poll(cx));
            let now = Instant::now();
            if let State::Relaying(relaying) = &self.state
                && let Some(error) = relaying.overdue(now)
            {
                return Poll::Ready(self.break_off(&error));
            }
            let beat = self.last_sent + self.heartbeat;
            if beat <= now {
                let wake = self.next_wake(now + self.heartbeat);
                self.timer.as_mut().reset(wake);
                return Poll::Ready(Some(Bytes::from_static(dialect(self.client).heartbeat(self.sse))));
            }
            let wake = self.next_wake(beat);
            self.timer.as_mut().reset(wake);
        }
    }

    /// The timer was set for another state's limits.
    fn rearm(&mut self) {
        let wake = self.next_wake(self.last_sent + self.heartbeat);
        self.timer.as_mut().reset(wake);
    }

    /// Ends with an error event when this is cancelled.
    pub(crate) fn until(mut self, stop: &CancellationToken, id: RequestId) -> Self {
        self.id = id;
        self.stop = Some(Box::pin(stop.clone().cancelled_owned()));
        self
    }

    fn next_wake(&self, beat: Instant) -> Instant {
        match &self.state {
            State::Relaying(relaying) => {
                beat.min(relaying.last_received + relaying.idle).min(relaying.deadline)
            }
            _ => beat,
        }
    }

    /// Content was sent and no more will come: the stream ends with an error event.
    fn break_off(&mut self, error: &GatewayError) -> Option<Bytes> {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Relaying(relaying) => {
                let relaying = match self.resume(relaying, error) {
                    Ok(sent) => return sent,
                    Err(relaying) => relaying,
                };
                let over = relaying.is_over();
                let Relaying { mut settle, out, provider, account, .. } = *relaying;
                settle.tick();
                if over {
                    // It was answering: what was over is the time of the request.
                    settle.overlooks();
                }
                settle.attempt_ended(Some(200), Outcome::Failed(error.code));
                note_broken(&provider, account, error, settle.now());
                Some(self.last_words(settle, error, (out, true)))
            }
            // The attempts that still go on are dropped, and their guard records why.
            state @ (State::Opening(_) | State::Resuming(_)) => {
                let at = StreamAt { sse: self.sse, begun: matches!(state, State::Resuming(_)) };
                Some(stream_error(self.client, error, self.id, at).into())
            }
            State::Done => None,
        }
    }

    fn fail(&mut self, settle: Box<Settle>, error: &GatewayError) -> Option<Bytes> {
        Some(self.last_words(settle, error, (Vec::new(), false)))
    }

    /// Ends the stream with an error behind what is still to be sent; `begun`: content was sent before it.
    fn last_words(
        &mut self,
        mut settle: Box<Settle>,
        error: &GatewayError,
        (mut out, begun): (Vec<u8>, bool),
    ) -> Bytes {
        self.state = State::Done;
        let at = StreamAt { sse: self.sse, begun };
        settle.end(200, Some(error.code));
        out.extend(stream_error(self.client, error, settle.record.id, at));
        let piece = Bytes::from(out);
        settle.sent(&piece);
        piece
    }
}

impl Relaying {
    /// Takes the provider's next bytes, if they are there.
    fn poll_provider(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), GatewayError>> {
        let Some(body) = &mut self.body else { return Poll::Pending };
        match ready!(Pin::new(body).poll_frame(cx)) {
            Some(Ok(frame)) => {
                let Ok(data) = frame.into_data() else { return Poll::Ready(Ok(())) };
                if self.is_over() {
                    return Poll::Ready(Err(total_over()));
                }
                if let Err(error) = self.decoder.push(&data) {
                    return Poll::Ready(Err(broken(&error.to_string())));
                }
                Poll::Ready(self.drain())
            }
            Some(Err(error)) => Poll::Ready(Err(broken(&format!("its stream broke off: {error}")))),
            None => {
                self.decoder.finish();
                if let Err(error) = self.drain() {
                    return Poll::Ready(Err(error));
                }
                // What follows an answer that ended changes nothing.
                if let Err(error) = self.decoder.left_over()
                    && !self.ended
                {
                    return Poll::Ready(Err(broken(&error.to_string())));
                }
                let before = self.out.len();
                let seen = self.flow.finish(&mut self.out);
                self.ended |= seen.end;
                self.note(&seen);
                self.tell_cost(before);
                if !self.ended {
                    return Poll::Ready(Err(broken("its stream ended before the answer did")));
                }
                self.completed();
                Poll::Ready(Ok(()))
            }
        }
    }

    /// The answer is complete although the provider keeps its body open.
    fn complete(&mut self) {
        let before = self.out.len();
        let seen = self.flow.finish(&mut self.out);
        self.note(&seen);
        self.tell_cost(before);
        if let Some(body) = self.body.take() {
            body.finish_aside();
        }
        self.completed();
    }

    fn completed(&mut self) {
        self.complete = true;
        self.tell_cost_last();
        self.settle.tick();
        self.settle.attempt_ended(Some(200), Outcome::Served);
        self.settle.end(200, None);
    }

    fn note(&mut self, seen: &Seen) {
        if let Some(going) = &mut self.going {
            going.note(&seen.text);
        }
        if seen.content {
            self.settle.content();
            // Keep-alives of the provider's are not life: silence is the time between two pieces of content.
            self.last_received = Instant::now();
        }
        if let Some(usage) = seen.usage {
            self.settle.usage(usage);
        }
    }

    fn drain(&mut self) -> Result<(), GatewayError> {
        while let Some(event) = self.decoder.next_event() {
            let before = self.out.len();
            let seen = self.flow.feed(&event, &mut self.out);
            self.ended |= seen.end;
            if let Some(mut error) = seen.error {
                self.provider.accounts[self.account].redact(&mut error);
                // The provider's own error event is replaced by ours, which carries the code and the request's id.
                self.out.truncate(before);
                let mut broken = broken(&format!("it reported: {}", error.message));
                broken.retry_after = error.retry_after;
                broken.upstream = Some(Box::new(error));
                return Err(broken);
            }
            self.note(&seen);
            self.tell_cost(before);
        }
        Ok(())
    }
}
