//! Chat whose whole answers are compared, whether or not a stream is wanted.

use bytes::Bytes;
use http::HeaderMap;
use wye_types::chat::BlockKind;
use wye_types::error::GatewayError;
use wye_types::{Code, DialectId, Usage};
use wye_wire::assemble::explode;

use super::Several;
use super::chat::{Chat, Good, Whole};
use crate::bill;
use crate::checkable::{Checkable, checkable};
use crate::parse::Request;
use crate::settle::Settle;
use crate::shape::Draft;

/// A whole answer that goes to the client as a stream.
pub(crate) struct Told {
    out: Vec<u8>,
    /// Whether they are events, between which comments may stand.
    events: bool,
    pub(crate) headers: HeaderMap,
    usage: Option<Usage>,
}

impl Told {
    /// The stream, and the end of its request.
    pub(crate) fn tell(mut self, settle: &mut Settle) -> Bytes {
        settle.whole_content(self.out.len() as u64);
        if let Some(usage) = self.usage {
            settle.usage(usage);
        }
        if settle.tells_cost
            && let Some(nano) = settle.cost()
        {
            bill::in_events(&mut self.out, 0, nano);
            if !bill::before_done(&mut self.out, 0, nano) && self.events {
                self.out.extend(bill::comment(nano));
            }
        }
        let bytes = Bytes::from(self.out);
        settle.sent(&bytes);
        settle.upstream_headers = self.headers;
        settle.end(200, None);
        bytes
    }
}

impl Chat {
    /// Why answers to this can be compared; `None` if they cannot.
    pub(super) fn compares(
        &self,
        several: &Several,
        route: &str,
    ) -> Result<Option<&'static str>, GatewayError> {
        if self.request.head.stream && matches!(several, Several::Consensus { refuses_streams: true, .. }) {
            let message = format!(
                "the route `{route}` compares whole answers and streams none; send `stream: false`, or ask another route"
            );
            return Err(GatewayError::new(Code::CallerInvalidRequest, message).param("stream"));
        }
        // What is gone on with was one answer.
        if self.going.as_ref().is_some_and(|going| going.times > 0) {
            return Ok(None);
        }
        // What goes on at one provider has no second opinion.
        if self.request.earlier.is_some() || self.ask.kept.is_some() {
            return Ok(None);
        }
        let Ok(chat) = self.request.chat() else { return Ok(None) };
        if chat.sampling.choices.is_some_and(|choices| choices > 1) {
            return Ok(None);
        }
        Ok(match several {
            Several::Consensus { .. } => Some("consensus"),
            Several::Verified { .. } => checkable(chat).map(Checkable::name),
        })
    }

    /// The same request for a whole answer; `None` if it asks for one.
    pub(super) fn whole_form(&self) -> Option<Self> {
        if !self.request.head.stream {
            return None;
        }
        let (dialect, mut path) = (self.request.dialect.id(), self.request.path.clone());
        (path.stream, path.sse) = (false, false);
        let (top, bytes) = (&self.request.head.top, &self.request.bytes);
        let mut draft = Draft::of(top, bytes, dialect);
        if dialect != DialectId::Gemini {
            draft.set("stream", "false");
            draft.remove("stream_options");
        }
        let patch = draft.into_patch();
        let body = if patch.is_empty() { bytes.clone() } else { patch.apply(bytes, top).into() };
        let request = Request::parse(dialect, path, body).ok()?;
        let asked = (request, self.ask.clone(), self.client_headers.clone());
        Some(Self::new(asked, self.fetcher.clone(), self.parent.clone()))
    }

    /// What an answer says, for comparing.
    pub(super) fn words(&self, good: &Good) -> (String, Option<Usage>) {
        let Good::Whole(whole) = good else { return (String::new(), None) };
        let Ok(answer) = self.request.dialect.read_response(&whole.body) else {
            return (String::new(), whole.usage);
        };
        let blocks = answer.choices.into_iter().take(1).flat_map(|choice| choice.content);
        let words = blocks.filter_map(|block| match block.kind {
            BlockKind::Text(text) | BlockKind::Refusal(text) => Some(text),
            BlockKind::ToolCall(call) => Some(format!("{{\"{}\": {}}}", call.name, call.arguments)),
            _ => None,
        });
        (words.collect(), whole.usage)
    }

    /// A whole answer as its client wants it.
    pub(super) fn as_wanted(&self, good: Good) -> Good {
        let Good::Whole(whole) = good else { return good };
        if !self.request.head.stream {
            return Good::Whole(whole);
        }
        let Whole { body, headers, usage } = *whole;
        let dialect = self.request.dialect;
        let Ok(answer) = dialect.read_response(&body) else {
            return Good::Whole(Box::new(Whole { body, headers, usage }));
        };
        let (mut writer, mut out) = (dialect.stream_writer(&self.ask), Vec::new());
        for event in explode(&answer) {
            writer.write(&event, &mut out);
        }
        let events = dialect.stream_type(self.ask.sse).starts_with("text/event-stream");
        Good::Told(Box::new(Told { out, events, headers, usage }))
    }
}
