//! The OpenAPI document, written from the table of endpoints.

use serde_json::Value;
use utoipa::openapi::path::{HttpMethod, Operation};
use utoipa::openapi::request_body::RequestBody;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Components, Content, Info, OpenApi, Paths, Required, Response};

use super::endpoint::{Call, Endpoint, Schemas, Who};
use super::input::{Json, Text, in_path};
use super::page::PageSize;
use super::problem::Problem;
use super::{PREFIX, table};

/// The document.
pub(super) async fn show_openapi(_: Call, (): ()) -> Result<Json<Value>, Problem> {
    Ok(Json(document()))
}

/// The OpenAPI 3.1 document of the admin API.
#[must_use]
pub fn document() -> Value {
    let mut schemas = Schemas::default();
    let problem = schemas.of::<Problem>();
    // Parameters refer to these, and nothing but a body brings its schemas along.
    schemas.of::<PageSize>();
    schemas.of::<Text<20>>();
    schemas.of::<Text<64>>();
    schemas.of::<Text<200>>();
    schemas.of::<Text<300>>();
    schemas.of::<Text<400>>();
    schemas.of::<Text<500>>();
    let mut paths = Paths::new();
    for endpoint in table::endpoints() {
        let described = operation(&endpoint, &mut schemas, &Content::new(Some(problem.clone())));
        paths.add_path_operation(format!("{PREFIX}{}", endpoint.path), vec![method(&endpoint)], described);
    }
    let mut info = Info::new("Wye admin API", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "Times are Unix milliseconds unless a name says otherwise, money is nano-dollars. Errors are RFC 9457 problems. \
         Lists come in pages: send `next` as `cursor`."
            .to_owned(),
    );
    let mut components = Components::new();
    components.schemas = schemas.0.into_iter().collect();
    components.add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    let cookie = ApiKeyValue::with_description(
        "__Host-wye_session",
        "Set by logging in. Changes also need the header x-wye-csrf, whose value is in the cookie __Host-wye_csrf.",
    );
    components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    let mut document = OpenApi::new(info, paths);
    document.components = Some(components);
    serde_json::to_value(document).unwrap_or_default()
}

fn operation(endpoint: &Endpoint, schemas: &mut Schemas, problem: &Content) -> Operation {
    let (mut parameters, body) = (endpoint.input)(schemas);
    parameters.extend(endpoint.in_path().map(in_path));
    let answer = (endpoint.output)(schemas);
    let mut well = Response::new(answer.status.canonical_reason().unwrap_or("Done"));
    if let Some((kind, content)) = answer.content {
        well.content.insert(kind.to_owned(), content.into());
    }
    let mut wrong = Response::new("What went wrong");
    wrong.content.insert("application/problem+json".to_owned(), problem.clone().into());
    let mut operation = Operation::new();
    operation.operation_id = Some(endpoint.name.to_owned());
    operation.summary = Some(endpoint.says.to_owned());
    operation.description = Some(who(endpoint.who));
    operation.parameters =
        (!parameters.is_empty()).then_some(parameters.into_iter().map(Into::into).collect());
    operation.request_body = body.map(|content| {
        let mut body = RequestBody::new();
        body.content.insert("application/json".to_owned(), content.into());
        body.required = Some(Required::True);
        body.into()
    });
    operation.responses.responses.insert(answer.status.as_str().to_owned(), well.into());
    operation.responses.responses.insert("default".to_owned(), wrong.into());
    if endpoint.who != Who::Anyone {
        let none: [&str; 0] = [];
        operation.security =
            Some(vec![SecurityRequirement::new("cookie", none), SecurityRequirement::new("bearer", none)]);
    }
    operation
}

/// Who may, in words.
pub(super) fn who(who: Who) -> String {
    match who {
        Who::Anyone => "For everybody.".to_owned(),
        Who::SignedIn => "For everybody who is signed in.".to_owned(),
        Who::Person => {
            "For everybody who is signed in with a password; not for tokens of scripts.".to_owned()
        }
        Who::May(action) => format!("For the role {} and above.", action.least().name()),
        Who::PersonMay(action) => {
            format!(
                "For the role {} and above, signed in with a password; not for tokens of scripts.",
                action.least().name()
            )
        }
    }
}

fn method(endpoint: &Endpoint) -> HttpMethod {
    match endpoint.method.as_str() {
        "POST" => HttpMethod::Post,
        "PUT" => HttpMethod::Put,
        "PATCH" => HttpMethod::Patch,
        "DELETE" => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}
