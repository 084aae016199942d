//! A request at the door, before anything of it is known but its head.

use std::net::IpAddr;
use std::time::Duration;

use axum::response::Response;
use http::{Extensions, HeaderMap, HeaderName};
use wye_pipeline::{Caller, Facts, Live};
use wye_types::error::GatewayError;
use wye_types::{DialectId, RequestId};

use crate::app::App;
use crate::peer::{self, Peer};
use crate::{headers, rescue};

/// Made once: a name that is a text is parsed at each look.
static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request that has just arrived.
pub(crate) struct Arrival<'a> {
    pub(crate) id: RequestId,
    /// When it arrived, by the wall clock.
    pub(crate) unix_ms: u64,
    /// The same on the monotonic clock.
    pub(crate) arrived: Duration,
    /// In whose words its client is answered.
    pub(crate) dialect: DialectId,
    /// The client's own request id where it sent one, else ours.
    pub(crate) request_id: String,
    /// Where its client is, where that is known.
    pub(crate) client: Option<IpAddr>,
    app: &'a App,
}

impl<'a> Arrival<'a> {
    /// A request that arrives now. Its client's address is the connection's, or what a trusted proxy says.
    pub(crate) fn now(
        app: &'a App,
        live: &Live,
        dialect: DialectId,
        (headers, extensions): (&HeaderMap, &Extensions),
    ) -> Self {
        let pipeline = &*app.pipeline;
        let unix_ms = pipeline.clock().unix_ms();
        let id = pipeline.new_id(unix_ms);
        let request_id = request_id(headers).unwrap_or_else(|| id.behind(""));
        let peer = extensions.get::<Peer>();
        let trusted = &live.access.trusted_proxies;
        let client = peer.map(|peer| peer::client(peer.remote.ip(), headers, trusted).address);
        Self { id, unix_ms, arrived: pipeline.clock().mono(), dialect, request_id, client, app }
    }

    /// Refuses it, with a record.
    pub(crate) fn refuse(&self, caller: &Caller, error: &GatewayError) -> Response {
        self.app.pipeline.refused_at_door((self.id, self.arrived, self.client), self.dialect, caller, error);
        let mut response = rescue::error(self.dialect, error, &self.request_id);
        headers::put_facts(
            response.headers_mut(),
            self.dialect,
            &Facts { id: Some(self.id), ..Facts::default() },
        );
        self.app.condition.mark(response.headers_mut());
        response
    }
}

/// The client's own request id, if it is fit to be echoed.
fn request_id(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(&REQUEST_ID)?.to_str().ok()?;
    let fit = !text.is_empty() && text.len() <= 128 && text.bytes().all(|b| b.is_ascii_graphic());
    fit.then(|| text.to_owned())
}
