//! What real clients sent, as it was captured.

use std::path::PathBuf;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use wye_types::DialectId;
use wye_wire::dialect::PathAsk;

use crate::house::Ask;

/// A captured request.
pub(crate) struct Captured {
    /// The client and the request's place among its requests: `codex#0`.
    pub(crate) name: String,
    /// Method and path.
    pub(crate) call: String,
    /// What it is to this gateway.
    pub(crate) kind: Kind,
}

/// What a request is to this gateway.
pub(crate) enum Kind {
    /// A request for a chat answer.
    Chat(Ask),
    /// A request to count tokens.
    Count(Ask),
    /// The list of models, which the server answers from the configuration alone.
    Models,
    /// A request for something besides chat.
    Service(wye_types::Kind, Value),
    /// An API that is not served yet.
    Later,
}

/// Every captured request, by client and in order; empty (with a notice) if there are none on this machine.
#[expect(clippy::print_stderr, reason = "a check that did not happen must be seen")]
pub(crate) fn all() -> Vec<Captured> {
    let folder = root().join("clients/requests");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!(
            "\n*** no captured requests at {}: NOTHING IS CHECKED against them ***\n",
            folder.display()
        );
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "jsonl"));
    paths.sort();
    let mut all = Vec::new();
    for path in paths {
        let client = path.file_stem().unwrap().to_string_lossy().into_owned();
        for (n, line) in std::fs::read_to_string(&path).unwrap().lines().enumerate() {
            let value: Value = serde_json::from_str(line).unwrap();
            let (method, path) = (value["method"].as_str().unwrap(), value["path"].as_str().unwrap());
            let kind = match door(method, path) {
                Door::Models => Kind::Models,
                Door::Service(kind) => Kind::Service(kind, value["body"].clone()),
                Door::None => Kind::Later,
                Door::Api(dialect, ask, count) => {
                    let (headers, body) = (headers(&value["headers"]), value["body"].clone());
                    let ask = Ask { dialect, path: ask, headers, body };
                    if count { Kind::Count(ask) } else { Kind::Chat(ask) }
                }
            };
            all.push(Captured { name: format!("{client}#{n}"), call: format!("{method} {path}"), kind });
        }
    }
    all
}

/// The captured requests for something besides chat: the client and its request's place, what it is, and its body.
pub(crate) fn services() -> Vec<(String, wye_types::Kind, Value)> {
    all()
        .into_iter()
        .filter_map(|captured| match captured.kind {
            Kind::Service(kind, body) => Some((captured.name, kind, body)),
            _ => None,
        })
        .collect()
}

/// Where recorded traffic is.
pub(crate) fn root() -> PathBuf {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    std::env::var_os("WYE_SHARED").map_or_else(beside, PathBuf::from)
}

enum Door {
    /// The dialect, what the path says, and whether tokens are counted.
    Api(DialectId, PathAsk, bool),
    Models,
    Service(wye_types::Kind),
    None,
}

/// The door a request would come through.
fn door(method: &str, path: &str) -> Door {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    match (method, path) {
        ("GET", "/v1/models") => return Door::Models,
        ("POST", "/v1/embeddings") => return Door::Service(wye_types::Kind::Embeddings),
        ("POST", "/v1/moderations") => return Door::Service(wye_types::Kind::Moderations),
        ("POST", "/v1/chat/completions") => {
            return Door::Api(DialectId::OpenAiChat, PathAsk::default(), false);
        }
        ("POST", "/v1/completions") => {
            return Door::Api(DialectId::OpenAiCompletions, PathAsk::default(), false);
        }
        ("POST", "/v1/responses" | "/v1/responses/input_tokens") => {
            return Door::Api(DialectId::OpenAiResponses, PathAsk::default(), path.ends_with("input_tokens"));
        }
        ("POST", "/v1/messages" | "/v1/messages/count_tokens") => {
            return Door::Api(
                DialectId::AnthropicMessages,
                PathAsk::default(),
                path.ends_with("count_tokens"),
            );
        }
        _ => {}
    }
    let call = path.strip_prefix("/v1beta/models/").or_else(|| path.strip_prefix("/v1/models/"));
    let Some((model, method)) = call.and_then(|call| call.rsplit_once(':')) else { return Door::None };
    let sse = query.split('&').any(|pair| pair == "alt=sse");
    let ask = PathAsk { model: Some(model.to_owned()), stream: method == "streamGenerateContent", sse };
    match method {
        "generateContent" | "streamGenerateContent" => Door::Api(DialectId::Gemini, ask, false),
        "countTokens" => Door::Api(DialectId::Gemini, ask, true),
        _ => Door::None,
    }
}

fn headers(value: &Value) -> HeaderMap {
    let fields = value.as_object().unwrap().iter();
    fields
        .filter_map(|(name, value)| {
            let name = HeaderName::try_from(name.as_str()).ok()?;
            Some((name, HeaderValue::from_str(value.as_str()?).ok()?))
        })
        .collect()
}
