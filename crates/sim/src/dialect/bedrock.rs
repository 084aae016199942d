//! `bedrock_converse`: Converse as Amazon speaks it, whose streams are binary frames.

mod frame;
mod history;
mod read;
mod write;

use fastrand::Rng;
use serde_json::{Value, json};

use super::{Operation, Stamp, Target};
use crate::fail::{Fail, Kind};
use crate::words;

pub(super) use read::read;
pub(super) use write::{plain, stream};

pub(super) fn route(path: &str, _: &str) -> Option<Target> {
    let (model, method) = path.trim_matches('/').strip_prefix("model/")?.rsplit_once('/')?;
    let (operation, stream) = match method {
        "converse" => (Operation::Chat, false),
        "converse-stream" => (Operation::Chat, true),
        "count-tokens" => (Operation::CountTokens, false),
        _ => return None,
    };
    Some(Target { operation, model: Some(unescaped(model)), stream, sse: true })
}

/// A path segment without its percent signs.
fn unescaped(segment: &str) -> String {
    let mut parts = segment.split('%');
    let mut bytes = parts.next().unwrap_or("").as_bytes().to_vec();
    for part in parts {
        match part.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend_from_slice(part.get(2..).unwrap_or("").as_bytes());
            }
            None => {
                bytes.push(b'%');
                bytes.extend_from_slice(part.as_bytes());
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The vendor's name for a failure.
fn exception(fail: &Fail) -> &'static str {
    match (&fail.kind, fail.status) {
        (Kind::BadSignature, _) => "InvalidSignatureException",
        (Kind::BadKey, _) | (_, 401) => "UnrecognizedClientException",
        (_, 403) => "AccessDeniedException",
        (_, 404) => "ResourceNotFoundException",
        (_, 408 | 504) => "ModelTimeoutException",
        (_, 424) => "ModelErrorException",
        (_, 429) => "ThrottlingException",
        (_, 503 | 529) => "ServiceUnavailableException",
        (_, 500..) => "InternalServerException",
        _ => "ValidationException",
    }
}

/// What the header `x-amzn-errortype` says.
pub(crate) fn error_type(fail: &Fail) -> String {
    format!("{}:http://internal.amazon.com/coral/com.amazon.bedrock/", exception(fail))
}

pub(super) fn error(fail: &Fail) -> Value {
    let message = match &fail.kind {
        Kind::BadKey => "The security token included in the request is invalid.",
        Kind::NoModel => "The provided model identifier is invalid.",
        Kind::Quota(_) => "Too many requests, please wait before trying again.",
        _ => &fail.message,
    };
    json!({ "message": message })
}

/// A failure inside a stream: a frame of its own kind.
pub(super) fn error_event(fail: &Fail) -> Vec<u8> {
    let name = exception(fail);
    let mut lower = name.to_owned();
    if let Some(first) = lower.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    let headers = [
        (":exception-type", lower.as_str()),
        (":content-type", "application/json"),
        (":message-type", "exception"),
    ];
    frame::encode(&headers, error(fail).to_string().as_bytes())
}

pub(super) fn headers(stamp: &Stamp) -> Vec<(&'static str, String)> {
    let mut rng = Rng::with_seed(stamp.seed ^ 0xa3);
    let mut part = |length| words::hex(&mut rng, length);
    let id = format!("{}-{}-{}-{}-{}", part(8), part(4), part(4), part(4), part(12));
    vec![("x-amzn-requestid", id)]
}

#[cfg(test)]
mod tests {
    use super::unescaped;

    #[test]
    fn model_names_come_out_of_paths() {
        for (segment, model) in [("m", "m"), ("a.b-v1%3A0", "a.b-v1:0"), ("us%2Fm", "us/m"), ("50%", "50%")] {
            assert_eq!(unescaped(segment), model);
        }
    }
}
