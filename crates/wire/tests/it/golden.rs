//! The golden matrix: every client dialect × every provider dialect × ten cases, one snapshot a pair.
//!
//! Each cell shows what the provider is sent for the client's request and what the client is sent for the provider's
//! answer. Both come from `tests/golden/<dialect>/<case>.…`, written by hand.
#![expect(clippy::panic, reason = "a hole in the matrix ends the test with its name")]

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::Value;
use wye_types::chat::{BlockKind, ChatResponse, Finish};
use wye_types::error::GatewayError;
use wye_types::event::StreamEvent;
use wye_types::reply::ErrorReply;
use wye_types::{DialectId, Usage};
use wye_wire::dialect::{PathAsk, Seen, StreamAsk, StreamAt, WriteOptions, dialect};
use wye_wire::frames::{Frames, Framing};

use crate::fold::{events, fold};
use crate::vendor::{self, dialects};

const CASES: [&str; 10] = [
    "plain",
    "stream",
    "tools",
    "stream_parallel_tools",
    "image",
    "schema",
    "reasoning",
    "refusal",
    "error",
    "usage",
];

/// Cases that a dialect cannot have: (dialect, `<case>.request` or `<case>.answer`, reason). A fixture that is neither
/// here nor in its folder fails.
const HOLES: &[(DialectId, &str, &str)] = &[
    (DialectId::OpenAiCompletions, "tools.request", "a completion has no tools"),
    (DialectId::OpenAiCompletions, "stream_parallel_tools.request", "a completion has no tools"),
    (DialectId::OpenAiCompletions, "image.request", "a prompt is text"),
    (DialectId::OpenAiCompletions, "schema.request", "a completion has no schema"),
    (DialectId::OpenAiCompletions, "reasoning.request", "thoughts have no place in a completion"),
];

/// What a dialect's folder holds of a case, or why it holds nothing. Binary streams are written down as SSE.
fn fixture(id: DialectId, name: &str, kind: &str) -> Result<Vec<u8>, &'static str> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let hole = HOLES.iter().find(|hole| hole.0 == id && hole.1 == name);
    let binary = kind == "sse" && dialect(id).framing() == Framing::EventStream;
    match (std::fs::read(root.join(id.name()).join(format!("{name}.{kind}"))), hole) {
        (Ok(body), None) => Ok(if binary { vendor::messages_of(&body) } else { body }),
        (Ok(_), Some(_)) => panic!("{id} {name} exists, yet is declared a hole"),
        (Err(_), Some(hole)) => Err(hole.2),
        (Err(_), None) => panic!("{id} {name} has no fixture and is not declared a hole"),
    }
}

/// A stream as text.
fn shown(id: DialectId, stream: Vec<u8>) -> String {
    match dialect(id).framing() {
        Framing::Text => String::from_utf8(stream).unwrap(),
        Framing::EventStream => vendor::text_of_messages(&stream),
    }
}

fn model(provider: DialectId) -> &'static str {
    vendor::of(provider).unwrap().model
}

fn ask() -> StreamAsk {
    StreamAsk {
        include_usage: true,
        want_text: true,
        sse: true,
        now_s: 1_700_000_000,
        fallback_id: "fallback".into(),
        model: "m".into(),
        ..StreamAsk::default()
    }
}

/// What the provider is sent.
fn request(client: DialectId, provider: DialectId, case: &str, body: &[u8]) -> String {
    let path = PathAsk { model: Some("m".into()), stream: case.starts_with("stream"), sse: true };
    let chat = dialect(client).read_request(body, &path).unwrap();
    let options = WriteOptions { model: model(provider).into(), ..WriteOptions::default() };
    let written = dialect(provider).write_request(&chat, &options);
    let tree: Value = serde_json::from_slice(&written.body).unwrap();
    let mut out = format!("== request\n{tree:#}\n");
    for loss in &written.losses {
        writeln!(out, "-- lost {loss}").unwrap();
    }
    out
}

/// What the client is sent.
fn answer(client: DialectId, provider: DialectId, case: &str, body: &[u8]) -> String {
    let (from, to) = (dialect(provider), dialect(client));
    if case == "error" {
        let upstream = from.read_error(429, body);
        let mut error = GatewayError::new(upstream.fault.code(), upstream.message.clone());
        error.upstream = Some(Box::new(upstream.clone()));
        let whole = to.write_error(&ErrorReply::new(&error, "req"));
        let tree: Value = serde_json::from_slice(&whole).unwrap();
        let at = StreamAt { sse: true, begun: true };
        let framed = shown(client, to.write_stream_error(&ErrorReply::new(&error, "req"), at));
        return format!("== read\n{upstream:#?}\n== error\n{tree:#}\n== in a stream\n{framed}");
    }
    if case.starts_with("stream") {
        let told = events(provider, body);
        let mut writer = to.stream_writer(&ask());
        let mut out = Vec::new();
        for event in &told {
            writer.write(event, &mut out);
        }
        let again = fold(client, events(client, &out));
        assert_eq!(essence(&again), essence(&fold(provider, told)), "{client} {provider} {case}");
        return format!("== stream\n{}", shown(client, out).replace('\r', ""));
    }
    let read = from.read_response(body).unwrap();
    let written = to.write_response(&read);
    let again = to.read_response(&written).unwrap();
    assert_eq!(essence(&again), essence(&read), "{client} {provider} {case}");
    let tree: Value = serde_json::from_slice(&written).unwrap();
    format!("== answer\n{tree:#}\n")
}

/// What must be the same whichever dialect an answer is told in.
#[derive(Debug, PartialEq)]
struct Essence {
    text: String,
    calls: Vec<(String, Value)>,
    end: &'static str,
    prompt: u64,
    output: u64,
    thoughts: String,
}

fn essence(answer: &ChatResponse) -> Essence {
    let choice = &answer.choices[0];
    let (mut text, mut thoughts, mut calls) = (String::new(), String::new(), Vec::new());
    for block in &choice.content {
        match &block.kind {
            BlockKind::Text(more) | BlockKind::Refusal(more) => text.push_str(more),
            BlockKind::Reasoning(more) => thoughts.push_str(more),
            BlockKind::ToolCall(call) => {
                calls.push((call.name.clone(), serde_json::from_str(&call.arguments).unwrap()));
            }
            _ => {}
        }
    }
    let refused = choice.content.iter().any(|block| matches!(block.kind, BlockKind::Refusal(_)));
    let end = match choice.finish.as_ref().unwrap() {
        // Each dialect has its own word for a filter and a model that declines; some have but one.
        Finish::ContentFilter | Finish::Refusal => "refused",
        _ if refused => "refused",
        Finish::Length => "length",
        Finish::ToolCalls => "calls",
        _ => "whole",
    };
    let usage: Usage = answer.usage.unwrap();
    Essence { text, calls, end, prompt: usage.prompt_total(), output: usage.output_total(), thoughts }
}

/// A stream between two that speak the same dialect passes as it came.
fn check_relay(id: DialectId, case: &str, body: &[u8]) {
    let mut decoder = Frames::new(dialect(id).framing());
    decoder.push(body).unwrap();
    decoder.finish();
    let mut relay = dialect(id).relay(&ask());
    let (mut out, mut seen) = (Vec::new(), Vec::<Seen>::new());
    while let Some(event) = decoder.next_event() {
        seen.push(relay.relay(&event, &mut out));
    }
    seen.push(relay.finish(&mut out));
    assert_eq!(String::from_utf8_lossy(&out), String::from_utf8_lossy(body), "{id} {case}");
    assert!(seen.iter().any(|seen| seen.content) && seen.iter().any(|seen| seen.end), "{id} {case}");
    let told = events(id, body).into_iter().filter_map(|event| match event {
        StreamEvent::Usage(usage) => Some(usage),
        _ => None,
    });
    assert_eq!(
        seen.iter().filter_map(|seen| seen.usage).next_back(),
        told.reduce(|_, last| last),
        "{id} {case}"
    );
}

/// Both halves of a cell. An answer to something that the client cannot ask is not shown.
fn cell(client: DialectId, provider: DialectId, case: &str) -> String {
    let kind = match case.starts_with("stream") {
        false => "json",
        true if provider == DialectId::Ollama => "ndjson",
        true => "sse",
    };
    let asked = match fixture(client, &format!("{case}.request"), "json") {
        Ok(asked) => asked,
        Err(reason) => return format!("-- no request: {reason}\n"),
    };
    let mut shown = request(client, provider, case, &asked);
    match fixture(provider, &format!("{case}.answer"), kind) {
        Ok(answered) => {
            shown.push_str(&answer(client, provider, case, &answered));
            if client == provider && kind != "json" {
                check_relay(client, case, &answered);
            }
        }
        Err(reason) => writeln!(shown, "-- no answer: {reason}").unwrap(),
    }
    shown
}

#[test]
fn every_cell_of_the_matrix() {
    for client in dialects() {
        for provider in dialects() {
            let mut shown = String::new();
            for case in CASES {
                writeln!(shown, "######## {case}\n{}", cell(client, provider, case).trim_end()).unwrap();
            }
            insta::with_settings!({
                snapshot_path => "../golden/pairs", prepend_module_to_snapshot => false, omit_expression => true,
            }, {
                insta::assert_snapshot!(format!("{client}__{provider}"), shown);
            });
        }
    }
}
