//! The doors of calls whose body is a form with files: find the caller, read the form as far as is needed to know where it
//! goes, hand over. The same calls are taken in JSON, where the words of an API have that.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::request::Parts;
use wye_limits::Moment;
use wye_pipeline::upload::{Coming, Expected, Form, Limits};
use wye_pipeline::{Caller, Inbound};
use wye_types::error::GatewayError;
use wye_types::{Code, DialectId, Kind};
use wye_wire::Shape;
use wye_wire::dialect::PathAsk;
use wye_wire::multipart::boundary;

use crate::app::App;
use crate::arrival::Arrival;
use crate::door;

pub(crate) async fn transcriptions(State(app): State<Arc<App>>, request: Request) -> Response {
    take(app, Kind::Transcriptions, request).await
}

pub(crate) async fn translations(State(app): State<Arc<App>>, request: Request) -> Response {
    take(app, Kind::Translations, request).await
}

pub(crate) async fn image_edits(State(app): State<Arc<App>>, request: Request) -> Response {
    take(app, Kind::ImageEdits, request).await
}

pub(crate) async fn image_variations(State(app): State<Arc<App>>, request: Request) -> Response {
    take(app, Kind::ImageVariations, request).await
}

async fn take(app: Arc<App>, kind: Kind, request: Request) -> Response {
    let json = request.headers().get(CONTENT_TYPE).is_some_and(|value| {
        value
            .to_str()
            .is_ok_and(|value| value.trim_start().to_ascii_lowercase().starts_with("application/json"))
    });
    if json {
        let sound = matches!(kind, Kind::Transcriptions | Kind::Translations);
        let shape = if sound { Shape::OpenRouter } else { Shape::OpenAi };
        return door::serve(app, (kind, shape), request).await;
    }
    Box::pin(enter(app, kind, request)).await
}

async fn enter(app: Arc<App>, kind: Kind, request: Request) -> Response {
    const DIALECT: DialectId = DialectId::OpenAiChat;
    let pipeline = &app.pipeline;
    let live = pipeline.live();
    let (parts, incoming) = request.into_parts();
    let arrival = Arrival::now(&app, &live, DIALECT, (&parts.headers, &parts.extensions));
    let caller = match door::admitted(pipeline, &live, &parts.headers) {
        Ok(caller) => caller,
        Err(error) => return arrival.refuse(&Caller::default(), &error),
    };
    let form = match expected(kind, &parts, live.upload_limit) {
        Ok(expected) => {
            let limits = Limits { size: live.upload_limit, patience: live.body_timeout };
            let coming = Coming::new(incoming, &expected.boundary, limits);
            Box::pin(Form::read(coming, expected)).await
        }
        Err(error) => Err(error),
    };
    let form = match form {
        Ok(form) => form,
        Err(error) => return arrival.refuse(&caller, &error),
    };
    let received = Moment::of(pipeline.clock());
    let Arrival { id, arrived, request_id, client, .. } = arrival;
    let inbound = Inbound {
        live,
        id,
        arrived,
        received,
        caller,
        client,
        dialect: DIALECT,
        path: PathAsk::default(),
        headers: parts.headers,
        body: bytes::Bytes::new(),
    };
    let reply = Box::pin(pipeline.upload(inbound, kind, form)).await;
    let mut response = door::respond(DIALECT, reply, &request_id);
    app.condition.mark(response.headers_mut());
    response
}

/// What the head of a request says of its form.
fn expected(kind: Kind, parts: &Parts, limit: u64) -> Result<Expected, GatewayError> {
    let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    if text(CONTENT_ENCODING.as_str()).is_some_and(|coding| !coding.eq_ignore_ascii_case("identity")) {
        let message = "forms with files are taken as they are; send it without `content-encoding`";
        return Err(GatewayError::new(Code::CallerUnsupportedEncoding, message));
    }
    let boundary = boundary(text(CONTENT_TYPE.as_str()).unwrap_or_default()).map_err(|error| {
        GatewayError::new(Code::CallerInvalidRequest, error.message).param("content-type")
    })?;
    let length = text(CONTENT_LENGTH.as_str()).and_then(|value| value.parse().ok());
    if length.is_some_and(|length: u64| length > limit) {
        let message = format!("the form is larger than {limit} bytes, which is the `upload_limit`");
        return Err(GatewayError::new(Code::CallerBodyTooLarge, message));
    }
    let in_query = || {
        let pairs = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        pairs.into_iter().find(|(key, _)| key == "model").map(|(_, value)| value.into_owned())
    };
    let model = text("x-wye-model").map(str::to_owned).or_else(in_query).filter(|model| !model.is_empty());
    Ok(Expected { kind, boundary, length, model })
}
