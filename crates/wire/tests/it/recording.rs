//! The recordings, which live beside the repository (`../shared`, or where `WYE_SHARED` says).

use std::path::{Path, PathBuf};

use serde_json::Value;
use wye_types::DialectId;
use wye_wire::dialect::PathAsk;

/// All recordings. `None`, with a notice, where there are none.
#[expect(clippy::print_stderr, reason = "a test that does not run must say so loudly")]
pub(crate) fn all() -> Option<Vec<Case>> {
    let root = shared().join("wire/dev");
    if !root.join("INDEX.tsv").exists() {
        eprintln!("\n*** NOT RUN: the recordings are not at {} (set WYE_SHARED) ***\n", root.display());
        return None;
    }
    Some(cases(&root))
}

/// Errors that no recording has. `None` where the file is not there.
pub(crate) fn wild() -> Option<Vec<Value>> {
    let text = std::fs::read_to_string(shared().join("wire/errors_in_the_wild.json")).ok()?;
    Some(serde_json::from_str(&text).unwrap())
}

/// A recording.
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) provider: String,
    pub(crate) api: String,
    pub(crate) feature: String,
    pub(crate) request: Value,
    pub(crate) response: Value,
}

impl Case {
    pub(crate) fn dialect(&self) -> Option<DialectId> {
        match (self.api.as_str(), self.provider.as_str()) {
            ("openai.chat", _) => Some(DialectId::OpenAiChat),
            ("anthropic.messages", _) | ("count_tokens", "anthropic") => Some(DialectId::AnthropicMessages),
            ("gemini.generate", _) | ("count_tokens", "gemini") => Some(DialectId::Gemini),
            ("openai.responses", _) | ("count_tokens", "openai") => Some(DialectId::OpenAiResponses),
            ("openai.completions", _) => Some(DialectId::OpenAiCompletions),
            ("cohere.chat", _) => Some(DialectId::Cohere),
            ("ollama.chat", _) => Some(DialectId::Ollama),
            ("bedrock.converse", _) => Some(DialectId::BedrockConverse),
            _ => None,
        }
    }

    pub(crate) fn status(&self) -> u16 {
        self.response["status"].as_u64().and_then(|n| u16::try_from(n).ok()).unwrap_or(200)
    }

    /// The model and method in the path, where the dialect puts them there.
    pub(crate) fn path(&self) -> PathAsk {
        let path = self.request["path"].as_str().unwrap_or("");
        let last = path.rsplit('/').next().unwrap_or("");
        let (model, method) = last.split_once(':').unwrap_or((last, ""));
        PathAsk {
            model: matches!(self.api.as_str(), "gemini.generate" | "count_tokens" | "bedrock.converse")
                .then(|| model.to_owned()),
            stream: method.starts_with("stream"),
            sse: self.request["query"]["alt"] == "sse",
        }
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        match &self.response["body"] {
            Value::String(text) => text.clone().into_bytes(),
            body => body.to_string().into_bytes(),
        }
    }

    pub(crate) fn stream(&self) -> Option<Vec<u8>> {
        if let Some(values) = self.response["ndjson"].as_array() {
            return Some(values.iter().flat_map(|value| format!("{value}\n").into_bytes()).collect());
        }
        let lines: Vec<&str> = self.response["sse"].as_array()?.iter().filter_map(Value::as_str).collect();
        let end = if self.response["line_ending"] == "crlf" { "\r\n" } else { "\n" };
        let mut bytes = lines.join(end);
        if lines.last().is_some_and(|line| !line.is_empty()) {
            bytes.push_str(end);
        }
        Some(bytes.into_bytes())
    }
}

fn shared() -> PathBuf {
    std::env::var_os("WYE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from)
}

fn cases(root: &Path) -> Vec<Case> {
    let index = std::fs::read_to_string(root.join("INDEX.tsv")).unwrap();
    index
        .lines()
        .skip(1)
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            let text = std::fs::read_to_string(root.join(format!("{}.json", columns[0]))).unwrap();
            let mut case: Value = serde_json::from_str(&text).unwrap();
            Case {
                id: columns[0].to_owned(),
                provider: columns[1].to_owned(),
                api: columns[2].to_owned(),
                feature: columns[3].to_owned(),
                request: case["request"].take(),
                response: case["response"].take(),
            }
        })
        .collect()
}
