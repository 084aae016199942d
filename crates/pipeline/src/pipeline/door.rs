//! How answers leave: whole, as a stream, or as an error, each with the facts for its headers.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use tokio_util::sync::CancellationToken;
use wye_types::{DialectId, RequestId};
use wye_wire::dialect;

use super::JSON;
use crate::answer::{Answer, AnswerBody, Facts, Reply};
use crate::attempt::chat::Answered;
use crate::reason::reason;
use crate::relay::body::LiveBody;
use crate::settle::Settle;
use crate::trace::trace;

/// How answers leave.
pub(super) struct Door {
    pub(super) dialect: DialectId,
    pub(super) sse: bool,
    pub(super) heartbeat: Duration,
    pub(super) stop: Arc<CancellationToken>,
    pub(super) id: RequestId,
}

impl Door {
    pub(super) fn answer(&self, driven: Answered) -> Reply {
        match driven {
            Answered::Whole(mut settle, whole) => {
                settle.whole_content(whole.body.len() as u64);
                if let Some(usage) = whole.usage {
                    settle.usage(usage);
                }
                let (cost, body) = settle.bill(whole.body);
                settle.sent(&body);
                settle.end(200, None);
                settle.upstream_headers = whole.headers;
                let answer =
                    Answer { status: 200, content_type: JSON, body: AnswerBody::full(body), error: None };
                let facts = Facts { cost, ..facts(&mut settle) };
                Reply { facts, result: Ok(answer), unsaid: None }
            }
            Answered::Stream(mut relaying) => {
                let may_continue = relaying.going.is_some();
                let facts = Facts { may_continue, ..facts(&mut relaying.settle) };
                let body = LiveBody::relaying(relaying, self.dialect, self.sse, self.heartbeat);
                Reply { facts, result: Ok(self.stream(body)), unsaid: None }
            }
            Answered::Told(mut settle, told) => {
                let body = AnswerBody::full(told.tell(&mut settle));
                let facts = facts(&mut settle);
                let content_type = HeaderValue::from_static(dialect(self.dialect).stream_type(self.sse));
                let answer = Answer { status: 200, content_type, body, error: None };
                Reply { facts, result: Ok(answer), unsaid: None }
            }
            Answered::Failed(settle, failed) => failed.reply(settle),
        }
    }

    pub(super) fn stream(&self, body: LiveBody) -> Answer {
        Answer {
            status: 200,
            content_type: HeaderValue::from_static(dialect(self.dialect).stream_type(self.sse)),
            body: AnswerBody::Live(Box::new(body.until(&self.stop, self.id))),
            error: None,
        }
    }
}

/// The facts for the headers.
pub(crate) fn facts(settle: &mut Settle) -> Facts {
    let limits = settle.shown();
    let record = &settle.record;
    Facts {
        id: Some(record.id),
        served: record.served.clone(),
        reason: record.route.is_some().then(|| reason(record, settle.attempts())),
        trace: settle.tells_trace.then(|| trace(record)),
        attempts: settle.attempts(),
        overhead: record.overhead,
        warnings: record.warnings.iter().chain(&settle.notes).cloned().collect(),
        upstream_headers: std::mem::take(&mut settle.upstream_headers),
        limits,
        compared: settle.compared.take(),
        may_continue: false,
        cost: None,
    }
}
