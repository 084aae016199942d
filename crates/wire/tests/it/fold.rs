//! An answer that is taken apart, written as a stream, read again and folded is the same answer.

use serde_json::json;
use wye_types::DialectId;
use wye_types::Usage;
use wye_types::chat::{Block, BlockKind, ChatResponse, Choice, Finish, Maker, Signature, ToolCall};
use wye_types::event::StreamEvent;
use wye_wire::assemble::{Assembler, explode};
use wye_wire::dialect::{StreamAsk, dialect};
use wye_wire::frames::Frames;

/// Reads a whole stream.
pub(crate) fn events(id: DialectId, bytes: &[u8]) -> Vec<StreamEvent> {
    events_of(id, [bytes])
}

/// Reads a stream that comes in pieces.
pub(crate) fn events_of<'a>(id: DialectId, pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<StreamEvent> {
    let mut decoder = Frames::new(dialect(id).framing());
    let mut reader = dialect(id).stream_reader();
    let mut out = Vec::new();
    for piece in pieces {
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

/// Writes a whole stream.
pub(crate) fn stream(id: DialectId, events: &[StreamEvent]) -> Vec<u8> {
    let ask = StreamAsk { include_usage: true, sse: true, ..StreamAsk::default() };
    let mut writer = dialect(id).stream_writer(&ask);
    let mut out = Vec::new();
    for event in events {
        writer.write(event, &mut out);
    }
    out
}

/// Folds events into the answer.
pub(crate) fn fold(id: DialectId, events: Vec<StreamEvent>) -> ChatResponse {
    let mut assembler = Assembler::new(id);
    for event in events {
        assembler.push(event);
    }
    assembler.finish()
}

fn seal(maker: Maker, data: &str) -> Option<Signature> {
    Some(Signature { maker, data: data.to_owned() })
}

fn call(id: &str, arguments: &str, signature: Option<Signature>) -> Block {
    let call = ToolCall { id: id.to_owned(), name: "f".to_owned(), arguments: arguments.to_owned() };
    Block { signature, ..Block::new(BlockKind::ToolCall(call)) }
}

fn answer(content: Vec<Block>, finish: Finish) -> ChatResponse {
    ChatResponse {
        from: DialectId::OpenAiChat,
        id: "chatcmpl-1".to_owned(),
        model: "m".to_owned(),
        created: Some(7),
        choices: vec![Choice {
            index: 0,
            content,
            finish: Some(finish),
            stop_sequence: None,
            logprobs: Some(json!({"content": [{"token": "a", "logprob": -0.5}], "refusal": null})),
            rest: wye_types::Map::new(),
        }],
        usage: Some(Usage {
            input: 3,
            cache_read: Some(2),
            output: 4,
            reasoning: Some(1),
            ..Usage::default()
        }),
        rest: wye_types::Map::new(),
    }
}

fn answers() -> Vec<ChatResponse> {
    let thoughts =
        |text: &str, signature| Block { signature, ..Block::new(BlockKind::Reasoning(text.to_owned())) };
    let redacted = Block { signature: seal(Maker::Anthropic, "xx"), ..Block::new(BlockKind::Redacted) };
    let mut two = answer(vec![Block::text("one")], Finish::Stop);
    two.choices.push(Choice { index: 1, content: vec![Block::text("two")], ..two.choices[0].clone() });
    vec![
        answer(vec![Block::text("hello \"you\" é")], Finish::Stop),
        answer(vec![], Finish::Length),
        answer(vec![Block::new(BlockKind::Refusal("no".to_owned()))], Finish::Refusal),
        answer(
            vec![call("a", "{\"x\":1}", None), call("b", "{}", seal(Maker::Google, "g+/="))],
            Finish::ToolCalls,
        ),
        answer(vec![thoughts("plain", None), Block::text("t")], Finish::Stop),
        answer(
            vec![
                thoughts("first", seal(Maker::Anthropic, "s1")),
                redacted,
                thoughts("", seal(Maker::Anthropic, "s2")),
                Block::text("t"),
                call("c", "{}", None),
            ],
            Finish::ToolCalls,
        ),
        answer(vec![Block { signature: seal(Maker::Google, "ts"), ..Block::text("sealed") }], Finish::Stop),
        two,
    ]
}

#[test]
fn an_answer_is_the_fold_of_its_events() {
    for answer in answers() {
        assert_eq!(fold(answer.from, explode(&answer)), answer);
    }
}

#[test]
fn an_answer_survives_the_openai_stream() {
    for answer in answers() {
        let bytes = stream(DialectId::OpenAiChat, &explode(&answer));
        let again = events(DialectId::OpenAiChat, &bytes);
        assert_eq!(again.last(), Some(&StreamEvent::End));
        assert_eq!(fold(answer.from, again), answer, "{}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn an_answer_survives_being_written_whole() {
    let openai = dialect(DialectId::OpenAiChat);
    for answer in answers() {
        let body = openai.write_response(&answer);
        let mut again = openai.read_response(&body).unwrap();
        for block in again.choices.iter_mut().flat_map(|c| &mut c.content) {
            block.rest.clear();
        }
        assert_eq!(again, answer, "{}", String::from_utf8_lossy(&body));
        // A provider that answers a stream request with the whole answer is understood as well.
        let events = events(DialectId::OpenAiChat, &body);
        assert_eq!(fold(answer.from, events), answer);
    }
}
