//! The dialect `gemini` against recordings, and what it does where recordings say nothing.

use std::path::PathBuf;

use serde_json::{Map, Value, json};
use wye_types::DialectId;
use wye_types::chat::{
    Block, BlockKind, ChatRequest, Effort, Finish, Maker, ReasoningAsk, Role, Signature, ThinkingBudget,
};
use wye_types::error::Fault;
use wye_types::event::{Delta, StreamEvent};
use wye_wire::dialect;
use wye_wire::dialect::{Dialect, PathAsk, ReadError, Seen, StreamAsk, WriteOptions};
use wye_wire::sse::SseDecoder;

fn gemini() -> &'static dyn Dialect {
    dialect(DialectId::Gemini)
}

fn path() -> PathAsk {
    PathAsk { model: Some("m".to_owned()), stream: false, sse: false }
}

fn options(model: &str) -> WriteOptions {
    WriteOptions { model: model.to_owned(), ..WriteOptions::default() }
}

fn sse_ask() -> StreamAsk {
    StreamAsk {
        sse: true,
        want_text: true,
        fallback_id: "id".to_owned(),
        model: "m".to_owned(),
        ..StreamAsk::default()
    }
}

fn read(body: &Value) -> ChatRequest {
    gemini().read_request(body.to_string().as_bytes(), &path()).unwrap()
}

fn write(chat: &ChatRequest, model: &str) -> Value {
    serde_json::from_slice(&gemini().write_request(chat, &options(model)).body).unwrap()
}

#[expect(clippy::print_stderr, reason = "a check that did not happen must be seen")]
fn notice(missing: &std::path::Path) {
    eprintln!("\n*** no recordings at {}: NOTHING IS CHECKED against them ***\n", missing.display());
}

/// Every recording of the dialect, by name. Empty, with a notice, where there are none on this machine.
fn recordings() -> Vec<(String, Value)> {
    let root = std::env::var_os("WYE_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let Ok(index) = std::fs::read_to_string(root.join("wire/dev/INDEX.tsv")) else {
        notice(&root);
        return Vec::new();
    };
    let ids = index.lines().filter_map(|line| {
        let mut columns = line.split('\t');
        let (id, _, api) = (columns.next()?, columns.next()?, columns.next()?);
        (api == "gemini.generate").then_some(id)
    });
    ids.map(|id| {
        let text = std::fs::read(root.join(format!("wire/dev/{id}.json"))).unwrap();
        (id.to_owned(), serde_json::from_slice(&text).unwrap())
    })
    .collect()
}

/// Applies to a request or answer what the head of the dialect's module says is made uniform.
fn uniform(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut out = Map::new();
            for (key, value) in map {
                let key = camel(key);
                // What is the user's own data is not looked into.
                let data = ["args", "response", "parameters", "parametersJsonSchema", "responseJsonSchema"];
                let value = if data.contains(&key.as_str()) { value.clone() } else { uniform(value) };
                let value = match value {
                    Value::String(mode) if key == "mode" => Value::String(mode.to_ascii_uppercase()),
                    other => other,
                };
                let empty = ["generationConfig", "toolConfig", "content"].contains(&key.as_str())
                    && value.as_object().is_some_and(Map::is_empty);
                if !(value.is_null() || empty || key == "thought" && value == false) {
                    out.insert(key, value);
                }
            }
            out.sort_keys();
            Value::Object(out)
        }
        Value::Array(items) => Value::Array(items.iter().map(uniform).collect()),
        Value::Number(n) => n.as_f64().map_or(Value::Null, |f| json!(f)),
        other => other.clone(),
    }
}

fn camel(key: &str) -> String {
    let mut words = key.split('_').filter(|w| !w.is_empty());
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut out, word| {
        out.push_str(&word[..1].to_uppercase());
        out.push_str(&word[1..]);
        out
    })
}

/// Cases whose request is more uniform after a round trip than [`uniform`] makes it.
const REQUEST_EXCEPTIONS: &[(&str, &str)] = &[(
    "gemini/gemini_generate__stream_structured__01",
    "`responseSchema` in Google's words is written as `responseJsonSchema`",
)];

#[test]
fn recorded_requests_come_out_as_they_went_in() {
    for (id, case) in recordings() {
        let body = &case["request"]["body"];
        if !body.is_object() {
            continue;
        }
        let chat = read(body);
        let again = write(&chat, "m");
        if let Some((_, why)) = REQUEST_EXCEPTIONS.iter().find(|(name, _)| *name == id) {
            assert_ne!(uniform(&again), uniform(body), "{id} is no exception any more: {why}");
        } else {
            assert_eq!(uniform(&again), uniform(body), "{id}");
        }
        assert_eq!(read(&again), read(&write(&read(&again), "m")), "{id}");
        let head = gemini().scan(body.to_string().as_bytes(), &path()).unwrap();
        assert_eq!(head.max_tokens, chat.sampling.max_tokens, "{id}");
        assert_eq!(head.tools, !chat.tools.is_empty(), "{id}");
        assert_eq!(head.wants_thinking, chat.reasoning.is_some_and(|r| r.wants_thinking()), "{id}");
    }
}

#[test]
fn recorded_answers_come_out_as_they_went_in() {
    for (id, case) in recordings() {
        let body = &case["response"]["body"];
        if case["response"]["status"] != 200 || !body.is_object() {
            continue;
        }
        match gemini().read_response(body.to_string().as_bytes()) {
            Ok(chat) => {
                let again: Value = serde_json::from_slice(&gemini().write_response(&chat)).unwrap();
                let mut wanted = uniform(body);
                for candidate in
                    wanted.get_mut("candidates").and_then(Value::as_array_mut).into_iter().flatten()
                {
                    candidate["index"] = candidate.get("index").cloned().unwrap_or(json!(0.0));
                    candidate["content"]["role"] = json!("model");
                    candidate.as_object_mut().unwrap().sort_keys();
                }
                assert_eq!(uniform(&again), wanted, "{id}");
                let seen = gemini().peek_response(body.to_string().as_bytes(), &sse_ask());
                assert_eq!((seen.usage, seen.end), (chat.usage, true), "{id}");
            }
            Err(error) => assert!(matches!(error, ReadError::Upstream(_)), "{id}: {error:?}"),
        }
    }
}

fn events_of(bytes: &[u8], step: usize) -> Vec<StreamEvent> {
    let mut reader = gemini().stream_reader();
    let mut decoder = SseDecoder::new();
    let mut out = Vec::new();
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

fn relayed(bytes: &[u8], ask: &StreamAsk) -> (Vec<u8>, Seen) {
    let mut relay = gemini().relay(ask);
    let mut decoder = SseDecoder::new();
    let (mut out, mut all) = (Vec::new(), Seen::default());
    decoder.push(bytes).unwrap();
    decoder.finish();
    while let Some(event) = decoder.next_event() {
        let seen = relay.relay(&event, &mut out);
        all.content |= seen.content;
        all.text.push_str(&seen.text);
        all.usage = seen.usage.or(all.usage);
        all.error = seen.error.or(all.error);
    }
    all.end = relay.finish(&mut out).end;
    (out, all)
}

#[test]
fn recorded_streams_are_read_written_and_relayed() {
    for (id, case) in recordings() {
        let Some(lines) = case["response"]["sse"].as_array() else { continue };
        let end = if case["response"]["line_ending"] == "crlf" { "\r\n" } else { "\n" };
        let text: Vec<&str> = lines.iter().map(|l| l.as_str().unwrap()).collect();
        let bytes = text.join(end).into_bytes();
        let events = events_of(&bytes, bytes.len().max(1));
        assert_eq!(events_of(&bytes, 1), events, "{id}");
        assert!(matches!(events.last(), Some(StreamEvent::End)), "{id}: {:?}", events.last());

        let mut writer = gemini().stream_writer(&sse_ask());
        let mut written = Vec::new();
        for event in &events {
            writer.write(event, &mut written);
        }
        let folded = fold(&events);
        assert_eq!(fold(&events_of(&written, 7)), folded, "{id}");

        let (passed, seen) = relayed(&bytes, &sse_ask());
        assert_eq!(
            String::from_utf8(passed).unwrap().trim_end(),
            String::from_utf8(bytes).unwrap().trim_end(),
            "{id}"
        );
        let usage = events.iter().rev().find_map(|e| match e {
            StreamEvent::Usage(usage) => Some(*usage),
            _ => None,
        });
        assert_eq!((seen.usage, seen.end, seen.content), (usage, true, true), "{id}");
    }
}

/// What a stream said: texts joined, calls by number, seals and ends in order.
fn fold(events: &[StreamEvent]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut append = |kind: &str, text: &str| {
        let key = format!("{kind}: ");
        match out.last_mut() {
            Some(last) if last.starts_with(&key) => last.push_str(text),
            _ => out.push(key + text),
        }
    };
    for event in events {
        match event {
            StreamEvent::Delta { delta: Delta::Text(text), .. } => append("text", text),
            StreamEvent::Delta { delta: Delta::Reasoning(text), .. } => append("thought", text),
            StreamEvent::Delta { delta: Delta::ToolArguments { call, json }, .. } => {
                append(&format!("args {call}"), json)
            }
            StreamEvent::Usage(_) | StreamEvent::Start { .. } => {}
            other => append("event", &format!("{other:?}")),
        }
    }
    out.retain(|line| line != "text: ");
    out
}

#[test]
fn recorded_errors_are_told_apart() {
    let wanted = [
        ("gemini/gemini_generate__error_400__01", Fault::Auth),
        ("gemini/gemini_generate__error_400__02", Fault::Auth),
        ("gemini/gemini_generate__error_404__01", Fault::NotFound),
        ("gemini/gemini_generate__error_404__02", Fault::NotFound),
        ("gemini/gemini_generate__error_429__01", Fault::RateLimited),
        ("vertex/gemini_generate__error_400__01", Fault::ContextTooLong),
        ("vertex/gemini_generate__error_400__02", Fault::BadRequest),
        ("vertex/gemini_generate__error_404__01", Fault::NotFound),
    ];
    for (id, case) in recordings() {
        let status = u16::try_from(case["response"]["status"].as_u64().unwrap()).unwrap();
        if status == 200 {
            continue;
        }
        let error = gemini().read_error(status, case["response"]["body"].to_string().as_bytes());
        let fault = wanted.iter().find(|(name, _)| *name == id).map(|(_, fault)| *fault);
        assert_eq!(Some(error.fault), fault, "{id}: {error:?}");
        if status == 429 {
            assert_eq!(error.retry_after.map(|d| d.as_secs()), Some(48));
            assert!(!error.exhausted);
        }
    }
}

fn seal(maker: Maker) -> Option<Signature> {
    Some(Signature { maker, data: "c2VhbA==".to_owned() })
}

#[test]
fn results_without_ids_find_their_calls() {
    let chat = read(&json!({"contents": [
        {"role": "user", "parts": [{"text": "q"}]},
        {"role": "model", "parts": [
            {"functionCall": {"name": "a", "args": {"x": 1}}},
            {"functionCall": {"name": "b"}},
            {"functionCall": {"name": "a", "args": {"x": 2}}},
        ]},
        {"role": "user", "parts": [
            {"functionResponse": {"name": "b", "response": {"output": "B"}}},
            {"functionResponse": {"name": "a", "response": {"error": "A1"}}},
            {"functionResponse": {"name": "a", "response": {"k": 2}}},
            {"text": "go on"},
        ]},
    ]}));
    let roles: Vec<Role> = chat.messages.iter().map(|m| m.role).collect();
    assert_eq!(roles, [Role::User, Role::Assistant, Role::Tool, Role::User]);
    let ids: Vec<&str> = chat.messages[1]
        .content
        .iter()
        .filter_map(|b| match &b.kind {
            BlockKind::ToolCall(call) => Some(call.id.as_str()),
            _ => None,
        })
        .collect();
    let results: Vec<(&str, &str, bool)> = chat.messages[2]
        .content
        .iter()
        .filter_map(|b| match &b.kind {
            BlockKind::ToolResult(r) => Some((r.call_id.as_str(), r.content[0].as_text()?, r.is_error)),
            _ => None,
        })
        .collect();
    assert_eq!(results, [(ids[1], "B", false), (ids[0], "A1", true), (ids[2], "{\"k\":2}", false)]);
    assert!(ids[0].starts_with("call_0_") && ids[2].starts_with("call_2_"), "{ids:?}");
}

#[test]
fn errors_name_the_field() {
    let error = |body: Value| {
        let error = gemini().read_request(body.to_string().as_bytes(), &path()).unwrap_err();
        (error.param.unwrap(), error.message)
    };
    let contents = |part: Value| json!({"contents": [{"parts": [{"text": "a"}, part]}]});
    let at = "contents[0].parts[1]";
    assert_eq!(error(json!({})).0, "contents");
    assert_eq!(error(json!({"contents": []})).0, "contents");
    assert_eq!(error(contents(json!({}))).0, at);
    assert_eq!(error(contents(json!({"text": 1}))).1, format!("`{at}.text` must be a string, not a number"));
    assert_eq!(error(contents(json!({"inlineData": {"data": ""}}))).0, format!("{at}.inlineData.mimeType"));
    assert_eq!(
        error(contents(json!({"functionCall": {"name": "a", "args": 1}}))).0,
        format!("{at}.functionCall.args")
    );
    assert_eq!(error(json!({"contents": [{"role": "system", "parts": []}]})).0, "contents[0].role");
    let config = json!({"contents": [{"parts": [{"text": "a"}]}], "generationConfig": {"topP": "x"}});
    assert_eq!(error(config).0, "generationConfig.topP");
    let none = gemini().read_request(b"{\"contents\":[1]}", &PathAsk::default()).unwrap_err();
    assert_eq!(none.param.as_deref(), Some("model"));
}

#[test]
fn a_field_in_both_spellings_is_refused() {
    let turn = json!([{"parts": [{"text": "q"}]}]);
    for (body, param) in [
        (json!({"systemInstruction": {"parts": []}, "system_instruction": "x"}), "system_instruction"),
        (json!({"generation_config": {}, "generationConfig": {"maxOutputTokens": 9}}), "generation_config"),
        (
            json!({"generationConfig": {"maxOutputTokens": 1, "max_output_tokens": 9}}),
            "generationConfig.max_output_tokens",
        ),
    ] {
        let mut body = body;
        body["contents"] = turn.clone();
        let error = gemini().scan(body.to_string().as_bytes(), &path()).unwrap_err();
        assert_eq!(error.param.as_deref(), Some(param), "{}", error.message);
    }
}

#[test]
fn nothing_in_one_spelling_is_no_second_spelling() {
    for (key, other) in [(json!(null), json!(null)), (json!(5), json!(null)), (json!(null), json!(5))] {
        let body = json!({
            "contents": [{"parts": [{"text": "q"}]}],
            "cachedContent": key, "cached_content": other,
            "generationConfig": {"maxOutputTokens": key, "max_output_tokens": other},
        });
        let body = body.to_string();
        let head = gemini().scan(body.as_bytes(), &path()).unwrap();
        assert_eq!(head.max_tokens, key.as_u64().or(other.as_u64()), "{body}");
        assert!(gemini().read_request(body.as_bytes(), &path()).is_ok(), "{body}");
    }
}

#[test]
fn what_no_reader_names_in_both_spellings_is_refused_too() {
    let body = json!({
        "contents": [{"parts": [{"text": "q"}]}], "laterField": 1, "later_field": 2,
    });
    let body = body.to_string();
    let scanned = gemini().scan(body.as_bytes(), &path()).unwrap_err();
    let read = gemini().read_request(body.as_bytes(), &path()).unwrap_err();
    assert_eq!((scanned.param.as_deref(), read.param.as_deref()), (Some("later_field"), Some("later_field")));
}

#[test]
fn thinking_is_said_in_the_words_of_the_model() {
    let mut chat = read(&json!({"contents": [{"parts": [{"text": "q"}]}]}));
    chat.from = DialectId::OpenAiChat;
    let mut thinking = |effort: Option<Effort>, budget: Option<ThinkingBudget>, model: &str| {
        chat.reasoning = Some(ReasoningAsk { effort, budget, include: None });
        write(&chat, model)["generationConfig"]["thinkingConfig"].clone()
    };
    let high = Some(Effort::High);
    assert_eq!(
        thinking(high, None, "gemini-3-pro"),
        json!({"thinkingLevel": "high", "includeThoughts": true})
    );
    assert_eq!(
        thinking(high, None, "gemini-2.5-pro"),
        json!({"thinkingBudget": 16384, "includeThoughts": true})
    );
    assert_eq!(thinking(Some(Effort::None), None, "gemini-2.5-flash"), json!({"thinkingBudget": 0}));
    assert_eq!(thinking(Some(Effort::None), None, "gemini-2.5-pro"), json!({"thinkingBudget": 128}));
    assert_eq!(thinking(Some(Effort::None), None, "gemini-3-flash"), json!({"thinkingLevel": "minimal"}));
    let adaptive = Some(ThinkingBudget::Adaptive);
    assert_eq!(
        thinking(None, adaptive, "gemini-2.5-pro"),
        json!({"thinkingBudget": -1, "includeThoughts": true})
    );
    assert_eq!(thinking(None, adaptive, "gemini-3-pro"), json!({"includeThoughts": true}));
}

#[test]
fn seals_reach_their_maker_only_and_survive_clients() {
    let mut chat = read(&json!({"contents": [{"parts": [{"text": "q"}]}]}));
    chat.from = DialectId::AnthropicMessages;
    let block = |kind, signature| Block { signature, ..Block::new(kind) };
    let thoughts = |maker| block(BlockKind::Reasoning("hm".to_owned()), seal(maker));
    let redacted = block(BlockKind::Redacted, seal(Maker::Anthropic));
    let content = vec![thoughts(Maker::Anthropic), redacted, thoughts(Maker::Google), Block::text("a")];
    let mut turn = chat.messages[0].clone();
    (turn.role, turn.content) = (Role::Assistant, content.clone());
    chat.messages.push(turn);
    let written = gemini().write_request(&chat, &options("m"));
    let body: Value = serde_json::from_slice(&written.body).unwrap();
    assert_eq!(
        body["contents"][1]["parts"],
        json!([
            {"text": "hm", "thought": true, "thoughtSignature": "c2VhbA=="},
            {"text": "a"},
        ])
    );
    assert_eq!(written.losses.len(), 2, "{:?}", written.losses);

    let mut response = gemini().read_response(b"{\"candidates\":[{\"finishReason\":\"STOP\"}]}").unwrap();
    response.from = DialectId::AnthropicMessages;
    response.choices[0].content.clone_from(&content);
    let answer: Value = serde_json::from_slice(&gemini().write_response(&response)).unwrap();
    let sent_back = json!({"contents": [answer["candidates"][0]["content"]]});
    assert_eq!(read(&sent_back).messages[0].content, content);
}

#[test]
fn unsealed_calls_of_the_running_turn_are_excused_for_gemini_3() {
    let mut chat = read(&json!({"contents": [
        {"parts": [{"text": "q"}]},
        {"role": "model", "parts": [{"functionCall": {"name": "a"}}, {"functionCall": {"name": "b"}}]},
        {"role": "user", "parts": [{"functionResponse": {"name": "a", "response": {}}}]},
    ]}));
    chat.from = DialectId::OpenAiChat;
    let parts = write(&chat, "gemini-3-flash")["contents"][1]["parts"].clone();
    assert_eq!(parts[0]["thoughtSignature"], "skip_thought_signature_validator");
    assert_eq!(parts[1].get("thoughtSignature"), None);
    assert_eq!(write(&chat, "gemini-2.5-pro")["contents"][1]["parts"][0].get("thoughtSignature"), None);
}

fn written(events: &[StreamEvent], ask: &StreamAsk) -> String {
    let mut writer = gemini().stream_writer(ask);
    let mut out = Vec::new();
    for event in events {
        writer.write(event, &mut out);
    }
    String::from_utf8(out).unwrap()
}

fn interleaved_calls() -> Vec<StreamEvent> {
    let delta = |delta| StreamEvent::Delta { choice: 0, delta };
    let start = |call: u32| {
        delta(Delta::ToolStart { call, id: format!("id{call}"), name: "f".to_owned(), signature: None })
    };
    let args = |call, json: &str| delta(Delta::ToolArguments { call, json: json.to_owned() });
    vec![
        StreamEvent::Start { id: "r".to_owned(), model: "up".to_owned(), created: None },
        start(0),
        args(0, "{\"a\""),
        start(1),
        args(1, "{\"b\":"),
        args(0, ":1}"),
        args(1, "2}"),
        start(2),
        StreamEvent::Finish { choice: 0, finish: Finish::ToolCalls, stop_sequence: None },
        StreamEvent::Usage(wye_types::Usage { input: 3, output: 4, ..Default::default() }),
        StreamEvent::End,
    ]
}

#[test]
fn interleaved_calls_come_out_whole_and_in_order() {
    let out = written(&interleaved_calls(), &sse_ask());
    let args: Vec<String> = events_of(out.as_bytes(), 9)
        .into_iter()
        .filter_map(|e| match e {
            StreamEvent::Delta { delta: Delta::ToolArguments { call, json }, .. } => {
                Some(format!("{call}{json}"))
            }
            _ => None,
        })
        .collect();
    assert_eq!(args, ["0{\"a\":1}", "1{\"b\":2}", "2{}"]);
    assert!(out.ends_with("}\r\n\r\n") && out.contains("\"promptTokenCount\":3"), "{out}");
}

#[test]
fn without_sse_a_stream_is_an_array() {
    let ask = StreamAsk { sse: false, ..sse_ask() };
    let out = written(&interleaved_calls(), &ask);
    let chunks: Vec<Value> = serde_json::from_str(&out).unwrap();
    assert_eq!(chunks.last().unwrap()["candidates"][0]["finishReason"], "STOP");
    let sse = written(&interleaved_calls(), &sse_ask());
    let (relayed_array, seen) = relayed(sse.as_bytes(), &ask);
    assert!(seen.end);
    assert_eq!(serde_json::from_slice::<Vec<Value>>(&relayed_array).unwrap(), chunks);
    let (relayed_sse, _) = relayed(out.as_bytes(), &sse_ask());
    assert_eq!(String::from_utf8(relayed_sse).unwrap(), sse);
}

#[test]
fn a_stream_that_stops_without_a_reason_is_not_complete() {
    let whole = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}\n\ndata: [DONE]\n\n";
    assert!(!events_of(whole.as_bytes(), 5).contains(&StreamEvent::End));
    let (out, seen) = relayed(whole.as_bytes(), &sse_ask());
    assert!(!seen.end && seen.content && seen.text == "a");
    assert!(!String::from_utf8(out).unwrap().contains("DONE"));
}

#[test]
fn an_error_inside_a_stream_is_an_error() {
    for text in [
        "data: {\"error\":{\"code\":503,\"message\":\"busy\",\"status\":\"UNAVAILABLE\"}}\n\n",
        "[{\"error\":{\"code\":503,\"message\":\"busy\",\"status\":\"UNAVAILABLE\"}}]",
    ] {
        let events = events_of(text.as_bytes(), 6);
        let [StreamEvent::Error(error)] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!((error.status, error.fault, error.message.as_str()), (503, Fault::Overloaded, "busy"));
        let (_, seen) = relayed(text.as_bytes(), &sse_ask());
        assert_eq!(seen.error.as_ref(), Some(error));
    }
}

#[test]
fn errors_tell_what_to_do_next() {
    let read = |status: u16, body: &str| gemini().read_error(status, body.as_bytes());
    let per_day = json!({"error": {"code": 429, "message": "quota", "status": "RESOURCE_EXHAUSTED", "details": [
        {"@type": "…QuotaFailure", "violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]},
        {"@type": "…RetryInfo", "retryDelay": "27.5s"},
    ]}});
    let error = read(429, &format!("[{per_day}]"));
    assert_eq!((error.fault, error.exhausted), (Fault::RateLimited, true));
    assert_eq!(error.retry_after.map(|d| d.as_millis()), Some(27_500));
    assert_eq!(error.kind.as_deref(), Some("RESOURCE_EXHAUSTED"));
    let money = read(429, r#"{"error":{"message":"Your prepayment credits are depleted."}}"#);
    assert_eq!((money.fault, money.exhausted), (Fault::Payment, true));
    assert_eq!(read(502, "<html>bad gateway</html>").message, "<html>bad gateway</html>");
    assert_eq!(read(500, &"é".repeat(3000)).message.len(), 2048);
    assert_eq!(read(503, "").fault, Fault::Overloaded);
}

#[test]
fn counts_go_both_ways() {
    let wrapped = br#"{"generateContentRequest":{"model":"models/x","contents":[{"parts":[{"text":"q"}]}]}}"#;
    let chat = gemini().read_count_request(wrapped, &path()).unwrap();
    let write = |chat: &ChatRequest| gemini().write_count_request(chat, &options("up")).unwrap().body;
    assert!(write(&chat).starts_with(b"{\"contents\""));
    let mut asked = chat.clone();
    asked.messages.insert(0, wye_types::chat::Message::text(Role::System, "s"));
    let body: Value = serde_json::from_slice(&write(&asked)).unwrap();
    assert_eq!(body["generateContentRequest"]["model"], "models/up");
    assert_eq!(gemini().read_count(&gemini().write_count(7)), Some(7));
    let wrong = gemini().read_count_request(br#"{"generateContentRequest":{}}"#, &path()).unwrap_err();
    assert_eq!(wrong.param.as_deref(), Some("generateContentRequest.contents"));
}

/// google-genai for Python sends bytes in the alphabet for addresses; no other vendor takes that.
#[test]
fn bytes_in_the_alphabet_for_addresses_become_standard() {
    let body =
        br#"{"contents":[{"role":"user","parts":[{"inlineData":{"mimeType":"image/png","data":"-_8"}}]}]}"#;
    let path = PathAsk { model: Some("m".into()), ..PathAsk::default() };
    let chat = dialect(DialectId::Gemini).read_request(body, &path).unwrap();
    let BlockKind::Media(media) = &chat.messages[0].content[0].kind else { unreachable!() };
    assert_eq!(media.source, wye_types::chat::Source::Base64("+/8=".into()));
}

/// A blocked answer says nothing, yet it is the answer: no other target is asked for a better one.
#[test]
fn a_refusal_without_words_is_content() {
    for (id, body) in [
        (DialectId::Gemini, r#"{"candidates":[{"index":0,"finishReason":"SAFETY"}]}"#),
        (DialectId::Gemini, r#"{"promptFeedback":{"blockReason":"SAFETY"}}"#),
        (
            DialectId::OpenAiChat,
            r#"{"choices":[{"index":0,"message":{"content":""},"finish_reason":"content_filter"}]}"#,
        ),
        (DialectId::AnthropicMessages, r#"{"type":"message","content":[],"stop_reason":"refusal"}"#),
    ] {
        assert!(dialect(id).peek_response(body.as_bytes(), &Default::default()).content, "{body}");
    }
}

/// A client of Gemini's streams Anthropic's thoughts piece by piece and sends the pieces back: the signature covers
/// the whole thought.
#[test]
fn a_streamed_thought_of_another_maker_comes_back_whole() {
    let seal = wye_types::chat::Signature { maker: wye_types::chat::Maker::Anthropic, data: "sig".into() };
    let ask = StreamAsk { sse: true, ..StreamAsk::default() };
    let mut writer = dialect(DialectId::Gemini).stream_writer(&ask);
    let mut out = Vec::new();
    for delta in [
        Delta::Reasoning("one ".into()),
        Delta::Reasoning("two".into()),
        Delta::Signature(seal.clone()),
        Delta::Text("done".into()),
    ] {
        writer.write(&StreamEvent::Delta { choice: 0, delta }, &mut out);
    }
    writer.write(
        &StreamEvent::Finish { choice: 0, finish: wye_types::chat::Finish::Stop, stop_sequence: None },
        &mut out,
    );
    writer.write(&StreamEvent::End, &mut out);
    let mut decoder = SseDecoder::new();
    decoder.push(&out).unwrap();
    let mut parts = Vec::new();
    while let Some(event) = decoder.next_event() {
        let chunk: Value = serde_json::from_slice(event.data).unwrap();
        parts.extend(chunk["candidates"][0]["content"]["parts"].as_array().cloned().unwrap_or_default());
    }
    let body =
        json!({"contents": [{"role": "user", "parts": [{"text": "q"}]}, {"role": "model", "parts": parts}]});
    let path = PathAsk { model: Some("m".into()), ..PathAsk::default() };
    let chat = dialect(DialectId::Gemini).read_request(body.to_string().as_bytes(), &path).unwrap();
    let thought = &chat.messages[1].content[0];
    assert_eq!((&thought.kind, &thought.signature), (&BlockKind::Reasoning("one two".into()), &Some(seal)));
}

/// Vertex AI streams a call's arguments in pieces where it is told to.
#[test]
fn a_call_whose_arguments_come_in_pieces_is_one_call() {
    let chunk = |part: &str, end: &str| {
        format!("data: {{\"candidates\":[{{\"content\":{{\"parts\":[{part}]}}{end}}}]}}\r\n\r\n")
    };
    let parts = [
        r#"{"functionCall":{"name":"light","willContinue":true},"thoughtSignature":"c2VhbA=="}"#,
        r#"{"functionCall":{"partialArgs":[{"jsonPath":"$.brightness","numberValue":50}],"willContinue":true}}"#,
        r#"{"functionCall":{"partialArgs":[{"jsonPath":"$.color","stringValue":"wa","willContinue":true}],"willContinue":true}}"#,
        r#"{"functionCall":{"partialArgs":[{"jsonPath":"$.color","stringValue":"rm"}],"willContinue":true}}"#,
    ];
    let end = r#","finishReason":"STOP""#;
    for last in [chunk(r#"{"functionCall":{}}"#, end), chunk(r#"{"text":""}"#, end)] {
        let bytes = parts.iter().map(|part| chunk(part, "")).collect::<String>() + &last;
        let answer =
            crate::fold::fold(DialectId::Gemini, crate::fold::events(DialectId::Gemini, bytes.as_bytes()));
        let choice = &answer.choices[0];
        let [block] = &choice.content[..] else { panic!("{choice:?}") };
        let BlockKind::ToolCall(call) = &block.kind else { panic!("{block:?}") };
        assert_eq!((call.name.as_str(), call.id.is_empty()), ("light", false));
        assert_eq!(call.arguments, r#"{"brightness":50,"color":"warm"}"#);
        assert!(block.signature.is_some());
        assert_eq!(choice.finish, Some(wye_types::chat::Finish::ToolCalls));
    }
}
