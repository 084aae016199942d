//! The same case as its author wrote it for several vendors: read in one dialect, written in every other.

use std::path::PathBuf;

use serde_json::Value;
use wye_types::DialectId;
use wye_types::chat::{Block, BlockKind, ChatRequest, Role};
use wye_wire::dialect;
use wye_wire::dialect::{PathAsk, ReadError, WriteOptions};

/// The cases' names for the dialects.
const PROTOCOLS: [(&str, DialectId); 3] = [
    ("chat-completions", DialectId::OpenAiChat),
    ("anthropic", DialectId::AnthropicMessages),
    ("google", DialectId::Gemini),
];

#[expect(clippy::print_stderr, reason = "a check that did not happen must be seen")]
fn cases() -> Vec<(String, Value)> {
    let root = std::env::var_os("WYE_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let Ok(folder) = std::fs::read_dir(root.join("wire/dev_translate")) else {
        eprintln!("\n*** no recordings at {}: NOTHING IS CHECKED against them ***\n", root.display());
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "json"));
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
    };
    paths.into_iter().map(read).collect()
}

/// Cases whose texts another dialect has elsewhere.
const EXCEPTIONS: [(&str, &str); 1] = [(
    "documentContentParam",
    "a plain-text document is a text part in OpenAI's dialect, a file in the others",
)];

fn path() -> PathAsk {
    PathAsk { model: Some("m".to_owned()), stream: false, sse: true }
}

/// Texts, calls and results, as far as every dialect has them.
fn essence(chat: &ChatRequest) -> Vec<String> {
    // Where a dialect has one place for instructions, they all stand first.
    let (system, others): (Vec<_>, Vec<_>) =
        chat.messages.iter().partition(|m| matches!(m.role, Role::System | Role::Developer));
    let blocks = system.into_iter().chain(others).flat_map(|m| &m.content);
    // Where a dialect has one text, line breaks stand between what were blocks.
    let text =
        |blocks: &[Block]| blocks.iter().filter_map(Block::as_text).collect::<String>().replace('\n', "");
    let mut calls: Vec<String> = blocks
        .clone()
        .filter_map(|block| match &block.kind {
            BlockKind::ToolCall(call) => {
                let arguments: Value = serde_json::from_str(&call.arguments).unwrap_or_default();
                Some(format!("call {} {arguments}", call.name))
            }
            BlockKind::ToolResult(result) => Some(format!("result {}", text(&result.content))),
            _ => None,
        })
        .collect();
    calls.push(blocks.filter_map(Block::as_text).collect::<String>().replace('\n', ""));
    calls
}

#[test]
fn every_case_is_read_and_written_in_every_dialect() {
    for (name, case) in cases() {
        let exception = EXCEPTIONS.iter().any(|(case, _)| *case == name);
        for (protocol, from) in PROTOCOLS {
            for turn in ["request", "followup-request"] {
                let body = &case["protocols"][protocol][turn];
                if !body.is_object() {
                    continue;
                }
                let chat = dialect(from).read_request(body.to_string().as_bytes(), &path());
                let chat = chat.unwrap_or_else(|e| panic!("{name} {protocol} {turn}: {e}"));
                for (_, to) in PROTOCOLS {
                    let options = WriteOptions { model: "m".to_owned(), ..WriteOptions::default() };
                    let written = dialect(to).write_request(&chat, &options);
                    let read = dialect(to).read_request(&written.body, &path());
                    let read = read.unwrap_or_else(|e| panic!("{name} {protocol} {turn} to {to}: {e}"));
                    if exception {
                        continue;
                    }
                    assert_eq!(essence(&read), essence(&chat), "{name} {protocol} {turn} to {to}");
                }
            }
        }
    }
}

#[test]
fn every_answer_is_read_and_written_in_every_dialect() {
    for (name, case) in cases() {
        for (protocol, from) in PROTOCOLS {
            let body = &case["protocols"][protocol]["response"];
            if !body.is_object() {
                continue;
            }
            let response = match dialect(from).read_response(body.to_string().as_bytes()) {
                Ok(response) => response,
                Err(ReadError::Upstream(_)) => continue,
                Err(ReadError::Malformed(why)) if body.get("error").is_some() => {
                    assert!(!why.is_empty());
                    continue;
                }
                Err(error) => panic!("{name} {protocol}: {error:?}"),
            };
            for (_, to) in PROTOCOLS {
                let read = dialect(to).read_response(&dialect(to).write_response(&response));
                let read = read.unwrap_or_else(|e| panic!("{name} {protocol} to {to}: {e:?}"));
                let texts = |chat: &wye_types::chat::ChatResponse| -> String {
                    chat.choices.iter().take(1).flat_map(|c| &c.content).filter_map(Block::as_text).collect()
                };
                assert_eq!(texts(&read), texts(&response), "{name} {protocol} to {to}");
            }
        }
    }
}
