//! Which web pages may call the clients' doors: those of the origins that the configuration lists, none unless it does.
//!
//! Pages authenticate with a key in a header, so answers never allow credentials; with `*` that would open the doors to
//! whatever a browser sends by itself. The admin API is for pages of its own origin only.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use crate::app::App;

/// How long a browser remembers what it was told, in seconds.
const REMEMBERED: HeaderValue = HeaderValue::from_static("600");

/// Whether pages of this origin are listed.
pub(crate) fn is_listed(origins: &[String], origin: &HeaderValue) -> bool {
    origins.iter().any(|listed| listed == "*" || listed.as_bytes().eq_ignore_ascii_case(origin.as_bytes()))
}

/// Tells browsers which pages may call.
pub(crate) async fn tell(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(origin) = request.headers().get(ORIGIN) else { return next.run(request).await };
    let live = app.pipeline.live();
    let origins = &live.access.cors_origins;
    if request.uri().path().starts_with("/api/v1/") || !is_listed(origins, origin) {
        return next.run(request).await;
    }
    let told = if origins.iter().any(|listed| listed == "*") {
        HeaderValue::from_static("*")
    } else {
        origin.clone()
    };
    let asks_first = *request.method() == Method::OPTIONS;
    let mut response = if asks_first && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
        preflight(request.headers())
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, told);
    headers.append(VARY, HeaderValue::from_static("origin"));
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("*"));
    response
}

/// The answer to a browser that asks whether it may. Which headers it wants to send is its affair: none of them is a
/// credential that it has without the page.
fn preflight(asked: &HeaderMap) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    if let Some(names) = asked.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    headers.insert(ACCESS_CONTROL_MAX_AGE, REMEMBERED);
    headers.append(VARY, HeaderValue::from_static("access-control-request-headers"));
    response
}
