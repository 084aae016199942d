//! What holds for every dialect, whatever the traffic.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use wye_types::DialectId;
use wye_types::chat::{
    Block, BlockKind, ChatRequest, ChatResponse, Finish, Message, OutputFormat, Role, Tool, ToolChoice,
};
use wye_types::event::{Delta, StreamEvent};
use wye_wire::assemble::{Assembler, explode};
use wye_wire::dialect::{PathAsk, StreamAsk, WriteOptions};
use wye_wire::frames::Frames;
use wye_wire::names::NameMap;
use wye_wire::{dialect, seal};

use crate::generate::{mark, odd_json, request, response, seal};
use crate::vendor;

fn dialects() -> impl Strategy<Value = DialectId> {
    proptest::sample::select(vendor::dialects())
}

fn path(stream: bool) -> PathAsk {
    PathAsk { model: Some("m".to_owned()), stream, sse: true }
}

fn options() -> WriteOptions {
    WriteOptions { model: "m".to_owned(), ..WriteOptions::default() }
}

fn ask() -> StreamAsk {
    StreamAsk {
        include_usage: true,
        want_text: true,
        sse: true,
        now_s: 1_700_000_000,
        fallback_id: "id".to_owned(),
        model: "m".to_owned(),
        ..StreamAsk::default()
    }
}

/// JSON text without its spelling.
fn plain(json: &str) -> String {
    if json.trim().is_empty() {
        return "{}".to_owned();
    }
    serde_json::from_str::<Value>(json).map_or_else(|_| json.to_owned(), |value| value.to_string())
}

/// What a request says, line by line, without how a dialect cuts it into turns, parts and ids.
fn meaning(chat: &ChatRequest, names: &NameMap) -> Vec<String> {
    let mut out = Vec::new();
    let mut calls: BTreeMap<&str, usize> = BTreeMap::new();
    for message in &chat.messages {
        let role = if message.role == Role::Developer { Role::System } else { message.role };
        for block in &message.content {
            match &block.kind {
                BlockKind::Text(text) => append(&mut out, &format!("{role:?}: "), text),
                BlockKind::Media(media) => {
                    out.push(format!("{role:?} shows {:?} {:?}", media.mime, media.source))
                }
                BlockKind::ToolCall(call) => {
                    calls.insert(&call.id, calls.len());
                    out.push(format!("call {} {}", names.original(&call.name), plain(&call.arguments)));
                }
                BlockKind::ToolResult(result) => {
                    let call = calls.get(result.call_id.as_str());
                    let text: String = result.content.iter().filter_map(Block::as_text).collect();
                    out.push(format!("result of {call:?}: {text} {}", result.is_error));
                }
                other => out.push(format!("{other:?}")),
            }
        }
    }
    for tool in &chat.tools {
        match tool {
            Tool::Function(f) => {
                out.push(format!("tool {} {:?} {:?}", names.original(&f.name), f.description, f.parameters));
            }
            Tool::Foreign(value) => out.push(format!("tool {value}")),
        }
    }
    out.push(match &chat.tool_choice {
        // What a vendor does unless told otherwise.
        None | Some(ToolChoice::Auto) => "choice Auto".to_owned(),
        Some(ToolChoice::Named(name)) => format!("choice named {}", names.original(name)),
        Some(other) => format!("choice {other:?}"),
    });
    out.push(match &chat.format {
        OutputFormat::JsonSchema(schema) => format!("schema {}", schema.schema),
        other => format!("{other:?}"),
    });
    out.push(format!("{:?} stream {}", chat.sampling, chat.stream));
    out
}

fn append(out: &mut Vec<String>, key: &str, text: &str) {
    match out.last_mut() {
        Some(last) if last.starts_with(key) => last.push_str(text),
        _ => out.push(format!("{key}{text}")),
    }
}

/// What an answer says, line by line; with seals if both sides were written by the same dialect.
fn answer(response: &ChatResponse, seals: bool) -> Vec<String> {
    let mut out = Vec::new();
    for choice in &response.choices {
        for block in &choice.content {
            let mut carried = None;
            match &block.kind {
                BlockKind::Text(text) => append(&mut out, "text: ", text),
                BlockKind::Reasoning(text) => append(&mut out, "thought: ", text),
                BlockKind::ToolCall(call) => {
                    let (id, seal) = seal::split_id(&call.id);
                    carried = seal;
                    out.push(format!("call {id} {} {}", call.name, plain(&call.arguments)));
                }
                BlockKind::Redacted => {}
                other => out.push(format!("{other:?}")),
            }
            if seals && let Some(seal) = block.signature.clone().or(carried) {
                out.push(format!("seal {seal:?}"));
            }
        }
        out.push(format!("finish {:?}", choice.finish));
    }
    out.retain(|line| line != "text: " && line != "thought: ");
    out
}

/// The part of a request that the dialect can say.
fn request_for(id: DialectId, mut chat: ChatRequest) -> ChatRequest {
    vendor::expected(id, &mut chat);
    if !vendor::text_only(id) {
        return chat;
    }
    let texts = chat.messages.iter().flat_map(|m| &m.content).filter_map(Block::as_text);
    let messages = vec![Message::text(Role::User, format!("q{}", texts.collect::<String>()))];
    ChatRequest { messages, tools: Vec::new(), tool_choice: None, format: OutputFormat::Text, ..chat }
}

/// The part of an answer that the dialect can say.
fn response_for(id: DialectId, mut response: ChatResponse) -> ChatResponse {
    if !vendor::text_only(id) {
        return response;
    }
    for choice in &mut response.choices {
        let text: String = choice.content.iter().filter_map(Block::as_text).collect();
        choice.content = vec![Block::text(format!("a{text}"))];
        choice.finish = choice.finish.take().map(|f| if f == Finish::ToolCalls { Finish::Stop } else { f });
    }
    response
}

/// Writes events as a stream of the dialect, reads it back in pieces and folds it.
fn through(id: DialectId, events: &[StreamEvent], step: usize) -> ChatResponse {
    let mut writer = dialect(id).stream_writer(&ask());
    let mut bytes = Vec::new();
    for event in events {
        writer.write(event, &mut bytes);
    }
    let mut reader = dialect(id).stream_reader();
    let mut decoder = Frames::new(dialect(id).framing());
    let mut read = Vec::new();
    for piece in bytes.chunks(step) {
        decoder.push(piece).unwrap();
        while let Some(event) = decoder.next_event() {
            reader.read(&event, &mut read);
        }
    }
    decoder.finish();
    while let Some(event) = decoder.next_event() {
        reader.read(&event, &mut read);
    }
    reader.finish(&mut read);
    assert_eq!(read.last(), Some(&StreamEvent::End), "{id}: {}", String::from_utf8_lossy(&bytes));
    let mut assembler = Assembler::new(id);
    for event in read {
        assembler.push(event);
    }
    assembler.finish()
}

/// Cuts every call's arguments into pieces and deals them out in turn, after all calls have begun.
fn interleave(events: Vec<StreamEvent>, step: usize) -> Vec<StreamEvent> {
    let mut pieces: Vec<(usize, u32, String)> = Vec::new();
    let mut out = Vec::new();
    for event in events {
        match event {
            StreamEvent::Delta { delta: Delta::ToolArguments { call, json }, .. } => {
                let chars: Vec<char> = json.chars().collect();
                let cut = chars.chunks(step).enumerate();
                pieces.extend(cut.map(|(n, piece)| (n, call, piece.iter().collect())));
            }
            StreamEvent::Finish { .. } => {
                pieces.sort_by_key(|(n, call, _)| (*n, *call));
                for (_, call, json) in pieces.drain(..) {
                    out.push(StreamEvent::Delta { choice: 0, delta: Delta::ToolArguments { call, json } });
                }
                out.push(event);
            }
            other => out.push(other),
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_request_keeps_its_meaning(chat in request(), id in dialects()) {
        let chat = request_for(id, chat);
        let written = dialect(id).write_request(&chat, &options());
        let body = String::from_utf8(written.body.clone()).unwrap();
        let read = dialect(id).read_request(&written.body, &path(chat.stream));
        let read = read.map_err(|e| TestCaseError::fail(format!("{id}: {e}: {body}")))?;
        let wanted = meaning(&chat, &NameMap::default());
        prop_assert_eq!(meaning(&read, &written.names), wanted, "{}: {}", id, body);
        // In the dialect's own words nothing is lost any more.
        let again = dialect(id).write_request(&read, &options());
        prop_assert_eq!(&again.losses, &vec![], "{}: {}", id, body);
        let twice = dialect(id).read_request(&again.body, &path(read.stream)).unwrap();
        prop_assert_eq!(&twice, &read, "{}: {}", id, body);
    }

    #[test]
    fn a_request_keeps_its_meaning_through_two_dialects(
        chat in request(), first in dialects(), second in dialects(),
    ) {
        let chat = request_for(second, request_for(first, chat));
        let one = dialect(first).write_request(&chat, &options());
        let client = dialect(first).read_request(&one.body, &path(chat.stream)).unwrap();
        let two = dialect(second).write_request(&client, &options());
        let read = dialect(second).read_request(&two.body, &path(chat.stream)).unwrap();
        let wanted = meaning(&client, &NameMap::default());
        prop_assert_eq!(meaning(&read, &two.names), wanted, "{} {}", first, second);
    }

    #[test]
    fn the_scan_agrees_with_the_reading(chat in request(), id in dialects()) {
        let chat = request_for(id, chat);
        let body = dialect(id).write_request(&chat, &options()).body;
        let read = dialect(id).read_request(&body, &path(chat.stream)).unwrap();
        let head = dialect(id).scan(&body, &path(chat.stream)).unwrap();
        prop_assert_eq!(head.model, read.model);
        prop_assert_eq!(head.stream, read.stream);
        prop_assert_eq!(head.include_usage, read.include_usage);
        prop_assert_eq!(head.max_tokens, read.sampling.max_tokens);
        prop_assert_eq!(head.tools, !read.tools.is_empty());
        prop_assert_eq!(head.wants_thinking, read.reasoning.is_some_and(|r| r.wants_thinking()));
    }

    #[test]
    fn a_stream_means_what_the_whole_answer_means(response in response(), id in dialects(), step in 1usize..200) {
        let response = response_for(id, response);
        let whole = dialect(id).read_response(&dialect(id).write_response(&response)).unwrap();
        let streamed = through(id, &explode(&response), step);
        prop_assert_eq!(answer(&streamed, true), answer(&whole, true), "{}", id);
        prop_assert_eq!(answer(&whole, false), answer(&response, false), "{}", id);
        prop_assert_eq!((&streamed.id, &streamed.model), (&whole.id, &whole.model));
        if let Some(usage) = response.usage {
            prop_assert_eq!(streamed.usage, whole.usage, "{}", id);
            let read = whole.usage.unwrap_or_default();
            prop_assert_eq!(read.prompt_total(), usage.prompt_total(), "{}", id);
            prop_assert_eq!(read.output_total(), usage.output_total(), "{}", id);
        }
    }

    #[test]
    fn a_stream_keeps_its_meaning_through_two_dialects(
        response in response(), first in dialects(), second in dialects(), step in 1usize..60,
    ) {
        let response = response_for(second, response_for(first, response));
        let provider = through(first, &explode(&response), step);
        let client = through(second, &explode(&provider), step);
        prop_assert_eq!(answer(&client, false), answer(&response, false), "{} {}", first, second);
    }

    #[test]
    fn arguments_may_be_cut_anywhere_and_interleaved(
        response in response(), id in dialects(), cut in 1usize..9, step in 1usize..90,
    ) {
        let response = response_for(id, response);
        let whole = through(id, &explode(&response), step);
        let cut = through(id, &interleave(explode(&response), cut), step);
        prop_assert_eq!(answer(&cut, true), answer(&whole, true), "{}", id);
    }

    #[test]
    fn seals_reach_their_maker_only(
        chat in request(), seals in proptest::collection::vec(proptest::option::of(seal()), 8), id in dialects(),
    ) {
        let mut chat = chat;
        let mut next = seals.iter().cycle();
        for message in chat.messages.iter_mut().filter(|m| m.role == Role::Assistant) {
            for block in &mut message.content {
                block.signature = next.next().cloned().flatten();
            }
            let thoughts = Block { signature: next.next().cloned().flatten(), ..Block::new(BlockKind::Reasoning("hm".to_owned())) };
            message.content.insert(0, thoughts);
        }
        let body = String::from_utf8(dialect(id).write_request(&chat, &options()).body).unwrap();
        for seal in seals.iter().flatten().filter(|seal| seal.maker != dialect(id).maker()) {
            let sealed = mark(&seal.maker);
            let hidden = seal::id_with_seal("", Some(seal));
            let hidden = hidden.rsplit('_').next().unwrap();
            prop_assert!(!body.contains(sealed) && !body.contains(hidden), "{}: {:?}: {}", id, seal.maker, body);
        }
    }

    #[test]
    fn seals_survive_any_client(response in response(), id in dialects()) {
        let response = response_for(id, response);
        let answered: Value = serde_json::from_slice(&dialect(id).write_response(&response)).unwrap();
        let known = vendor::of(id).unwrap();
        let asked = (known.conversation)((known.turn_of)(&answered)).to_string();
        let read = dialect(id).read_request(asked.as_bytes(), &path(false)).unwrap();
        let sealed = |blocks: &[Block]| -> Vec<String> {
            let seals = blocks.iter().filter_map(|b| b.signature.as_ref());
            seals.map(|s| format!("{:?} {}", s.maker, s.data)).collect()
        };
        let back: Vec<Block> = read.messages.iter().flat_map(|m: &Message| m.content.clone()).collect();
        prop_assert_eq!(sealed(&back), sealed(&response.choices[0].content), "{}: {}", id, answered);
    }

    #[test]
    fn nothing_panics_on_odd_json(value in odd_json(), id in dialects(), status in 200u16..600) {
        let dialect = dialect(id);
        let mut top = Map::from_iter([
            ("model".to_owned(), json!("m")),
            ("max_tokens".to_owned(), json!(5)),
            ("messages".to_owned(), json!([{"role": "user", "content": "q"}])),
            ("contents".to_owned(), json!([{"parts": [{"text": "q"}]}])),
            ("prompt".to_owned(), json!("q")),
        ]);
        if let Value::Object(fields) = &value {
            top.extend(fields.clone());
        }
        for body in [value.to_string(), Value::Object(top).to_string()] {
            let body = body.as_bytes();
            let scanned = dialect.scan(body, &path(false));
            if let Ok(chat) = dialect.read_request(body, &path(false)) {
                prop_assert!(scanned.is_ok(), "{}: {:?}", id, scanned.err());
                for other in vendor::dialects() {
                    let written = wye_wire::dialect(other).write_request(&chat, &options());
                    prop_assert!(serde_json::from_slice::<Value>(&written.body).is_ok());
                }
            }
            let _ = dialect.read_count_request(body, &path(false));
            if let Ok(response) = dialect.read_response(body) {
                for other in vendor::dialects() {
                    wye_wire::dialect(other).write_response(&response);
                    let mut writer = wye_wire::dialect(other).stream_writer(&ask());
                    let mut out = Vec::new();
                    explode(&response).iter().for_each(|event| writer.write(event, &mut out));
                }
            }
            let _ = dialect.read_error(status, body);
            let _ = dialect.peek_response(body, &ask());
            let _ = dialect.read_count(body);
            let mut reader = dialect.stream_reader();
            let mut relay = dialect.relay(&ask());
            let mut decoder = Frames::new(dialect.framing());
            let (mut events, mut out) = (Vec::new(), Vec::new());
            decoder.push(&vendor::framed(id, body)).unwrap();
            while let Some(event) = decoder.next_event() {
                reader.read(&event, &mut events);
                relay.relay(&event, &mut out);
            }
            reader.finish(&mut events);
            relay.finish(&mut out);
        }
    }
}
