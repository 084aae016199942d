//! Which web pages may call the clients' doors: those of the origins that the configuration lists, none unless it does.
//!
//! Pages authenticate with a key in a header, so answers never allow credentials; with `*` that would open the doors to
//! whatever a browser sends by itself. The admin API is for pages of its own origin only.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, HttpBody};
use axum::response::Response;
use axum::routing::future::RouteFuture;
use axum::{BoxError, Router};
use bytes::Bytes;
use futures_util::future::{BoxFuture, Either};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use tower::Service;

use crate::app::App;
use crate::{door, prefix};

/// How long a browser remembers what it was told, in seconds.
const REMEMBERED: HeaderValue = HeaderValue::from_static("600");

/// Whether pages of this origin are listed.
pub(crate) fn is_listed(origins: &[String], origin: &HeaderValue) -> bool {
    origins.iter().any(|listed| listed == "*" || listed.as_bytes().eq_ignore_ascii_case(origin.as_bytes()))
}

/// An answer that is being made.
type Answering = Either<RouteFuture<Infallible>, BoxFuture<'static, Result<Response, Infallible>>>;

/// The paths, and what browsers are told at all of them.
///
/// Around the router and not a layer in it: a layer boxes a future for every request, which those without an origin,
/// nearly all, need not pay for.
#[derive(Debug, Clone)]
pub struct Doors {
    paths: Router,
    app: Arc<App>,
    /// Whether clients call here, and not only the console.
    for_clients: bool,
    /// Whether a key that a console's page may have got from another node was looked for.
    met: bool,
}

impl Doors {
    pub(crate) const fn new(paths: Router, app: Arc<App>, for_clients: bool) -> Self {
        Self { paths, app, for_clients, met: false }
    }

    /// The answer. Chat calls, which nearly all requests are, go to their door at once: on their way through all paths each is
    /// boxed three times more.
    fn answer<B>(&mut self, request: http::Request<B>) -> Answering
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        match door::chat_of(&request).filter(|_| self.for_clients) {
            Some(dialect) => {
                let (app, request) = (Arc::clone(&self.app), request.map(Body::new));
                Either::Right(Box::pin(async move { Ok(door::chat(app, dialect, request).await) }))
            }
            None => Either::Left(self.paths.call(request)),
        }
    }

    /// The page that a request comes from, if it is one that may call here.
    fn page<B>(&self, request: &http::Request<B>) -> Option<Page> {
        let origin = request.headers().get(ORIGIN)?;
        let live = self.app.pipeline.live();
        let origins = &live.access.cors_origins;
        if request.uri().path().starts_with("/api/v1/") {
            return None;
        }
        // The console may have an address of its own; a page of it that was given a key may call from there.
        let pipeline = &self.app.pipeline;
        let own = || pipeline.guests().come_from(origin, pipeline.clock().unix_ms());
        if !is_listed(origins, origin) && !own() {
            return None;
        }
        let any = origins.iter().any(|listed| listed == "*");
        let asks_first = *request.method() == Method::OPTIONS
            && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        Some(Page {
            told: if any { HeaderValue::from_static("*") } else { origin.clone() },
            preflight: asks_first.then(|| preflight(request.headers())),
        })
    }
}

impl<B> Service<http::Request<B>> for Doors
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: http::Request<B>) -> Self::Future {
        if !self.met
            && let Some(guests) = &self.app.guests
            && let Some(key) = guests.stranger(request.headers())
        {
            // Met once, it is known; whoever it is, the way goes on without looking again.
            let (guests, mut known) = (Arc::clone(guests), Self { met: true, ..self.clone() });
            return Either::Right(Box::pin(async move {
                guests.meet(&key).await;
                known.call(request).await
            }));
        }
        prefix::take_off(&mut request);
        match self.page(&request) {
            None => self.answer(request),
            Some(page) => Either::Right(Box::pin(page.told(self.answer(request)))),
        }
    }
}

/// A page that may call.
struct Page {
    told: HeaderValue,
    /// The answer, where its browser only asks whether it may.
    preflight: Option<Response>,
}

impl Page {
    async fn told(self, answer: Answering) -> Result<Response, Infallible> {
        let mut response = match self.preflight {
            Some(preflight) => preflight,
            None => answer.await?,
        };
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, self.told);
        headers.append(VARY, HeaderValue::from_static("origin"));
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("*"));
        Ok(response)
    }
}

/// The answer to a browser that asks whether it may. Which headers it wants to send is its affair: none of them is a
/// credential that it has without the page.
fn preflight(asked: &HeaderMap) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, DELETE"));
    if let Some(names) = asked.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    headers.insert(ACCESS_CONTROL_MAX_AGE, REMEMBERED);
    headers.append(VARY, HeaderValue::from_static("access-control-request-headers"));
    response
}
