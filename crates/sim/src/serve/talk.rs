//! The handshake of a conversation (RFC 6455 §4.2.2).

use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use http::{HeaderValue, Response, StatusCode};
use hyper::upgrade::OnUpgrade;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use serde_json::Value;

use super::Visit;
use crate::delivery::Delivery;
use crate::dialect::{Operation, Target, unversioned};
use crate::fail::{Fail, Outcome};
use crate::talk::Talk;

/// What every handshake is answered with.
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Where a connection finds what it has become.
pub(crate) type Becomes = Arc<Mutex<Option<Talk>>>;

impl Visit<'_> {
    /// Whether a conversation is asked for.
    pub(super) fn is_talk(&self) -> bool {
        self.dialect.is_openai() && unversioned(self.rest, &["v1"]) == "realtime"
    }

    /// Agrees to a conversation, or does not.
    pub(super) fn talk(&self, upgrade: OnUpgrade, becomes: &Becomes) -> Response<Delivery> {
        let name =
            self.query.split('&').find_map(|pair| pair.strip_prefix("model=")).unwrap_or("").to_owned();
        let target =
            Target { operation: Operation::ListModels, model: Some(name.clone()), stream: true, sse: false };
        let key = self.key();
        let ending =
            self.shared.log.note(self.received(&target, key.as_ref().ok().copied().flatten(), Value::Null));
        match key.and_then(|_| self.accepted(&name)) {
            Err(fail) => self.refuse(&fail, &self.stamp(&name, false, 0), Some(ending)),
            Ok((accept, model)) => {
                let talk = Talk {
                    upgrade,
                    seed: self.live.seed,
                    provider: self.name.to_owned(),
                    name,
                    model: model.clone(),
                    ending,
                };
                *becomes.lock().unwrap_or_else(PoisonError::into_inner) = Some(talk);
                let mut response = Response::new(Delivery::whole(Bytes::new(), None));
                *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
                let headers = response.headers_mut();
                headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
                headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
                headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
                if self.parts.headers.contains_key(SEC_WEBSOCKET_PROTOCOL) {
                    headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static("realtime"));
                }
                response
            }
        }
    }

    fn accepted(&self, name: &str) -> Outcome<(HeaderValue, &crate::script::Model)> {
        let model = self.find(name)?;
        let key = self.parts.headers.get(SEC_WEBSOCKET_KEY).and_then(|key| key.to_str().ok());
        let key = key.ok_or_else(|| Fail::new(426, "A WebSocket is needed here."))?;
        let accept = STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, format!("{key}{GUID}").as_bytes()));
        let accept = HeaderValue::try_from(accept).map_err(|error| Fail::new(400, error.to_string()))?;
        Ok((accept, model))
    }
}
