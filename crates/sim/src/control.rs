//! `/_sim/`: the same as the handle, over HTTP, for tests in other languages.

use http::{Method, Response, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Bytes, Incoming};
use serde_json::{Value, json};

use crate::delivery::Delivery;
use crate::fleet::Shared;
use crate::script::Script;

/// The largest script.
const SCRIPT: usize = 4 << 20;

pub(crate) async fn control(
    shared: &Shared,
    method: &Method,
    path: &str,
    body: Incoming,
) -> Response<Delivery> {
    match (method.as_str(), path) {
        ("GET", "health") => reply(StatusCode::OK, &json!({ "status": "ok" })),
        ("GET", "received") => {
            let counts = shared.log.counts();
            reply(StatusCode::OK, &json!({ "counts": counts, "received": shared.log.received() }))
        }
        ("DELETE", "received") => {
            shared.clear();
            reply(StatusCode::OK, &json!({ "cleared": true }))
        }
        ("PUT", "script") => {
            let Ok(body) = Limited::new(body, SCRIPT).collect().await else {
                return problem(StatusCode::PAYLOAD_TOO_LARGE, "the script cannot be read");
            };
            let text = String::from_utf8_lossy(&body.to_bytes()).into_owned();
            match Script::from_yaml(&text) {
                Ok(script) => {
                    let providers: Vec<String> = script.providers.keys().cloned().collect();
                    shared.set_script(script);
                    reply(StatusCode::OK, &json!({ "providers": providers }))
                }
                Err(e) => problem(StatusCode::BAD_REQUEST, &e.to_string()),
            }
        }
        _ => problem(
            StatusCode::NOT_FOUND,
            "there are GET /_sim/health, GET and DELETE /_sim/received, and PUT /_sim/script",
        ),
    }
}

pub(crate) fn problem(status: StatusCode, message: &str) -> Response<Delivery> {
    reply(status, &json!({ "error": { "message": message } }))
}

pub(crate) fn reply(status: StatusCode, body: &Value) -> Response<Delivery> {
    let mut response = Response::new(Delivery::whole(Bytes::from(body.to_string()), None));
    *response.status_mut() = status;
    response.headers_mut().insert("content-type", http::HeaderValue::from_static("application/json"));
    response
}
