//! Errors, both ways: `{"message": …}`, the exception's name in the header `x-amzn-errortype` or in `__type`.

use serde_json::{Value, json};
use wye_types::error::{Fault, UpstreamError};
use wye_types::reply::ErrorReply;

use crate::error_words::{cap, plain};
/// The service's exceptions with the status each stands for (the API reference of Bedrock Runtime) and what it means,
/// where the status alone would mislead.
const EXCEPTIONS: [(&str, u16, Option<Fault>); 16] = [
    ("ValidationException", 400, None),
    ("ServiceQuotaExceededException", 400, Some(Fault::RateLimited)),
    ("AccessDeniedException", 403, None),
    ("UnrecognizedClientException", 403, Some(Fault::Auth)),
    ("InvalidSignatureException", 403, Some(Fault::Auth)),
    ("IncompleteSignatureException", 403, Some(Fault::Auth)),
    ("MissingAuthenticationTokenException", 403, Some(Fault::Auth)),
    ("ExpiredTokenException", 403, Some(Fault::Auth)),
    ("ResourceNotFoundException", 404, None),
    ("ModelTimeoutException", 408, None),
    ("ModelErrorException", 424, Some(Fault::Server)),
    ("ModelStreamErrorException", 424, Some(Fault::Server)),
    ("ThrottlingException", 429, None),
    ("ModelNotReadyException", 429, Some(Fault::Overloaded)),
    ("InternalServerException", 500, None),
    ("ServiceUnavailableException", 503, None),
];

fn exception(name: &str) -> Option<&'static (&'static str, u16, Option<Fault>)> {
    EXCEPTIONS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name))
}

/// Whether an answer is an error.
pub(super) fn is_error(tree: &Value) -> bool {
    tree.get("output").is_none()
        && (tree.get("__type").is_some()
            || tree.get("message").or(tree.get("Message")).is_some_and(Value::is_string))
}

/// Reads an error body.
pub(super) fn read(status: u16, body: &[u8]) -> UpstreamError {
    match serde_json::from_slice::<Value>(body) {
        Ok(tree) => read_tree(status, &tree, None),
        Err(_) => refine(UpstreamError::of_status(status, plain(status, body))),
    }
}

/// Reads an error that has been parsed. `name`: the exception's, where it came outside of the body.
pub(super) fn read_tree(status: u16, tree: &Value, name: Option<&str>) -> UpstreamError {
    let text = |key: &str| tree.get(key).and_then(Value::as_str);
    // `com.amazonaws.bedrock#ThrottlingException`, `ThrottlingException:http://…`
    let plain = |name: &str| {
        let name = name.split(':').next().unwrap_or(name);
        name.rsplit('#').next().unwrap_or(name).to_owned()
    };
    let kind = name.or_else(|| text("__type")).or_else(|| text("code")).map(plain);
    let known = kind.as_deref().and_then(exception);
    let inside = tree.get("originalStatusCode").and_then(Value::as_u64).and_then(|n| u16::try_from(n).ok());
    let status = match known {
        _ if status >= 400 => status,
        Some((_, status, _)) => *status,
        None => inside.filter(|n| (400..600).contains(n)).unwrap_or(500),
    };
    let message = ["message", "Message", "originalMessage"].into_iter().find_map(text);
    let message = message
        .filter(|text| !text.is_empty())
        .map_or_else(|| kind.clone().unwrap_or_else(|| tree.to_string()), str::to_owned);
    let mut error = UpstreamError::of_status(status, cap(&message));
    if let Some(fault) = known.and_then(|(_, _, fault)| *fault) {
        error.fault = fault;
    }
    error.kind = kind;
    refine(error)
}

/// What the words tell that status and name do not.
fn refine(mut error: UpstreamError) -> UpstreamError {
    let words = error.message.to_ascii_lowercase();
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(phrase));
    match error.fault {
        // The model failed; what the exception was called stands in a header.
        Fault::BadRequest if error.status == 424 => error.fault = Fault::Server,
        Fault::BadRequest
            if says(&[
                "input tokens exceeded",
                "number of input tokens exceeds",
                "input is too long",
                "prompt is too long",
                "exceeds the maximum context",
                "maximum context length",
                "exceed context limit",
                "too many input tokens",
            ]) =>
        {
            error.fault = Fault::ContextTooLong;
        }
        Fault::BadRequest
            if says(&["model identifier is invalid", "on-demand throughput isn", "model doesn't exist"]) =>
        {
            error.fault = Fault::NotFound;
        }
        Fault::Forbidden
            if says(&["security token", "signature we calculated", "signature expired", "api key"]) =>
        {
            error.fault = Fault::Auth;
        }
        Fault::RateLimited if says(&["per day", "daily"]) => error.exhausted = true,
        _ => {}
    }
    error
}

/// Writes an error for the client. SDKs look for the exception's name in a header, then in `code`, then in `__type`: our
/// own code has a name of its own, so that Amazon's clients raise their exceptions and repeat what they may.
pub(super) fn write(reply: &ErrorReply<'_>) -> Vec<u8> {
    let exact = reply.vendor_kind.and_then(exception).filter(|(_, status, _)| *status == reply.status);
    let name = exact.map_or_else(|| name_of(reply.status), |(name, ..)| *name);
    json!({"__type": name, "message": reply.message, "wye_code": reply.code}).to_string().into_bytes()
}

fn name_of(status: u16) -> &'static str {
    match status {
        401 | 403 => "AccessDeniedException",
        404 => "ResourceNotFoundException",
        408 | 504 => "ModelTimeoutException",
        429 => "ThrottlingException",
        400..=499 => "ValidationException",
        503 | 529 => "ServiceUnavailableException",
        _ => "InternalServerException",
    }
}

/// The exception that a stream may end with.
pub(super) fn exception_of(reply: &ErrorReply<'_>) -> &'static str {
    match reply.status {
        429 => "throttlingException",
        400..=499 => "validationException",
        503 | 529 => "serviceUnavailableException",
        502 | 504 => "modelStreamErrorException",
        _ => "internalServerException",
    }
}

/// The payload of such an exception.
pub(super) fn write_message(reply: &ErrorReply<'_>) -> Vec<u8> {
    json!({ "message": reply.message }).to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error_words::MAX_MESSAGE;

    #[test]
    fn faults_are_read_from_status_name_and_words() {
        let read = |status, body: &str| {
            let error = read(status, body.as_bytes());
            (error.status, error.fault, error.exhausted)
        };
        let words = |message: &str| json!({ "message": message }).to_string();
        let named = |name: &str| json!({"__type": name, "message": "m"}).to_string();
        assert_eq!(
            read(400, &words("Input is too long for requested model.")),
            (400, Fault::ContextTooLong, false)
        );
        assert_eq!(
            read(400, &words("The provided model identifier is invalid.")),
            (400, Fault::NotFound, false)
        );
        assert_eq!(
            read(403, &words("The security token included in the request is invalid.")).1,
            Fault::Auth
        );
        assert_eq!(read(403, &words("You don't have access to the model")).1, Fault::Forbidden);
        assert_eq!(
            read(429, &words("Too many tokens per day, please wait")),
            (429, Fault::RateLimited, true)
        );
        assert_eq!(read(400, &named("ServiceQuotaExceededException")).1, Fault::RateLimited);
        assert_eq!(read(424, &named("com.amazon#ModelErrorException")).1, Fault::Server);
        assert_eq!(read(200, &named("throttlingException:http://x/")), (429, Fault::RateLimited, false));
        assert_eq!(read(424, &words("The model produced no tokens")).1, Fault::Server);
        assert_eq!(read(502, "<html>").1, Fault::Server);
        assert!(super::read(500, "é".repeat(5000).as_bytes()).message.len() <= MAX_MESSAGE);
    }

    /// botocore and Amazon's SDK for JavaScript take `code` before `__type`: with a name of ours there they raise no
    /// `ThrottlingException`, and do not repeat what they repeat.
    #[test]
    fn sdks_find_the_exception_s_name() {
        let mut error =
            wye_types::error::GatewayError::new(wye_types::Code::ProviderRateLimited, "slow down");
        error.status = Some(429);
        let written: Value = serde_json::from_slice(&write(&ErrorReply::new(&error, "r"))).unwrap();
        assert_eq!(written["__type"], "ThrottlingException");
        assert_eq!((written.get("code"), written.get("Code")), (None, None));
        assert_eq!(written["wye_code"], "provider_rate_limited");
    }
}
