//! What vendors say of their limits, in headers and refusals.

use std::time::Duration;

use serde_json::{Value, json};

use crate::spec::Vendor;

/// A header.
pub type Header = (&'static str, String);

/// How one of a provider's limits stands.
#[derive(Debug, Clone, Copy)]
pub struct Stand {
    /// All of it.
    pub limit: u64,
    /// What is used.
    pub used: u64,
    /// When it is whole again.
    pub whole_in: Duration,
}

/// How all of them stand.
#[derive(Debug, Clone, Copy, Default)]
pub struct Standing {
    /// Requests of the minute.
    pub rpm: Option<Stand>,
    /// Its tokens.
    pub tpm: Option<Stand>,
    /// Requests of the day.
    pub rpd: Option<Stand>,
}

/// Which limit a request has run into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Requests of a minute.
    Minute,
    /// Tokens of a minute.
    Tokens,
    /// Requests of a day.
    Day,
}

/// A limit that a request has run into.
#[derive(Debug, Clone, Copy)]
pub struct Over {
    /// Which.
    pub which: Which,
    /// How it stands.
    pub stand: Stand,
    /// What the request wanted of it.
    pub wanted: u64,
    /// When that much is there.
    pub fits_in: Duration,
    /// The present, in Unix milliseconds.
    pub unix_ms: u64,
}

/// A refusal.
#[derive(Debug, Clone)]
pub struct Words {
    /// Its headers.
    pub headers: Vec<Header>,
    /// Its body.
    pub body: Value,
    /// Whether it says when the limit is open again.
    pub tells: bool,
}

impl Stand {
    fn left(&self) -> String {
        self.limit.saturating_sub(self.used).to_string()
    }

    fn reset(&self) -> String {
        format!("{:.3}s", self.whole_in.as_secs_f64())
    }
}

impl Vendor {
    /// The headers of an answer.
    #[must_use]
    pub fn headers(self, standing: &Standing) -> Vec<Header> {
        let mut headers = Vec::new();
        let mut put = |name, value: Option<String>| headers.extend(value.map(|value| (name, value)));
        let Standing { rpm, tpm, rpd } = standing;
        let limit = |of: &Option<Stand>| of.map(|stand| stand.limit.to_string());
        let left = |of: &Option<Stand>| of.map(|stand| stand.left());
        let reset = |of: &Option<Stand>| of.map(|stand| stand.reset());
        match self {
            Self::Groq => {
                put("x-ratelimit-limit-requests", limit(rpd));
                put("x-ratelimit-remaining-requests", left(rpd));
                put("x-ratelimit-reset-requests", reset(rpd));
                put("x-ratelimit-limit-tokens", limit(tpm));
                put("x-ratelimit-remaining-tokens", left(tpm));
                put("x-ratelimit-reset-tokens", reset(tpm));
            }
            Self::Cerebras => {
                put("x-ratelimit-limit-requests-day", limit(rpd));
                put("x-ratelimit-remaining-requests-day", left(rpd));
                put("x-ratelimit-reset-requests-day", reset(rpd));
                put("x-ratelimit-limit-tokens-minute", limit(tpm));
                put("x-ratelimit-remaining-tokens-minute", left(tpm));
                put("x-ratelimit-reset-tokens-minute", reset(tpm));
            }
            Self::Mistral => {
                put("x-ratelimit-limit-req-minute", limit(rpm));
                put("x-ratelimit-remaining-req-minute", left(rpm));
                put("x-ratelimit-limit-tokens-minute", limit(tpm));
                put("x-ratelimit-remaining-tokens-minute", left(tpm));
            }
            Self::Google | Self::OpenRouter | Self::GitHub | Self::Mute => {}
        }
        headers
    }

    /// A refusal.
    #[must_use]
    pub fn refusal(self, over: &Over) -> Words {
        let wait = over.fits_in.as_secs_f64();
        let seconds = ("retry-after", format!("{:.0}", wait.ceil()));
        let (per, counted) = match over.which {
            Which::Minute => ("minute", "requests"),
            Which::Tokens => ("minute", "tokens"),
            Which::Day => ("day", "requests"),
        };
        let Stand { limit, used, .. } = over.stand;
        match self {
            Self::Groq => {
                let short = format!(
                    "{}P{}",
                    if counted == "tokens" { 'T' } else { 'R' },
                    if per == "day" { 'D' } else { 'M' }
                );
                let message = format!(
                    "Rate limit reached for this model on {counted} per {per} ({short}): Limit {limit}, Used {used}, \
                     Requested {}. Please try again in {wait:.2}s.",
                    over.wanted
                );
                let error = json!({ "message": message, "type": counted, "code": "rate_limit_exceeded" });
                Words { headers: vec![seconds], body: json!({ "error": error }), tells: true }
            }
            Self::Cerebras => {
                let message = format!("{counted} per {per} limit exceeded - too many {counted}");
                let body = json!({ "message": message, "type": "too_many_requests_error", "param": "quota", "code": "quota_exceeded" });
                Words { headers: Vec::new(), body, tells: false }
            }
            Self::Google => Words { headers: Vec::new(), body: google(over), tells: true },
            Self::Mistral => {
                let body = json!({ "object": "error", "message": "Rate limit exceeded", "type": "rate_limited", "code": "1300" });
                Words { headers: Vec::new(), body, tells: false }
            }
            Self::OpenRouter => {
                let reset = over.unix_ms.saturating_add(u64::try_from(over.fits_in.as_millis()).unwrap_or(0));
                let headers = vec![
                    ("x-ratelimit-limit", limit.to_string()),
                    ("x-ratelimit-remaining", "0".to_owned()),
                    ("x-ratelimit-reset", reset.to_string()),
                ];
                let message = format!("Rate limit exceeded: free-models-per-{}", &per[..3]);
                Words { headers, body: json!({ "error": { "message": message, "code": 429 } }), tells: true }
            }
            Self::GitHub => {
                let span = if per == "day" { "86400s" } else { "60s" };
                let message = format!(
                    "Rate limit of {limit} per {span} exceeded for {counted}. Please wait {wait:.0} seconds before retrying."
                );
                let error = json!({ "code": "RateLimitReached", "message": message, "details": message });
                Words { headers: vec![seconds], body: json!({ "error": error }), tells: true }
            }
            Self::Mute => {
                let body = json!({ "status": 429, "title": "Too Many Requests" });
                Words { headers: Vec::new(), body, tells: false }
            }
        }
    }
}

fn google(over: &Over) -> Value {
    let id = match over.which {
        Which::Minute => "GenerateRequestsPerMinutePerProjectPerModel-FreeTier",
        Which::Tokens => "GenerateContentInputTokensPerModelPerMinute-FreeTier",
        Which::Day => "GenerateRequestsPerDayPerProjectPerModel-FreeTier",
    };
    let violation = json!({ "quotaId": id, "quotaValue": over.stand.limit.to_string() });
    let details = json!([
        { "@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation] },
        { "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": format!("{:.0}s", over.fits_in.as_secs_f64().ceil()) },
    ]);
    let message = "You exceeded your current quota, please check your plan.";
    json!([{ "error": { "code": 429, "message": message, "status": "RESOURCE_EXHAUSTED", "details": details } }])
}
