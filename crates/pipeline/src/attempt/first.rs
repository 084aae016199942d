//! A stream up to its first content. Until then nothing is sent, so that another target can still take over.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Response};
use http_body_util::BodyExt;
use tokio::time::Instant;
use wye_routing::FailureKind;
use wye_types::chat::OutputFormat;
use wye_types::{DialectId, Usage};
use wye_wire::assemble::explode;
use wye_wire::dialect;
use wye_wire::dialect::Seen;
use wye_wire::frames::Frames;

use super::chat::{Chat, ChatCall, Good};
use super::held::Held;
use super::judge::{complete, has_keyword, validated};
use super::{At, Spare};
use crate::call::{Bad, forwarded, within};
use crate::live::Endpoint;
use crate::relay::{Flow, Going, Relaying};
use crate::settle::Settle;
use crate::upstream::UpstreamBody;
use crate::validate::{begins, may_be_call};

/// On routes that look at answers, so much text of a stream is held back and looked at, in bytes.
const KEYWORD_TEXT: usize = 256;

/// Thoughts and calls have no text to search: no more of a stream than this is held back for keywords, in bytes.
const MOST_HELD: usize = 64 << 10;

/// A stream whose first content is there.
pub(crate) struct FirstContent {
    body: UpstreamBody,
    decoder: Frames,
    flow: Flow,
    out: Vec<u8>,
    ended: bool,
    /// Whether the client is sent events, between which comments may stand.
    events: bool,
    usage: Option<Usage>,
    content_events: u32,
    text: String,
    pub(crate) headers: HeaderMap,
    provider: Arc<Endpoint>,
    account: usize,
    /// Longest silence within it.
    idle: Duration,
    /// When it must be over, on the monotonic clock.
    deadline: Duration,
    /// The answer as far as it came, where it is looked at.
    held: Option<Box<Held>>,
    /// What it takes to go on with it elsewhere.
    going: Option<Box<Going>>,
}

/// Reads until there is content (or, on a route that looks at answers, enough text to look at).
pub(super) async fn first_content(
    chat: &Chat,
    at: At<'_>,
    call: &ChatCall<'_>,
    response: Response<UpstreamBody>,
) -> Result<FirstContent, Bad> {
    let (head, body) = response.into_parts();
    let provider = call.wire.dialect;
    let client = chat.request.dialect.id();
    let names = call.outgoing.names.clone();
    let mut first = FirstContent {
        body,
        decoder: Frames::new(dialect(provider).framing()),
        flow: match &chat.going {
            Some(going) if going.times > 0 => Flow::behind(provider, names),
            // What is passed on as it comes cannot be gone on with.
            going => Flow::new(client, provider, call.outgoing.relay && going.is_none(), names, &chat.ask),
        },
        out: Vec::new(),
        ended: false,
        events: dialect(client).stream_type(chat.ask.sse).starts_with("text/event-stream"),
        usage: None,
        content_events: 0,
        text: String::new(),
        headers: forwarded(&head.headers),
        provider: Arc::clone(&call.call.target.endpoint),
        account: call.call.account,
        idle: at.policy.idle,
        deadline: at.deadline,
        held: held(chat, call, provider),
        going: chat.going.clone(),
    };
    if let Err(bad) = first.fill(at, call).await {
        return Err(Bad { usage: first.used(chat).map(Box::new), ..bad });
    }
    match first.validate(chat, call) {
        Ok(()) => Ok(first),
        Err(why) => {
            let usage = first.used(chat).map(Box::new);
            let spare = Some(Spare::new(Good::Stream(Box::new(first))));
            Err(Bad { usage, spare, ..Bad::of(FailureKind::BadAnswer, why) })
        }
    }
}

/// What a stream is held in where more is looked at than its first words.
fn held(chat: &Chat, call: &ChatCall<'_>, provider: DialectId) -> Option<Box<Held>> {
    let rules = call.call.policy.validation;
    let shaped = || chat.request.chat().is_ok_and(|chat| chat.format != OutputFormat::Text);
    if chat.going.as_ref().is_some_and(|going| going.times > 0) {
        return None;
    }
    let holds = rules.tool_text && chat.request.head.tools || rules.json && shaped();
    holds.then(|| Box::new(Held::new(provider)))
}

impl FirstContent {
    /// What was used of an answer that is not sent: what the provider said and, since it is left before it says all, at
    /// least what came. Otherwise a prompt that makes models say a keyword would be answered again and again for nothing.
    fn used(&self, chat: &Chat) -> Option<Usage> {
        if self.content_events == 0 {
            return self.usage;
        }
        let least = u64::from(self.content_events);
        let mut usage =
            self.usage.unwrap_or_else(|| Usage { input: chat.request.estimate().input, ..Usage::default() });
        usage.output = usage.output.saturating_add(least.saturating_sub(usage.output_total()));
        Some(usage)
    }

    async fn fill(&mut self, at: At<'_>, call: &ChatCall<'_>) -> Result<(), Bad> {
        let keywords = &call.call.policy.keywords;
        let mut until = call.call.head_by;
        loop {
            let now = at.times.clock.mono();
            let Some(frame) = within(until, now, self.body.frame()).await else {
                return Err(Bad::of(
                    FailureKind::Timeout,
                    "the stream brought no content within the time limit",
                ));
            };
            let over = match frame {
                Some(Ok(frame)) => {
                    let data = frame.into_data().unwrap_or_default();
                    if let Err(error) = self.decoder.push(&data) {
                        return Err(Bad::of(FailureKind::BadAnswer, error.to_string()));
                    }
                    false
                }
                Some(Err(error)) => {
                    return Err(Bad::of(FailureKind::Reset, format!("the stream broke off: {error}")));
                }
                None => {
                    self.decoder.finish();
                    true
                }
            };
            self.drain(call)?;
            if over {
                self.at_end(call)?;
            }
            if !keywords.is_empty() && has_keyword(keywords, &self.text) {
                return Err(Bad::of(
                    FailureKind::BadAnswer,
                    "the answer holds one of the route's retry keywords",
                ));
            }
            let enough = self.content_events > 0 && self.shows_enough(call);
            if enough || over || self.ended && self.content_events > 0 {
                return Ok(());
            }
            if self.content_events > 0 {
                until = until.max(at.times.clock.mono() + call.call.policy.idle).min(at.deadline);
            }
        }
    }

    /// Whether there is enough to be looked at.
    fn shows_enough(&self, call: &ChatCall<'_>) -> bool {
        let policy = call.call.policy;
        if !policy.looks_at_text() || self.out.len() >= MOST_HELD {
            return true;
        }
        match &self.held {
            Some(held) if held.calls && policy.keywords.is_empty() => true,
            // What may be a call is held to its end.
            Some(_) if policy.validation.tool_text && may_be_call(&self.text) => false,
            _ => self.text.len() >= KEYWORD_TEXT,
        }
    }

    /// Looks at what is there as the route wants it; what can be mended is.
    fn validate(&mut self, chat: &Chat, call: &ChatCall<'_>) -> Result<(), String> {
        let rules = call.call.policy.validation;
        let held = self.held.take();
        if !rules.any() {
            return Ok(());
        }
        if let Some(held) = held.filter(|_| self.ended) {
            let mut answer = held.whole();
            if validated(chat, call, &mut answer)? {
                complete(chat, call, &mut answer);
                let mut writer = chat.request.dialect.stream_writer(&chat.ask);
                self.out.clear();
                for event in explode(&answer) {
                    writer.write(&event, &mut self.out);
                }
            }
            return Ok(());
        }
        chat.request.chat().map_or(Ok(()), |asked| begins(rules, asked, &self.text))
    }

    fn drain(&mut self, call: &ChatCall<'_>) -> Result<(), Bad> {
        while let Some(event) = self.decoder.next_event() {
            if let Some(held) = &mut self.held {
                held.take(&event);
            }
            let seen = self.flow.feed(&event, &mut self.out);
            self.note(seen, call)?;
        }
        Ok(())
    }

    fn note(&mut self, seen: Seen, call: &ChatCall<'_>) -> Result<(), Bad> {
        if let Some(mut error) = seen.error {
            call.call.redact(&mut error);
            return Err(Bad::reported(error, std::mem::take(&mut self.headers)));
        }
        self.ended |= seen.end;
        self.usage = seen.usage.or(self.usage);
        self.content_events += u32::from(seen.content);
        if let Some(going) = &mut self.going {
            going.note(&seen.text);
        }
        if self.text.len() < KEYWORD_TEXT {
            let room = KEYWORD_TEXT - self.text.len();
            self.text.push_str(&seen.text[..seen.text.floor_char_boundary(room.min(seen.text.len()))]);
            // A cut within a character leaves less than a character of room: the rest would never fill it.
            if seen.text.len() > room {
                self.text.extend(std::iter::repeat_n(' ', KEYWORD_TEXT - self.text.len()));
            }
        }
        Ok(())
    }

    fn at_end(&mut self, call: &ChatCall<'_>) -> Result<(), Bad> {
        // What follows an answer that ended changes nothing.
        if let Err(error) = self.decoder.left_over()
            && !self.ended
        {
            return Err(Bad::of(FailureKind::Reset, error.to_string()));
        }
        let seen = self.flow.finish(&mut self.out);
        self.note(seen, call)?;
        if !self.ended {
            return Err(Bad::of(FailureKind::Reset, "the stream ended before the answer did"));
        }
        if self.content_events == 0 && call.call.policy.empty {
            return Err(Bad::of(FailureKind::Empty, "the stream ended without any content"));
        }
        Ok(())
    }

    /// The rest of the stream is for the body.
    pub(super) fn relaying(self, mut settle: Box<Settle>) -> Relaying {
        for _ in 0..self.content_events {
            settle.content();
        }
        if let Some(usage) = self.usage {
            settle.usage(usage);
        }
        let now = Instant::now();
        settle.upstream_headers = self.headers;
        let mut relaying = Relaying {
            deadline: now + self.deadline.saturating_sub(settle.now()),
            body: Some(self.body),
            provider: self.provider,
            account: self.account,
            decoder: self.decoder,
            flow: self.flow,
            settle,
            out: self.out,
            ended: self.ended,
            complete: false,
            events: self.events,
            told: false,
            idle: self.idle,
            last_received: now,
            going: self.going,
        };
        relaying.tell_cost(0);
        relaying
    }
}
