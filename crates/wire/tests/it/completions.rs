//! `openai_completions`: what the matrix and the recordings do not show.

use serde_json::{Value, json};
use wye_types::DialectId;
use wye_types::chat::{Block, BlockKind};
use wye_types::event::StreamEvent;
use wye_wire::dialect::{PathAsk, Seen, StreamAsk, WriteOptions, dialect};
use wye_wire::sse::SseDecoder;

use crate::fold::{events, fold, stream};

const ID: DialectId = DialectId::OpenAiCompletions;

fn relayed(body: &str, ask: &StreamAsk) -> (String, Vec<Seen>) {
    let mut decoder = SseDecoder::new();
    decoder.push(body.as_bytes()).unwrap();
    decoder.finish();
    let mut relay = dialect(ID).relay(ask);
    let (mut out, mut seen) = (Vec::new(), Vec::new());
    while let Some(event) = decoder.next_event() {
        seen.push(relay.relay(&event, &mut out));
    }
    seen.push(relay.finish(&mut out));
    (String::from_utf8(out).unwrap(), seen)
}

fn data(stream: &str) -> Vec<Value> {
    let lines = stream.lines().filter_map(|line| line.strip_prefix("data: "));
    lines.filter(|data| *data != "[DONE]").map(|data| serde_json::from_str(data).unwrap()).collect()
}

const TEXT: &str =
    "data: {\"id\":\"c\",\"choices\":[{\"index\":1,\"text\":\"hi\",\"finish_reason\":null}]}\n\n";
const LAST: &str =
    "data: {\"id\":\"c\",\"choices\":[{\"index\":1,\"text\":\"\",\"finish_reason\":\"stop\"}]}\n\n";
const USAGE: &str =
    "data: {\"id\":\"c\",\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1}}\n\n";
const DONE: &str = "data: [DONE]\n\n";

#[test]
fn usage_is_hidden_unless_asked_for_and_always_seen() {
    let body = [TEXT, LAST, USAGE, DONE].concat();
    let ask = StreamAsk { include_usage: true, want_text: true, ..StreamAsk::default() };
    let (shown, seen) = relayed(&body, &ask);
    assert_eq!(shown, body);
    assert_eq!(seen.iter().map(|seen| seen.text.as_str()).collect::<String>(), "hi");
    let (hidden, seen) = relayed(&body, &StreamAsk::default());
    assert_eq!(hidden, [TEXT, LAST, DONE].concat());
    assert_eq!(seen.iter().find_map(|seen| seen.usage).map(|usage| usage.total()), Some(4));
    assert!(seen.iter().any(|seen| seen.content) && seen.iter().any(|seen| seen.end));
}

#[test]
fn a_missing_end_marker_is_added_to_a_whole_stream_only() {
    assert_eq!(relayed(&[TEXT, LAST].concat(), &StreamAsk::default()).0, [TEXT, LAST, DONE].concat());
    let (cut, seen) = relayed(TEXT, &StreamAsk::default());
    assert_eq!(cut, TEXT);
    assert!(!seen.iter().any(|seen| seen.end));
}

#[test]
fn an_error_in_the_stream_ends_it() {
    let failed = "data: {\"error\":{\"message\":\"no\",\"code\":503}}\n\n";
    let body = [TEXT, failed, TEXT].concat();
    let (out, seen) = relayed(&body, &StreamAsk::default());
    assert_eq!(out, [TEXT, failed].concat());
    let error = seen.iter().find_map(|seen| seen.error.clone()).unwrap();
    assert_eq!((error.status, error.message.as_str()), (503, "no"));
    assert!(events(ID, body.as_bytes()).ends_with(&[StreamEvent::Error(error)]));
}

#[test]
fn a_whole_answer_to_a_stream_request_becomes_a_stream() {
    let whole = json!({"id": "c", "object": "text_completion", "created": 7, "model": "m",
        "choices": [{"text": "a", "index": 0, "finish_reason": "length", "logprobs": null},
                    {"text": "b", "index": 1, "finish_reason": "stop", "logprobs": null}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}});
    let (out, seen) = relayed(&whole.to_string(), &StreamAsk::default());
    assert!(out.ends_with(DONE), "{out}");
    let chunks = data(&out);
    assert!(chunks.iter().all(|chunk| chunk["object"] == "text_completion" && chunk.get("usage").is_none()));
    assert!(seen[0].content && seen[0].end && seen[0].usage.is_some());
    let again = fold(ID, events(ID, out.as_bytes()));
    assert_eq!(again.choices.len(), 2);
    assert_eq!(again.choices[1].content, [Block::text("b")]);
}

#[test]
fn thoughts_and_calls_of_a_chat_stay_out_of_a_completion() {
    let chat = json!({"id": "c", "model": "m", "choices": [{"index": 0, "finish_reason": "tool_calls", "message": {
        "content": "so", "reasoning_content": "hm",
        "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": "{}"}}]}}]});
    let answer = dialect(DialectId::OpenAiChat).read_response(chat.to_string().as_bytes()).unwrap();
    let whole: Value = serde_json::from_slice(&dialect(ID).write_response(&answer)).unwrap();
    assert_eq!(whole["choices"][0]["text"], "so");
    assert_eq!(whole["choices"][0]["finish_reason"], "stop");
    let written = stream(ID, &wye_wire::assemble::explode(&answer));
    let folded = fold(ID, events(ID, &written));
    assert!(folded.choices[0].content.iter().all(|block| matches!(block.kind, BlockKind::Text(_))));
}

#[test]
fn a_chats_log_probabilities_count_their_offsets_on() {
    let token = |text: &str| json!({"token": text, "logprob": -0.5, "bytes": null, "top_logprobs": []});
    let piece = |text: &str| {
        let choice = json!({"index": 0, "delta": {"content": text}, "logprobs": {"content": [token(text)]}});
        format!("data: {}\n\n", json!({"id": "c", "choices": [choice]}))
    };
    let body = [piece("é"), piece(" b"), DONE.to_owned()].concat();
    let out = stream(ID, &events(DialectId::OpenAiChat, body.as_bytes()));
    let chunks = data(&String::from_utf8(out).unwrap());
    let offsets: Vec<&Value> =
        chunks.iter().filter_map(|chunk| chunk.pointer("/choices/0/logprobs/text_offset/0")).collect();
    assert_eq!(offsets, [&json!(0), &json!(1)]);
}

#[test]
fn a_chat_that_asks_for_too_much_is_told() {
    let body = json!({"model": "m", "messages": [{"role": "user", "content": "q"}], "n": 2, "top_k": 3,
        "logprobs": true, "top_logprobs": 20, "stop": ["1", "2", "3", "4", "5"], "metadata": {}});
    let chat = dialect(DialectId::OpenAiChat)
        .read_request(body.to_string().as_bytes(), &PathAsk::default())
        .unwrap();
    let options = WriteOptions { model: "up".to_owned(), ..WriteOptions::default() };
    let written = dialect(ID).write_request(&chat, &options);
    let sent: Value = serde_json::from_slice(&written.body).unwrap();
    assert_eq!(
        sent,
        json!({"model": "up", "prompt": "q", "max_tokens": 1024, "n": 2, "logprobs": 5,
            "stop": ["1", "2", "3", "4"]})
    );
    let lost: Vec<&str> = written.losses.iter().map(|loss| loss.field.as_str()).collect();
    assert_eq!(lost, ["max_tokens", "top_logprobs", "top_k", "stop", "metadata"]);
}
