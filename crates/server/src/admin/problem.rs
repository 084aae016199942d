//! Errors of the admin API as RFC 9457 writes them. Its codes are those of the one code table, so that a program that
//! reads one API's errors reads the other's.

use std::fmt::Display;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use wye_store::StoreError;
use wye_types::Code;

/// What went wrong, for people and for programs.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// A URI that stands for the code.
    #[serde(rename = "type")]
    kind: String,
    /// The code's meaning in general.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What went wrong this time, and what to do.
    detail: String,
    /// The path that was called.
    #[serde(skip_serializing_if = "String::is_empty")]
    instance: String,
    /// The code, as in the table of error codes.
    code: &'static str,
    /// What is wrong with which part of the input.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    #[serde(skip)]
    retry_after: Option<Duration>,
}

/// What is wrong with a part of the input.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// The part's path: `limits.rpm`, `tags[2]`; empty for the whole.
    pub(crate) field: String,
    /// What was found and what to write instead.
    pub(crate) message: String,
}

impl Problem {
    /// A problem of a code's own status.
    pub(crate) fn new(code: Code, detail: impl Display) -> Self {
        Self {
            kind: format!("urn:wye:problem:{}", code.name()),
            title: code.row().meaning,
            status: code.status(),
            detail: detail.to_string(),
            instance: String::new(),
            code: code.name(),
            errors: Vec::new(),
            retry_after: None,
        }
    }

    /// Wrong input, of which these parts are wrong.
    pub(crate) fn input(errors: Vec<FieldError>) -> Self {
        let said: Vec<String> =
            errors
                .iter()
                .map(|e| {
                    if e.field.is_empty() { e.message.clone() } else { format!("{}: {}", e.field, e.message) }
                })
                .collect();
        Self { errors, ..Self::new(Code::CallerInvalidRequest, said.join("; ")) }
    }

    /// One wrong part of the input.
    pub(crate) fn field(field: &str, message: impl Display) -> Self {
        Self::input(vec![FieldError { field: field.to_owned(), message: message.to_string() }])
    }

    /// Nothing of this name or id.
    pub(crate) fn missing(what: &str, name: &str) -> Self {
        Self::new(Code::CallerNotFound, format!("there is no {what} `{name}`"))
    }

    /// With the part of the input that it is about.
    pub(crate) fn about(mut self, field: String) -> Self {
        let message = self.detail.clone();
        self.errors.push(FieldError { field, message });
        self
    }

    /// With a status other than the code's own.
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status.as_u16();
        self
    }

    /// Worth trying again after this time.
    pub(crate) fn with_retry(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    /// Its code.
    pub(crate) fn code(&self) -> &'static str {
        self.code
    }

    /// As a response to a call of this path.
    pub(crate) fn response(mut self, path: &str) -> Response {
        if self.status >= 500 {
            tracing::warn!(code = self.code, detail = self.detail, path, "a call of the admin API failed");
        }
        path.clone_into(&mut self.instance);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert("x-wye-code", HeaderValue::from_static(self.code));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(after) = self.retry_after {
            headers.insert(
                RETRY_AFTER,
                HeaderValue::from(after.as_secs() + u64::from(after.subsec_nanos() > 0)),
            );
        } else if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

impl From<StoreError> for Problem {
    /// What the database says stays in our log: it may hold paths and addresses.
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => {
                Self::new(Code::CallerConflict, "it was changed by somebody else in the meantime")
            }
            StoreError::Taken => Self::new(Code::CallerConflict, "something of this name is there already"),
            StoreError::Unavailable(why) | StoreError::Address(why) => {
                tracing::warn!(why, "the database did not answer the admin API");
                Self::new(
                    Code::GatewayStoreUnavailable,
                    "the database is not available now; nothing was changed",
                )
            }
            other => {
                tracing::error!(error = %other, "a fault of the store");
                Self::new(Code::GatewayInternal, "a fault of the gateway's own; its log says more")
            }
        }
    }
}
