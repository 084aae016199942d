//! `ollama`: what the matrix and the recordings do not show.

use serde_json::{Map, Value, json};
use wye_types::DialectId;
use wye_types::chat::{
    Block, BlockKind, ChatRequest, ChatResponse, Choice, Finish, Maker, Message, Role, Signature,
};
use wye_types::error::Fault;
use wye_types::event::StreamEvent;
use wye_wire::assemble::explode;
use wye_wire::dialect::{PathAsk, Seen, StreamAsk, WriteOptions, dialect};
use wye_wire::frames::{Frames, Framing};

use crate::fold::{events, fold, stream};

const ID: DialectId = DialectId::Ollama;

fn read(body: &Value) -> ChatRequest {
    dialect(ID).read_request(body.to_string().as_bytes(), &PathAsk::default()).unwrap()
}

fn written(chat: &ChatRequest) -> (Value, Vec<String>) {
    let options = WriteOptions { model: "up".to_owned(), ..WriteOptions::default() };
    let written = dialect(ID).write_request(chat, &options);
    let losses = written.losses.iter().map(ToString::to_string).collect();
    (serde_json::from_slice(&written.body).unwrap(), losses)
}

fn openai(body: &Value) -> ChatRequest {
    dialect(DialectId::OpenAiChat).read_request(body.to_string().as_bytes(), &PathAsk::default()).unwrap()
}

fn relayed(body: &str) -> (String, Vec<Seen>) {
    let mut frames = Frames::new(Framing::Text);
    frames.push(body.as_bytes()).unwrap();
    frames.finish();
    let mut relay = dialect(ID).relay(&StreamAsk { want_text: true, ..StreamAsk::default() });
    let (mut out, mut seen) = (Vec::new(), Vec::new());
    while let Some(event) = frames.next_event() {
        seen.push(relay.relay(&event, &mut out));
    }
    seen.push(relay.finish(&mut out));
    (String::from_utf8(out).unwrap(), seen)
}

const HI: &str = "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"hi\"},\"done\":false}\n";
const LAST: &str = "{\"model\":\"m\",\"message\":{\"content\":\"\"},\"done\":true,\"prompt_eval_count\":3,\"eval_count\":1}\n";

#[test]
fn it_streams_unless_told_not_to() {
    for (said, streams) in [("", true), (",\"stream\":true", true), (",\"stream\":false", false)] {
        let body =
            format!("{{\"model\":\"m\",\"messages\":[{{\"role\":\"user\",\"content\":\"q\"}}]{said}}}");
        let head = dialect(ID).scan(body.as_bytes(), &PathAsk::default()).unwrap();
        let chat = dialect(ID).read_request(body.as_bytes(), &PathAsk::default()).unwrap();
        assert_eq!((head.stream, chat.stream), (streams, streams), "{said}");
        assert_eq!(written(&chat).0["stream"], streams);
    }
}

#[test]
fn an_error_in_the_stream_ends_it() {
    let body = format!("{HI}{{\"error\":\"an error was encountered while running the model\"}}\n{HI}");
    let told = events(ID, body.as_bytes());
    let Some(StreamEvent::Error(error)) = told.last() else { panic!("{told:?}") };
    assert_eq!((error.fault, error.status), (Fault::Server, 500));
    let (out, seen) = relayed(&body);
    assert_eq!(out, body.strip_suffix(HI).unwrap());
    assert_eq!(seen.iter().find_map(|seen| seen.error.as_ref()), Some(error));
}

#[test]
fn a_stream_without_its_last_line_has_no_end() {
    assert!(!events(ID, HI.as_bytes()).contains(&StreamEvent::End));
    assert!(!relayed(HI).1.iter().any(|seen| seen.end));
    assert!(events(ID, [HI, LAST].concat().as_bytes()).ends_with(&[StreamEvent::End]));
}

#[test]
fn heartbeats_between_the_lines_change_nothing() {
    let beat = std::str::from_utf8(dialect(ID).heartbeat(false)).unwrap();
    assert!(!beat.contains('\n'), "Ollama's client for Python reads every line as JSON");
    let (plain, beaten) = ([HI, LAST].concat(), [beat, HI, beat, beat, LAST].concat());
    assert_eq!(events(ID, beaten.as_bytes()), events(ID, plain.as_bytes()));
    let lines = beaten.lines().map(serde_json::from_str::<Value>);
    assert!(lines.into_iter().all(|line| line.is_ok()));
}

#[test]
fn results_without_ids_answer_the_calls_in_their_order() {
    let call = |name: &str| json!({"function": {"name": name, "arguments": {}}});
    let chat = read(&json!({"model": "m", "messages": [
        {"role": "user", "content": "q"},
        {"role": "assistant", "content": "", "tool_calls": [call("a"), call("b"), call("a")]},
        {"role": "tool", "content": "of b", "tool_name": "b"},
        {"role": "tool", "content": "of a"},
        {"role": "tool", "content": "of a too", "tool_name": "a"},
    ]}));
    let blocks: Vec<&Block> = chat.messages.iter().flat_map(|message| &message.content).collect();
    let call_ids: Vec<&str> = blocks
        .iter()
        .filter_map(|block| match &block.kind {
            BlockKind::ToolCall(call) => Some(call.id.as_str()),
            _ => None,
        })
        .collect();
    let answered: Vec<&str> = blocks
        .iter()
        .filter_map(|block| match &block.kind {
            BlockKind::ToolResult(result) => Some(result.call_id.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(answered, [call_ids[1], call_ids[0], call_ids[2]]);
    // What was made up is not sent.
    let (sent, losses) = written(&chat);
    assert!(!sent.to_string().contains("call_"), "{sent}");
    assert_eq!(losses, [""; 0]);
}

#[test]
fn pieces_in_another_order_become_messages_of_their_own() {
    let image = |data: &str| json!({"type": "image_url", "image_url": {"url": format!("data:image/png;base64,{data}")}});
    let text = |text: &str| json!({"type": "text", "text": text});
    let chat = openai(&json!({"model": "m", "messages": [
        {"role": "user", "content": [image("AA=="), text("one"), image("BB=="), image("CC=="), text("two")]},
    ]}));
    let (sent, losses) = written(&chat);
    assert_eq!(
        sent["messages"],
        json!([
            {"role": "user", "content": "", "images": ["AA=="]},
            {"role": "user", "content": "one", "images": ["BB==", "CC=="]},
            {"role": "user", "content": "two"},
        ])
    );
    assert_eq!(losses, [""; 0]);
}

#[test]
fn thinking_is_asked_for_in_its_words() {
    let ask = |fields: Value| {
        let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "q"}]});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        written(&openai(&body)).0["think"].clone()
    };
    for (effort, think) in [
        ("none", json!(false)),
        ("minimal", json!("low")),
        ("low", json!("low")),
        ("medium", json!("medium")),
        ("high", json!("high")),
        ("xhigh", json!("high")),
    ] {
        assert_eq!(ask(json!({"reasoning_effort": effort})), think, "{effort}");
    }
    assert_eq!(ask(json!({"reasoning": {"enabled": true}})), true);
    assert_eq!(ask(json!({})), Value::Null);
    for (think, wants) in
        [(json!(true), true), (json!(false), false), (json!("low"), true), (json!("odd"), false)]
    {
        let body = json!({"model": "m", "think": think, "messages": [{"role": "user", "content": "q"}]});
        let head = dialect(ID).scan(body.to_string().as_bytes(), &PathAsk::default()).unwrap();
        assert_eq!(head.wants_thinking, wants, "{think}");
        assert_eq!(written(&read(&body)).0["think"], think);
    }
}

#[test]
fn options_that_other_dialects_lack_stay_with_this_one() {
    let options = json!({"num_ctx": 8192, "num_predict": -1, "min_p": 0.1, "top_k": 40.0, "stop": "END"});
    let chat = read(&json!({"model": "m", "keep_alive": 0, "options": options,
        "messages": [{"role": "user", "content": "q"}]}));
    assert_eq!((chat.sampling.max_tokens, chat.sampling.top_k), (None, Some(40)));
    let (sent, losses) = written(&chat);
    assert_eq!(
        sent["options"],
        json!({"top_k": 40, "stop": ["END"], "num_ctx": 8192, "num_predict": -1, "min_p": 0.1})
    );
    assert_eq!((&sent["keep_alive"], losses.len()), (&json!(0), 0));
    let openai = dialect(DialectId::OpenAiChat).write_request(&chat, &WriteOptions::default());
    let lost: Vec<&str> = openai.losses.iter().map(|loss| loss.field.as_str()).collect();
    assert_eq!(lost, ["top_k", "keep_alive", "options"]);
}

#[test]
fn what_cannot_be_chosen_is_told() {
    let tools = json!([{"type": "function", "function": {"name": "f"}}]);
    let ask = |choice: &str| {
        written(&openai(&json!({"model": "m", "tools": tools, "tool_choice": choice, "n": 2, "user": "u",
            "messages": [{"role": "user", "content": "q"}]})))
    };
    let (sent, losses) = ask("required");
    assert!(sent["tools"].is_array());
    assert_eq!(losses, ["tool_choice: dropped", "n: one answer is asked for", "user: dropped"]);
    let (sent, losses) = ask("none");
    assert!(sent["tools"].is_null(), "a tool that is not offered is not called");
    assert_eq!(losses[0], "tool_choice: the tools are left out instead");
}

/// Puts the lines of a stream together as a client does: texts and lists are joined.
fn collected(lines: &str) -> Value {
    let mut message = Map::new();
    for line in lines.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        for (key, value) in line["message"].as_object().unwrap() {
            match (message.get_mut(key), value) {
                (Some(Value::String(text)), Value::String(more)) if key != "role" => text.push_str(more),
                (Some(Value::Array(items)), Value::Array(more)) => items.extend(more.clone()),
                _ => {
                    message.insert(key.clone(), value.clone());
                }
            }
        }
    }
    Value::Object(message)
}

#[test]
fn sealed_thoughts_survive_a_client_that_collects_a_stream() {
    let seal = |data: &str| Some(Signature { maker: Maker::Anthropic, data: data.to_owned() });
    let thought = |text: &str, data: &str| Block {
        signature: seal(data),
        ..Block::new(BlockKind::Reasoning(text.to_owned()))
    };
    let content = vec![
        thought("first", "s1"),
        thought("second", "s2"),
        Block { signature: seal("s3"), ..Block::new(BlockKind::Redacted) },
        Block::text("so"),
    ];
    let answer = ChatResponse {
        from: DialectId::AnthropicMessages,
        id: "msg".to_owned(),
        model: "m".to_owned(),
        created: None,
        choices: vec![Choice {
            index: 0,
            content: content.clone(),
            finish: Some(Finish::Stop),
            stop_sequence: None,
            logprobs: None,
            rest: Map::new(),
        }],
        usage: None,
        rest: Map::new(),
    };
    let bytes = stream(ID, &explode(&answer));
    assert_eq!(fold(ID, events(ID, &bytes)).choices[0].content, content);
    let message = collected(std::str::from_utf8(&bytes).unwrap());
    assert_eq!(message["thinking"], "firstsecond");
    let chat = read(&json!({"model": "m", "messages": [{"role": "user", "content": "q"}, message]}));
    let turn = &chat.messages[1];
    assert_eq!((turn.role, &turn.content), (Role::Assistant, &content));
    // To Ollama they do not go.
    let (sent, losses) = written(&chat);
    assert_eq!(sent["messages"][1], json!({"role": "assistant", "content": "so"}));
    assert_eq!(losses.len(), 3);
}

#[test]
fn an_unreadable_call_is_sent_without_its_arguments() {
    let mut chat = read(&json!({"model": "m", "messages": [{"role": "user", "content": "q"}]}));
    let call = wye_types::chat::ToolCall {
        id: "c".to_owned(),
        name: "f".to_owned(),
        arguments: "{\"cut".to_owned(),
    };
    let content = vec![Block::new(BlockKind::ToolCall(call))];
    chat.messages.push(Message { content, ..Message::text(Role::Assistant, "") });
    let (sent, losses) = written(&chat);
    assert_eq!(sent["messages"][1]["tool_calls"][0]["function"]["arguments"], json!({}));
    assert_eq!(losses.len(), 1);
}
