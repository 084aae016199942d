//! `openai_chat`: chat completions as OpenAI speaks them, with DeepSeek's `reasoning_content` for models that think.

mod history;
mod read;
mod write;

use serde_json::{Value, json};

use super::Stamp;
use crate::fail::{Fail, Kind};
use crate::quota::{Limit, Meter, Standing};
use crate::script::Model;
use crate::words;

pub(super) use history::inline;
pub(super) use read::{
    count, function_of, function_tool, missing, read, stops, stream_options, too_long, within,
};
pub(super) use write::{call_id, logprob, plain, stream};

pub(super) fn error(fail: &Fail) -> Value {
    let (kind, code) = match (&fail.kind, fail.status) {
        (Kind::BadKey, _) => ("invalid_request_error", Some("invalid_api_key")),
        (Kind::NoModel, _) => ("invalid_request_error", Some("model_not_found")),
        (Kind::TooLong, _) => ("invalid_request_error", Some("context_length_exceeded")),
        (Kind::Missing, _) => ("invalid_request_error", Some("missing_required_parameter")),
        (Kind::Quota(e), _) if e.what == Limit::TokensPerMinute => ("tokens", Some("rate_limit_exceeded")),
        (Kind::Quota(_), _) => ("requests", Some("rate_limit_exceeded")),
        (_, 401) => ("invalid_request_error", Some("invalid_api_key")),
        (_, 402) => ("insufficient_quota", Some("insufficient_quota")),
        (_, 403) => ("invalid_request_error", Some("unsupported_country_region_territory")),
        (_, 404) => ("invalid_request_error", Some("model_not_found")),
        (_, 429) => ("requests", Some("rate_limit_exceeded")),
        (_, 503 | 529) => ("server_error", Some("service_unavailable")),
        (_, 500..) => ("server_error", None),
        _ => ("invalid_request_error", None),
    };
    json!({ "error": { "message": message(fail), "type": kind, "param": fail.param, "code": code } })
}

fn message(fail: &Fail) -> String {
    let Kind::Quota(e) = &fail.kind else { return fail.message.clone() };
    let what = match e.what {
        Limit::RequestsPerMinute => "requests per min (RPM)",
        Limit::TokensPerMinute => "tokens per min (TPM)",
        Limit::RequestsPerDay => "requests per day (RPD)",
    };
    format!(
        "Rate limit reached for {} in organization org-sim on {what}: Limit {}, Used {}, Requested {}. Please try \
         again in {}.",
        fail.message,
        e.limit,
        e.used,
        e.requested,
        go_duration(e.wait)
    )
}

/// A duration as Go prints it: `12ms`, `17.399s`, `2m59.56s`.
fn go_duration(time: std::time::Duration) -> String {
    let ms = time.as_millis();
    if ms == 0 {
        return "0s".to_owned();
    }
    if ms < 1000 {
        return format!("{ms}ms");
    }
    let (minutes, ms) = (ms / 60_000, ms % 60_000);
    let fraction = format!("{:03}", ms % 1000);
    let fraction = fraction.trim_end_matches('0');
    let dot = if fraction.is_empty() { "" } else { "." };
    let seconds = format!("{}{dot}{fraction}s", ms / 1000);
    let (hours, minutes) = (minutes / 60, minutes % 60);
    match (hours, minutes) {
        (0, 0) => seconds,
        (0, m) => format!("{m}m{seconds}"),
        (h, m) => format!("{h}h{m}m{seconds}"),
    }
}

pub(super) fn headers(stamp: &Stamp, standing: Option<&Standing>) -> Vec<(&'static str, String)> {
    let mut rng = fastrand::Rng::with_seed(stamp.seed ^ 0x5eed);
    let mut headers = vec![
        ("openai-organization", "org-sim".to_owned()),
        ("openai-processing-ms", "12".to_owned()),
        ("openai-version", "2020-10-01".to_owned()),
        ("x-request-id", format!("req_{}", words::hex(&mut rng, 32))),
    ];
    if let Some(standing) = standing {
        let mut meter = |m: &Meter, names: [&'static str; 3]| {
            let values = [m.limit.to_string(), m.remaining.to_string(), go_duration(m.reset)];
            headers.extend(names.into_iter().zip(values));
        };
        meter(
            &standing.requests,
            ["x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"],
        );
        meter(
            &standing.tokens,
            ["x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"],
        );
    }
    headers
}

pub(super) fn models<'a>(models: impl Iterator<Item = (&'a String, &'a Model)>) -> Value {
    let data: Vec<Value> = models.map(|(id, _)| model(id)).collect();
    json!({ "object": "list", "data": data })
}

pub(super) fn model(id: &str) -> Value {
    json!({ "id": id, "object": "model", "created": 1_767_225_600, "owned_by": "wye-sim" })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::go_duration;

    #[test]
    fn durations_read_as_go_prints_them() {
        for (ms, text) in [(0, "0s"), (12, "12ms"), (1500, "1.5s"), (60_000, "1m0s"), (179_560, "2m59.56s")] {
            assert_eq!(go_duration(Duration::from_millis(ms)), text);
        }
    }
}
