//! Whose request it is: keys, signatures and tokens.

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use serde_json::Value;

use super::{BODY, Visit};
use crate::control;
use crate::credential;
use crate::delivery::Delivery;
use crate::dialect::{Operation, Target};
use crate::fail::{Fail, Kind, Outcome};

impl Visit<'_> {
    /// The index of the key the request carries; `None` if the provider is open.
    pub(super) fn key(&self) -> Outcome<Option<usize>> {
        let keys = &self.seat.provider.keys;
        if self.seat.provider.service_account {
            let known = credential::has_token(self.parts, &self.seat.signer);
            let refused = || Fail::of(401, Kind::BadKey, "Request had invalid authentication credentials.");
            return known.then_some(None).ok_or_else(refused);
        }
        if let Some(signed) = credential::signed_by(self.parts, keys) {
            return signed.map(Some);
        }
        if keys.is_empty() {
            return Ok(None);
        }
        let given = self.dialect.key(&self.parts.headers, self.query);
        match given.and_then(|key| keys.iter().position(|k| *k == key)) {
            Some(index) => Ok(Some(index)),
            None => Err(Fail::of(401, Kind::BadKey, "Incorrect API key provided.")),
        }
    }

    /// A signature covers the body, so it is checked when that is there.
    pub(super) fn verified(&self, key: Outcome<Option<usize>>, body: &Bytes) -> Outcome<Option<usize>> {
        let place = key?;
        if let Some(key) = place.and_then(|place| self.seat.provider.keys.get(place)) {
            let now = self.shared.calendar.unix();
            credential::holds(self.parts, key, self.parts.uri.path(), body, now)?;
        }
        Ok(place)
    }

    /// Makes a token.
    pub(super) async fn token(&self, body: Incoming) -> Response<Delivery> {
        let body = Limited::new(body, BODY).collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        let target = Target { operation: Operation::ListModels, model: None, stream: false, sse: false };
        let mut ending = self.shared.log.note(self.received(&target, None, Value::Null));
        ending.finish();
        let nonce = self.seat.count("oauth/token");
        let made = credential::exchange(&body, &self.seat.signer, nonce, self.shared.calendar.unix());
        let (status, body) = made.map_or_else(|refused| refused, |token| (200, token));
        control::reply(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), &body)
    }
}
