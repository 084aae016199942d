//! The dialect on cases that no recording has.

use serde_json::{Value, json};
use wye_types::chat::{ChatRequest, OutputFormat, ReasoningAsk, ThinkingBudget, Tool, ToolChoice};
use wye_types::error::Fault;
use wye_types::event::{Delta, StreamEvent};

use super::Cohere;
use crate::anthropic_messages::AnthropicMessages;
use crate::dialect::{Dialect, PathAsk, ReadError, WriteOptions};
use crate::openai_chat::OpenAiChat;
use crate::sse::SseDecoder;

fn read(dialect: &dyn Dialect, body: &Value) -> ChatRequest {
    dialect.read_request(body.to_string().as_bytes(), &PathAsk::default()).unwrap()
}

fn write(chat: &ChatRequest) -> (Value, Vec<String>) {
    let options = WriteOptions { model: "command".to_owned(), ..WriteOptions::default() };
    let written = Cohere.write_request(chat, &options);
    let losses = written.losses.iter().map(ToString::to_string).collect();
    (serde_json::from_slice(&written.body).unwrap(), losses)
}

fn function(name: &str) -> Value {
    json!({"type": "function", "function": {"name": name, "parameters": {"type": "object", "properties": {}}}})
}

fn call(name: &str) -> Value {
    json!({"id": "a", "type": "function", "function": {"name": name, "arguments": "{}"}})
}

#[test]
fn own_words_come_back_unchanged() {
    let body = json!({
        "model": "command", "stream": false,
        "messages": [
            {"role": "system", "content": "s"},
            {"role": "user", "content": [
                {"type": "text", "text": "t"},
                {"type": "image_url", "image_url": {"url": "https://x/y.png", "detail": "high"}},
            ]},
            {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "t"}],
             "tool_plan": "p", "tool_calls": [call("f")], "citations": [{"start": 0, "end": 1, "text": "t"}]},
            {"role": "tool", "tool_call_id": "a", "content": [
                {"type": "text", "text": "t"}, {"type": "document", "document": {"id": "1", "data": {"k": "v"}}},
            ]},
        ],
        "tools": [function("f")], "strict_tools": false, "tool_choice": "NONE",
        "max_tokens": 5, "temperature": 0.5, "p": 0.9, "k": 7, "frequency_penalty": 0.1, "presence_penalty": 0.2,
        "seed": 3, "stop_sequences": ["x"], "logprobs": true,
        "response_format": {"type": "json_object", "json_schema": {"type": "object"}},
        "thinking": {"type": "enabled", "token_budget": 100},
        "documents": [{"id": "d", "data": {"text": "t"}}], "citation_options": {"mode": "FAST"},
        "safety_mode": "STRICT", "priority": 1,
    });
    let chat = read(&Cohere, &body);
    let asked = ReasoningAsk { budget: Some(ThinkingBudget::Tokens(100)), ..ReasoningAsk::default() };
    assert_eq!((chat.reasoning, &chat.tool_choice), (Some(asked), &Some(ToolChoice::None)));
    assert!(matches!(chat.format, OutputFormat::JsonSchema(_)));
    assert_eq!(write(&chat), (body, vec![]));
}

#[test]
fn strictness_is_said_of_all_tools_at_once() {
    let strict = |name: &str, strict: bool| json!({"type": "function", "function": {"name": name, "strict": strict, "parameters": {"type": "object"}}});
    let ask = |tools: Value| {
        read(
            &OpenAiChat,
            &json!({"model": "m", "messages": [{"role": "user", "content": "q"}], "tools": tools}),
        )
    };
    let (body, losses) = write(&ask(json!([strict("f", true), strict("g", true)])));
    assert_eq!((&body["strict_tools"], losses.len()), (&json!(true), 0));
    let own = read(&Cohere, &body);
    assert!(own.tools.iter().all(|tool| matches!(tool, Tool::Function(f) if f.strict == Some(true))));
    assert_eq!(write(&own).0, body);
    let (body, losses) = write(&ask(json!([strict("f", true), strict("g", false)])));
    assert_eq!((body.get("strict_tools"), losses.len()), (None, 1));
}

#[test]
fn a_named_tool_is_the_only_one_offered() {
    let chat = read(
        &OpenAiChat,
        &json!({
            "model": "m", "messages": [{"role": "user", "content": "q"}], "tools": [function("f"), function("g")],
            "tool_choice": {"type": "function", "function": {"name": "g"}},
        }),
    );
    let (body, losses) = write(&chat);
    assert_eq!(body["tools"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&body["tools"][0]["function"]["name"], &body["tool_choice"]),
        (&json!("g"), &json!("REQUIRED"))
    );
    assert_eq!(losses.len(), 1);
}

#[test]
fn thoughts_before_calls_are_the_plan() {
    let chat = read(
        &OpenAiChat,
        &json!({"model": "m", "messages": [
            {"role": "user", "content": "q"},
            {"role": "assistant", "reasoning_content": "I will look.", "tool_calls": [call("f")]},
            {"role": "tool", "tool_call_id": "a", "content": "r"},
            {"role": "assistant", "reasoning_content": "Done.", "content": "d"},
        ]}),
    );
    let (body, losses) = write(&chat);
    assert_eq!(body["messages"][1]["tool_plan"], "I will look.");
    assert!(body["messages"][1].get("content").is_none());
    assert_eq!(body["messages"][3]["content"][0], json!({"type": "thinking", "thinking": "Done."}));
    assert_eq!(losses, Vec::<String>::new());
}

#[test]
fn what_is_out_of_range_is_moved_and_told() {
    let chat = read(
        &OpenAiChat,
        &json!({
            "model": "m", "messages": [{"role": "user", "content": "q"}], "top_p": 1, "frequency_penalty": -1.5,
            "presence_penalty": 0.5, "stop": ["a", "b", "c", "d"], "n": 2, "user": "u",
        }),
    );
    let (body, losses) = write(&chat);
    assert_eq!(
        (&body["p"], &body["frequency_penalty"], &body["presence_penalty"]),
        (&json!(0.99), &json!(0.0), &json!(0.5))
    );
    assert_eq!(losses.len(), 3, "{losses:?}");
}

#[test]
fn documents_of_other_dialects_are_sent_as_text() {
    let chat = read(
        &AnthropicMessages,
        &json!({"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": [
            {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "words"}},
            {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "AAAA"}},
        ]}]}),
    );
    let (body, losses) = write(&chat);
    assert_eq!(body["messages"][0]["content"], "words");
    assert_eq!(
        losses,
        [
            "messages[0].content[0]: sent as text",
            "messages[0].content[1]: dropped: only texts and images of users are taken"
        ]
    );
}

#[test]
fn the_first_versions_requests_are_told_what_to_write() {
    let body = json!({"model": "m", "message": "q", "chat_history": []});
    let error = Cohere.read_request(body.to_string().as_bytes(), &PathAsk::default()).unwrap_err();
    assert_eq!(error.param.as_deref(), Some("messages"));
    assert!(error.message.contains("first version"), "{error}");
}

#[test]
fn an_answer_that_ended_in_an_error_is_one() {
    let body =
        json!({"id": "i", "message": {"role": "assistant", "content": []}, "finish_reason": "TIMEOUT"});
    let Err(ReadError::Upstream(error)) = Cohere.read_response(body.to_string().as_bytes()) else {
        unreachable!("read as an answer")
    };
    assert_eq!(error.fault, Fault::Timeout);
    let stream = b"event: message-end\ndata: {\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"ERROR\",\"error\":\"it broke\"}}\n\n";
    let read = events(stream);
    let Some(StreamEvent::Error(error)) = read.last() else { unreachable!("{read:?}") };
    assert_eq!((error.fault, error.message.as_str()), (Fault::Server, "it broke"));
}

fn events(stream: &[u8]) -> Vec<StreamEvent> {
    let mut decoder = SseDecoder::new();
    decoder.push(stream).unwrap();
    decoder.finish();
    let (mut reader, mut out) = (Cohere.stream_reader(), Vec::new());
    while let Some(event) = decoder.next_event() {
        reader.read(&event, &mut out);
    }
    reader.finish(&mut out);
    out
}

#[test]
fn a_call_without_arguments_gets_an_empty_object() {
    let stream = b"data: {\"type\":\"tool-call-start\",\"index\":0,\"delta\":{\"message\":{\"tool_calls\":\
        {\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}}}}\n\n\
        data: {\"type\":\"tool-call-end\",\"index\":0}\n\n\
        data: {\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"TOOL_CALL\"}}\n\n";
    let read = events(stream);
    assert!(matches!(&read[0], StreamEvent::Delta { delta: Delta::ToolStart { .. }, .. }));
    assert!(
        matches!(&read[1], StreamEvent::Delta { delta: Delta::ToolArguments { json, .. }, .. } if json == "{}")
    );
    assert_eq!(read.last(), Some(&StreamEvent::End));
}

/// Some servers of OpenAI's shape send no arguments for a function that has none; clients parse what came.
#[test]
fn clients_get_an_empty_object_where_a_provider_sent_nothing() {
    let answer = json!({"id": "i", "model": "m", "choices": [{"index": 0, "finish_reason": "tool_calls", "message": {
        "role": "assistant", "content": null, "tool_calls": [
            {"id": "a", "type": "function", "function": {"name": "f", "arguments": ""}},
            {"id": "b", "type": "function", "function": {"name": "g", "arguments": "{\"x\":1}"}},
        ],
    }}]});
    let chat = OpenAiChat.read_response(answer.to_string().as_bytes()).unwrap();
    let whole: Value = serde_json::from_slice(&Cohere.write_response(&chat)).unwrap();
    assert_eq!(whole["message"]["tool_calls"][0]["function"]["arguments"], "{}");
    let mut writer = Cohere.stream_writer(&crate::dialect::StreamAsk::default());
    let mut out = Vec::new();
    crate::assemble::explode(&chat).iter().for_each(|event| writer.write(event, &mut out));
    let text = String::from_utf8(out).unwrap();
    let pieces: Vec<Value> = text
        .split("\n\n")
        .filter_map(|event| serde_json::from_str(event.split_once("data: ")?.1).ok())
        .filter(|event: &Value| event["type"] == "tool-call-delta")
        .map(|event| event["delta"]["message"]["tool_calls"]["function"]["arguments"].clone())
        .filter(|piece| piece != "")
        .collect();
    assert_eq!(pieces, ["{}", "{\"x\":1}"]);
}
