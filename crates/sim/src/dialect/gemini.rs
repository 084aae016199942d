//! `gemini`: generateContent as Google speaks it.

mod history;
mod read;
mod write;

use serde_json::{Value, json};

use super::{Operation, Stamp, Target, models_route, unversioned};
use crate::fail::{Fail, Kind};
use crate::quota::{Exceeded, Limit};
use crate::script::Model;

pub(super) use read::read;
pub(super) use write::{plain, stream};

pub(super) fn route(path: &str, query: &str) -> Option<Target> {
    let rest = unversioned(path, &["v1beta", "v1"]);
    let called = rest.strip_prefix("models/").and_then(|name| name.rsplit_once(':'));
    called.map_or_else(|| models_route(rest), |(model, method)| target(model, method, query))
}

fn target(model: &str, method: &str, query: &str) -> Option<Target> {
    let (operation, stream) = match method {
        "generateContent" => (Operation::Chat, false),
        "streamGenerateContent" => (Operation::Chat, true),
        "countTokens" => (Operation::CountTokens, false),
        _ => return None,
    };
    let sse = query.split('&').any(|pair| pair == "alt=sse");
    Some(Target { operation, model: Some(model.to_owned()), stream, sse })
}

pub(super) fn error(fail: &Fail, stamp: &Stamp) -> Value {
    // Google has no 401 for a bad key and no 529 for overload.
    let code = match (&fail.kind, fail.status) {
        (Kind::BadKey, _) => 400,
        (_, 529) => 503,
        (_, other) => other,
    };
    let status = match code {
        400 | 413 | 422 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        402 => "FAILED_PRECONDITION",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        429 => "RESOURCE_EXHAUSTED",
        503 => "UNAVAILABLE",
        504 => "DEADLINE_EXCEEDED",
        _ => "INTERNAL",
    };
    let (message, details) = told(fail, stamp);
    let mut error = json!({ "code": code, "message": message, "status": status });
    if let Some(map) = error.as_object_mut()
        && !details.is_empty()
    {
        map.insert("details".to_owned(), Value::Array(details));
    }
    json!({ "error": error })
}

fn told(fail: &Fail, stamp: &Stamp) -> (String, Vec<Value>) {
    match &fail.kind {
        Kind::BadKey => {
            let message = "API key not valid. Please pass a valid API key.";
            let details = vec![
                json!({
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": "API_KEY_INVALID",
                    "domain": "googleapis.com",
                    "metadata": { "service": "generativelanguage.googleapis.com" },
                }),
                json!({
                    "@type": "type.googleapis.com/google.rpc.LocalizedMessage",
                    "locale": "en-US",
                    "message": message,
                }),
            ];
            (message.to_owned(), details)
        }
        Kind::NoModel => {
            let message = format!(
                "models/{} is not found for API version v1beta, or is not supported for generateContent.",
                fail.message
            );
            (message, Vec::new())
        }
        Kind::UnknownField => {
            let field = fail.param.as_deref().unwrap_or("");
            let violation = json!({ "field": field, "description": fail.message });
            let details = vec![json!({
                "@type": "type.googleapis.com/google.rpc.BadRequest",
                "fieldViolations": [violation],
            })];
            (fail.message.clone(), details)
        }
        Kind::Quota(exceeded) => quota(exceeded, stamp),
        _ if fail.status == 429 => {
            let mut details = vec![quota_failure("GenerateRequestsPerMinutePerProjectPerModel", "10", stamp)];
            details.extend(fail.retry_after.map(retry_info));
            (fail.message.clone(), details)
        }
        _ => (fail.message.clone(), fail.retry_after.map(retry_info).into_iter().collect()),
    }
}

fn quota(exceeded: &Exceeded, stamp: &Stamp) -> (String, Vec<Value>) {
    let id = match exceeded.what {
        Limit::RequestsPerMinute => "GenerateRequestsPerMinutePerProjectPerModel",
        Limit::TokensPerMinute => "GenerateContentPaidTierInputTokensPerModelPerMinute",
        Limit::RequestsPerDay => "GenerateRequestsPerDayPerProjectPerModel",
    };
    let message = format!(
        "You exceeded your current quota. Quota exceeded: {id}, limit: {}, model: {}\nPlease retry in {:.9}s.",
        exceeded.limit,
        stamp.model,
        exceeded.wait.as_secs_f64()
    );
    let help = json!({ "@type": "type.googleapis.com/google.rpc.Help", "links": [] });
    let failure = quota_failure(id, &exceeded.limit.to_string(), stamp);
    (message, vec![help, failure, retry_info(exceeded.wait)])
}

fn quota_failure(id: &str, limit: &str, stamp: &Stamp) -> Value {
    json!({
        "@type": "type.googleapis.com/google.rpc.QuotaFailure",
        "violations": [{
            "quotaMetric": "generativelanguage.googleapis.com/generate_content_requests",
            "quotaId": id,
            "quotaDimensions": { "model": stamp.model, "location": "global" },
            "quotaValue": limit,
        }],
    })
}

fn retry_info(wait: std::time::Duration) -> Value {
    let seconds = wait.as_millis().div_ceil(1000);
    json!({ "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": format!("{seconds}s") })
}

pub(super) fn headers() -> Vec<(&'static str, String)> {
    vec![("x-gemini-service-tier", "standard".to_owned())]
}

pub(super) fn count(tokens: u64) -> Value {
    json!({
        "totalTokens": tokens,
        "promptTokensDetails": [{ "modality": "TEXT", "tokenCount": tokens }],
    })
}

pub(super) fn models<'a>(models: impl Iterator<Item = (&'a String, &'a Model)>) -> Value {
    let models: Vec<Value> = models.map(|(id, m)| model(id, m)).collect();
    json!({ "models": models })
}

pub(super) fn model(id: &str, model: &Model) -> Value {
    json!({
        "name": format!("models/{id}"),
        "version": "001",
        "displayName": id,
        "description": "A simulated model.",
        "inputTokenLimit": model.context,
        "outputTokenLimit": 65_536,
        "supportedGenerationMethods": ["generateContent", "countTokens"],
        "temperature": 1,
        "topP": 0.95,
        "topK": 64,
        "maxTemperature": 2,
        "thinking": model.reasoning,
    })
}
