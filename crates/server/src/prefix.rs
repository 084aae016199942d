//! `/openai`, `/anthropic` and `/genai`: every client path also stands below the name of each SDK, so that an address
//! that ends in one can be dropped in whatever the SDK adds to it. What is not found there is said in that SDK's dialect.

use http::Uri;
use http::uri::PathAndQuery;
use wye_types::DialectId;

use crate::admin;

/// Below which name a request came. What is asked for goes before it: it counts where a path says nothing of a dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Below(pub(crate) DialectId);

/// The names, and the version that is meant where a path has none.
const PREFIXES: [(&str, DialectId, &str); 3] = [
    ("/openai/", DialectId::OpenAiChat, "/v1"),
    ("/anthropic/", DialectId::AnthropicMessages, "/v1"),
    ("/genai/", DialectId::Gemini, "/v1beta"),
];

/// How paths begin that need no version before them.
const WHOLE: [&str; 4] = ["v1", "v1beta", "v2", "api"];

/// Whether a part of a path is such a name.
pub(crate) fn is_name(part: &str) -> bool {
    PREFIXES.iter().any(|(name, ..)| name.trim_matches('/') == part)
}

/// Takes the name off a request's path, and remembers it.
pub(crate) fn take_off<B>(request: &mut http::Request<B>) {
    let Some((path, dialect)) = below(request.uri()) else { return };
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = Some(path);
    // It was an address with another path, and is one with this.
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
        request.extensions_mut().insert(Below(dialect));
    }
}

fn below(uri: &Uri) -> Option<(PathAndQuery, DialectId)> {
    let path = uri.path();
    let (name, dialect, version) = PREFIXES.into_iter().find(|(name, ..)| path.starts_with(name))?;
    let rest = &path[name.len() - 1..];
    // The admin API is for its own place alone.
    if rest == admin::PREFIX
        || rest.starts_with(admin::PREFIX) && rest[admin::PREFIX.len()..].starts_with('/')
    {
        return None;
    }
    let first = rest[1..].split('/').next().unwrap_or_default();
    let version = if WHOLE.contains(&first) { "" } else { version };
    let query = uri.query().map_or_else(String::new, |query| format!("?{query}"));
    Some((format!("{version}{rest}{query}").parse().ok()?, dialect))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_off_and_versions_put_on() {
        use DialectId::{AnthropicMessages, Gemini, OpenAiChat};
        for (from, to) in [
            ("/openai/v1/chat/completions", Some(("/v1/chat/completions", OpenAiChat))),
            ("/openai/chat/completions?a=b", Some(("/v1/chat/completions?a=b", OpenAiChat))),
            ("/openai/v1/messages", Some(("/v1/messages", OpenAiChat))),
            ("/anthropic/v1/messages", Some(("/v1/messages", AnthropicMessages))),
            ("/anthropic/nothing", Some(("/v1/nothing", AnthropicMessages))),
            (
                "/genai/v1beta/models/m:generateContent?alt=sse",
                Some(("/v1beta/models/m:generateContent?alt=sse", Gemini)),
            ),
            ("/genai/models/m%2Fn", Some(("/v1beta/models/m%2Fn", Gemini))),
            ("/genai/v1/models", Some(("/v1/models", Gemini))),
            ("/openai/api/chat", Some(("/api/chat", OpenAiChat))),
            ("/openai/", Some(("/v1/", OpenAiChat))),
            ("/openai/openai/v1/models", Some(("/v1/openai/v1/models", OpenAiChat))),
            ("/openai/api/v1/keys", None),
            ("/openai/api/v1", None),
            ("/openai", None),
            ("/openaiv1/models", None),
            ("/v1/models", None),
            ("/", None),
        ] {
            let got = below(&from.parse().unwrap());
            let got = got.as_ref().map(|(path, dialect)| (path.as_str(), *dialect));
            assert_eq!(got, to, "{from}");
        }
    }
}
