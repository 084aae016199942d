//! What a call is given, checked while it is read: no field that nobody knows, no text without an end, and every
//! complaint says which field it is about.

use std::borrow::Cow;

use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, de};
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{Content, RefOr, Required};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use wye_types::{Code, Secret};

use super::endpoint::Schemas;
use super::problem::{FieldError, Problem};

/// What a handler takes besides the call.
pub(crate) trait Input: Sized {
    /// Reads it.
    fn read(query: Option<&str>, headers: &HeaderMap, body: &Bytes) -> Result<Self, Problem>;
    /// Whether there is a body to wait for.
    const BODY: bool;
    /// The parameters in the query.
    fn parameters() -> Vec<Parameter> {
        Vec::new()
    }
    /// The body.
    fn content(_schemas: &mut Schemas) -> Option<Content> {
        None
    }
}

impl Input for () {
    const BODY: bool = false;

    fn read(_: Option<&str>, _: &HeaderMap, _: &Bytes) -> Result<Self, Problem> {
        Ok(())
    }
}

/// What stands behind the `?`.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned + IntoParams> Input for Query<T> {
    const BODY: bool = false;

    fn read(query: Option<&str>, _: &HeaderMap, _: &Bytes) -> Result<Self, Problem> {
        let pairs = serde_urlencoded::Deserializer::new(form(query.unwrap_or("")));
        serde_path_to_error::deserialize(pairs)
            .map(Self)
            .map_err(|error| wrong(&error.path().to_string(), error.inner()))
    }

    fn parameters() -> Vec<Parameter> {
        T::into_params(|| Some(ParameterIn::Query))
    }
}

fn form(query: &str) -> form_urlencoded::Parse<'_> {
    form_urlencoded::parse(query.as_bytes())
}

/// Two sets of parameters behind the `?`: what calls have in common, and what is this call's own.
pub(crate) struct Both<A, B>(pub(crate) A, pub(crate) B);

impl<A: DeserializeOwned + IntoParams, B: DeserializeOwned + IntoParams> Input for Both<A, B> {
    const BODY: bool = false;

    fn read(query: Option<&str>, headers: &HeaderMap, body: &Bytes) -> Result<Self, Problem> {
        // What neither knows is refused by the first.
        let own = B::into_params(|| Some(ParameterIn::Query));
        let is_own = |pair: &&str| {
            form(pair).next().is_some_and(|(name, _)| own.iter().any(|parameter| parameter.name == name))
        };
        let (second, first): (Vec<&str>, Vec<&str>) = query.unwrap_or("").split('&').partition(is_own);
        let Query(first) = Query::read(Some(&first.join("&")), headers, body)?;
        let Query(second) = Query::read(Some(&second.join("&")), headers, body)?;
        Ok(Self(first, second))
    }

    fn parameters() -> Vec<Parameter> {
        let mut all = A::into_params(|| Some(ParameterIn::Query));
        all.extend(B::into_params(|| Some(ParameterIn::Query)));
        all
    }
}

/// A body of JSON.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned + ToSchema> Input for Json<T> {
    const BODY: bool = true;

    fn read(_: Option<&str>, headers: &HeaderMap, body: &Bytes) -> Result<Self, Problem> {
        // Also what keeps a form of another site from calling: a page may not announce JSON without asking first.
        let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        if !kind.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case("application/json") {
            let detail = "send the header content-type: application/json";
            return Err(Problem::new(Code::CallerUnsupportedMediaType, detail));
        }
        let mut json = serde_json::Deserializer::from_slice(body);
        let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let (path, inner) = (error.path().to_string(), error.inner());
            if inner.is_data() {
                return wrong(&path, inner);
            }
            // Of a number in the place of a word, or one out of all bounds, serde says that it is no JSON.
            if serde_json::from_slice::<de::IgnoredAny>(body).is_ok() {
                return Problem::field(&path, format!("another kind of value is wanted here: {inner}"));
            }
            Problem::new(Code::CallerInvalidJson, format!("the body is not JSON: {inner}"))
        })?;
        json.end().map_err(|error| {
            Problem::new(Code::CallerInvalidJson, format!("the body is not JSON: {error}"))
        })?;
        Ok(Self(value))
    }

    fn content(schemas: &mut Schemas) -> Option<Content> {
        Some(Content::new(Some(schemas.of::<T>())))
    }
}

/// A complaint of serde's about a field; its own path, where the whole is meant, is a dot.
fn wrong(path: &str, error: &dyn std::fmt::Display) -> Problem {
    let field = if path == "." { "" } else { path };
    let message = error.to_string();
    // The place in the text says less than the path, and only JSON has it.
    let message = message.split(" at line ").next().unwrap_or_default().to_owned();
    Problem::input(vec![FieldError { field: field.to_owned(), message }])
}

/// A text of at most `N` characters without control characters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Text<const N: usize>(pub(crate) String);

impl<'de, const N: usize> Deserialize<'de> for Text<N> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        if text.chars().count() > N {
            return Err(de::Error::custom(format!("at most {N} characters are taken")));
        }
        if text.chars().any(char::is_control) {
            return Err(de::Error::custom("control characters are not taken"));
        }
        Ok(Self(text))
    }
}

impl<const N: usize> PartialSchema for Text<N> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).max_length(Some(N)).into()
    }
}

impl<const N: usize> ToSchema for Text<N> {
    fn name() -> Cow<'static, str> {
        Cow::Owned(format!("Text{N}"))
    }
}

/// A secret: as long as a secret may be, and never printed.
#[derive(Debug, Clone)]
pub(crate) struct Hidden(pub(crate) Secret);

impl Hidden {
    /// The longest, in bytes.
    const MOST: usize = 16 << 10;
}

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        // What serde says of a wrong type quotes it; of one that is missing it says the name.
        let text = String::deserialize(input).map_err(|error: D::Error| {
            let missing = error.to_string().starts_with("missing field");
            if missing { error } else { de::Error::custom("a text is wanted here") }
        })?;
        if text.len() > Self::MOST {
            return Err(de::Error::custom(format!("at most {} bytes are taken", Self::MOST)));
        }
        Ok(Self(Secret::new(text)))
    }
}

impl PartialSchema for Hidden {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String));
        text.write_only(true).max_length(Some(Self::MOST)).into()
    }
}

impl ToSchema for Hidden {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Hidden")
    }
}

/// A parameter in the path.
pub(crate) fn in_path(name: &str) -> Parameter {
    let text = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String));
    let mut parameter = Parameter::new(name);
    parameter.parameter_in = ParameterIn::Path;
    parameter.required = Required::True;
    parameter.schema = Some(text.into());
    parameter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Sample {
        name: Text<5>,
        limits: Option<Inner>,
    }

    #[derive(Debug, Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Inner {
        rpm: u64,
    }

    fn read(body: &str) -> Result<Json<Sample>, String> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, http::HeaderValue::from_static("application/json; charset=utf-8"));
        let body = Bytes::from(body.to_owned());
        Json::read(None, &headers, &body)
            .map_err(|p| format!("{} {}", p.code(), serde_json::to_value(p).unwrap()["detail"]))
    }

    #[test]
    fn complaints_name_the_field() {
        assert!(read(r#"{"name": "ci", "limits": {"rpm": 5}}"#).is_ok());
        let cases = [
            (
                r#"{"name": "ci", "limits": {"rpm": -5}}"#,
                "caller_invalid_request \"limits.rpm: invalid value",
            ),
            (r#"{"name": "ci", "limits": {"rpm": NaN}}"#, "caller_invalid_json"),
            (
                r#"{"name": "ci", "limits": {"rpm": "5"}}"#,
                "caller_invalid_request \"limits.rpm: invalid type",
            ),
            (r#"{"name": "ci", "limits": {"rpx": 5}}"#, "caller_invalid_request \"limits.rpx: unknown field"),
            (r#"{"name": "ci", "name": "co"}"#, "caller_invalid_request \"duplicate field `name`"),
            (r#"{"name": "toolong"}"#, "caller_invalid_request \"name: at most 5 characters"),
            ("{\"name\": \"a\\u0000\"}", "caller_invalid_request \"name: control characters"),
            (r#"{"name": "ci"} x"#, "caller_invalid_json"),
            ("", "caller_invalid_json"),
        ];
        for (body, told) in cases {
            let why = read(body).err().unwrap_or_default();
            assert!(why.starts_with(told), "{body}: {why}");
        }
        let deep = "[".repeat(100_000);
        assert!(read(&deep).is_err_and(|why| why.starts_with("caller_invalid")));
    }

    #[test]
    fn a_form_of_another_site_is_no_body() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, http::HeaderValue::from_static("text/plain"));
        let body = Bytes::from_static(b"{\"name\": \"ci\"}");
        assert_eq!(
            Json::<Sample>::read(None, &headers, &body).err().map(|p| p.code()),
            Some("caller_unsupported_media_type")
        );
    }
}
