//! `anthropic_messages`: the Messages API as Anthropic speaks it.

mod history;
mod read;
mod write;

use serde_json::{Value, json};

use super::Stamp;
use crate::fail::{Fail, Kind};
use crate::quota::{Limit, Meter, Standing};
use crate::script::Model;
use crate::words;

pub(crate) use read::needs_max_tokens;
pub(super) use read::read;
pub(super) use write::{plain, stream};

pub(super) fn error(fail: &Fail, stamp: &Stamp) -> Value {
    let kind = match fail.status {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        504 => "timeout_error",
        529 => "overloaded_error",
        500.. => "api_error",
        _ => "invalid_request_error",
    };
    let message = match &fail.kind {
        Kind::NoModel => format!("model: {}", fail.message),
        Kind::BadKey => "invalid x-api-key".to_owned(),
        Kind::Quota(e) => {
            let what = match e.what {
                Limit::RequestsPerMinute => "requests per minute",
                Limit::TokensPerMinute => "input tokens per minute",
                Limit::RequestsPerDay => "requests per day",
            };
            format!("This request would exceed your organization's rate limit of {} {what}.", e.limit)
        }
        _ => fail.message.clone(),
    };
    json!({
        "type": "error",
        "error": { "type": kind, "message": message },
        "request_id": request_id(stamp),
    })
}

fn request_id(stamp: &Stamp) -> String {
    let mut rng = fastrand::Rng::with_seed(stamp.seed ^ 0x5eed);
    format!("req_011C{}", words::id(&mut rng, 20))
}

pub(super) fn headers(stamp: &Stamp, standing: Option<&Standing>) -> Vec<(&'static str, String)> {
    let mut headers = vec![
        ("request-id", request_id(stamp)),
        ("anthropic-organization-id", "00000000-0000-4000-8000-000000000000".to_owned()),
    ];
    let Some(standing) = standing else { return headers };
    let mut meter = |m: &Meter, names: [&'static str; 3]| {
        let reset = rfc3339(stamp.created + m.reset.as_millis().div_ceil(1000) as u64);
        headers.extend(names.into_iter().zip([m.limit.to_string(), m.remaining.to_string(), reset]));
    };
    meter(
        &standing.requests,
        [
            "anthropic-ratelimit-requests-limit",
            "anthropic-ratelimit-requests-remaining",
            "anthropic-ratelimit-requests-reset",
        ],
    );
    meter(
        &standing.tokens,
        [
            "anthropic-ratelimit-tokens-limit",
            "anthropic-ratelimit-tokens-remaining",
            "anthropic-ratelimit-tokens-reset",
        ],
    );
    meter(
        &standing.tokens,
        [
            "anthropic-ratelimit-input-tokens-limit",
            "anthropic-ratelimit-input-tokens-remaining",
            "anthropic-ratelimit-input-tokens-reset",
        ],
    );
    meter(
        &standing.tokens,
        [
            "anthropic-ratelimit-output-tokens-limit",
            "anthropic-ratelimit-output-tokens-remaining",
            "anthropic-ratelimit-output-tokens-reset",
        ],
    );
    headers
}

/// Unix seconds as `2026-11-21T09:00:00Z`.
pub(super) fn rfc3339(unix: u64) -> String {
    let (days, seconds) = (unix / 86_400, unix % 86_400);
    // Days to a date in the Gregorian calendar, counted in eras of 400 years that begin in March.
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day = shifted % 146_097;
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let march = (5 * of_year + 2) / 153;
    let date = of_year - (153 * march + 2) / 5 + 1;
    let month = if march < 10 { march + 3 } else { march - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}Z")
}

pub(super) fn models<'a>(models: impl Iterator<Item = (&'a String, &'a Model)>) -> Value {
    let data: Vec<Value> = models.map(|(id, m)| model(id, m)).collect();
    let end = |m: Option<&Value>| m.and_then(|m| m.get("id")).cloned().unwrap_or(Value::Null);
    json!({ "first_id": end(data.first()), "last_id": end(data.last()), "has_more": false, "data": data })
}

pub(super) fn model(id: &str, model: &Model) -> Value {
    json!({
        "type": "model",
        "id": id,
        "display_name": id,
        "created_at": "2026-01-01T00:00:00Z",
        "max_input_tokens": model.context,
        "max_tokens": 64_000,
        "capabilities": {
            "image_input": { "supported": true },
            "structured_outputs": { "supported": true },
            "thinking": { "supported": model.reasoning },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::rfc3339;

    #[test]
    fn dates_are_right() {
        for (unix, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_767_225_599, "2025-12-31T23:59:59Z"),
            (1_790_000_000, "2026-09-21T14:13:20Z"),
        ] {
            assert_eq!(rfc3339(unix), text);
        }
    }
}
