//! Requests for pictures, sound and transcripts, from their body to their answer.

use std::collections::VecDeque;

use bytes::Bytes;
use http::Response;
use http::header::{CONTENT_TYPE, HeaderValue};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use serde_json::Value;

use super::{BODY, Call, Reply, Visit};
use crate::delivery::{Delivery, Step};
use crate::dialect::{Operation, Target};
use crate::media::{Made, Work};
use crate::received::Ending;
use crate::script::Fault;
use crate::words;

impl Visit<'_> {
    pub(super) async fn media(&self, work: Work, body: Incoming) -> Reply {
        let target = Target { operation: Operation::Chat, model: None, stream: false, sse: true };
        let key = self.key();
        let index = key.as_ref().ok().copied().flatten();
        let ending = self.shared.log.note(self.received(&target, index, Value::Null));
        let key = match key {
            Ok(key) => key,
            // Said before the body is read: a large one is then still on its way.
            Err(fail) => return Ok(self.refuse(&fail, &self.stamp("", true, 0), Some(ending))),
        };
        let Ok(body) = Limited::new(body, BODY).collect().await else { return self.hang_up() };
        let body = body.to_bytes();
        let content_type = self.parts.headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
        let read = work.read(content_type, &body);
        let whole = read.as_ref().cloned().unwrap_or_default();
        let name = whole["model"].as_str().unwrap_or("").to_owned();
        let stream = [&whole["stream"], &whole["stream_format"]];
        let stream = stream.into_iter().any(|v| v == true || v == "true" || v == "sse");
        ending.learn(|received| {
            received.model.clone_from(&name);
            received.stream = stream;
            received.body = whole;
        });
        let stamp = self.stamp(&name, true, words::seed(&[self.name.as_bytes(), &body]));
        let found = read.and_then(|body| Ok((body, self.find(&name)?)));
        let (body, model) = match found {
            Ok(found) => found,
            Err(fail) => return Ok(self.refuse(&fail, &stamp, Some(ending))),
        };
        let nth = self.seat.count(&name);
        let call = Call { stamp, model, body, key, nth, stream };
        let text = |name: &str| call.body[name].as_str();
        let said = text("prompt").or_else(|| text("input")).unwrap_or("");
        let (fault, ending) = match self.fault(&call, said, ending).await {
            Ok(met) => met,
            Err(reply) => return *reply,
        };
        let made = work.make(&call.body, &call.stamp);
        match made.and_then(|made| self.charge(&call, made.tokens).map(|()| made)) {
            Ok(made) => Ok(sent(made, fault, ending)),
            Err(fail) => Ok(self.refuse(&fail, &call.stamp, Some(ending))),
        }
    }
}

fn sent(made: Made, fault: Option<&Fault>, ending: Ending) -> Response<Delivery> {
    let body = if made.whole {
        let whole: Bytes = made.pieces.concat().into();
        Delivery::whole(if fault == Some(&Fault::Empty) { Bytes::new() } else { whole }, Some(ending))
    } else {
        Delivery::chunked(steps(made.pieces, fault), ending)
    };
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(made.content_type));
    response
}

fn steps(pieces: Vec<Bytes>, fault: Option<&Fault>) -> VecDeque<Step> {
    let (count, last) = match fault {
        Some(Fault::Empty) => (0, None),
        Some(Fault::StallBody) => (0, Some(Step::Stall)),
        Some(Fault::StallAfterEvents(n)) => (*n, Some(Step::Stall)),
        Some(Fault::CutAfterEvents(n)) => (*n, Some(Step::Cut)),
        _ => (usize::MAX, None),
    };
    let mut steps = VecDeque::new();
    for piece in pieces.into_iter().take(count) {
        steps.extend([Step::Send(piece), Step::Flush]);
    }
    if last.is_none() {
        steps.pop_back();
    } else {
        steps.push_back(Step::Flush);
    }
    steps.extend(last);
    steps
}
