//! `openai_responses`: what the recordings and the golden pairs do not show.

use serde_json::{Value, json};
use wye_types::DialectId;
use wye_types::chat::{Block, BlockKind, Finish, Maker, Role, Signature, Tool, ToolChoice};
use wye_types::error::{Fault, GatewayError};
use wye_types::event::{Delta, StreamEvent};
use wye_types::reply::ErrorReply;
use wye_wire::dialect::{
    Dialect, PathAsk, ReadError, ReasoningField, Seen, StreamAsk, StreamAt, WriteOptions, dialect,
};
use wye_wire::frames::Frames;

use crate::fold::{events, fold, stream};

const ID: DialectId = DialectId::OpenAiResponses;

fn responses() -> &'static dyn Dialect {
    dialect(ID)
}

fn read(body: &Value) -> wye_types::chat::ChatRequest {
    responses().read_request(body.to_string().as_bytes(), &PathAsk::default()).unwrap()
}

fn refused(body: &Value) -> (Option<String>, String) {
    let path = PathAsk::default();
    let error = responses().read_request(body.to_string().as_bytes(), &path).unwrap_err();
    (error.param, error.message)
}

fn written(from: DialectId, to: DialectId, body: &Value, options: &WriteOptions) -> (Value, Vec<String>) {
    let chat = dialect(from).read_request(body.to_string().as_bytes(), &PathAsk::default()).unwrap();
    let written = dialect(to).write_request(&chat, options);
    let losses = written.losses.iter().map(ToString::to_string).collect();
    (serde_json::from_slice(&written.body).unwrap(), losses)
}

fn plain() -> WriteOptions {
    WriteOptions { model: "m".to_owned(), ..WriteOptions::default() }
}

/// Relays a stream; gives the bytes and what all of it held.
fn relayed(bytes: &[u8]) -> (String, Seen) {
    let ask = StreamAsk { want_text: true, ..StreamAsk::default() };
    let mut relay = responses().relay(&ask);
    let mut decoder = Frames::new(responses().framing());
    decoder.push(bytes).unwrap();
    decoder.finish();
    let (mut out, mut all) = (Vec::new(), Seen::default());
    let mut add = |seen: Seen| {
        all.content |= seen.content;
        all.end |= seen.end;
        all.text.push_str(&seen.text);
        all.usage = seen.usage.or(all.usage);
        all.error = seen.error.or(all.error.take());
    };
    while let Some(event) = decoder.next_event() {
        add(relay.relay(&event, &mut out));
    }
    add(relay.finish(&mut out));
    (String::from_utf8(out).unwrap(), all)
}

fn sse(all: &[Value]) -> Vec<u8> {
    let lines =
        all.iter().map(|event| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap()));
    lines.collect::<String>().into_bytes()
}

#[test]
fn items_of_the_model_are_one_turn_and_come_back_as_they_were() {
    let input = json!([
        {"role": "user", "content": "q"},
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "a"}, {"type": "summary_text", "text": "b"}], "encrypted_content": "SEAL"},
        {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "phase": "commentary",
         "content": [{"type": "output_text", "text": "one", "annotations": [{"type": "url_citation", "url": "u"}]}, {"type": "refusal", "refusal": "no"}]},
        {"type": "message", "id": "msg_2", "role": "assistant", "content": "two"},
        {"type": "web_search_call", "id": "ws_1", "status": "completed"},
        {"type": "custom_tool_call", "id": "ctc_1", "call_id": "c0", "name": "patch", "input": "*** Begin"},
        {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "f", "arguments": "{}", "namespace": "n"},
        {"type": "custom_tool_call_output", "call_id": "c0", "output": "done"},
        {"type": "function_call_output", "id": "fco_1", "call_id": "c1", "output": [{"type": "input_text", "text": "x"}, {"type": "input_image", "image_url": "data:image/png;base64,aGk=", "detail": "low"}]},
        {"type": "item_reference", "id": "msg_0"}
    ]);
    let chat = read(&json!({"model": "m", "input": input}));
    let roles: Vec<Role> = chat.messages.iter().map(|m| m.role).collect();
    assert_eq!(roles, [Role::User, Role::Assistant, Role::Tool, Role::Tool, Role::Assistant]);
    let turn = &chat.messages[1].content;
    assert_eq!(turn[0].kind, BlockKind::Reasoning("a\n\nb".to_owned()));
    assert_eq!(turn[0].signature, Some(Signature { maker: Maker::OpenAi, data: "SEAL".to_owned() }));
    assert!(
        matches!(&turn[5].kind, BlockKind::ToolCall(call) if call.id == "c0" && call.arguments == "*** Begin")
    );
    let again = responses().write_request(&chat, &plain());
    assert_eq!(again.losses, []);
    let again: Value = serde_json::from_slice(&again.body).unwrap();
    assert_eq!(again["input"], input);
}

#[test]
fn what_is_wrong_is_named() {
    for (body, param, words) in [
        (json!({"input": "q"}), "model", "`model` is missing"),
        (json!({"model": "m"}), "input", "missing or empty"),
        (json!({"model": "m", "input": 7}), "input", "a string or an array"),
        (
            json!({"model": "m", "input": [{"role": "tool", "content": "x"}]}),
            "input[0].role",
            "\"assistant\"",
        ),
        (json!({"model": "m", "input": [{"id": "x"}]}), "input[0].type", "\"role\""),
        (
            json!({"model": "m", "input": [{"type": "function_call_output", "output": ""}]}),
            "input[0].call_id",
            "call_id",
        ),
        (
            json!({"model": "m", "input": [{"role": "user", "content": [{"type": "input_image"}]}]}),
            "input[0].content[0].image_url",
            "URL",
        ),
        (json!({"model": "m", "input": "q", "tool_choice": "maybe"}), "tool_choice", "\"required\""),
        (json!({"model": "m", "input": "q", "max_output_tokens": -1}), "max_output_tokens", "whole number"),
    ] {
        let (at, message) = refused(&body);
        assert_eq!(at.as_deref(), Some(param), "{message}");
        assert!(message.contains(words), "{message}");
        let scanned = responses().scan(body.to_string().as_bytes(), &PathAsk::default());
        assert!(scanned.is_ok() || body.get("input").is_none_or(|i| !i.is_array()), "{body}");
    }
    // The conversation may be the vendor's.
    read(&json!({"model": "m", "previous_response_id": "resp_1"}));
    read(&json!({"model": "m", "prompt": {"id": "p"}, "input": []}));
}

#[test]
fn what_only_the_vendor_can_do_is_an_honest_loss_elsewhere() {
    let body = json!({
        "model": "m", "input": "q", "previous_response_id": "resp_1", "background": true, "store": true,
        "include": ["reasoning.encrypted_content"], "stream_options": {"include_obfuscation": false},
        "truncation": "auto", "tools": [{"type": "web_search"}, {"type": "namespace", "name": "n", "tools": []}],
    });
    for id in [DialectId::OpenAiChat, DialectId::AnthropicMessages, DialectId::Gemini] {
        let (_, losses) = written(ID, id, &body, &plain());
        let fields: Vec<&str> = losses.iter().filter_map(|loss| loss.split(':').next()).collect();
        for field in ["previous_response_id", "background", "truncation", "tools[0]", "tools[1]"] {
            assert!(fields.contains(&field), "{id}: {losses:?}");
        }
        assert!(fields.contains(&"store") && fields.len() == 6, "{id}: {losses:?}");
        assert!(
            losses.iter().any(|loss| loss.contains("send the whole conversation in `input`")),
            "{losses:?}"
        );
    }
    let (same, losses) = written(ID, ID, &body, &plain());
    assert!(losses.is_empty());
    assert_eq!((&same["previous_response_id"], &same["background"]), (&json!("resp_1"), &json!(true)));
    // A wish that is fulfilled everywhere is no loss.
    let (_, losses) =
        written(ID, DialectId::OpenAiChat, &json!({"model": "m", "input": "q", "store": false}), &plain());
    assert!(losses.is_empty(), "{losses:?}");
}

#[test]
fn a_request_of_another_dialect_keeps_nothing_and_asks_for_seals() {
    let body = json!({
        "model": "m", "messages": [{"role": "user", "content": "q"}], "stop": ["x"], "max_tokens": 5, "seed": 1,
        "logprobs": true, "top_logprobs": 2, "reasoning_effort": "high",
        "tools": [{"type": "function", "function": {"name": "f"}}],
    });
    let (out, losses) = written(DialectId::OpenAiChat, ID, &body, &plain());
    assert_eq!(
        losses,
        ["max_tokens: raised from 5 to 16, the least that is allowed", "stop: dropped", "seed: dropped"]
    );
    assert_eq!(out["store"], false);
    assert_eq!(out["max_output_tokens"], 16);
    assert_eq!(out["include"], json!(["message.output_text.logprobs", "reasoning.encrypted_content"]));
    assert_eq!(out["reasoning"], json!({"effort": "high"}));
    // Functions are strict here unless it is said that they are not.
    let function = json!({"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}, "strict": false});
    assert_eq!(out["tools"], json!([function]));
    let thinks = json!({"contents": [{"parts": [{"text": "q"}]}], "generationConfig": {"thinkingConfig": {"thinkingLevel": "HIGH", "includeThoughts": true}}});
    let chat = dialect(DialectId::Gemini).read_request(
        thinks.to_string().as_bytes(),
        &PathAsk { model: Some("m".to_owned()), ..PathAsk::default() },
    );
    let out: Value =
        serde_json::from_slice(&responses().write_request(&chat.unwrap(), &plain()).body).unwrap();
    assert_eq!(out["reasoning"], json!({"effort": "high", "summary": "auto"}));
}

#[test]
fn thoughts_go_back_to_their_maker_and_plain_ones_where_they_are_taken() {
    let body = json!({"model": "m", "input": [
        {"role": "user", "content": "q"},
        {"type": "reasoning", "id": "rs_a", "summary": [{"type": "summary_text", "text": "theirs"}], "encrypted_content": "wye:anthropic:S"},
        {"type": "reasoning", "id": "rs_b", "summary": [{"type": "summary_text", "text": "bare"}], "encrypted_content": "wye:none:"},
        {"type": "reasoning", "id": "rs_c", "summary": [], "encrypted_content": "OURS"},
        {"role": "assistant", "content": "a"}
    ]});
    let (out, losses) = written(ID, ID, &body, &plain());
    assert_eq!(losses, ["messages[1].content[0]: dropped; the thoughts carry another vendor's seal"]);
    let items = out["input"].as_array().unwrap();
    assert_eq!(items.len(), 3, "{out}");
    assert_eq!(
        items[1],
        json!({"type": "reasoning", "id": "rs_c", "summary": [], "encrypted_content": "OURS"})
    );
    let open = WriteOptions { reasoning_field: ReasoningField::ReasoningContent, ..plain() };
    let (out, _) = written(ID, ID, &body, &open);
    let bare =
        json!({"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "bare"}]});
    assert_eq!(out["input"][1], bare);
    let (out, _) = written(ID, DialectId::AnthropicMessages, &body, &plain());
    assert_eq!(
        out["messages"][1]["content"][0],
        json!({"type": "thinking", "thinking": "theirs", "signature": "S"})
    );
}

#[test]
fn googles_seals_on_text_and_calls_come_back_through_codex() {
    let answer = json!({"candidates": [{"content": {"role": "model", "parts": [
        {"text": "hm", "thought": true},
        {"text": "yes", "thoughtSignature": "VEVYVFNFQUw="},
        {"functionCall": {"name": "f", "args": {"a": 1}}, "thoughtSignature": "Q0FMTFNFQUw="}
    ]}, "finishReason": "STOP"}], "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}});
    let read = dialect(DialectId::Gemini).read_response(answer.to_string().as_bytes()).unwrap();
    let whole: Value = serde_json::from_slice(&responses().write_response(&read)).unwrap();
    // Codex keeps items without their ids and sends them back.
    let items: Vec<Value> = whole["output"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            let mut item = item.clone();
            item.as_object_mut().unwrap().remove("id");
            item
        })
        .collect();
    let call_id = items.iter().find_map(|item| item["call_id"].as_str()).unwrap();
    let mut input = vec![json!({"role": "user", "content": "q"})];
    input.extend(items.iter().cloned());
    input.push(json!({"type": "function_call_output", "call_id": call_id, "output": "r"}));
    let (out, losses) = written(ID, DialectId::Gemini, &json!({"model": "m", "input": input}), &plain());
    assert!(losses.is_empty(), "{losses:?}");
    let parts = &out["contents"][1]["parts"];
    assert!(
        parts
            .as_array()
            .unwrap()
            .iter()
            .any(|p| p["text"] == "yes" && p["thoughtSignature"] == "VEVYVFNFQUw="),
        "{out}"
    );
    assert!(
        parts
            .as_array()
            .unwrap()
            .iter()
            .any(|p| p["functionCall"]["name"] == "f" && p["thoughtSignature"] == "Q0FMTFNFQUw="),
        "{out}"
    );
}

#[test]
fn a_failed_response_is_an_error_of_the_right_kind() {
    for (code, fault) in [
        ("server_error", Fault::Server),
        ("rate_limit_exceeded", Fault::RateLimited),
        ("invalid_prompt", Fault::BadRequest),
        ("image_content_policy_violation", Fault::BadRequest),
        ("context_length_exceeded", Fault::ContextTooLong),
    ] {
        let response = json!({"id": "resp_1", "object": "response", "status": "failed", "output": [],
            "error": {"code": code, "message": "it broke"}});
        let failed = json!({"type": "response.failed", "sequence_number": 1, "response": response});
        let told = json!({"type": "error", "sequence_number": 1, "code": code, "message": "it broke", "param": null});
        for event in [failed, told] {
            let bytes = sse(&[event]);
            let read = events(ID, &bytes);
            let Some(StreamEvent::Error(error)) = read.last() else { panic!("{read:?}") };
            assert_eq!((error.fault, error.message.as_str()), (fault, "it broke"), "{code}");
            let (out, seen) = relayed(&bytes);
            assert_eq!(seen.error.as_ref(), Some(error), "{code}");
            assert!(!seen.end && out.as_bytes() == bytes, "{code}");
        }
        let body = response.to_string();
        let Err(ReadError::Upstream(error)) = responses().read_response(body.as_bytes()) else {
            panic!("{code}")
        };
        assert_eq!(error.fault, fault, "{code}");
        assert_eq!(responses().peek_response(body.as_bytes(), &StreamAsk::default()).error, Some(*error));
    }
}

#[test]
fn an_error_in_a_stream_is_one_for_every_sdk() {
    let error = GatewayError::new(wye_types::Code::ProviderRateLimited, "slow down");
    let out =
        responses().write_stream_error(&ErrorReply::new(&error, "req"), StreamAt { sse: true, begun: true });
    let out = String::from_utf8(out).unwrap();
    let data: Value = serde_json::from_str(out.strip_prefix("event: error\ndata: ").unwrap().trim()).unwrap();
    assert_eq!((&data["type"], &data["message"]), (&json!("error"), &json!("slow down")));
    // openai-python and openai-node raise on the object.
    assert_eq!(data["error"]["message"], "slow down");
    assert!(data["sequence_number"].is_u64() && data.get("param").is_some() && data["code"].is_string());
    let read = events(ID, out.as_bytes());
    assert!(matches!(read.as_slice(), [StreamEvent::Error(e)] if e.fault == Fault::RateLimited), "{read:?}");
}

#[test]
fn a_stream_that_tells_only_whole_things_is_understood() {
    let message = json!({"id": "msg_1", "type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "hi"}]});
    let call = json!({"id": "fc_1", "type": "function_call", "call_id": "c1", "name": "f", "arguments": "{\"a\":1}"});
    let thought = json!({"id": "rs_1", "type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}], "encrypted_content": "S"});
    let response = |status: &str, output: Value| {
        json!({"id": "resp_1", "model": "m", "created_at": 1.5, "status": status, "output": output,
        "usage": {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5}})
    };
    let all = json!([thought, message, call]);
    let done = |place: usize| json!({"type": "response.output_item.done", "output_index": place, "item": all[place]});
    let last = json!({"type": "response.completed", "response": response("completed", all.clone())});
    let items = sse(&[done(0), done(1), done(2), last.clone()]);
    for bytes in [items, sse(&[last]), response("completed", all.clone()).to_string().into_bytes()] {
        let mut answer = fold(ID, events(ID, &bytes));
        // A server that does not begin with its response tells no id before its words.
        assert!(
            answer.id == "resp_1" && answer.created == Some(1)
                || bytes.starts_with(b"event: response.output")
        );
        let choice = answer.choices.remove(0);
        let [thought, text, call] = choice.content.as_slice() else { panic!("{choice:?}") };
        assert_eq!(thought.kind, BlockKind::Reasoning("hm".to_owned()));
        assert_eq!(thought.signature, Some(Signature { maker: Maker::OpenAi, data: "S".to_owned() }));
        assert_eq!(text.as_text(), Some("hi"));
        assert!(
            matches!(&call.kind, BlockKind::ToolCall(call) if call.id == "c1" && call.arguments == "{\"a\":1}")
        );
        assert_eq!(choice.finish, Some(Finish::ToolCalls));
        assert_eq!(answer.usage.map(|usage| usage.total()), Some(5));
        let (_, seen) = relayed(&bytes);
        assert!(seen.content && seen.end && seen.error.is_none());
        assert_eq!((seen.usage, seen.text.as_str()), (answer.usage, "hi"));
    }
}

#[test]
fn a_foreign_end_marker_is_dropped_and_unknown_events_pass() {
    let bytes = b": ping\n\nevent: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"r\"}}\n\nevent: codex.rate_limits\ndata: {\"type\":\"codex.rate_limits\",\"plan\":1}\n\nevent: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"hi\"}\n\nevent: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"id\":\"r\",\"status\":\"completed\",\"output\":[]}}\n\ndata: [DONE]\n\n";
    let (out, seen) = relayed(bytes);
    assert_eq!(out.as_bytes(), bytes.strip_suffix(b"data: [DONE]\n\n").unwrap());
    assert!(seen.end && seen.content && seen.error.is_none());
    assert_eq!(seen.text, "hi");
    let read = events(ID, bytes);
    assert_eq!(read.last(), Some(&StreamEvent::End));
    // A stream that just stops is not complete.
    let cut = &bytes[..bytes.len() - 150];
    assert!(!events(ID, cut).contains(&StreamEvent::End));
    assert!(!relayed(cut).1.end);
}

#[test]
fn the_parts_of_thoughts_are_kept_apart() {
    let delta = |summary: u64, text: &str| json!({"type": "response.reasoning_summary_text.delta", "item_id": "rs", "output_index": 0, "summary_index": summary, "delta": text});
    let last =
        json!({"type": "response.completed", "response": {"id": "r", "status": "completed", "output": []}});
    let answer = fold(ID, events(ID, &sse(&[delta(0, "a"), delta(0, "b"), delta(1, "c"), last])));
    assert_eq!(answer.choices[0].content, [Block::new(BlockKind::Reasoning("ab\n\nc".to_owned()))]);
}

#[test]
fn every_event_written_says_where_it_belongs() {
    let delta = |delta| StreamEvent::Delta { choice: 0, delta };
    let seal = Signature { maker: Maker::Anthropic, data: "S".to_owned() };
    let told = [
        StreamEvent::Start { id: "id".to_owned(), model: "up".to_owned(), created: Some(7) },
        delta(Delta::Reasoning("hm".to_owned())),
        delta(Delta::Signature(seal)),
        delta(Delta::Text("a".to_owned())),
        delta(Delta::Text("b".to_owned())),
        delta(Delta::Logprobs(json!({"content": [{"token": "b", "logprob": -0.5, "top_logprobs": []}]}))),
        delta(Delta::Refusal("no".to_owned())),
        delta(Delta::ToolStart { call: 0, id: "c".to_owned(), name: "f".to_owned(), signature: None }),
        StreamEvent::Finish { choice: 0, finish: Finish::Length, stop_sequence: None },
        StreamEvent::End,
    ];
    let bytes = stream(ID, &told);
    let text = String::from_utf8(bytes).unwrap();
    assert!(!text.contains("[DONE]"));
    let all: Vec<Value> =
        text.lines().filter_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok()).collect();
    let numbers: Vec<u64> = all.iter().filter_map(|event| event["sequence_number"].as_u64()).collect();
    assert_eq!(numbers, (0..all.len() as u64).collect::<Vec<_>>());
    let names: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    assert_eq!(names, all.iter().map(|event| event["type"].as_str().unwrap()).collect::<Vec<_>>());
    let last = &all.last().unwrap()["response"];
    assert_eq!(all.last().unwrap()["type"], "response.incomplete");
    assert_eq!(last["incomplete_details"]["reason"], "max_output_tokens");
    // What was told piece by piece is what the last event tells whole.
    for event in all.iter().filter(|event| event["type"] == "response.output_item.done") {
        let place = usize::try_from(event["output_index"].as_u64().unwrap()).unwrap();
        assert_eq!(event["item"], last["output"][place]);
    }
    for event in all.iter().filter(|event| event.get("item_id").is_some()) {
        let place = usize::try_from(event["output_index"].as_u64().unwrap()).unwrap();
        assert_eq!(event["item_id"], last["output"][place]["id"], "{event}");
    }
    let kinds: Vec<&str> =
        last["output"].as_array().unwrap().iter().filter_map(|i| i["type"].as_str()).collect();
    assert_eq!(kinds, ["reasoning", "message", "function_call"]);
    assert_eq!(last["output"][0]["encrypted_content"], "wye:anthropic:S");
    assert_eq!(last["output"][1]["content"][0]["logprobs"][0]["token"], "b");
    assert_eq!(last["output"][1]["content"][1], json!({"type": "refusal", "refusal": "no"}));
    assert_eq!(last["output"][2]["arguments"], "{}");
}

#[test]
fn an_answer_says_everything_that_strict_clients_want() {
    let answer = json!({"id": "m", "type": "message", "role": "assistant", "model": "up", "content": [{"type": "text", "text": "hi"}],
        "stop_reason": "end_turn", "usage": {"input_tokens": 1, "output_tokens": 1}});
    let read = dialect(DialectId::AnthropicMessages).read_response(answer.to_string().as_bytes()).unwrap();
    let out: Value = serde_json::from_slice(&responses().write_response(&read)).unwrap();
    // The fields of the Open Responses compliance suite's schema; the second half may be null.
    for key in [
        "id",
        "object",
        "created_at",
        "status",
        "model",
        "output",
        "tools",
        "tool_choice",
        "truncation",
        "parallel_tool_calls",
        "text",
        "top_p",
        "presence_penalty",
        "frequency_penalty",
        "top_logprobs",
        "temperature",
        "store",
        "background",
        "service_tier",
        "metadata",
        "usage",
        "reasoning",
    ] {
        assert!(!out[key].is_null(), "{key}");
    }
    for key in [
        "completed_at",
        "incomplete_details",
        "previous_response_id",
        "instructions",
        "error",
        "max_output_tokens",
        "max_tool_calls",
        "safety_identifier",
        "prompt_cache_key",
    ] {
        assert!(out.get(key).is_some(), "{key}");
    }
    let part = &out["output"][0]["content"][0];
    assert_eq!((&part["annotations"], &part["logprobs"]), (&json!([]), &json!([])));
}

#[test]
fn tokens_are_counted_of_what_the_endpoint_takes() {
    let body = json!({"model": "a", "input": "q", "instructions": "i", "stream": true, "store": false, "temperature": 1,
        "max_output_tokens": 9, "truncation": "auto", "text": {"verbosity": "low"}, "reasoning": {"effort": "low"},
        "tools": [{"type": "web_search"}], "parallel_tool_calls": false, "metadata": {"a": "b"}});
    let chat = responses().read_count_request(body.to_string().as_bytes(), &PathAsk::default()).unwrap();
    let written = responses().write_count_request(&chat, &plain()).unwrap();
    let out: Value = serde_json::from_slice(&written.body).unwrap();
    let mut keys: Vec<&str> = out.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    let wanted =
        ["input", "instructions", "model", "parallel_tool_calls", "reasoning", "text", "tools", "truncation"];
    assert_eq!(keys, wanted);
    assert_eq!(responses().read_count(&responses().write_count(47)), Some(47));
}

#[test]
fn a_tool_choice_of_another_kind_rides_along() {
    let allowed =
        json!({"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "f"}]});
    let tool = json!({"type": "function", "name": "f", "parameters": null, "strict": true});
    let chat = read(&json!({"model": "m", "input": "q", "tools": [tool], "tool_choice": allowed}));
    assert!(matches!(&chat.tool_choice, Some(ToolChoice::Foreign(choice)) if *choice == allowed));
    assert!(matches!(&chat.tools[0], Tool::Function(f) if f.strict == Some(true)));
    let named = read(&json!({"model": "m", "input": "q", "tool_choice": {"type": "function", "name": "f"}}));
    assert_eq!(named.tool_choice, Some(ToolChoice::Named("f".to_owned())));
}

/// A function without parameters, as servers send it that write no arguments then.
#[test]
fn a_call_without_arguments_ends_with_an_empty_object() {
    let item = |status| json!({"type": "function_call", "id": "fc", "call_id": "c", "name": "f", "arguments": "", "status": status});
    let bytes = sse(&[
        json!({"type": "response.created", "response": {"id": "r", "model": "m"}}),
        json!({"type": "response.output_item.added", "output_index": 0, "item": item("in_progress")}),
        json!({"type": "response.output_item.done", "output_index": 0, "item": item("completed")}),
        json!({"type": "response.completed", "response": {"id": "r", "model": "m", "status": "completed",
            "output": [item("completed")]}}),
    ]);
    let told = events(ID, &bytes);
    let arguments: String = told
        .iter()
        .filter_map(|event| match event {
            StreamEvent::Delta { delta: Delta::ToolArguments { json, .. }, .. } => Some(json.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(arguments, "{}", "{told:?}");
}

/// What OpenAI's two dialects have in common crosses between them, and is lost elsewhere.
#[test]
fn fields_of_both_openai_dialects_cross() {
    let shared = json!({
        "metadata": {"a": "b"}, "service_tier": "flex", "prompt_cache_key": "k", "prompt_cache_retention": "24h",
        "safety_identifier": "s", "store": true,
    });
    let with = |more: Value| {
        let mut body = shared.clone();
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        body
    };
    let chat =
        with(json!({"model": "m", "messages": [{"role": "user", "content": "q"}], "verbosity": "low"}));
    let newer = with(json!({"model": "m", "input": "q", "text": {"verbosity": "low"}}));
    let openai = WriteOptions { developer_role: true, ..plain() };
    let (to_newer, lost) = written(DialectId::OpenAiChat, ID, &chat, &plain());
    assert_eq!((&to_newer["text"], lost.len()), (&json!({"verbosity": "low"}), 0), "{lost:?}");
    let (to_chat, lost) = written(ID, DialectId::OpenAiChat, &newer, &openai);
    assert_eq!((&to_chat["verbosity"], lost.len()), (&json!("low"), 0), "{lost:?}");
    for (key, value) in shared.as_object().unwrap() {
        assert_eq!((&to_newer[key], &to_chat[key]), (value, value), "{key}");
    }
    // A server that is only like OpenAI's may refuse them.
    let (_, lost) = written(ID, DialectId::OpenAiChat, &newer, &plain());
    assert_eq!(lost.len(), 7, "{lost:?}");
    for (from, body) in [(DialectId::OpenAiChat, &chat), (ID, &newer)] {
        let (elsewhere, lost) = written(from, DialectId::AnthropicMessages, body, &plain());
        assert_eq!(lost.len(), 7, "{lost:?}");
        assert!(elsewhere.get("metadata").is_none());
    }
    // Beside a schema, and where more than one member of `text` was said.
    let format = json!({"type": "json_schema", "name": "n", "schema": {"type": "object"}});
    let body = json!({"model": "m", "input": "q", "store": false, "text": {"format": format, "verbosity": "low", "x": 1}});
    let (to_chat, lost) = written(ID, DialectId::OpenAiChat, &body, &openai);
    assert_eq!((&to_chat["verbosity"], to_chat.get("store")), (&json!("low"), None));
    assert!(
        to_chat["response_format"].is_object() && lost.len() == 1 && lost[0].starts_with("text"),
        "{lost:?}"
    );
}
