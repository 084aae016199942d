//! A row of the table of endpoints: what is called how, who may, and what does it. The router, the gate, the OpenAPI
//! document and the tests all read the same row, so that none of them can know an endpoint that the others do not.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::path::Parameter;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{Content, Ref, RefOr};
use wye_admin::{Action, Principal};
use wye_types::Code;

use super::Admin;
use super::cookie::Cookies;
use super::input::{Input, Json};
use super::problem::Problem;

/// The most bytes of a body, unless the row says otherwise.
const BODY: u64 = 1 << 20;

/// Who may call an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// Everybody: it is how one comes to have a session.
    Anyone,
    /// Everybody who is signed in, as themselves.
    SignedIn,
    /// The same, but a script's token will not do: it must not outlive itself or lock its owner out.
    Person,
    /// Whoever may do this.
    May(Action),
    /// The same, but a script's token will not do: who finds one must not make users of it.
    PersonMay(Action),
}

/// A row of the table.
pub(crate) struct Endpoint {
    pub(crate) method: Method,
    /// The path, below `/api/v1`.
    pub(crate) path: &'static str,
    pub(crate) who: Who,
    /// The operation's id; also what the audit log calls it.
    pub(crate) name: &'static str,
    /// What it does, for the document.
    pub(crate) says: &'static str,
    /// The most bytes of its body.
    pub(crate) most: u64,
    /// Whether it has a body at all.
    pub(crate) body: bool,
    /// Whether it leaves a trace in the audit log.
    pub(crate) audited: bool,
    pub(crate) input: fn(&mut Schemas) -> (Vec<Parameter>, Option<Content>),
    pub(crate) output: fn(&mut Schemas) -> Described,
    run: Run,
}

type Done = Pin<Box<dyn Future<Output = Result<Response, Problem>> + Send>>;
type Run = Box<dyn Fn(Call, Sent) -> Done + Send + Sync>;

/// What of a request only its input reads.
pub(crate) struct Sent {
    pub(crate) query: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// What an endpoint answers, for the document.
pub(crate) struct Described {
    pub(crate) status: StatusCode,
    pub(crate) content: Option<(&'static str, Content)>,
}

impl Endpoint {
    /// A row. What it takes and answers follows from its handler.
    pub(crate) fn new<I, O, F, Fut>(method: Method, path: &'static str, who: Who, handler: F) -> Self
    where
        I: Input + Send + 'static,
        O: Output,
        F: Fn(Call, I) -> Fut + Send + Sync + Copy + 'static,
        Fut: Future<Output = Result<O, Problem>> + Send + 'static,
    {
        let run: Run = Box::new(move |call, sent: Sent| {
            match I::read(sent.query.as_deref(), &sent.headers, &sent.body) {
                Err(problem) => Box::pin(std::future::ready(Err(problem))),
                Ok(input) => {
                    let doing = Box::pin(handler(call, input));
                    Box::pin(async move { Ok(doing.await?.response()) })
                }
            }
        });
        Self {
            audited: method != Method::GET,
            method,
            path,
            who,
            name: "",
            says: "",
            most: BODY,
            body: I::BODY,
            input: |schemas| (I::parameters(), I::content(schemas)),
            output: O::describe,
            run,
        }
    }

    /// Its operation id and what it does.
    pub(crate) fn called(mut self, name: &'static str, says: &'static str) -> Self {
        self.name = name;
        self.says = says;
        self
    }

    /// Takes bodies of up to so many bytes.
    pub(crate) fn taking(mut self, most: u64) -> Self {
        self.most = most;
        self
    }

    /// Leaves its traces in the audit log itself, because it knows more than who called what, or changes nothing.
    pub(crate) fn audits_itself(mut self) -> Self {
        self.audited = false;
        self
    }

    /// Does it.
    pub(crate) fn run(&self, call: Call, sent: Sent) -> Done {
        (self.run)(call, sent)
    }

    /// The names of the parameters in its path.
    pub(crate) fn in_path(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }
}

/// Where a call comes from.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    /// The client's address, as far as trusted proxies tell it.
    pub(crate) address: IpAddr,
    /// What the client says it is; cut.
    pub(crate) agent: String,
    /// Whether it came over https.
    pub(crate) https: bool,
    /// Whether cookies may be without `Secure`: plain http that does not leave this machine.
    pub(crate) local: bool,
    /// The host as the client names it.
    pub(crate) host: String,
    /// What a trusted proxy took off the path; empty: nothing.
    pub(crate) prefix: String,
    /// The origin of the page that calls, if it is one. The gate has let it in.
    pub(crate) page: Option<String>,
}

/// A call that was let in.
pub(crate) struct Call {
    pub(crate) admin: Arc<Admin>,
    pub(crate) origin: Origin,
    pub(crate) principal: Option<Principal>,
    pub(crate) cookies: Cookies,
    pub(crate) path: Vec<(String, String)>,
    pub(crate) if_match: Option<String>,
    pub(crate) note: Note,
}

impl Call {
    /// Who calls. The gate let nobody through to an endpoint for those who are signed in.
    pub(crate) fn principal(&self) -> Result<&Principal, Problem> {
        self.principal.as_ref().ok_or_else(|| Problem::new(Code::CallerUnauthenticated, "sign in first"))
    }

    /// A parameter of the path. The router fills in every one that the row names.
    pub(crate) fn param(&self, name: &str) -> &str {
        self.path.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}

/// What an endpoint adds to its trace in the audit log.
#[derive(Clone, Default)]
pub(crate) struct Note(Arc<Mutex<serde_json::Map<String, serde_json::Value>>>);

impl Note {
    /// Adds a fact. Never a secret.
    pub(crate) fn add(&self, name: &str, value: impl Into<serde_json::Value>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), value.into());
    }

    /// All of them.
    pub(crate) fn take(&self) -> serde_json::Map<String, serde_json::Value> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Schemas that the document names, gathered while rows are described.
#[derive(Default)]
pub(crate) struct Schemas(pub(crate) BTreeMap<String, RefOr<Schema>>);

impl Schemas {
    /// A reference to a type's schema.
    pub(crate) fn of<T: ToSchema>(&mut self) -> RefOr<Schema> {
        let name = T::name().into_owned();
        let mut named = vec![(name.clone(), T::schema())];
        T::schemas(&mut named);
        self.0.extend(named);
        RefOr::Ref(Ref::from_schema_name(name))
    }
}

/// What a handler answers.
pub(crate) trait Output {
    /// As a response.
    fn response(self) -> Response;
    /// For the document.
    fn describe(schemas: &mut Schemas) -> Described;
}

impl Output for () {
    fn response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        response
    }

    fn describe(_: &mut Schemas) -> Described {
        Described { status: StatusCode::NO_CONTENT, content: None }
    }
}

const JSON: &str = "application/json";

fn json(status: StatusCode, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => {
            let mut response = Response::new(Body::from(body));
            *response.status_mut() = status;
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
            response
        }
        Err(error) => {
            Problem::new(Code::GatewayInternal, format!("the answer cannot be written: {error}")).response("")
        }
    }
}

impl<T: Serialize + ToSchema> Output for Json<T> {
    fn response(self) -> Response {
        json(StatusCode::OK, &self.0)
    }

    fn describe(schemas: &mut Schemas) -> Described {
        Described { status: StatusCode::OK, content: Some((JSON, Content::new(Some(schemas.of::<T>())))) }
    }
}

/// Something new.
pub(crate) struct Created<T>(pub(crate) T);

impl<T: Serialize + ToSchema> Output for Created<T> {
    fn response(self) -> Response {
        json(StatusCode::CREATED, &self.0)
    }

    fn describe(schemas: &mut Schemas) -> Described {
        Described {
            status: StatusCode::CREATED,
            content: Some((JSON, Content::new(Some(schemas.of::<T>())))),
        }
    }
}

/// An answer with headers of its own.
pub(crate) struct With<O>(pub(crate) O, pub(crate) HeaderMap);

impl<O: Output> Output for With<O> {
    fn response(self) -> Response {
        let mut response = self.0.response();
        response.headers_mut().extend(self.1);
        response
    }

    fn describe(schemas: &mut Schemas) -> Described {
        O::describe(schemas)
    }
}

/// A file, as a whole or as it comes.
pub(crate) struct Download {
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) body: Body,
}

impl Output for Download {
    fn response(self) -> Response {
        let mut response = Response::new(self.body);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.kind));
        if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", self.name)) {
            headers.insert(http::header::CONTENT_DISPOSITION, value);
        }
        response
    }

    fn describe(_: &mut Schemas) -> Described {
        let content = Content::new(None::<RefOr<Schema>>);
        Described { status: StatusCode::OK, content: Some(("application/octet-stream", content)) }
    }
}
