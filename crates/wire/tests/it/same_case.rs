//! The same case as its author wrote it for several vendors: read in one dialect, written in every other.

use std::path::PathBuf;

use serde_json::Value;
use wye_types::DialectId;
use wye_types::chat::{Block, BlockKind, ChatRequest, Role, Tool};
use wye_wire::dialect;
use wye_wire::dialect::{PathAsk, ReadError, WriteOptions};

use crate::vendor;

/// The cases' names for the dialects, and for those who serve them.
const PROTOCOLS: [(&str, DialectId); 9] = [
    ("chat-completions", DialectId::OpenAiChat),
    ("baseten", DialectId::OpenAiChat),
    ("anthropic", DialectId::AnthropicMessages),
    ("vertex-anthropic", DialectId::AnthropicMessages),
    ("bedrock-anthropic", DialectId::AnthropicMessages),
    ("google", DialectId::Gemini),
    ("vertex-google", DialectId::Gemini),
    ("responses", DialectId::OpenAiResponses),
    ("bedrock", DialectId::BedrockConverse),
];

/// The dialects among them that are built.
pub(crate) fn dialects() -> Vec<DialectId> {
    let mut all: Vec<DialectId> = protocols().into_iter().map(|(_, id)| id).collect();
    all.sort_by_key(|id| id.name());
    all.dedup();
    all
}

/// The protocols whose dialect is built.
pub(crate) fn protocols() -> Vec<(&'static str, DialectId)> {
    PROTOCOLS.into_iter().filter(|(_, id)| vendor::of(*id).is_some()).collect()
}

#[expect(clippy::print_stderr, reason = "a check that did not happen must be seen")]
pub(crate) fn cases() -> Vec<(String, Value)> {
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
        let mut case: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        name_models(&mut case);
        (name, case)
    };
    paths.into_iter().map(read).collect()
}

/// Where others serve Anthropic's models, the path names the model; a client of the dialect says it in the body.
fn name_models(case: &mut Value) {
    for protocol in ["vertex-anthropic", "bedrock-anthropic"] {
        for turn in ["request", "followup-request"] {
            if let Some(body) = case["protocols"][protocol][turn].as_object_mut() {
                body.entry("model").or_insert_with(|| "m".into());
            }
        }
    }
}

/// Cases whose texts another dialect has elsewhere.
const EXCEPTIONS: [(&str, &str); 1] = [(
    "documentContentParam",
    "a plain-text document is a text part in OpenAI's dialect, a file in the others",
)];

pub(crate) fn path() -> PathAsk {
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
                // Where arguments are an object, a free text stands in a field of one.
                let free = || serde_json::json!({"_raw": call.arguments});
                let arguments: Value = serde_json::from_str(&call.arguments).unwrap_or_else(|_| free());
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
        for (protocol, from) in protocols() {
            for turn in ["request", "followup-request"] {
                let body = &case["protocols"][protocol][turn];
                if !body.is_object() {
                    continue;
                }
                let chat = dialect(from).read_request(body.to_string().as_bytes(), &path());
                let chat = chat.unwrap_or_else(|e| panic!("{name} {protocol} {turn}: {e}"));
                for to in dialects() {
                    let options = WriteOptions { model: "m".to_owned(), ..WriteOptions::default() };
                    let written = dialect(to).write_request(&chat, &options);
                    let read = dialect(to).read_request(&written.body, &path());
                    let mut read = read.unwrap_or_else(|e| panic!("{name} {protocol} {turn} to {to}: {e}"));
                    for block in read.messages.iter_mut().flat_map(|message| &mut message.content) {
                        if let BlockKind::ToolCall(call) = &mut block.kind {
                            call.name = written.names.original(&call.name).into_owned();
                        }
                    }
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
        for (protocol, from) in protocols() {
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
            for to in dialects() {
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

/// What both requests say, where they differ: field, what we wrote, what the case's author wrote.
fn differences(ours: &ChatRequest, theirs: &ChatRequest) -> Vec<String> {
    let tools = |chat: &ChatRequest| -> Vec<String> {
        let tools = chat.tools.iter().map(|tool| match tool {
            Tool::Function(f) => {
                let schema = f.parameters.clone().unwrap_or_default();
                format!("{} {:?} {}", f.name, f.description, schema)
            }
            Tool::Foreign(value) => value.to_string(),
        });
        tools.collect()
    };
    let s = |value: &dyn std::fmt::Debug| format!("{value:?}");
    let sampling = |chat: &ChatRequest| chat.sampling.clone();
    let (a, b) = (sampling(ours), sampling(theirs));
    let all = [
        ("texts", s(&essence(ours)), s(&essence(theirs))),
        ("tools", s(&tools(ours)), s(&tools(theirs))),
        ("tool_choice", s(&ours.tool_choice), s(&theirs.tool_choice)),
        ("parallel", s(&ours.parallel_tool_calls), s(&theirs.parallel_tool_calls)),
        ("format", s(&ours.format), s(&theirs.format)),
        ("reasoning", s(&ours.reasoning), s(&theirs.reasoning)),
        ("max_tokens", s(&a.max_tokens), s(&b.max_tokens)),
        ("temperature", s(&a.temperature), s(&b.temperature)),
        ("top_p", s(&a.top_p), s(&b.top_p)),
        ("top_k", s(&a.top_k), s(&b.top_k)),
        ("seed", s(&a.seed), s(&b.seed)),
        ("stop", s(&a.stop), s(&b.stop)),
    ];
    let differing = all.iter().filter(|(_, ours, theirs)| ours != theirs);
    let line = |(name, ours, theirs): &(&str, String, String)| match *name {
        // Long, and the recordings' own words.
        "texts" | "tools" | "format" => (*name).to_owned(),
        _ => format!("{name}: {ours} | {theirs}"),
    };
    differing.map(line).collect()
}

/// Why the two differ where they do. None of these is a translation that says less than it could.
const REASONS: &str = "\
texts, tools, format: the author put it in other words for each vendor, or a schema's name is not Gemini's to give
tool_choice, parallel: one vendor's flag stands inside another's tool choice
reasoning: the author gave one vendor a budget and another an effort, or nothing at all
max_tokens: Anthropic's is required, so that 8192 stands there where a client gave none
temperature, top_p, top_k, seed, stop: set by the author for one vendor only, or refused by this model
";

/// The authors wrote their cases for each vendor by hand, with other limits and wishes; what differs stands in the
/// snapshot, so that a change of ours that moves away from them is seen.
#[test]
fn what_we_write_is_what_the_cases_authors_wrote() {
    let all = cases();
    if all.is_empty() {
        return;
    }
    let mut table = format!("ours | theirs\n{REASONS}\n");
    for (name, case) in all {
        for (protocol, from) in protocols() {
            for (other, to) in protocols().into_iter().filter(|(_, to)| *to != from) {
                let (body, theirs) =
                    (&case["protocols"][protocol]["request"], &case["protocols"][other]["request"]);
                if !body.is_object() || !theirs.is_object() {
                    continue;
                }
                let model = theirs["model"].as_str().or(theirs["modelId"].as_str());
                let model = model.unwrap_or("gemini-2.5-flash").to_owned();
                let chat = dialect(from).read_request(body.to_string().as_bytes(), &path()).unwrap();
                let written =
                    dialect(to).write_request(&chat, &WriteOptions { model, ..WriteOptions::default() });
                let ours = dialect(to).read_request(&written.body, &path()).unwrap();
                let theirs = dialect(to).read_request(theirs.to_string().as_bytes(), &path()).unwrap();
                table.push_str(&format!("{name}: {protocol} to {other}\n"));
                for difference in differences(&ours, &theirs) {
                    table.push_str(&format!("    {difference}\n"));
                }
            }
        }
    }
    insta::assert_snapshot!("same_case", table);
}

#[test]
fn every_translated_requests_answer_is_read() {
    for (name, case) in cases() {
        for (pair, captured) in case["captured_by_translation"].as_object().into_iter().flatten() {
            let target = pair.rsplit_once("_to_").unwrap().1;
            let Some((_, id)) = protocols().into_iter().find(|(protocol, _)| *protocol == target) else {
                continue;
            };
            let body = &captured["response"];
            // The case's author could not translate it, or Amazon's SDK threw.
            if !body.is_object() || id == DialectId::BedrockConverse && body.get("error").is_some() {
                continue;
            }
            let answer = match dialect(id).read_response(body.to_string().as_bytes()) {
                Ok(answer) => answer,
                Err(ReadError::Upstream(_)) => continue,
                Err(_) if body["error"].is_string() => continue,
                Err(error) => panic!("{name} {pair}: {error:?}"),
            };
            for to in dialects() {
                let again = dialect(to).read_response(&dialect(to).write_response(&answer)).unwrap();
                let usage = |chat: &wye_types::chat::ChatResponse| chat.usage.map(|u| u.total());
                assert_eq!(usage(&again), usage(&answer), "{name} {pair} to {to}");
            }
        }
    }
}
