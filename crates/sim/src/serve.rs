//! One request, from its path to its answer.

mod kept;
mod keys;
mod media;
mod reply;
mod responses;
mod service;
mod talk;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use http::request::Parts;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use serde_json::Value;

use crate::answer::Speaker;
use crate::ask::Ask;
use crate::control;
use crate::delivery::{Broken, Delivery};
use crate::dialect::{Operation, Reading, Stamp, Target, anthropic};
use crate::fail::{Fail, Kind, Outcome};
use crate::fixed::Head;
use crate::fleet::Shared;
use crate::live::{Facts, Live, Seat};
use crate::media::Work;
use crate::quota::{Account, Standing};
use crate::received::{Ending, Received};
use crate::script::{Dialect, Fault, Model, Quota};
use crate::services;
use crate::words;

/// The largest request body, in bytes.
const BODY: usize = 64 << 20;

pub(crate) use talk::Becomes;

pub(crate) type Reply = Result<Response<Delivery>, Broken>;

pub(crate) async fn serve(
    shared: Arc<Shared>,
    (reset, becomes): (Arc<AtomicBool>, Becomes),
    mut request: Request<Incoming>,
) -> Reply {
    let upgrade = hyper::upgrade::on(&mut request);
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().trim_start_matches('/');
    let (name, rest) = path.split_once('/').unwrap_or((path, ""));
    if name == "_sim" {
        return Ok(control::control(&shared, &parts.method, rest, body).await);
    }
    let live = shared.live();
    let Some(seat) = live.seats.get(name) else {
        let known: Vec<&str> = live.seats.keys().map(String::as_str).collect();
        let message = format!("no simulated provider `{name}`; there are {}", known.join(", "));
        return Ok(control::problem(StatusCode::NOT_FOUND, &message));
    };
    let query = parts.uri.query().unwrap_or("");
    let dialect = seat.provider.first_dialect();
    let (shared, live, parts, reset) = (&*shared, &*live, &parts, &*reset);
    let visit = Visit { shared, live, seat, dialect, name, rest, query, parts, reset };
    if visit.is_talk() {
        return Ok(visit.talk(upgrade, &becomes));
    }
    visit.run(body).await
}

/// A request at the provider it is for.
struct Visit<'a> {
    shared: &'a Shared,
    live: &'a Live,
    seat: &'a Seat,
    /// The dialect the path is of; the provider's first if it is of none.
    dialect: Dialect,
    name: &'a str,
    rest: &'a str,
    query: &'a str,
    parts: &'a Parts,
    reset: &'a AtomicBool,
}

/// A request whose model is known and whose body was read.
struct Call<'a> {
    stamp: Stamp,
    model: &'a Model,
    body: Value,
    key: Option<usize>,
    nth: u64,
    stream: bool,
}

impl<'a> Visit<'a> {
    async fn run(mut self, body: Incoming) -> Reply {
        if self.seat.provider.down {
            return self.hang_up();
        }
        if self.seat.provider.service_account && self.rest == "oauth/token" {
            return Ok(self.token(body).await);
        }
        if let Some(place) = self.place() {
            return Ok(self.keep(&place, body).await);
        }
        if let Some(work) = Work::of(self.rest).filter(|_| self.dialect.is_openai()) {
            return Box::pin(self.media(work, body)).await;
        }
        let Some(target) = self.target() else {
            let fail = Fail::new(404, format!("Invalid URL ({} /{})", self.parts.method, self.rest));
            return Ok(self.refuse(&fail, &self.stamp("", true, 0), None));
        };
        let reads = matches!(target.operation, Operation::ListModels | Operation::GetModel(_));
        if (self.parts.method == Method::GET) != reads {
            let fail = Fail::new(405, format!("Not allowed to {} on this path.", self.parts.method));
            return Ok(self.refuse(&fail, &self.stamp("", target.sse, 0), None));
        }
        if let Some(rule) = self.seat.provider.faults.first()
            && rule.fault == Fault::Refuse
            && rule.on.always()
            && target.operation == Operation::Chat
        {
            let mut ending = self.shared.log.note(self.received(&target, None, Value::Null));
            ending.fault(rule.fault.name());
            ending.abandon();
            return self.hang_up();
        }
        let key = self.key();
        if reads {
            return Ok(self.models(&target, key));
        }
        let body = match Limited::new(body, BODY).collect().await {
            Ok(body) => body.to_bytes(),
            Err(_) => {
                let fail = Fail::new(413, "Request exceeds the maximum size");
                return Ok(self.refuse(&fail, &self.stamp("", target.sse, 0), None));
            }
        };
        let key = self.verified(key, &body);
        if key.is_ok()
            && let Some(reply) = self.fixed(&target, &body)
        {
            return Ok(reply);
        }
        self.answer(&target, key, &body).await
    }

    fn target(&mut self) -> Option<Target> {
        let spoken = self.seat.provider.dialects.iter();
        let vendor = self.seat.provider.vendor;
        let target =
            |d: &Dialect| d.target(self.rest, self.query).or_else(|| services::route(*d, vendor, self.rest));
        let found = spoken.filter_map(|d| Some((*d, target(d)?))).next()?;
        self.dialect = found.0;
        Some(found.1)
    }

    fn hang_up(&self) -> Reply {
        self.reset.store(true, Ordering::Relaxed);
        Err(Broken)
    }

    fn stamp(&self, model: &str, sse: bool, seed: u64) -> Stamp {
        Stamp { seed, created: self.shared.calendar.unix(), model: model.to_owned(), sse }
    }

    fn received(&self, target: &Target, key: Option<usize>, body: Value) -> Received {
        let headers = self.parts.headers.iter();
        let headers =
            headers.map(|(n, v)| (n.to_string(), String::from_utf8_lossy(v.as_bytes()).into_owned()));
        let named = || body.get("model").and_then(Value::as_str).unwrap_or("").to_owned();
        let query = if self.query.is_empty() { String::new() } else { format!("?{}", self.query) };
        Received {
            provider: self.name.to_owned(),
            model: target.model.clone().unwrap_or_else(named),
            key,
            method: self.parts.method.to_string(),
            path: format!("/{}{query}", self.rest),
            headers: headers.collect(),
            stream: target.stream
                || body.get("stream").map_or(self.dialect.streams_unasked(), |s| s == &Value::Bool(true)),
            body,
            at: self.shared.calendar.since_start(),
            fault: None,
            finished: false,
        }
    }

    fn models(&self, target: &Target, key: Outcome<Option<usize>>) -> Response<Delivery> {
        let index = key.as_ref().ok().copied().flatten();
        let mut ending = self.shared.log.note(self.received(target, index, Value::Null));
        ending.finish();
        let stamp = self.stamp("", true, 0);
        if let Err(fail) = key {
            return self.refuse(&fail, &stamp, None);
        }
        let models = &self.seat.provider.models;
        let body = match &target.operation {
            Operation::GetModel(id) => match models.get(id) {
                Some(model) => self.dialect.model(id, model),
                None => {
                    return self.refuse(
                        &Fail::of(404, Kind::NoModel, no_model(self.dialect, id)),
                        &stamp,
                        None,
                    );
                }
            },
            _ => self.dialect.models(models.iter()),
        };
        self.json(&body, &stamp, None, None)
    }

    /// The answer that was rendered in advance, for models that have one, where no fault can strike.
    fn fixed(&self, target: &Target, body: &Bytes) -> Option<Response<Delivery>> {
        if matches!(target.operation, Operation::Service(_)) {
            return None;
        }
        if self.seat.ready.is_empty() || !self.seat.provider.faults.is_empty() {
            return None;
        }
        let head: Head<'_> = serde_json::from_slice(body).ok()?;
        let ready = self.seat.ready(self.dialect, target.model.as_deref().unwrap_or(&head.model))?;
        let stream = target.stream || head.streams(self.dialect);
        Some(reply::fixed(self.dialect, ready, (stream, head.include_usage()), self.shared.log.count()))
    }

    async fn answer(&self, target: &Target, key: Outcome<Option<usize>>, body: &Bytes) -> Reply {
        let text = || Value::String(String::from_utf8_lossy(body).into_owned());
        let parsed: Outcome<Value> = serde_json::from_slice(body)
            .map_err(|e| Fail::new(400, format!("The body of the request is not valid JSON: {e}")));
        let value = parsed.as_ref().cloned().unwrap_or_else(|_| text());
        let index = key.as_ref().ok().copied().flatten();
        let received = self.received(target, index, value);
        let (name, stream) = (received.model.clone(), received.stream);
        let ending = self.shared.log.note(received);
        let stamp = self.stamp(&name, target.sse, words::seed(&[self.name.as_bytes(), body]));
        let recalled = key.and(parsed).and_then(|mut body| self.recall(index, &mut body).map(|()| body));
        let body = match recalled {
            Ok(body) => body,
            Err(fail) => return Ok(self.refuse(&fail, &stamp, Some(ending))),
        };
        let model = match self.find(&name) {
            Ok(model) => model,
            Err(fail) => return Ok(self.refuse(&fail, &stamp, Some(ending))),
        };
        let mut call = Call { stamp, model, body, key: index, nth: 0, stream };
        if target.operation == Operation::CountTokens {
            return Ok(self.count_tokens(&call, ending));
        }
        call.nth = self.seat.count(&name);
        // Ids differ from request to request, texts do not.
        let seed = [self.live.seed.to_le_bytes(), call.stamp.seed.to_le_bytes(), call.nth.to_le_bytes()];
        call.stamp.seed = words::seed(&[seed.as_flattened()]);
        match target.operation {
            Operation::Service(service) => self.service(service, call, ending).await,
            _ => self.chat(call, ending).await,
        }
    }

    fn find(&self, name: &str) -> Outcome<&'a Model> {
        if name.is_empty() {
            return Err(Fail::of(400, Kind::Missing, "you must provide a model parameter").at("model"));
        }
        self.seat.model(name).ok_or_else(|| Fail::of(404, Kind::NoModel, no_model(self.dialect, name)))
    }

    fn read(&self, call: &Call<'_>, body: &Value) -> Outcome<Ask> {
        self.dialect.check_headers(&self.parts.headers)?;
        let betas = self.parts.headers.get("anthropic-beta").and_then(|v| v.to_str().ok()).unwrap_or("");
        let signer = &self.seat.signer;
        let reading = Reading { body, signer, model: call.model, stream: call.stream, betas };
        self.dialect.read(&reading)
    }

    fn count_tokens(&self, call: &Call<'_>, ending: Ending) -> Response<Delivery> {
        let body = self.dialect.counted(&call.body);
        match self.read(call, body) {
            Ok(ask) => {
                let count = self.dialect.count(words::tokens(ask.prompt.len()));
                self.json(&count, &call.stamp, None, Some(ending))
            }
            Err(fail) => self.refuse(&fail, &call.stamp, Some(ending)),
        }
    }

    /// The fault that a call meets and is answered with all the same; `said` is the text by which faults are chosen. One that
    /// leaves no answer, or makes another of it, is the error.
    async fn fault(
        &self,
        call: &Call<'_>,
        said: &str,
        mut ending: Ending,
    ) -> Result<(Option<&Fault>, Ending), Box<Reply>> {
        let key = call.key.and_then(|k| self.seat.provider.keys.get(k)).map(String::as_str);
        let (model, nth, stream) = (&call.stamp.model, call.nth, call.stream);
        let fault =
            self.seat.fault(self.live.seed, self.name, &Facts { model, nth, stream, key, last_user: said });
        if let Some(fault) = fault {
            ending.fault(fault.name());
        }
        match fault {
            Some(Fault::Reset | Fault::Refuse) => {
                ending.abandon();
                Err(Box::new(self.hang_up()))
            }
            Some(Fault::StallFirst) => std::future::pending().await,
            Some(Fault::Status { .. } | Fault::ErrorIn200 | Fault::Garbage) => {
                Err(Box::new(Ok(self.instead(fault, call, ending))))
            }
            _ => Ok((fault, ending)),
        }
    }

    async fn chat(&self, call: Call<'_>, ending: Ending) -> Reply {
        let asked = self.read(&call, &call.body).and_then(|ask| {
            if self.dialect == Dialect::AnthropicMessages {
                anthropic::needs_max_tokens(&call.body)?;
            }
            Ok(ask)
        });
        let last_user = asked.as_ref().map_or("", |ask| ask.last_user.as_str());
        let (fault, ending) = match self.fault(&call, last_user, ending).await {
            Ok(met) => met,
            Err(reply) => return *reply,
        };
        let ask = match asked {
            Ok(ask) => ask,
            Err(fail) => return Ok(self.refuse(&fail, &call.stamp, Some(ending))),
        };
        let speaker =
            Speaker { seed: self.live.seed, provider: self.name, name: &call.stamp.model, model: call.model };
        let mut answer = speaker.answer(&ask);
        match fault {
            Some(Fault::Text200(text)) => reply::replace(&mut answer, text.clone()),
            Some(Fault::Empty) => {
                answer.thoughts = None;
                reply::replace(&mut answer, String::new());
            }
            _ => {}
        }
        if let Err(fail) = self.charge(&call, answer.usage.prompt + answer.usage.output) {
            return Ok(self.refuse(&fail, &call.stamp, Some(ending)));
        }
        let (seen, new) = self.live.cached(self.name, &call.stamp.model, &ask.prompt);
        answer.usage.cached = seen;
        answer.usage.written = if ask.cache_marks { new } else { 0 };
        self.remember(&call, &ask, &answer);
        reply::deliver(self, call, (ask, answer), fault, ending).await
    }

    fn accounts(&self, call: &Call<'_>) -> impl Iterator<Item = (Account, Quota)> {
        let account = |model: &str| Account {
            provider: self.name.to_owned(),
            key: call.key.unwrap_or(0),
            model: model.to_owned(),
        };
        let own = call.model.quota.map(|q| (account(&call.stamp.model), q));
        let shared = self.seat.provider.quota.map(|q| (account(""), q));
        own.into_iter().chain(shared)
    }

    fn charge(&self, call: &Call<'_>, tokens: u64) -> Outcome<()> {
        for (account, quota) in self.accounts(call) {
            if let Err(exceeded) = self.live.ledger.take(&account, quota, tokens) {
                let wait = exceeded.wait;
                let mut fail = Fail::of(429, Kind::Quota(exceeded), call.stamp.model.clone());
                fail.retry_after = Some(wait);
                return Err(fail);
            }
        }
        Ok(())
    }

    fn standing(&self, call: &Call<'_>) -> Standing {
        let none = Quota { rpm: None, tpm: None, rpd: None };
        let account = || Account { provider: self.name.to_owned(), key: 0, model: String::new() };
        let (account, quota) = self.accounts(call).next().unwrap_or_else(|| (account(), none));
        self.live.ledger.standing(&account, quota)
    }
}

fn no_model(dialect: Dialect, name: &str) -> String {
    match dialect {
        Dialect::OpenaiChat | Dialect::OpenaiResponses | Dialect::OpenaiCompletions => {
            format!("The model `{name}` does not exist or you do not have access to it.")
        }
        _ => name.to_owned(),
    }
}
