//! The door to conversations: the handshake (RFC 6455 §4.2), and a place for what runs once it is done.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::header::{CONNECTION, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{HeaderMap, HeaderValue, StatusCode};
use hyper::upgrade::OnUpgrade;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wye_limits::Moment;
use wye_pipeline::live::Live;
use wye_pipeline::realtime::{OFFERED, Offer, Opening};
use wye_pipeline::{Caller, Inbound};
use wye_types::error::GatewayError;
use wye_types::{Code, DialectId};
use wye_wire::dialect::PathAsk;

use crate::app::App;
use crate::arrival::Arrival;
use crate::door::{admitted, respond};
use crate::headers;

/// What browsers put their key behind, since they cannot set headers: OpenAI's own way.
const KEY: &str = "openai-insecure-api-key.";

/// Where a conversation runs that has outgrown the connection it began on, and when it is to end. Requests that ask for
/// one carry it.
#[derive(Clone, Debug)]
pub(crate) struct Beside {
    pub(crate) tracker: TaskTracker,
    pub(crate) stop: CancellationToken,
}

pub(crate) async fn realtime(State(app): State<Arc<App>>, mut request: Request) -> Response {
    let upgrade = hyper::upgrade::on(&mut request);
    let beside = request.extensions_mut().remove::<Beside>();
    Box::pin(enter(app, request, (upgrade, beside))).await
}

async fn enter(app: Arc<App>, request: Request, (upgrade, beside): (OnUpgrade, Option<Beside>)) -> Response {
    let pipeline = &app.pipeline;
    let live = pipeline.live();
    let (mut parts, _) = request.into_parts();
    let dialect = DialectId::OpenAiChat;
    let arrival = Arrival::now(&app, &live, dialect, (&parts.headers, &parts.extensions));
    take_key(&mut parts.headers);
    let caller = match admitted(pipeline, &live, &parts.headers) {
        Ok(caller) => caller,
        Err(error) => return arrival.refuse(&Caller::default(), &error),
    };
    let offered = offer(&parts.headers, parts.uri.query()).and_then(|offer| {
        let missing = || GatewayError::new(Code::GatewayInternal, "the connection can only speak HTTP");
        Ok((offer, beside.ok_or_else(missing)?))
    });
    let (offer, beside) = match offered {
        Ok(offered) => offered,
        Err(error) => {
            let mut refused = arrival.refuse(&caller, &error);
            refused.headers_mut().insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
            return refused;
        }
    };
    let received = Moment::of(pipeline.clock());
    let Arrival { id, arrived, request_id, client, .. } = arrival;
    let inbound = inbound((live, caller, parts.headers), (id, arrived, received, client));
    let mut response = match Box::pin(pipeline.realtime(inbound, offer)).await {
        Opening::Refused(reply) => respond(dialect, reply, &request_id),
        Opening::Open(facts, told, conversation) => {
            beside.tracker.spawn(conversation.run(upgrade, beside.stop));
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
            let headers = response.headers_mut();
            headers.extend(told);
            headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
            headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
            headers::put_request_id(headers, dialect, &request_id);
            headers::put_facts(headers, dialect, &facts);
            response
        }
    };
    app.condition.mark(response.headers_mut());
    response
}

type Times = (wye_types::RequestId, std::time::Duration, Moment, Option<std::net::IpAddr>);

fn inbound(
    (live, caller, headers): (std::sync::Arc<Live>, Caller, HeaderMap),
    (id, arrived, received, client): Times,
) -> Inbound {
    let (dialect, path, body) = (DialectId::OpenAiChat, PathAsk::default(), Bytes::new());
    Inbound { live, id, arrived, received, caller, client, dialect, path, headers, body }
}

/// Takes a key out of the protocols, to where keys are looked for.
fn take_key(headers: &mut HeaderMap) {
    let names = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|value| value.to_str().ok());
    let names: Vec<&str> = names.flat_map(|value| value.split(',')).map(str::trim).collect();
    let Some(key) = names.iter().find_map(|name| name.strip_prefix(KEY)) else { return };
    let bearer = HeaderValue::from_str(&format!("Bearer {key}"));
    let others: Vec<&str> = names.iter().copied().filter(|name| !name.starts_with(KEY)).collect();
    let others = HeaderValue::from_str(&others.join(", "));
    headers.remove(SEC_WEBSOCKET_PROTOCOL);
    if let Ok(others) = others
        && !others.is_empty()
    {
        headers.insert(SEC_WEBSOCKET_PROTOCOL, others);
    }
    if let Ok(mut bearer) = bearer {
        bearer.set_sensitive(true);
        headers.insert(http::header::AUTHORIZATION, bearer);
    }
}

/// What is asked for.
fn offer(headers: &HeaderMap, query: Option<&str>) -> Result<Offer, GatewayError> {
    let invalid = |message: &str| GatewayError::new(Code::CallerInvalidRequest, message);
    let says = |name: &http::HeaderName, wanted: &str| {
        let mut values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.any(|value| value.split(',').any(|word| word.trim().eq_ignore_ascii_case(wanted)))
    };
    if !says(&UPGRADE, "websocket") || !says(&CONNECTION, "upgrade") || !says(&SEC_WEBSOCKET_VERSION, "13") {
        return Err(invalid(
            "conversations are held over a WebSocket of version 13; ask for an upgrade to one",
        ));
    }
    let mut kept = HeaderMap::new();
    for name in OFFERED.iter().chain(&[http::HeaderName::from_static("openai-beta")]) {
        for value in headers.get_all(name) {
            kept.append(name.clone(), value.clone());
        }
    }
    if !kept.contains_key(&OFFERED[0]) {
        return Err(invalid("`sec-websocket-key` is missing"));
    }
    let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let model = pairs.filter(|(name, _)| name == "model").map(|(_, model)| model.into_owned()).next();
    let missing = || invalid("`model` is missing in the query; write /v1/realtime?model=NAME").param("model");
    Ok(Offer { model: model.ok_or_else(missing)?, headers: kept })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    const ASKS: [(&str, &str); 4] = [
        ("upgrade", "WebSocket"),
        ("connection", "keep-alive, Upgrade"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];

    #[test]
    fn a_key_among_the_protocols_is_a_key_and_goes_no_further() {
        let mut headers = map(&[(
            "sec-websocket-protocol",
            "realtime, openai-insecure-api-key.sk-1, openai-beta.realtime-v1",
        )]);
        take_key(&mut headers);
        assert_eq!(headers["authorization"], "Bearer sk-1");
        assert_eq!(headers["sec-websocket-protocol"], "realtime, openai-beta.realtime-v1");
        let mut headers = map(&[("sec-websocket-protocol", "realtime"), ("authorization", "Bearer sk-2")]);
        take_key(&mut headers);
        assert_eq!(
            (&headers["authorization"], &headers["sec-websocket-protocol"]),
            (&"Bearer sk-2".parse().unwrap(), &"realtime".parse().unwrap())
        );
        let mut headers = map(&[("sec-websocket-protocol", "openai-insecure-api-key.sk-3")]);
        take_key(&mut headers);
        assert!(!headers.contains_key("sec-websocket-protocol"));
    }

    #[test]
    fn an_offer_is_whole_or_refused() {
        let whole = offer(&map(&ASKS), Some("x=1&model=openai%2Fgpt-realtime")).unwrap();
        assert_eq!(whole.model, "openai/gpt-realtime");
        assert_eq!(whole.headers.len(), 2);
        assert_eq!(offer(&map(&ASKS), None).unwrap_err().param.as_deref(), Some("model"));
        for left_out in ASKS {
            let some: Vec<_> = ASKS.into_iter().filter(|pair| *pair != left_out).collect();
            assert!(offer(&map(&some), Some("model=m")).is_err(), "{left_out:?}");
        }
    }
}
