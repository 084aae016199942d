//! Puts an answer on the wire: headers, pace and the faults that strike on the way.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use fastrand::Rng;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use serde_json::Value;

use super::{Call, Reply, Visit};
use crate::answer::{Answer, Finish, What};
use crate::ask::Ask;
use crate::delivery::{Delivery, Step};
use crate::dialect::{Event, Stamp, bedrock};
use crate::fail::Fail;
use crate::fixed::Ready;
use crate::quota::Standing;
use crate::received::Ending;
use crate::script::{Dialect, Fault, Model};
use crate::words;

/// A rendered answer.
pub(super) fn fixed(
    dialect: Dialect,
    ready: &Ready,
    (stream, include_usage): (bool, bool),
    ending: Ending,
) -> Response<Delivery> {
    let body = if stream {
        let events = if include_usage { &ready.stream_usage } else { &ready.stream };
        let pause = ready.fixed.interval.0;
        let mut steps = VecDeque::with_capacity(events.len() * 2);
        for event in events {
            if !pause.is_zero() {
                steps.push_back(Step::Wait(pause));
            }
            steps.push_back(Step::Send(event.clone()));
        }
        Delivery::chunked(steps, ending)
    } else {
        Delivery::whole(ready.plain.clone(), Some(ending))
    };
    let mut response = Response::new(body);
    let content_type = HeaderValue::from_static(dialect.content_type(stream, true));
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

/// Sends an answer at the model's pace.
pub(super) async fn deliver(
    visit: &Visit<'_>,
    call: Call<'_>,
    (ask, answer): (Ask, Answer),
    fault: Option<&Fault>,
    ending: Ending,
) -> Reply {
    let mut pace = Pace { model: call.model, rng: Rng::with_seed(call.stamp.seed ^ 0x9ace) };
    let standing = visit.standing(&call);
    let (dialect, signer) = (visit.dialect, &visit.seat.signer);
    let mut wait = pace.first();
    if let Some(Fault::SlowFirst(more)) = fault {
        wait += *more;
    }
    let body = if call.stream {
        let events = dialect.stream(&ask, &answer, &call.stamp, signer);
        let error = dialect
            .error_event(&Fail::new(500, "The model failed in the middle of its answer."), &call.stamp);
        Delivery::chunked(streamed(events, &mut pace, fault, error), ending)
    } else {
        if let Some(Fault::ErrorAfterEvents(_)) = fault {
            return Ok(visit.instead(Some(&Fault::ErrorIn200), &call, ending));
        }
        wait += pace.of(answer.usage.output);
        let body = Bytes::from(dialect.plain(&ask, &answer, &call.stamp, signer).to_string());
        let length = body.len();
        Delivery::sized(whole(body, fault), length, ending)
    };
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    let mut response = Response::new(body);
    visit.dress(&mut response, &call.stamp, Some(&standing), call.stream);
    Ok(response)
}

/// How fast a model speaks.
struct Pace<'a> {
    model: &'a Model,
    rng: Rng,
}

impl Pace<'_> {
    fn first(&mut self) -> Duration {
        let time = self.model.ttft.0;
        self.jittered(time)
    }

    fn of(&mut self, tokens: u64) -> Duration {
        if self.model.tps <= 0.0 || tokens == 0 {
            return Duration::ZERO;
        }
        let time = Duration::try_from_secs_f64(tokens as f64 / self.model.tps).unwrap_or(Duration::MAX);
        self.jittered(time)
    }

    fn jittered(&mut self, time: Duration) -> Duration {
        if self.model.jitter <= 0.0 || time.is_zero() {
            return time;
        }
        time.mul_f64(1.0 + self.model.jitter * (self.rng.f64() * 2.0 - 1.0))
    }
}

fn streamed(events: Vec<Event>, pace: &mut Pace<'_>, fault: Option<&Fault>, error: Bytes) -> VecDeque<Step> {
    let mut steps = VecDeque::with_capacity(events.len() * 2);
    let stop = match fault {
        Some(Fault::StallBody) => Some((0, Step::Stall)),
        Some(Fault::StallAfterEvents(n)) => Some((*n, Step::Stall)),
        Some(Fault::CutAfterEvents(n)) => Some((*n, Step::Cut)),
        Some(Fault::ErrorAfterEvents(n)) => Some((*n, Step::Send(error))),
        _ => None,
    };
    let count = stop.as_ref().map_or(usize::MAX, |(n, _)| *n);
    for event in events.into_iter().take(count) {
        let wait = pace.of(event.tokens);
        if !wait.is_zero() {
            steps.push_back(Step::Wait(wait));
        }
        if fault == Some(&Fault::Drip) {
            drip(event.bytes, &mut steps);
        } else {
            steps.push_back(Step::Send(event.bytes));
        }
    }
    if let Some((_, step)) = stop {
        // What came before has to be out before the connection breaks.
        steps.push_back(Step::Flush);
        steps.push_back(step);
    }
    steps
}

fn whole(mut body: Bytes, fault: Option<&Fault>) -> VecDeque<Step> {
    let half = body.len() / 2;
    let mut steps = VecDeque::new();
    match fault {
        Some(Fault::StallBody) => steps.extend([Step::Flush, Step::Stall]),
        Some(Fault::StallAfterEvents(_)) => {
            steps.extend([Step::Send(body.split_to(half)), Step::Flush, Step::Stall]);
        }
        Some(Fault::CutAfterEvents(_)) => {
            steps.extend([Step::Send(body.split_to(half)), Step::Flush, Step::Cut]);
        }
        Some(Fault::Drip) => drip(body, &mut steps),
        _ => steps.push_back(Step::Send(body)),
    }
    steps
}

fn drip(mut bytes: Bytes, steps: &mut VecDeque<Step>) {
    while !bytes.is_empty() {
        steps.push_back(Step::Send(bytes.split_to(1)));
        if !bytes.is_empty() {
            steps.push_back(Step::Flush);
        }
    }
}

impl Visit<'_> {
    /// What a fault sends instead of an answer.
    pub(super) fn instead(
        &self,
        fault: Option<&Fault>,
        call: &Call<'_>,
        ending: Ending,
    ) -> Response<Delivery> {
        let stamp = &call.stamp;
        let standing = self.standing(call);
        match fault {
            Some(Fault::Status { status, retry_after, body, headers }) => {
                let fail = Fail { retry_after: *retry_after, ..Fail::new(*status, told(*status)) };
                let mut response = match body {
                    None => self.refuse_at(&fail, stamp, Some(&standing), Some(ending)),
                    Some(body) => {
                        let text = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
                        let mut response = Response::new(Delivery::whole(Bytes::from(text), Some(ending)));
                        self.dress(&mut response, stamp, Some(&standing), false);
                        self.dress_fail(&mut response, &fail);
                        response
                    }
                };
                for (name, value) in headers {
                    put(&mut response, name, value);
                }
                response
            }
            Some(Fault::ErrorIn200) => {
                let body = self.dialect.error(&Fail::new(500, "The server had an error."), stamp);
                self.json(&body, stamp, Some(&standing), Some(ending))
            }
            _ => {
                let text =
                    if call.stream { "data: <html>oops\n\n" } else { "<html><body>oops</body></html>" };
                let mut response =
                    Response::new(Delivery::whole(Bytes::from_static(text.as_bytes()), Some(ending)));
                self.dress(&mut response, stamp, Some(&standing), call.stream);
                response
            }
        }
    }

    pub(super) fn json(
        &self,
        body: &Value,
        stamp: &Stamp,
        standing: Option<&Standing>,
        ending: Option<Ending>,
    ) -> Response<Delivery> {
        let mut response = Response::new(Delivery::whole(Bytes::from(body.to_string()), ending));
        self.dress(&mut response, stamp, standing, false);
        response
    }

    /// The vendor's refusal.
    pub(super) fn refuse(&self, fail: &Fail, stamp: &Stamp, ending: Option<Ending>) -> Response<Delivery> {
        self.refuse_at(fail, stamp, None, ending)
    }

    fn refuse_at(
        &self,
        fail: &Fail,
        stamp: &Stamp,
        standing: Option<&Standing>,
        ending: Option<Ending>,
    ) -> Response<Delivery> {
        let error = self.dialect.error(fail, stamp);
        // Without SSE, Gemini's streams are arrays, and so are their errors.
        let body = if stamp.sse { error.to_string() } else { array_if_stream(self, &error) };
        let mut response = Response::new(Delivery::whole(Bytes::from(body), ending));
        self.dress(&mut response, stamp, standing, false);
        self.dress_fail(&mut response, fail);
        response
    }

    fn dress(
        &self,
        response: &mut Response<Delivery>,
        stamp: &Stamp,
        standing: Option<&Standing>,
        stream: bool,
    ) {
        let content_type = HeaderValue::from_static(self.dialect.content_type(stream, stamp.sse));
        response.headers_mut().insert(CONTENT_TYPE, content_type);
        for (name, value) in self.dialect.headers(stamp, standing) {
            put(response, name, &value);
        }
    }

    fn dress_fail(&self, response: &mut Response<Delivery>, fail: &Fail) {
        let status = self.dialect.status(fail);
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if self.dialect == Dialect::AnthropicMessages {
            let retry = matches!(status, 408 | 409 | 429 | 500..);
            put(response, "x-should-retry", if retry { "true" } else { "false" });
        }
        if self.dialect == Dialect::BedrockConverse {
            put(response, "x-amzn-errortype", &bedrock::error_type(fail));
        }
        let Some(wait) = fail.retry_after.filter(|_| self.dialect != Dialect::Gemini) else { return };
        put(response, "retry-after", &wait.as_millis().div_ceil(1000).to_string());
        if self.dialect.is_openai() {
            put(response, "retry-after-ms", &wait.as_millis().to_string());
        }
    }
}

fn array_if_stream(visit: &Visit<'_>, error: &Value) -> String {
    if visit.rest.ends_with(":streamGenerateContent") { format!("[{error}\r\n]") } else { error.to_string() }
}

fn put(response: &mut Response<Delivery>, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
        response.headers_mut().insert(name, value);
    }
}

/// Makes an answer say this instead.
pub(super) fn replace(answer: &mut Answer, text: String) {
    answer.usage.output = answer.usage.thinking + words::tokens(text.len());
    if answer.thoughts.is_none() {
        answer.usage.output -= answer.usage.thinking;
        answer.usage.thinking = 0;
    }
    for said in &mut answer.choices {
        said.what = What::Text(text.clone());
        said.finish = Finish::Stop;
    }
}

/// What vendors say with a status.
fn told(status: u16) -> &'static str {
    match status {
        400 => "The request is not valid.",
        401 => "Incorrect API key provided.",
        402 => "You exceeded your current quota, please check your plan and billing details.",
        403 => "You do not have permission to use this resource.",
        404 => "The requested resource was not found.",
        413 => "Request exceeds the maximum size",
        422 => "The request is well formed but cannot be processed.",
        429 => "Rate limit reached. Please try again later.",
        500 => "The server had an error while processing your request.",
        502 => "Bad gateway.",
        503 => "The service is overloaded. Please try again later.",
        504 => "The request took too long.",
        529 => "Overloaded",
        _ => "The request failed.",
    }
}
