//! `bedrock_converse`.

use serde_json::{Value, json};
use wye_types::Usage;
use wye_types::chat::{BlockKind, ChatRequest, ToolChoice};
use wye_wire::event_stream::{write_event, write_exception};
use wye_wire::frames::{Frames, Framing};

use super::{Vendor, number, same};

pub(super) const VENDOR: Option<&Vendor> = Some(&Vendor {
    request: plain_request,
    response: plain_response,
    last_usage,
    numbers,
    model: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    turn_of: |answer| vec![answer["output"]["message"].clone()],
    conversation,
});

/// There is no word for "call none": tools are left out, or, where calls were made before, may be called again.
pub(super) fn expected(chat: &mut ChatRequest) {
    if chat.tool_choice != Some(ToolChoice::None) {
        return;
    }
    let mut blocks = chat.messages.iter().flat_map(|message| &message.content);
    if !blocks.any(|block| matches!(block.kind, BlockKind::ToolCall(_))) {
        chat.tools.clear();
    }
    chat.tool_choice = None;
}

fn conversation(turns: Vec<Value>) -> Value {
    let mut messages = vec![json!({"role": "user", "content": [{"text": "q"}]})];
    messages.extend(turns);
    json!({ "messages": messages })
}

/// An empty configuration says nothing.
fn plain_request(value: &mut Value) {
    let Some(top) = value.as_object_mut() else { return };
    top.retain(|key, value| !(key.ends_with("Config") && *value == json!({})));
}

/// How long the model took is not ours to say; a client with strict types gets a zero where nobody told.
fn plain_response(value: &mut Value) {
    if value["metrics"]["latencyMs"] == 0 {
        value["metrics"] = Value::Null;
    }
}

fn last_usage(events: &[Value]) -> Value {
    let counts = events.iter().rev().find(|event| event["usage"].is_object());
    json!({"usage": counts.map(|event| event["usage"].clone())})
}

fn numbers(body: &Value, usage: &Usage) -> Result<(), String> {
    let n = |pointer| number(body, pointer);
    let cached = n("/usage/cacheReadInputTokens") + n("/usage/cacheWriteInputTokens");
    same(
        &(usage.prompt_total(), usage.output_total(), usage.total()),
        &(n("/usage/inputTokens") + cached, n("/usage/outputTokens"), n("/usage/totalTokens")),
    )
}

/// Every event there is, with this payload.
pub(super) fn framed(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let names = [
        "messageStart",
        "contentBlockStart",
        "contentBlockDelta",
        "contentBlockStop",
        "messageStop",
        "metadata",
    ];
    names.into_iter().for_each(|name| write_event(&mut out, name, data));
    write_exception(&mut out, "throttlingException", data);
    out
}

/// A stream that is written down as text, as the messages it stands for.
pub(crate) fn from_text(text: &[u8]) -> Vec<u8> {
    let mut decoder = Frames::new(Framing::Text);
    decoder.push(text).unwrap();
    decoder.finish();
    let mut out = Vec::new();
    while let Some(event) = decoder.next_event() {
        write_event(&mut out, event.name, event.data);
    }
    out
}

/// Messages as text that a person can read.
pub(crate) fn to_text(messages: &[u8]) -> String {
    let mut decoder = Frames::new(Framing::EventStream);
    decoder.push(messages).unwrap();
    let mut out = String::new();
    while let Some(event) = decoder.next_event() {
        out.push_str(&format!("event: {}\ndata: {}\n\n", event.name, String::from_utf8_lossy(event.data)));
    }
    assert!(decoder.push(b"").is_ok(), "the framing is broken after {out}");
    out
}
