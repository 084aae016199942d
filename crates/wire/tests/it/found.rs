//! What fuzzing found, cut down to what matters.

use serde_json::{Value, json};
use wye_types::DialectId;
use wye_types::chat::Role;
use wye_types::error::Fault;
use wye_types::event::{Delta, StreamEvent};
use wye_wire::dialect;
use wye_wire::dialect::{PathAsk, Seen, StreamAsk, WriteOptions};
use wye_wire::frames::Frames;

use crate::fold::events;

fn relayed(id: DialectId, bytes: &[u8]) -> (String, Vec<Seen>) {
    let ask = StreamAsk { include_usage: true, want_text: true, sse: true, ..StreamAsk::default() };
    let mut relay = dialect(id).relay(&ask);
    let mut frames = Frames::new(dialect(id).framing());
    let (mut out, mut seen) = (Vec::new(), Vec::new());
    frames.push(bytes).unwrap();
    frames.finish();
    while let Some(event) = frames.next_event() {
        seen.push(relay.relay(&event, &mut out));
    }
    seen.push(relay.finish(&mut out));
    (String::from_utf8(out).unwrap(), seen)
}

/// The words of a broken event are the model's, not an error message: they must not rest an account or ask for a model
/// with more context.
#[test]
fn a_broken_events_words_do_not_say_what_is_wrong() {
    for (id, event) in [
        (DialectId::OpenAiChat, r#"{"choices":[{"delta":{"content":"too large for model with"}},"#),
        (DialectId::Gemini, r#"[{"candidates":[{"content":{"parts":[{"text":"context window"#),
    ] {
        let (_, seen) = relayed(id, format!("data: {event}\n\n").as_bytes());
        let fault = seen.iter().find_map(|seen| seen.error.as_ref()).map(|error| error.fault);
        assert!(matches!(fault, None | Some(Fault::Server)), "{id}: {fault:?}");
    }
}

/// Some services stream a whole answer as one event; Anthropic's clients wait for the stream's own events.
#[test]
fn a_whole_answer_in_one_event_is_relayed_as_a_stream() {
    let answer = r#"{"type":"message","id":"msg_1","role":"assistant","model":"m","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":1}}"#;
    let bytes = format!("event: message\ndata: {answer}\n\n");
    let (out, seen) = relayed(DialectId::AnthropicMessages, bytes.as_bytes());
    assert!(
        out.contains("event: message_start") && out.ends_with("{\"type\":\"message_stop\"}\n\n"),
        "{out}"
    );
    assert_eq!((seen[0].text.as_str(), seen[0].end, seen[0].usage.is_some()), ("hi", true, true));
}

/// Once a stream has ended or failed, what follows is not passed on: the gateway has told its client that it is over.
#[test]
fn nothing_is_relayed_after_the_end() {
    let stop = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    let error = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"x\"}}\n\n";
    let more = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"more\"}}\n\n";
    for first in [stop, error] {
        assert_eq!(relayed(DialectId::AnthropicMessages, format!("{first}{more}").as_bytes()).0, first);
    }
    let error = "data: {\"error\":{\"code\":503,\"message\":\"x\",\"status\":\"UNAVAILABLE\"}}\r\n\r\n";
    let more = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"more\"}]}}]}\r\n\r\n";
    assert_eq!(relayed(DialectId::Gemini, format!("{error}{more}").as_bytes()).0, error);
}

/// Errors that come with a 200 are errors, whether the answer is read or passed on.
#[test]
fn an_error_in_a_200_is_seen_by_the_quick_look_too() {
    let openai = dialect(DialectId::OpenAiChat);
    for body in [r#"{"message":"model is loading"}"#, r#"{"errors":[{"message":"no"}]}"#] {
        let read = openai.read_response(body.as_bytes());
        let seen = openai.peek_response(body.as_bytes(), &StreamAsk::default());
        assert!(read.is_err() && seen.error.is_some(), "{body}: {seen:?}");
    }
}

/// Clients answer a call by its id, so that one must be there even where a provider forgot it.
#[test]
fn a_call_always_has_an_id() {
    let anthropic = r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","name":"f","input":{}}}"#;
    let cohere = r#"{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"type":"function","function":{"name":"f","arguments":""}}}}}"#;
    let mut bedrock = Vec::new();
    let start = br#"{"contentBlockIndex":0,"start":{"toolUse":{"name":"f"}}}"#;
    wye_wire::event_stream::write_event(&mut bedrock, "contentBlockStart", start);
    for (dialect, bytes) in [
        (DialectId::AnthropicMessages, format!("data: {anthropic}\n\n").into_bytes()),
        (DialectId::Cohere, format!("data: {cohere}\n\n").into_bytes()),
        (DialectId::BedrockConverse, bedrock),
    ] {
        let told = events(dialect, &bytes);
        let id = told.iter().find_map(|event| match event {
            StreamEvent::Delta { delta: Delta::ToolStart { id, .. }, .. } => Some(id.clone()),
            _ => None,
        });
        assert!(id.is_some_and(|id| !id.is_empty()), "{dialect}: {told:?}");
    }
}

/// Google's turns need no role; one that holds a call is the model's, whatever it says.
#[test]
fn only_the_model_calls() {
    let body =
        r#"{"contents":[{"parts":[{"text":"hi"}]},{"parts":[{"functionCall":{"name":"f","args":{}}}]}]}"#;
    let path = PathAsk { model: Some("m".to_owned()), ..PathAsk::default() };
    let chat = dialect(DialectId::Gemini).read_request(body.as_bytes(), &path).unwrap();
    let roles: Vec<Role> = chat.messages.iter().map(|message| message.role).collect();
    assert_eq!(roles, [Role::User, Role::Assistant]);
}

/// An answer begins once, whatever the provider repeats.
#[test]
fn a_second_start_says_nothing_new() {
    let start = "data: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"model\":\"m\"}}\n\n";
    let told = events(DialectId::AnthropicMessages, start.repeat(2).as_bytes());
    assert_eq!(told.iter().filter(|event| matches!(event, StreamEvent::Start { .. })).count(), 1);
}

/// Where the limit went into hidden thoughts the end alone is the answer: asked elsewhere it would end the same way.
#[test]
fn a_limit_used_up_is_an_answer() {
    let done = r#"{"type":"response.incomplete","response":{"id":"r","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[]}}"#;
    let bytes = format!("event: response.incomplete\ndata: {done}\n\n");
    let (_, seen) = relayed(DialectId::OpenAiResponses, bytes.as_bytes());
    assert!(seen[0].content && seen[0].end, "{seen:?}");
}

/// A body that breaks off within its last event was not whole.
#[test]
fn a_stream_cut_within_its_last_event_has_no_end() {
    let bytes =
        b"event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"id\":\"r\",\"sta";
    let (_, seen) = relayed(DialectId::OpenAiResponses, bytes);
    assert!(seen.iter().all(|seen| !seen.end), "{seen:?}");
}

/// An error always has words, even if the provider has none.
#[test]
fn an_error_without_words_gets_some() {
    for id in DialectId::ALL {
        for body in [
            "",
            " ",
            "\"\"",
            "\" \"",
            "{}",
            "[]",
            "[\"\"]",
            "null",
            "{\"message\":\"\"}",
            "{\"error\":{\"message\":\"\"}}",
        ] {
            assert!(
                !dialect(id).read_error(500, body.as_bytes()).message.trim().is_empty(),
                "{id}: {body:?}"
            );
        }
    }
}

/// A part of a kind that nobody knows yet is content, as it is for the reader; a seal alone is not.
#[test]
fn an_unknown_part_is_content_for_the_relay_too() {
    for (part, content) in [
        (r#"{"videoOfTheFuture":{"x":1},"thoughtSignature":"c2VhbA=="}"#, true),
        (r#"{"toolCall":{"name":"x"}}"#, true),
        (r#"{"thoughtSignature":"c2VhbA=="}"#, false),
        (r#"{"text":"","thoughtSignature":"c2VhbA=="}"#, false),
        (r#"{"te\u0078t":"hi"}"#, true),
    ] {
        let bytes = format!("data: {{\"candidates\":[{{\"content\":{{\"parts\":[{part}]}}}}]}}\r\n\r\n");
        let (_, seen) = relayed(DialectId::Gemini, bytes.as_bytes());
        let told = events(DialectId::Gemini, bytes.as_bytes());
        let read =
            told.iter().any(|event| matches!(event, StreamEvent::Delta { delta, .. } if delta.is_content()));
        assert_eq!((seen[0].content, read), (content, content), "{part}: {told:?}");
    }
}

/// Calls are numbered in the order in which they begin: one that has no name yet has not begun.
#[test]
fn a_call_without_a_name_takes_no_number() {
    let nameless = r#"{"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","id":"fc_0"}}"#;
    let named = r#"{"type":"response.output_item.added","output_index":1,"item":{"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":""}}"#;
    let responses = format!("data: {nameless}\n\ndata: {named}\n\n");
    let chunk = |call: &str| {
        format!(
            "data: {{\"id\":\"x\",\"choices\":[{{\"index\":0,\"delta\":{{\"tool_calls\":[{call}]}}}}]}}\n\n"
        )
    };
    let chat = chunk(r#"{"index":0,"id":"c0"}"#) + &chunk(r#"{"index":1,"id":"c1","function":{"name":"f"}}"#);
    for (id, bytes) in [(DialectId::OpenAiResponses, responses), (DialectId::OpenAiChat, chat)] {
        let numbers: Vec<u32> = events(id, bytes.as_bytes())
            .iter()
            .filter_map(|event| match event {
                StreamEvent::Delta { delta: Delta::ToolStart { call, .. }, .. } => Some(*call),
                _ => None,
            })
            .collect();
        assert_eq!(numbers, [0], "{id}");
    }
}

/// What begins without saying what it is, is nothing that a client waits for.
#[test]
fn a_block_that_is_none_is_not_content() {
    let start = b"data: {\"type\":\"content_block_start\",\"index\":0}\n\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n";
    assert!(events(DialectId::AnthropicMessages, start).is_empty());
}

/// A whole answer behind the beginning of a stream begins nothing anew, and its calls count on.
#[test]
fn a_whole_answer_within_a_stream_goes_on() {
    let start = r#"{"type":"message_start","message":{"id":"msg_1","model":"m"}}"#;
    let call = r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"a","name":"f","input":{}}}"#;
    let whole = r#"{"type":"message","id":"msg_1","role":"assistant","model":"m","content":[{"type":"tool_use","id":"b","name":"f","input":{"x":1}}],"stop_reason":"tool_use","usage":{"input_tokens":3,"output_tokens":1}}"#;
    let bytes = format!("data: {start}\n\ndata: {call}\n\ndata: {whole}\n\n");
    let told = events(DialectId::AnthropicMessages, bytes.as_bytes());
    assert_eq!(told.iter().filter(|event| matches!(event, StreamEvent::Start { .. })).count(), 1);
    let calls = told.iter().filter_map(|event| match event {
        StreamEvent::Delta { delta: Delta::ToolStart { call, .. }, .. } => Some(*call),
        _ => None,
    });
    assert_eq!(calls.collect::<Vec<_>>(), [0, 1]);
}

/// Fuzzing found the second key that we wrote beside a client's own, which servers in Go take for the same.
#[test]
fn what_rides_along_never_doubles_what_is_written() {
    let body = json!({
        "model": "m", "messages": [{"role": "user", "content": "q"}], "stream": true,
        "sTream_options": {"include_usage": false}, "Max_Completion_Tokens": 5, "odd": 1,
    });
    let openai = dialect(DialectId::OpenAiChat);
    let chat = openai.read_request(body.to_string().as_bytes(), &PathAsk::default()).unwrap();
    let options = WriteOptions { max_tokens_key: "max_completion_tokens", ..WriteOptions::default() };
    let written: Value = serde_json::from_slice(&openai.write_request(&chat, &options).body).unwrap();
    assert_eq!((&written["stream_options"], &written["odd"]), (&json!({"include_usage": true}), &json!(1)));
    assert!(written.get("sTream_options").is_none());
}

/// Fuzzing found items of Responses without a type, which the reader keeps and the relay did not count.
#[test]
fn an_item_without_a_type_is_content_for_relay_and_reader() {
    let stream = b"event: response.output_item.done\ndata: {\"type\":\"response.output_item.done\",\"item\":{\"id\":\"x\"},\"output_index\":0}\n\n";
    let told = events(DialectId::OpenAiResponses, stream);
    assert!(
        matches!(&told[..], [StreamEvent::Start { .. }, StreamEvent::Delta { delta, .. }, ..] | [StreamEvent::Delta { delta, .. }, ..] if delta.is_content())
    );
    let mut frames = Frames::new(dialect(DialectId::OpenAiResponses).framing());
    frames.push(stream).unwrap();
    let mut relay = dialect(DialectId::OpenAiResponses).relay(&StreamAsk::default());
    let event = frames.next_event().unwrap();
    assert!(relay.relay(&event, &mut Vec::new()).content);
}
