//! The headers of answers. Each has a score of them, and nearly always the same: a form with their names is copied and filled
//! in, since to find places for so many names costs more than what stands behind them. What is written anew for each answer
//! is written into one piece of memory, and the values are parts of it.

use std::sync::LazyLock;

use bytes::Bytes;
use http::header::{
    CONTENT_LENGTH, CONTENT_TYPE, HeaderName, RETRY_AFTER, TRAILER, ValuesMut, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue};
use wye_limits::View;
use wye_pipeline::{Facts, Shown};
use wye_types::DialectId;

use crate::allowance::{self, speaks_of_limits};
use crate::{decimal, safe};

/// Names of our own, made once and not for every answer.
mod name {
    use http::HeaderName;

    pub(super) const ANTHROPIC_REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
    pub(super) const ATTEMPTS: HeaderName = HeaderName::from_static("x-wye-attempts");
    pub(super) const CONSENSUS: HeaderName = HeaderName::from_static("x-wye-consensus");
    pub(super) const COST_USD: HeaderName = HeaderName::from_static("x-wye-cost-usd");
    pub(super) const DECISION_ID: HeaderName = HeaderName::from_static("x-wye-decision-id");
    pub(super) const MODEL: HeaderName = HeaderName::from_static("x-wye-model");
    pub(super) const OVERHEAD_MS: HeaderName = HeaderName::from_static("x-wye-overhead-ms");
    pub(super) const PROVIDER: HeaderName = HeaderName::from_static("x-wye-provider");
    pub(super) const REASON: HeaderName = HeaderName::from_static("x-wye-reason");
    pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
    pub(super) const TRACE: HeaderName = HeaderName::from_static("x-wye-trace");
    pub(super) const VERIFIED: HeaderName = HeaderName::from_static("x-wye-verified");
    pub(super) const WARNINGS: HeaderName = HeaderName::from_static("x-wye-warnings");
}

/// Room for all that is written for an answer, in bytes.
const USUAL_TEXT: usize = 320;

/// What stands in front of the facts.
#[derive(Debug, Default)]
pub(crate) struct Front<'a> {
    /// Under the name that the caller's SDK looks for, and everybody's.
    pub(crate) request_id: Option<&'a str>,
    pub(crate) content_type: Option<HeaderValue>,
    /// How long the body is, where that is ours to say.
    pub(crate) length: Option<u64>,
}

/// The headers of an answer: what stands in front, and the facts. What the provider says is left to [`forward`].
pub(crate) fn told(dialect: DialectId, front: Front<'_>, facts: &Facts) -> HeaderMap {
    let mut texts = Texts::new();
    let request_id = front.request_id.map(|id| texts.put(id));
    let length = front.length.map(|length| texts.number(length));
    let limits = facts.limits.as_deref().map(|shown| Limits::write(&mut texts, dialect, shown));
    let attempts = texts.number(facts.attempts as u64);
    let decision = facts.id.map(|id| texts.put(std::str::from_utf8(&id.ascii()).unwrap_or_default()));
    let served = facts.served.as_deref().map(|it| (texts.put(&it.provider), texts.put(&it.model)));
    let (provider, model) = served.unzip();
    let overhead = texts.write(|out| decimal::put_ms(out, facts.overhead));
    let cost = facts.cost.map(|nano| texts.write(|out| decimal::put_dollars(out, nano)));
    let texts = texts.done();

    let form = Form::of(dialect, limits.is_some());
    let mut headers = form.headers.clone();
    let mut filling = Filling { slots: headers.values_mut(), at: 0, absent: Vec::new() };
    filling.put(front.content_type);
    filling.leave();
    filling.put(length.and_then(|length| texts.value(length)));
    let request_id = request_id.and_then(|id| texts.value(id));
    if dialect == DialectId::AnthropicMessages {
        filling.put(request_id.clone());
    }
    filling.put(request_id);
    if let Some(limits) = limits {
        for value in limits.0 {
            filling.put(value.and_then(|value| texts.value(value)));
        }
    }
    filling.put(texts.value(attempts));
    filling.put(decision.and_then(|id| texts.value(id)));
    filling.put(facts.reason.clone());
    filling.put(provider.and_then(|provider| texts.value(provider)));
    filling.put(model.and_then(|model| texts.value(model)));
    filling.put(texts.value(overhead));
    filling.put(cost.and_then(|cost| texts.value(cost)));
    for at in filling.absent {
        headers.remove(&form.names[at]);
    }
    rarely(&mut headers, facts);
    headers
}

/// What few answers tell.
fn rarely(headers: &mut HeaderMap, facts: &Facts) {
    if facts.limits.as_deref().is_some_and(|shown| shown.backoff) {
        headers.insert(allowance::BACKOFF, HeaderValue::from_static("true"));
    }
    if let Some(trace) = &facts.trace {
        headers.insert(name::TRACE, trace.clone());
    }
    if facts.may_continue {
        headers.insert(TRAILER, HeaderValue::from_static("x-wye-continued"));
    }
    let mut put = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    if let Some(compared) = &facts.compared {
        let name = if compared.verified { name::VERIFIED } else { name::CONSENSUS };
        put(name, &compared.to_string());
    }
    if !facts.warnings.is_empty() {
        put(name::WARNINGS, &as_header(&facts.warnings));
    }
}

/// Adds what the provider says to the client, but for what would contradict the gateway's own words: about the limits of a
/// client that has some here, and, where the retry delay is of the gateway's own reckoning, about when to come again.
pub(crate) fn forward(headers: &mut HeaderMap, facts: &Facts) {
    let own_delay = headers.contains_key(RETRY_AFTER);
    let contradicts =
        |name: &HeaderName| matches!(name.as_str(), "retry-after" | "retry-after-ms" | "x-should-retry");
    for (name, value) in &facts.upstream_headers {
        let of_limits = facts.limits.is_some() && speaks_of_limits(name);
        if !(own_delay && contradicts(name) || of_limits) {
            headers.append(name, value.clone());
        }
    }
}

/// Adds the facts to an answer that has headers already, and what its provider says.
pub(crate) fn put_facts(headers: &mut HeaderMap, dialect: DialectId, facts: &Facts) {
    forward(headers, facts);
    headers.extend(told(dialect, Front::default(), facts));
}

/// Under the name that the caller's SDK looks for, and everybody's.
pub(crate) fn put_request_id(headers: &mut HeaderMap, caller: DialectId, request_id: &str) {
    let Ok(value) = HeaderValue::from_str(request_id) else { return };
    if caller == DialectId::AnthropicMessages {
        headers.insert(name::ANTHROPIC_REQUEST_ID, value.clone());
    }
    headers.insert(name::REQUEST_ID, value);
}

/// Warnings on one line of visible ASCII, cut where headers get too long for proxies on the way.
fn as_header(warnings: &[String]) -> String {
    const MOST: usize = 1024;
    let mut line: String =
        warnings.join("; ").chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect();
    if line.len() > MOST {
        line.truncate(MOST);
        line.push_str("...");
    }
    line
}

/// The limits of requests and of tokens: the limit, what is left of it, when all of it is there again.
struct Limits([Option<Text>; 6]);

impl Limits {
    fn write(texts: &mut Texts, dialect: DialectId, shown: &Shown) -> Self {
        let mut measure = |view: Option<View>| {
            let Some(view) = view else { return [None; 3] };
            let [limit, left] = [view.limit, view.left].map(|number| Some(texts.number(number)));
            let reset = |wait| texts.write(|out| allowance::write_reset(out, dialect, shown.at_ms, wait));
            [limit, left, view.resets_in.map(reset)]
        };
        let [[a, b, c], [d, e, f]] = [shown.requests, shown.tokens].map(&mut measure);
        Self([a, b, c, d, e, f])
    }
}

/// The names that answers have, as a map of nothing.
struct Form {
    names: Vec<HeaderName>,
    headers: HeaderMap,
}

/// By whether the client speaks Anthropic's dialect, and whether it is told of limits.
static FORMS: LazyLock<[[Form; 2]; 2]> =
    LazyLock::new(|| [false, true].map(|anthropic| [false, true].map(|limits| Form::new(anthropic, limits))));

impl Form {
    fn of(dialect: DialectId, limits: bool) -> &'static Self {
        &FORMS[usize::from(dialect == DialectId::AnthropicMessages)][usize::from(limits)]
    }

    fn new(anthropic: bool, limits: bool) -> Self {
        let mut headers = HeaderMap::new();
        let mut put = |name: HeaderName| headers.append(name, HeaderValue::from_static(""));
        put(CONTENT_TYPE);
        put(X_CONTENT_TYPE_OPTIONS);
        put(CONTENT_LENGTH);
        if anthropic {
            put(name::ANTHROPIC_REQUEST_ID);
        }
        put(name::REQUEST_ID);
        if limits {
            for name in allowance::names(anthropic) {
                put(name);
            }
        }
        put(name::ATTEMPTS);
        put(name::DECISION_ID);
        put(name::REASON);
        put(name::PROVIDER);
        put(name::MODEL);
        put(name::OVERHEAD_MS);
        put(name::COST_USD);
        safe::put(&mut headers);
        Self { names: headers.keys().cloned().collect(), headers }
    }
}

/// A form that is being filled in, one header after the other.
struct Filling<'a> {
    slots: ValuesMut<'a, HeaderValue>,
    at: usize,
    /// Those that there is nothing for.
    absent: Vec<usize>,
}

impl Filling<'_> {
    fn put(&mut self, value: Option<HeaderValue>) {
        match (self.slots.next(), value) {
            (Some(slot), Some(value)) => *slot = value,
            _ => self.absent.push(self.at),
        }
        self.at += 1;
    }

    /// What stands there stays.
    fn leave(&mut self) {
        self.slots.next();
        self.at += 1;
    }
}

/// Texts of one answer, one behind the other.
struct Texts(String);

/// Where a text stands among the others.
#[derive(Clone, Copy)]
struct Text(usize, usize);

impl Texts {
    fn new() -> Self {
        Self(String::with_capacity(USUAL_TEXT))
    }

    fn put(&mut self, text: &str) -> Text {
        self.write(|out| out.push_str(text))
    }

    fn number(&mut self, number: u64) -> Text {
        self.write(|out| decimal::put(out, number))
    }

    fn write(&mut self, write: impl FnOnce(&mut String)) -> Text {
        let from = self.0.len();
        write(&mut self.0);
        Text(from, self.0.len())
    }

    fn done(self) -> Written {
        Written(self.0.into())
    }
}

/// The same, to be taken apart.
struct Written(Bytes);

impl Written {
    /// A text as a value; `None` if it cannot be one.
    fn value(&self, Text(from, to): Text) -> Option<HeaderValue> {
        HeaderValue::from_maybe_shared(self.0.slice(from..to)).ok()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use wye_types::{DeploymentId, RequestId};

    use super::*;

    fn written(dialect: DialectId, front: Front<'_>, facts: &Facts) -> Vec<String> {
        let headers = told(dialect, front, facts);
        headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect()
    }

    fn front() -> Front<'static> {
        let content_type = Some(HeaderValue::from_static("application/json"));
        Front { request_id: Some("mine"), content_type, length: Some(619) }
    }

    fn facts(limits: Option<Shown>) -> Facts {
        let (provider, model) = ("groq".to_owned(), "m".to_owned());
        Facts {
            id: Some(RequestId::v7(0, 0)),
            served: Some(Arc::new(DeploymentId { provider, model })),
            reason: Some(HeaderValue::from_static("ordered: first target")),
            attempts: 1,
            overhead: Duration::from_micros(70),
            cost: Some(1_500_000),
            limits: limits.map(Box::new),
            ..Facts::default()
        }
    }

    fn shown() -> Shown {
        let view = |left| View { limit: 100, left, resets_in: Some(Duration::from_secs(60)) };
        Shown { requests: Some(view(99)), tokens: Some(view(7)), backoff: false, at_ms: 0 }
    }

    #[test]
    fn each_value_stands_behind_its_name() {
        assert_eq!(
            written(DialectId::OpenAiChat, front(), &facts(Some(shown()))),
            [
                "content-type: application/json",
                "x-content-type-options: nosniff",
                "content-length: 619",
                "x-request-id: mine",
                "x-ratelimit-limit-requests: 100",
                "x-ratelimit-remaining-requests: 99",
                "x-ratelimit-reset-requests: 1m0s",
                "x-ratelimit-limit-tokens: 100",
                "x-ratelimit-remaining-tokens: 7",
                "x-ratelimit-reset-tokens: 1m0s",
                "x-wye-attempts: 1",
                "x-wye-decision-id: 00000000-0000-7000-8000-000000000000",
                "x-wye-reason: ordered: first target",
                "x-wye-provider: groq",
                "x-wye-model: m",
                "x-wye-overhead-ms: 0.070",
                "x-wye-cost-usd: 0.0015",
            ]
        );
        assert_eq!(
            written(DialectId::AnthropicMessages, front(), &facts(Some(shown())))[3..11],
            [
                "request-id: mine",
                "x-request-id: mine",
                "anthropic-ratelimit-requests-limit: 100",
                "anthropic-ratelimit-requests-remaining: 99",
                "anthropic-ratelimit-requests-reset: 1970-01-01T00:01:00Z",
                "anthropic-ratelimit-tokens-limit: 100",
                "anthropic-ratelimit-tokens-remaining: 7",
                "anthropic-ratelimit-tokens-reset: 1970-01-01T00:01:00Z",
            ]
        );
    }

    #[test]
    fn what_there_is_nothing_for_is_not_there() {
        // In which order headers come is nobody's business.
        let mut bare = written(DialectId::OpenAiChat, Front::default(), &Facts::default());
        bare.sort_unstable();
        assert_eq!(
            bare,
            ["x-content-type-options: nosniff", "x-wye-attempts: 0", "x-wye-overhead-ms: 0.000"]
                .map(str::to_owned)
        );
        let mut half = shown();
        half.requests = None;
        half.tokens = half.tokens.map(|view| View { resets_in: None, ..view });
        let half = written(DialectId::OpenAiChat, front(), &facts(Some(half)));
        let of_limits: Vec<&String> = half.iter().filter(|header| header.contains("ratelimit")).collect();
        assert_eq!(of_limits.len(), 2);
        for told in ["x-ratelimit-limit-tokens: 100", "x-ratelimit-remaining-tokens: 7"] {
            assert!(half.iter().any(|header| header == told), "{told}");
        }
        assert!(half.iter().any(|header| header == "x-wye-cost-usd: 0.0015"));
        assert_eq!(half.len(), 13);
    }

    #[test]
    fn what_cannot_stand_in_a_header_is_left_out() {
        let mut facts = facts(None);
        let odd = DeploymentId { provider: "groq".to_owned(), model: "two\nlines".to_owned() };
        facts.served = Some(Arc::new(odd));
        let written = written(DialectId::OpenAiChat, front(), &facts);
        assert!(written.iter().any(|header| header == "x-wye-provider: groq"));
        assert!(!written.iter().any(|header| header.starts_with("x-wye-model")));
    }
}
