//! The dialect as a whole: recordings pass both ways, streams come out in order, nothing reaches the wrong vendor.

use std::path::PathBuf;

use serde_json::{Value, json};
use wye_types::chat::{BlockKind, Finish, Maker, Message, Role, Signature};
use wye_types::event::{Delta, StreamEvent};
use wye_types::{DialectId, Usage};

use super::AnthropicMessages;
use crate::dialect::{Dialect, Loss, PathAsk, Seen, StreamAsk, WriteOptions};
use crate::sse::SseDecoder;

fn read(body: &Value) -> wye_types::chat::ChatRequest {
    AnthropicMessages.read_request(body.to_string().as_bytes(), &PathAsk::default()).unwrap()
}

fn options(model: &str) -> WriteOptions {
    WriteOptions { model: model.into(), ..WriteOptions::default() }
}

fn ask() -> StreamAsk {
    StreamAsk { want_text: true, sse: true, fallback_id: "msg_x".into(), ..StreamAsk::default() }
}

fn rewritten(body: &Value) -> Value {
    let written = AnthropicMessages.write_request(&read(body), &options(body["model"].as_str().unwrap()));
    assert_eq!(written.losses, [], "{body}");
    serde_json::from_slice(&written.body).unwrap()
}

/// The forms in which a request may be written that mean the same.
fn plain(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut out: serde_json::Map<String, Value> =
                map.into_iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k, plain(v))).collect();
            if let Some(format) = out.remove("output_format") {
                out.entry("output_config").or_insert_with(|| json!({}))["format"] = format;
            }
            if let Some(Value::String(text)) = out.get("content").or(out.get("system")).cloned() {
                let key = if out.contains_key("content") { "content" } else { "system" };
                out.insert(key.into(), json!([{"type": "text", "text": text}]));
            }
            out.retain(|key, v| match key.as_str() {
                "stream" => *v != json!(false),
                "ttl" => *v != json!("5m"),
                "tools" => *v != json!([]),
                _ => true,
            });
            Value::Object(out)
        }
        Value::Array(items) => Value::Array(items.into_iter().map(plain).collect()),
        other => other,
    }
}

#[expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests find the recordings, and say loudly when there are none"
)]
fn recordings() -> Vec<(String, Value)> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var("WYE_SHARED").map_or_else(|_| beside(), PathBuf::from);
    let folder = shared.join("wire/dev/anthropic");
    let Ok(dir) = std::fs::read_dir(&folder) else {
        eprintln!("NOTICE: no recordings at {}; NOTHING IS CHECKED", folder.display());
        return Vec::new();
    };
    let mut all: Vec<_> = dir
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let name = path.file_name()?.to_str()?.to_owned();
            let text = std::fs::read_to_string(&path).ok()?;
            name.starts_with("anthropic_messages").then(|| (name, serde_json::from_str(&text).unwrap()))
        })
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

#[test]
fn recorded_requests_come_back_as_they_were() {
    for (name, case) in recordings() {
        let body = &case["request"]["body"];
        if body.is_object() {
            assert_eq!(plain(rewritten(body)), plain(body.clone()), "{name}");
        }
    }
}

#[test]
fn recorded_answers_come_back_as_they_were() {
    for (name, case) in recordings() {
        let body = &case["response"]["body"];
        if !body.is_object() {
            continue;
        }
        let bytes = body.to_string();
        let status = case["response"]["status"].as_u64().unwrap();
        if status >= 400 {
            let error = AnthropicMessages.read_error(status as u16, bytes.as_bytes());
            assert_eq!(Some(error.message.as_str()), body.pointer("/error/message").and_then(Value::as_str));
            continue;
        }
        let answer = AnthropicMessages.read_response(bytes.as_bytes()).unwrap();
        let written: Value = serde_json::from_slice(&AnthropicMessages.write_response(&answer)).unwrap();
        let mut expected = plain(body.clone());
        if name == "anthropic_messages__cached_usage__01.json" {
            // The vendor's split does not add up to its own total there; the total is what counts.
            expected["usage"]["cache_creation"]["ephemeral_5m_input_tokens"] = json!(1200);
        }
        assert_eq!(plain(written), expected, "{name}");
        let seen = AnthropicMessages.peek_response(bytes.as_bytes(), &ask());
        assert_eq!(seen.usage, answer.usage, "{name}");
        assert!(seen.end, "{name}");
    }
}

fn events_of(bytes: &[u8], step: usize) -> Vec<StreamEvent> {
    let (mut decoder, mut out) = (SseDecoder::new(), Vec::new());
    let mut reader = AnthropicMessages.stream_reader();
    for piece in bytes.chunks(step) {
        decoder.push(piece).unwrap();
        while let Some(event) = decoder.next_event() {
            reader.read(&event, &mut out);
        }
    }
    decoder.finish();
    while let Some(event) = decoder.next_event() {
        reader.read(&event, &mut out);
    }
    reader.finish(&mut out);
    out
}

fn relayed(bytes: &[u8]) -> (String, Vec<Seen>) {
    let (mut decoder, mut out) = (SseDecoder::new(), Vec::new());
    let mut relay = AnthropicMessages.relay(&ask());
    decoder.push(bytes).unwrap();
    decoder.finish();
    let mut seen = Vec::new();
    while let Some(event) = decoder.next_event() {
        seen.push(relay.relay(&event, &mut out));
    }
    seen.push(relay.finish(&mut out));
    (String::from_utf8(out).unwrap(), seen)
}

fn written(events: &[StreamEvent]) -> Vec<u8> {
    let (mut writer, mut out) = (AnthropicMessages.stream_writer(&ask()), Vec::new());
    for event in events {
        writer.write(event, &mut out);
    }
    out
}

/// Neighbouring pieces of one kind joined, so that streams cut differently compare equal.
fn joined(events: Vec<StreamEvent>) -> Vec<StreamEvent> {
    let mut out: Vec<StreamEvent> = Vec::new();
    for event in events {
        let StreamEvent::Delta { delta, .. } = &event else {
            if !matches!(event, StreamEvent::Usage(_)) {
                out.push(event);
            }
            continue;
        };
        match (out.last_mut(), delta) {
            (Some(StreamEvent::Delta { delta: Delta::Text(last), .. }), Delta::Text(more))
            | (Some(StreamEvent::Delta { delta: Delta::Reasoning(last), .. }), Delta::Reasoning(more)) => {
                last.push_str(more);
            }
            (
                Some(StreamEvent::Delta { delta: Delta::ToolArguments { call: one, json: last }, .. }),
                Delta::ToolArguments { call, json },
            ) if one == call => last.push_str(json),
            // Verbatim blocks are written by the dialect they came from alone, and only when it relays.
            (_, Delta::Foreign(_)) => {}
            _ => out.push(event),
        }
    }
    out
}

#[test]
fn recorded_streams_read_the_same_however_cut_and_survive_writing() {
    for (name, case) in recordings() {
        let Some(lines) = case["response"]["sse"].as_array() else { continue };
        let text: Vec<&str> = lines.iter().filter_map(Value::as_str).collect();
        let text = text.join("\n");
        let events = events_of(text.as_bytes(), usize::MAX >> 1);
        assert_eq!(events, events_of(text.as_bytes(), 1), "{name}");
        assert_eq!(events.last(), Some(&StreamEvent::End), "{name}");
        assert!(matches!(events.first(), Some(StreamEvent::Start { .. })), "{name}");
        let again = events_of(&written(&events), 7);
        assert_eq!(joined(again), joined(events.clone()), "{name}");

        let (bytes, seen) = relayed(text.as_bytes());
        assert!(seen.last().unwrap().end, "{name}");
        assert!(!bytes.contains("[DONE]"), "{name}");
        if !text.contains("[DONE]") {
            assert_eq!(bytes.trim_end(), text.trim_end(), "{name}");
        }
        let usage = |e: &StreamEvent| if let StreamEvent::Usage(u) = e { Some(*u) } else { None };
        let told = seen.iter().filter_map(|seen| seen.usage).next_back();
        assert_eq!(told, events.iter().filter_map(usage).next_back(), "{name}");
        let texts: String = seen.into_iter().map(|seen| seen.text).collect();
        let told: String = events
            .iter()
            .filter_map(|event| match event {
                StreamEvent::Delta { delta: Delta::Text(text), .. } => Some(text.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(texts, told, "{name}");
    }
}

fn delta(delta: Delta) -> StreamEvent {
    StreamEvent::Delta { choice: 0, delta }
}

fn call(call: u32) -> StreamEvent {
    delta(Delta::ToolStart { call, id: format!("c{call}"), name: format!("f{call}"), signature: None })
}

fn piece(call: u32, json: &str) -> StreamEvent {
    delta(Delta::ToolArguments { call, json: json.into() })
}

fn finish(finish: Finish) -> StreamEvent {
    StreamEvent::Finish { choice: 0, finish, stop_sequence: None }
}

#[test]
fn interleaved_calls_are_written_one_after_the_other() {
    let events = [
        call(0),
        piece(0, "{\"a\":\"}"),
        call(1),
        piece(1, "{\"b\""),
        piece(0, "\\\"\"}"),
        piece(1, ":2}"),
        call(2),
        delta(Delta::Text("after".into())),
        finish(Finish::ToolCalls),
        StreamEvent::Usage(Usage { input: 3, output: 4, ..Usage::default() }),
        StreamEvent::End,
    ];
    let again = joined(events_of(&written(&events), 5));
    let expected = vec![
        StreamEvent::Start { id: "msg_x".into(), model: String::new(), created: None },
        call(0),
        piece(0, "{\"a\":\"}\\\"\"}"),
        call(1),
        piece(1, "{\"b\":2}"),
        call(2),
        piece(2, "{}"),
        delta(Delta::Text("after".into())),
        finish(Finish::ToolCalls),
        StreamEvent::End,
    ];
    assert_eq!(again, expected);
}

#[test]
fn seals_of_others_reach_the_client_and_come_back() {
    let google = Signature { maker: Maker::Google, data: "AbC/+=".into() };
    let events = [
        delta(Delta::Reasoning("hm".into())),
        delta(Delta::Signature(google.clone())),
        delta(Delta::ToolStart {
            call: 0,
            id: "c".into(),
            name: "f".into(),
            signature: Some(google.clone()),
        }),
        piece(0, "{}"),
        finish(Finish::ToolCalls),
        StreamEvent::End,
    ];
    let text = String::from_utf8(written(&events)).unwrap();
    assert!(text.contains("wye:google:AbC/+="), "{text}");
    let back = read(&json!({"model": "m", "max_tokens": 9, "messages": [
        {"role": "user", "content": "q"},
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "hm", "signature": "wye:google:AbC/+="},
            {"type": "tool_use", "id": "c__wye_google_QWJDLys9", "name": "f", "input": {}},
        ]},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "c__wye_google_QWJDLys9", "content": "r"},
            {"type": "text", "text": "and?"},
        ]},
    ]}));
    let roles: Vec<Role> = back.messages.iter().map(|m| m.role).collect();
    assert_eq!(roles, [Role::User, Role::Assistant, Role::Tool, Role::User]);
    assert_eq!(back.messages[1].content[0].signature.as_ref(), Some(&google));
    assert_eq!(back.messages[1].content[1].signature.as_ref(), Some(&google));
    assert!(matches!(&back.messages[2].content[0].kind, BlockKind::ToolResult(r) if r.call_id == "c"));

    let written = AnthropicMessages.write_request(&back, &options("claude-sonnet-4-5"));
    assert!(!String::from_utf8(written.body).unwrap().contains("AbC"));
    assert_eq!(written.losses.len(), 1);
    assert_eq!(written.losses[0].field, "messages[1].content[0]");
}

#[test]
fn an_answer_never_ends_with_the_seal_of_its_text() {
    let seal = || Delta::Signature(Signature { maker: Maker::Google, data: "AbC/+".to_owned() });
    let text = |text: &str| delta(Delta::Text(text.to_owned()));
    let starts = |bytes: &[u8]| -> Vec<String> {
        let text = String::from_utf8_lossy(bytes);
        let kinds = text.split("\"content_block\":{\"type\":\"").skip(1);
        kinds.map(|rest| rest.split('"').next().unwrap_or_default().to_owned()).collect()
    };
    let last = written(&[text("a"), delta(seal()), finish(Finish::Stop), StreamEvent::End]);
    assert_eq!(starts(&last), ["text"], "Claude Code takes the last block for the answer");
    let calls =
        [text("a"), delta(seal()), call(0), piece(0, "{}"), finish(Finish::ToolCalls), StreamEvent::End];
    assert_eq!(starts(&written(&calls)), ["text", "redacted_thinking", "tool_use"]);
}

#[test]
fn other_dialects_requests_become_legal() {
    let mut chat = read(&json!({"model": "m", "messages": [
        {"role": "assistant", "content": ""},
        {"role": "assistant", "content": "hello"},
        {"role": "user", "content": "a"},
        {"role": "user", "content": "b"},
    ]}));
    chat.from = DialectId::OpenAiChat;
    chat.messages.insert(2, Message::text(Role::Developer, "be brief"));
    chat.rest.insert("logit_bias".into(), json!({}));
    chat.sampling.temperature = Some(1.5);
    chat.sampling.seed = Some(1);
    let written = AnthropicMessages.write_request(&chat, &options("claude-sonnet-4-20250514"));
    let body: Value = serde_json::from_slice(&written.body).unwrap();
    assert_eq!(
        body,
        json!({
            "model": "claude-sonnet-4-20250514", "max_tokens": 8192, "system": "be brief", "temperature": 1.0,
            "messages": [
                {"role": "user", "content": "Continue."},
                {"role": "assistant", "content": "hello"},
                {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
            ],
        })
    );
    let lost: Vec<String> = written.losses.iter().map(|loss| loss.field.clone()).collect();
    assert_eq!(lost, ["messages[2]", "messages", "temperature", "seed", "logit_bias"]);
    assert!(written.losses.contains(&Loss::dropped("seed")));
}

#[test]
fn wrong_requests_name_the_field() {
    let error = |body: Value| {
        let error = AnthropicMessages.read_request(body.to_string().as_bytes(), &PathAsk::default());
        error.unwrap_err().param.unwrap()
    };
    let with = |messages: Value| json!({"model": "m", "messages": messages});
    assert_eq!(error(json!({"messages": []})), "model");
    assert_eq!(error(json!({"model": "m"})), "messages");
    assert_eq!(error(with(json!([]))), "messages");
    assert_eq!(error(with(json!("hi"))), "messages");
    assert_eq!(error(with(json!([7]))), "messages[0]");
    assert_eq!(error(with(json!([{"role": "tool", "content": "x"}]))), "messages[0].role");
    assert_eq!(error(with(json!([{"role": "user"}]))), "messages[0].content");
    assert_eq!(
        error(with(json!([{"role": "user", "content": [{"text": "x"}]}]))),
        "messages[0].content[0].type"
    );
    let image = json!([{"role": "user", "content": [{"type": "image", "source": {"type": "ftp"}}]}]);
    assert_eq!(error(with(image)), "messages[0].content[0].source.type");
}

#[test]
fn a_json_answer_to_a_stream_request_is_told_as_a_stream() {
    let body = json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "m",
        "content": [{"type": "text", "text": "hi"}], "stop_reason": "end_turn", "stop_sequence": null,
        "usage": {"input_tokens": 1, "output_tokens": 2}});
    let (text, seen) = relayed(body.to_string().as_bytes());
    assert!(text.starts_with("event: message_start\n") && text.ends_with("{\"type\":\"message_stop\"}\n\n"));
    assert!(seen[0].content && seen[0].end && seen[0].text == "hi");
    let events = events_of(body.to_string().as_bytes(), 9);
    assert_eq!(events.last(), Some(&StreamEvent::End));

    let error = json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}});
    let (_, seen) = relayed(error.to_string().as_bytes());
    assert_eq!(seen[0].error.as_ref().map(|e| e.status), Some(529));
    assert!(!seen.last().unwrap().end);
}

#[test]
fn a_stream_cut_before_its_end_marker_is_completed_only_if_it_had_finished() {
    let delta = "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n";
    let (text, seen) = relayed(delta.as_bytes());
    assert!(text.ends_with("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"));
    assert!(seen.last().unwrap().end);
    let (_, seen) = relayed(b"event: ping\ndata: {\"type\": \"ping\"}\n\n");
    assert!(!seen.last().unwrap().end);
}
