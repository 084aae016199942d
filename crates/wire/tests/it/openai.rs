//! Rules of `openai_chat` that no recording shows.

use serde_json::{Value, json};
use wye_types::DialectId;
use wye_types::chat::{
    Block, BlockKind, ChatRequest, Maker, Media, MediaKind, Message, Role, Signature, Source, ToolChoice,
    ToolResult,
};
use wye_wire::dialect::{Dialect, PathAsk, StreamAsk, WriteOptions, dialect};
use wye_wire::sse::SseDecoder;

use crate::fold::{events, fold};

fn openai() -> &'static dyn Dialect {
    dialect(DialectId::OpenAiChat)
}

fn read(body: &Value) -> ChatRequest {
    openai().read_request(body.to_string().as_bytes(), &PathAsk::default()).unwrap()
}

#[test]
fn errors_name_the_field_and_what_to_write() {
    let user = json!({"role": "user", "content": "x"});
    for (body, param, part) in [
        (json!({"messages": [user]}), "model", "is missing"),
        (json!({"model": "m"}), "messages", "is missing"),
        (json!({"model": "m", "messages": []}), "messages", "is empty"),
        (json!({"model": "m", "messages": [user], "stream": "yes"}), "stream", "true or false, not a string"),
        (json!({"model": "m", "messages": [user, {"role": "bot"}]}), "messages[1].role", "\"assistant\""),
        (
            json!({"model": "m", "messages": [{"role": "user", "content": [{}]}]}),
            "messages[0].content[0].type",
            "missing",
        ),
        (
            json!({"model": "m", "messages": [{"role": "tool", "content": ""}]}),
            "messages[0].tool_call_id",
            "missing",
        ),
        (
            json!({"model": "m", "messages": [user], "tools": [{"function": {}}]}),
            "tools[0].function.name",
            "missing",
        ),
    ] {
        let error = openai().read_request(body.to_string().as_bytes(), &PathAsk::default()).unwrap_err();
        assert_eq!(error.param.as_deref(), Some(param), "{body}");
        assert!(error.message.contains(part), "{}", error.message);
    }
    let twice = openai().scan(b"{\"model\":\"a\",\"model\":\"b\"}", &PathAsk::default()).unwrap_err();
    assert!(twice.syntax);
}

fn relay(bytes: &[u8], include_usage: bool) -> (String, bool) {
    let ask = StreamAsk { include_usage, ..StreamAsk::default() };
    let mut relay = openai().relay(&ask);
    let mut decoder = SseDecoder::new();
    decoder.push(bytes).unwrap();
    decoder.finish();
    let mut out = Vec::new();
    while let Some(event) = decoder.next_event() {
        relay.relay(&event, &mut out);
    }
    let end = relay.finish(&mut out).end;
    (String::from_utf8(out).unwrap(), end)
}

#[test]
fn the_relay_hides_usage_and_mends_the_end() {
    let text = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n";
    let usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}\n\n";
    let done = "data: [DONE]\n\n";
    assert_eq!(relay(format!("{text}{usage}{done}").as_bytes(), false), (format!("{text}{done}"), true));
    assert_eq!(
        relay(format!("{text}{usage}{done}").as_bytes(), true),
        (format!("{text}{usage}{done}"), true)
    );
    assert_eq!(relay(text.as_bytes(), false), (format!("{text}{done}"), true));
    // The final newline is missing.
    assert_eq!(relay(format!("{text}data: [DONE]").as_bytes(), false), (format!("{text}{done}"), true));
    // Cut off before a finish reason.
    let cut = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n";
    assert_eq!(relay(cut.as_bytes(), false), (cut.to_owned(), false));
}

fn calls(chunks: &[Value]) -> Vec<(String, String, String)> {
    let mut bytes = String::new();
    for calls in chunks {
        let chunk = json!({"id": "x", "choices": [{"index": 0, "delta": {"tool_calls": calls}}]});
        bytes.push_str(&format!("data: {chunk}\n\n"));
    }
    let answer = fold(DialectId::OpenAiChat, events(DialectId::OpenAiChat, bytes.as_bytes()));
    let blocks = answer.choices.into_iter().flat_map(|c| c.content);
    blocks
        .filter_map(|block| match block.kind {
            BlockKind::ToolCall(call) => Some((call.id, call.name, call.arguments)),
            _ => None,
        })
        .collect()
}

#[test]
fn calls_come_apart_however_they_are_numbered() {
    let call = |id: &str, name: &str, arguments: &str| (id.to_owned(), name.to_owned(), arguments.to_owned());
    let part = |index: u32, arguments: &str| json!([{"index": index, "function": {"arguments": arguments}}]);
    let start =
        |index: u32, id: &str, name: &str| json!([{"index": index, "id": id, "function": {"name": name}}]);
    let wanted = [call("a", "f", "{\"x\":1}"), call("b", "g", "{\"y\":2}")];
    let interleaved = [
        start(0, "a", "f"),
        part(0, "{\"x\""),
        start(1, "b", "g"),
        part(1, "{\"y\""),
        part(0, ":1}"),
        part(1, ":2}"),
    ];
    assert_eq!(calls(&interleaved), wanted);
    let whole = |id: &str, name: &str, arguments: &str| json!({"id": id, "function": {"name": name, "arguments": arguments}});
    assert_eq!(calls(&[json!([whole("a", "f", "{\"x\":1}"), whole("b", "g", "{\"y\":2}")])]), wanted);
    let mut zeros = [whole("a", "f", "{\"x\":1}"), whole("b", "g", "{\"y\":2}")];
    zeros.iter_mut().for_each(|call| call["index"] = json!(0));
    assert_eq!(calls(&[json!([zeros[0]]), json!([zeros[1]])]), wanted);
}

#[test]
fn a_seal_in_an_id_leaves_the_id_of_call_and_result() {
    let sealed = "call_1__wye_google_Q3BZLys9";
    let chat = read(&json!({"model": "m", "messages": [
        {"role": "user", "content": "x"},
        {"role": "assistant", "content": null,
         "tool_calls": [{"id": sealed, "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": sealed, "content": "ok"},
    ]}));
    let call = &chat.messages[1].content[0];
    assert_eq!(call.signature, Some(Signature { maker: Maker::Google, data: "CpY/+=".to_owned() }));
    let BlockKind::ToolResult(result) = &chat.messages[2].content[0].kind else { unreachable!() };
    assert_eq!(result.call_id, "call_1");
    // OpenAI's models get neither the seal nor the odd id.
    let written = openai().write_request(&chat, &WriteOptions::default());
    let text = String::from_utf8(written.body).unwrap();
    assert!(!text.contains("wye_google") && !text.contains("thought_signature"), "{text}");
}

#[test]
fn what_another_dialect_says_beyond_openai_is_moved_or_lost_by_name() {
    let mut chat = read(&json!({"model": "m", "messages": [{"role": "user", "content": "x"}]}));
    chat.from = DialectId::AnthropicMessages;
    chat.rest.insert("container".to_owned(), json!("c"));
    chat.sampling.top_k = Some(3);
    let seal = Signature { maker: Maker::Anthropic, data: "s".to_owned() };
    let thought = Block { signature: Some(seal), ..Block::new(BlockKind::Reasoning("t".to_owned())) };
    let image = Media {
        kind: MediaKind::Image,
        source: Source::Base64("aGk=".to_owned()),
        mime: Some("image/png".to_owned()),
        name: None,
        detail: None,
    };
    let result = ToolResult {
        call_id: "toolu_1".to_owned(),
        name: None,
        content: vec![Block::text("see"), Block::new(BlockKind::Media(image))],
        is_error: true,
    };
    let message =
        |role, block| Message { role, content: vec![block], name: None, rest: wye_types::Map::new() };
    chat.messages.push(message(Role::Assistant, thought));
    chat.messages.push(message(Role::Tool, Block::new(BlockKind::ToolResult(result))));
    let written = openai().write_request(&chat, &WriteOptions::default());
    let losses: Vec<&str> = written.losses.iter().map(|loss| loss.field.as_str()).collect();
    assert_eq!(
        losses,
        [
            "messages[1].content[0]",
            "messages[2].content[0].content[1]",
            "messages[2].content[0].is_error",
            "top_k",
            "container"
        ]
    );
    let body: Value = serde_json::from_slice(&written.body).unwrap();
    // The turn of thoughts alone is left out: servers refuse one that says nothing.
    assert_eq!(body["messages"][1], json!({"role": "tool", "tool_call_id": "toolu_1", "content": "see"}));
    assert_eq!(body["messages"][2]["content"][0]["image_url"]["url"], "data:image/png;base64,aGk=");
}

#[test]
fn the_older_functions_are_tools_everywhere_else() {
    let body = json!({"model": "m", "messages": [{"role": "user", "content": "x"}],
        "functions": [{"name": "f", "description": "d", "parameters": {"type": "object"}}],
        "function_call": {"name": "f"}});
    let chat = read(&body);
    for id in [DialectId::AnthropicMessages, DialectId::Gemini] {
        let written = dialect(id).write_request(&chat, &WriteOptions::default());
        assert_eq!(written.losses, []);
        let path = PathAsk { model: Some("m".to_owned()), ..PathAsk::default() };
        let there = dialect(id).read_request(&written.body, &path).unwrap();
        assert_eq!((there.tools.len(), &there.tool_choice), (1, &Some(ToolChoice::Named("f".to_owned()))));
    }
    // OpenAI's own providers answer in the words in which they were asked.
    let written = openai().write_request(&chat, &WriteOptions::default());
    let own: Value = serde_json::from_slice(&written.body).unwrap();
    assert_eq!((&own["functions"], &own["function_call"]), (&body["functions"], &body["function_call"]));
    assert_eq!((own.get("tools"), own.get("tool_choice")), (None, None));
}

#[test]
fn texts_of_other_dialects_are_strings() {
    let mut chat = read(&json!({"model": "m", "messages": [
        {"role": "system", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {"role": "user", "content": "x"},
        {"role": "assistant", "content": "c"},
        {"role": "assistant", "content": "d", "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "1", "content": [
            {"type": "text", "text": "e"}, {"type": "text", "text": "g"}]},
    ]}));
    chat.from = DialectId::AnthropicMessages;
    let written = openai().write_request(&chat, &WriteOptions::default());
    let body: Value = serde_json::from_slice(&written.body).unwrap();
    let contents: Vec<&Value> = body["messages"].as_array().unwrap().iter().map(|m| &m["content"]).collect();
    assert_eq!(contents, ["a\n\nb", "x", "cd", "e\ng"]);
    assert_eq!(body["messages"][2]["tool_calls"][0]["id"], "1");
}

/// A client that offered `functions` knows `function_call` only, whoever answers.
#[test]
fn a_client_of_the_older_words_is_answered_in_them() {
    let answer = br#"{"id":"msg_1","type":"message","role":"assistant","model":"m","stop_reason":"tool_use","content":[{"type":"tool_use","id":"toolu_1","name":"f","input":{"a":1}},{"type":"tool_use","id":"toolu_2","name":"g","input":{}}],"usage":{"input_tokens":1,"output_tokens":1}}"#;
    let answer = dialect(DialectId::AnthropicMessages).read_response(answer).unwrap();
    let ask = StreamAsk { legacy_functions: true, ..StreamAsk::default() };
    let openai = dialect(DialectId::OpenAiChat);
    let whole: Value = serde_json::from_slice(&openai.write_asked(&answer, &ask)).unwrap();
    let choice = &whole["choices"][0];
    assert_eq!(choice["finish_reason"], "function_call");
    assert_eq!(choice["message"]["function_call"], json!({"name": "f", "arguments": "{\"a\":1}"}));
    assert!(choice["message"].get("tool_calls").is_none());

    let mut writer = openai.stream_writer(&ask);
    let mut out = Vec::new();
    for event in wye_wire::assemble::explode(&answer) {
        writer.write(&event, &mut out);
    }
    let text = String::from_utf8(out.clone()).unwrap();
    assert!(!text.contains("tool_calls") && text.contains(r#""finish_reason":"function_call""#), "{text}");
    let told = crate::fold::fold(DialectId::OpenAiChat, crate::fold::events(DialectId::OpenAiChat, &out));
    let calls: Vec<&str> = told.choices[0]
        .content
        .iter()
        .filter_map(|block| match &block.kind {
            wye_types::chat::BlockKind::ToolCall(call) => Some(call.arguments.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(calls, [r#"{"a":1}"#]);
}
