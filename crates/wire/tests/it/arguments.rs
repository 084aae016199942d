//! Whole numbers in a call's arguments are exact wherever they go.

use serde_json::{Value, json};
use wye_types::DialectId;
use wye_types::chat::{Block, BlockKind};
use wye_wire::dialect::{PathAsk, WriteOptions, dialect};

/// Every whole number of 64 bits, with a sign or without, also where a float would round it.
const EXACT: &str = r#"{"a":9007199254740993,"b":-9223372036854775808,"c":18446744073709551615}"#;

/// More than 64 bits: exact only where arguments are text on both sides.
const LONG: &str = r#"{"a":123456789012345678901234567890}"#;

/// Dialects that carry arguments as text.
const TEXT: [DialectId; 3] = [DialectId::OpenAiChat, DialectId::OpenAiResponses, DialectId::Cohere];

fn call(arguments: &str) -> Value {
    json!({"id": "c1", "type": "function", "function": {"name": "f", "arguments": arguments}})
}

fn arguments<'a>(blocks: impl IntoIterator<Item = &'a Block>) -> String {
    let call = blocks.into_iter().find_map(|block| match &block.kind {
        BlockKind::ToolCall(call) => Some(call.arguments.clone()),
        _ => None,
    });
    call.unwrap()
}

/// A call of an earlier turn, sent in a dialect.
fn asked(to: DialectId, sent: &str) -> String {
    let body = json!({"model": "m", "messages": [
        {"role": "user", "content": "q"},
        {"role": "assistant", "tool_calls": [call(sent)]},
        {"role": "tool", "tool_call_id": "c1", "content": "r"},
    ]});
    let path = PathAsk { model: Some("m".to_owned()), ..PathAsk::default() };
    let chat = dialect(DialectId::OpenAiChat).read_request(body.to_string().as_bytes(), &path).unwrap();
    let options = WriteOptions { model: "m".to_owned(), ..WriteOptions::default() };
    let written = dialect(to).write_request(&chat, &options);
    let again = dialect(to).read_request(&written.body, &path).unwrap();
    arguments(again.messages.iter().flat_map(|message| &message.content))
}

/// A call in an answer, told in a dialect.
fn answered(to: DialectId, sent: &str) -> String {
    let body = json!({"id": "x", "model": "m", "choices": [
        {"index": 0, "message": {"role": "assistant", "tool_calls": [call(sent)]}, "finish_reason": "tool_calls"},
    ]});
    let answer = dialect(DialectId::OpenAiChat).read_response(body.to_string().as_bytes()).unwrap();
    let again = dialect(to).read_response(&dialect(to).write_response(&answer)).unwrap();
    arguments(&again.choices[0].content)
}

#[test]
fn whole_numbers_of_64_bits_are_exact_in_every_dialect() {
    for to in DialectId::ALL.into_iter().filter(|to| *to != DialectId::OpenAiCompletions) {
        assert_eq!(asked(to, EXACT), EXACT, "{to}");
        assert_eq!(answered(to, EXACT), EXACT, "{to}");
    }
}

#[test]
fn longer_ones_are_exact_where_arguments_are_text() {
    for to in TEXT {
        assert_eq!(asked(to, LONG), LONG, "{to}");
        assert_eq!(answered(to, LONG), LONG, "{to}");
    }
}
