//! Recordings of what Wye has no endpoint of its own for, sent through `/pass/…`: nothing on the way changes a byte.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::Value;
use wye_types::Kind;

use super::stub::{Stub, told};
use super::support::{Call, TestApp};

/// The APIs, as the recordings name them; `crates/wire/tests/it/corpus.rs` says so of the same.
const PASSED: [&str; 7] = [
    "anthropic.complete",
    "bedrock.invoke",
    "cohere.chat",
    "files_batches",
    "gemini.interactions",
    "ocr",
    "ollama.generate",
];

/// What of a recorded client's head is about its connection or its key, and what of an answer's is about the provider's.
const NOT_COMPARED: [&str; 9] = [
    "host",
    "connection",
    "content-length",
    "accept-encoding",
    "authorization",
    "user-agent",
    "transfer-encoding",
    "x-api-key",
    "x-goog-api-key",
];

fn shared() -> PathBuf {
    std::env::var_os("WYE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from)
}

/// The recordings by name.
fn recordings() -> Vec<(String, Value)> {
    let root = shared().join("wire/dev");
    let Ok(index) = std::fs::read_to_string(root.join("INDEX.tsv")) else { return Vec::new() };
    let names = index.lines().skip(1).map(|line| line.split('\t').next().unwrap().to_owned());
    let read = |name: String| {
        let text = std::fs::read_to_string(root.join(format!("{name}.json"))).unwrap();
        let case: Value = serde_json::from_str(&text).unwrap();
        let api = case["api"].as_str().unwrap();
        let first_chat = api != "cohere.chat" || case["request"]["path"] == "/v1/chat";
        let refused = api == "models" && case["response"]["status"].as_u64() >= Some(400);
        (refused || PASSED.contains(&api) && first_chat).then_some((name, case))
    };
    names.filter_map(read).collect()
}

fn sent(case: &Value) -> Bytes {
    match &case["request"]["body"] {
        Value::Null => Bytes::new(),
        Value::String(text) => text.clone().into(),
        Value::Object(parts) if parts.contains_key("__multipart__") => {
            let boundary = case["request"]["headers"]["content-type"].as_str().unwrap();
            let boundary = boundary.split_once("boundary=").unwrap().1;
            let mut body = Vec::new();
            for part in parts["__multipart__"].as_array().unwrap() {
                body.extend(
                    format!("--{boundary}\r\ncontent-disposition: form-data; name={}\r\n\r\n", part["name"])
                        .bytes(),
                );
                let bytes = part["bytes_len"].as_u64().unwrap_or(0);
                body.extend(part["value"].as_str().unwrap_or("").bytes());
                body.extend((0..bytes).map(|at| u8::try_from(at % 256).unwrap()));
                body.extend(b"\r\n");
            }
            body.extend(format!("--{boundary}--\r\n").bytes());
            body.into()
        }
        body => body.to_string().into(),
    }
}

fn answered(case: &Value) -> Bytes {
    let response = &case["response"];
    if let Some(binary) = response["body_base64"].as_str() {
        return STANDARD.decode(binary).unwrap().into();
    }
    if let Some(lines) = response["sse"].as_array().or_else(|| response["ndjson"].as_array()) {
        let lines: Vec<&str> = lines.iter().filter_map(Value::as_str).collect();
        return (lines.join("\n") + "\n").into();
    }
    match &response["body"] {
        Value::String(text) => text.clone().into(),
        body => body.to_string().into(),
    }
}

fn target(request: &Value) -> String {
    let path = request["path"].as_str().unwrap();
    let query = request["query"].as_object().into_iter().flatten();
    let query: Vec<String> =
        query.map(|(name, value)| format!("{name}={}", value.as_str().unwrap())).collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

#[tokio::test]
#[expect(clippy::print_stderr, reason = "a test that does not run must say so loudly")]
async fn every_byte_goes_through() {
    let recordings = recordings();
    if recordings.is_empty() {
        eprintln!("\n*** NOT RUN: there are no recordings at {} (set WYE_SHARED) ***\n", shared().display());
        return;
    }
    for (name, case) in &recordings {
        let (request, response) = (case["request"].clone(), &case["response"]);
        let status = u16::try_from(response["status"].as_u64().unwrap()).unwrap();
        let (answer, headers) = (answered(case), response["headers"].clone());
        let replied = answer.clone();
        let stub = Stub::start(move |_| {
            let headers: Vec<(&str, &str)> = headers
                .as_object()
                .into_iter()
                .flatten()
                .filter(|(name, _)| {
                    !["content-length", "transfer-encoding", "content-encoding"].contains(&name.as_str())
                })
                .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
                .collect();
            told(status, &headers, replied.clone())
        })
        .await;
        let provider = case["provider"].as_str().unwrap();
        let version = if ["openai", "xai", "mistral", "ollama"].contains(&provider) { "/v1" } else { "" };
        let config = format!(
            "discover: false\nproviders: {{ {provider}: {{ base_url: \"{}\", api_key: \"id:secret\" }} }}",
            stub.url(version)
        );
        let mut app = TestApp::start("providers: {}", &config).await;
        let path = target(&request);
        let mut call = Call::post(&format!("/pass/{provider}{path}"), sent(case));
        call.method = request["method"].as_str().unwrap().to_owned().leak();
        call.headers.clear();
        for (name, value) in request["headers"].as_object().into_iter().flatten() {
            if !["host", "connection", "content-length", "accept-encoding"].contains(&name.as_str()) {
                call.headers.push((name.clone().leak(), value.as_str().unwrap().to_owned()));
            }
        }
        let (body, told) = (call.body.clone(), call.headers.clone());
        let (got, record) = app.recorded(call).await;
        assert_eq!((got.status.as_u16(), record.status, record.kind), (status, status, Kind::Pass), "{name}");
        assert_eq!(got.body, answer, "{name}");
        let media = response["headers"]["content-type"].as_str().unwrap();
        assert_eq!(got.header("content-type"), media, "{name}");
        let seen = stub.seen().remove(0);
        assert_eq!(seen.method, request["method"].as_str().unwrap(), "{name}");
        // Google's key in the query is the gateway's, and stays with it.
        let reached = path.split_once("?key=").map_or(path.as_str(), |(path, _)| path);
        assert_eq!(seen.path, reached, "{name}");
        assert_eq!(seen.body, body, "{name}");
        for (header, value) in told.iter().filter(|(header, _)| !NOT_COMPARED.contains(header)) {
            assert_eq!(seen.header(header), value, "{name}: {header}");
        }
        let key = ["authorization", "x-api-key", "x-goog-api-key"].map(|name| seen.header(name)).concat();
        assert!(key.contains("id") || provider == "ollama", "{name}: {key:?}");
    }
    assert_eq!(recordings.len(), 23);
}
