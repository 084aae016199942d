//! The dialect on cases that no recording has.

use serde_json::{Value, json};
use wye_types::chat::{
    BlockKind, ChatRequest, Effort, OutputFormat, ReasoningAsk, ThinkingBudget, Tool, ToolChoice,
};
use wye_types::error::Fault;
use wye_types::event::{Delta, StreamEvent};

use super::BedrockConverse;
use crate::assemble::explode;
use crate::dialect::{Dialect as _, PathAsk, StreamAsk, WriteOptions, Written};
use crate::event_stream::{write_event, write_exception};
use crate::frames::{Frames, Framing};
use crate::openai_chat::OpenAiChat;
use crate::seal;

const CLAUDE: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

fn path() -> PathAsk {
    PathAsk { model: Some(CLAUDE.to_owned()), stream: false, sse: false }
}

fn own(body: &Value) -> ChatRequest {
    BedrockConverse.read_request(body.to_string().as_bytes(), &path()).unwrap()
}

fn foreign(body: &Value) -> ChatRequest {
    OpenAiChat.read_request(body.to_string().as_bytes(), &PathAsk::default()).unwrap()
}

fn write(chat: &ChatRequest, model: &str) -> (Value, Vec<String>) {
    let written: Written = BedrockConverse
        .write_request(chat, &WriteOptions { model: model.to_owned(), ..WriteOptions::default() });
    let losses = written.losses.iter().map(ToString::to_string).collect();
    (serde_json::from_slice(&written.body).unwrap(), losses)
}

fn tool(name: &str) -> Value {
    json!({"type": "function", "function": {"name": name, "parameters": {"type": "object"}}})
}

#[test]
fn own_words_come_back_unchanged() {
    let body = json!({
        "system": [{"text": "s"}, {"cachePoint": {"type": "default"}}, {"guardContent": {"text": {"text": "g"}}}],
        "messages": [
            {"role": "user", "content": [
                {"image": {"format": "webp", "source": {"bytes": "AAAA"}}},
                {"image": {"format": "png", "source": {"s3Location": {"uri": "s3://b/k"}}}},
                {"document": {"format": "pdf", "name": "a", "source": {"bytes": "AAAA"}, "citations": {"enabled": true}}},
                {"video": {"format": "mp4", "source": {"bytes": "AAAA"}}},
                {"text": "t"}, {"cachePoint": {"type": "default", "ttl": "1h"}},
            ]},
            {"role": "assistant", "content": [
                {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "c2ln"}}},
                {"reasoningContent": {"redactedContent": "AAAA"}},
                {"toolUse": {"toolUseId": "a", "name": "f", "input": {"x": 1}}},
            ]},
            {"role": "user", "content": [
                {"toolResult": {"toolUseId": "a", "content": [{"json": {"k": [1]}}, {"text": "t"}], "status": "error"}},
                {"text": "go on"},
            ]},
        ],
        "inferenceConfig": {"maxTokens": 5, "temperature": 0.5, "topP": 0.9, "stopSequences": ["x"]},
        "toolConfig": {
            "tools": [
                {"toolSpec": {"name": "f", "description": "d", "strict": true, "inputSchema": {"json": {"type": "object"}}}},
                {"cachePoint": {"type": "default"}}, {"systemTool": {"name": "nova_grounding"}},
            ],
            "toolChoice": {"tool": {"name": "f"}},
        },
        "additionalModelRequestFields": {
            "thinking": {"type": "enabled", "budget_tokens": 2000, "display": "omitted"},
            "output_config": {"effort": "high"}, "top_k": 7, "anthropic_beta": ["b"],
        },
        "guardrailConfig": {"guardrailIdentifier": "g", "guardrailVersion": "1"},
        "requestMetadata": {"team": "x"}, "performanceConfig": {"latency": "optimized"},
    });
    let chat = own(&body);
    let asked = ReasoningAsk {
        effort: Some(Effort::High),
        budget: Some(ThinkingBudget::Tokens(2000)),
        include: Some(false),
    };
    assert_eq!((chat.reasoning, chat.sampling.top_k), (Some(asked), Some(7)));
    assert!(chat.rest.contains_key("guardrailConfig"));
    let (written, losses) = write(&chat, CLAUDE);
    assert_eq!((written, losses), (body, vec![]));
}

#[test]
fn a_schema_is_json_in_a_string() {
    let format = json!({"type": "json_schema", "structure": {"jsonSchema": {
        "schema": "{\"type\":\"object\"}", "name": "n", "description": "d",
    }}});
    let body = json!({
        "messages": [{"role": "user", "content": [{"text": "q"}]}], "outputConfig": {"textFormat": format},
    });
    let chat = own(&body);
    let OutputFormat::JsonSchema(schema) = &chat.format else { unreachable!("{:?}", chat.format) };
    assert_eq!(schema.schema, json!({"type": "object"}));
    assert_eq!(write(&chat, CLAUDE).0, body);
    let mut broken = body;
    broken["outputConfig"]["textFormat"]["structure"]["jsonSchema"]["schema"] = json!("{");
    let error = BedrockConverse.read_request(broken.to_string().as_bytes(), &path()).unwrap_err();
    assert_eq!(error.param.as_deref(), Some("outputConfig.textFormat.structure.jsonSchema.schema"));
}

#[test]
fn thinking_is_asked_for_in_the_makers_own_words() {
    let fields = |model: &str, effort: &str| {
        let ask =
            json!({"model": "m", "messages": [{"role": "user", "content": "q"}], "reasoning_effort": effort});
        let (body, losses) = write(&foreign(&ask), model);
        (body["additionalModelRequestFields"].clone(), losses)
    };
    let thinking = json!({"thinking": {"type": "enabled", "budget_tokens": 16384}});
    assert_eq!(fields(CLAUDE, "high"), (thinking, vec![]));
    let adaptive = json!({"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}});
    assert_eq!(fields("global.anthropic.claude-opus-4-8", "high"), (adaptive, vec![]));
    let nova = json!({"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "high"}});
    assert_eq!(fields("us.amazon.nova-2-lite-v1:0", "high"), (nova, vec![]));
    let off = json!({"reasoningConfig": {"type": "disabled"}});
    assert_eq!(fields("us.amazon.nova-2-lite-v1:0", "none"), (off, vec![]));
    assert_eq!(fields("openai.gpt-oss-120b-1:0", "high"), (json!({"reasoning_effort": "high"}), vec![]));
    let (none, losses) = fields("meta.llama3-1-70b-instruct-v1:0", "high");
    assert_eq!((none, losses.len()), (Value::Null, 1));
}

#[test]
fn tools_that_must_not_be_called_are_left_out_or_that_is_told() {
    let ask = |messages: Value, choice: &str| {
        foreign(&json!({"model": "m", "messages": messages, "tools": [tool("f")], "tool_choice": choice}))
    };
    let (body, losses) = write(&ask(json!([{"role": "user", "content": "q"}]), "none"), CLAUDE);
    assert!(body.get("toolConfig").is_none() && losses.len() == 1, "{body} {losses:?}");
    let called = json!([
        {"role": "user", "content": "q"},
        {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "a", "content": "r"},
    ]);
    let (body, losses) = write(&ask(called.clone(), "none"), CLAUDE);
    assert!(body["toolConfig"].get("toolChoice").is_none(), "{body}");
    assert!(losses[0].starts_with("tool_choice: weakened"), "{losses:?}");
    // The service wants tools where calls stand, even if the client sends none any more.
    let (body, losses) = write(&foreign(&json!({"model": "m", "messages": called})), CLAUDE);
    assert_eq!(body["toolConfig"]["tools"][0]["toolSpec"]["name"], "f");
    assert_eq!(losses.len(), 1);
}

#[test]
fn turns_alternate_begin_with_the_user_and_hold_no_blank_text() {
    let chat = foreign(&json!({"model": "m", "messages": [
        {"role": "system", "content": "s"}, {"role": "assistant", "content": "hello"},
        {"role": "user", "content": "a"}, {"role": "user", "content": " "}, {"role": "user", "content": "b"},
    ]}));
    let (body, _) = write(&chat, CLAUDE);
    assert_eq!(
        body["messages"],
        json!([
            {"role": "user", "content": [{"text": "Continue."}]},
            {"role": "assistant", "content": [{"text": "hello"}]},
            {"role": "user", "content": [{"text": "a"}, {"text": "b"}]},
        ])
    );
    let alone = foreign(&json!({"model": "m", "messages": [{"role": "system", "content": "s"}]}));
    let (body, _) = write(&alone, CLAUDE);
    assert_eq!(body, json!({"messages": [{"role": "user", "content": [{"text": "s"}]}]}));
}

#[test]
fn documents_get_legal_names_and_a_text_beside_them() {
    let file = |name: &str| json!({"type": "file", "file": {"filename": name, "file_data": "data:application/pdf;base64,AAAA"}});
    let content = json!([file("a_1.pdf"), file("a_1.pdf"), {"type": "image_url", "image_url": {"url": "https://x/y.png"}}]);
    let chat = foreign(&json!({"model": "m", "messages": [{"role": "user", "content": content}]}));
    let (body, losses) = write(&chat, CLAUDE);
    let blocks = body["messages"][0]["content"].as_array().unwrap();
    let names: Vec<&str> = blocks.iter().filter_map(|b| b.pointer("/document/name")?.as_str()).collect();
    assert_eq!(names, ["a-1-pdf", "a-1-pdf-2"]);
    assert!(blocks.iter().any(|block| block.get("text").is_some()), "{body}");
    assert!(losses.iter().any(|loss| loss.contains("bytes, not addresses")), "{losses:?}");
}

#[test]
fn a_request_to_count_tokens_holds_the_conversation_alone() {
    let chat = foreign(&json!({
        "model": "m", "messages": [{"role": "user", "content": "q"}], "max_tokens": 5, "tools": [tool("f")],
    }));
    let options = WriteOptions { model: CLAUDE.to_owned(), ..WriteOptions::default() };
    let written = BedrockConverse.write_count_request(&chat, &options).unwrap();
    let body: Value = serde_json::from_slice(&written.body).unwrap();
    let keys: Vec<&String> = body["input"]["converse"].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["messages", "toolConfig"]);
    let read = BedrockConverse.read_count_request(&written.body, &path()).unwrap();
    assert!(matches!(&read.tools[..], [Tool::Function(f)] if f.name == "f"));
    assert_eq!(BedrockConverse.read_count(&BedrockConverse.write_count(7)), Some(7));
}

fn events(stream: &[u8]) -> Vec<StreamEvent> {
    let mut frames = Frames::new(Framing::EventStream);
    frames.push(stream).unwrap();
    let (mut reader, mut out) = (BedrockConverse.stream_reader(), Vec::new());
    while let Some(event) = frames.next_event() {
        reader.read(&event, &mut out);
    }
    reader.finish(&mut out);
    out
}

#[test]
fn exceptions_in_a_stream_are_faults() {
    for (name, status, fault) in [
        ("throttlingException", 429, Fault::RateLimited),
        ("modelStreamErrorException", 424, Fault::Server),
        ("internalServerException", 500, Fault::Server),
        ("serviceUnavailableException", 503, Fault::Overloaded),
        ("validationException", 400, Fault::BadRequest),
        ("modelTimeoutException", 408, Fault::Timeout),
        ("somethingNew", 500, Fault::Server),
    ] {
        let mut stream = Vec::new();
        write_event(&mut stream, "messageStart", b"{\"role\":\"assistant\"}");
        write_exception(&mut stream, name, b"{\"message\":\"words\"}");
        let read = events(&stream);
        let Some(StreamEvent::Error(error)) = read.last() else { unreachable!("{read:?}") };
        assert_eq!((error.status, error.fault, error.message.as_str()), (status, fault, "words"), "{name}");
    }
}

#[test]
fn an_event_named_like_an_exception_is_none() {
    let mut stream = Vec::new();
    write_event(&mut stream, "throttlingException", b"{\"message\":\"words\"}");
    write_event(&mut stream, "messageStop", b"{\"stopReason\":\"end_turn\"}");
    assert_eq!(events(&stream).last(), Some(&StreamEvent::End));
}

#[test]
fn tools_of_the_service_are_blocks_of_its_own() {
    let mut stream = Vec::new();
    let mut send = |name: &str, event: Value| write_event(&mut stream, name, event.to_string().as_bytes());
    let start = |kind: &str, of: &str| json!({kind: {"toolUseId": "t", "type": of}});
    send("contentBlockStart", json!({"contentBlockIndex": 0, "start": start("toolUse", "server_tool_use")}));
    send("contentBlockDelta", json!({"contentBlockIndex": 0, "delta": {"toolUse": {"input": "{\"q\":1}"}}}));
    send("contentBlockStop", json!({"contentBlockIndex": 0}));
    send(
        "contentBlockStart",
        json!({"contentBlockIndex": 1, "start": start("toolResult", "nova_grounding_result")}),
    );
    send("contentBlockDelta", json!({"contentBlockIndex": 1, "delta": {"toolResult": [{"text": "r"}]}}));
    send("contentBlockStop", json!({"contentBlockIndex": 1}));
    let foreign: Vec<Value> = events(&stream)
        .into_iter()
        .filter_map(|event| match event {
            StreamEvent::Delta { delta: Delta::Foreign(value), .. } => Some(value),
            _ => None,
        })
        .collect();
    let wanted = [
        json!({"toolUse": {"toolUseId": "t", "type": "server_tool_use", "input": {"q": 1}}}),
        json!({"toolResult": {"toolUseId": "t", "type": "nova_grounding_result", "content": [{"text": "r"}]}}),
    ];
    assert_eq!(foreign, wanted);
}

#[test]
fn cited_text_is_text_and_keeps_its_sources() {
    let cited = json!({"citationsContent": {"content": [{"text": "so"}, {"text": " it is"}], "citations": [{"title": "t"}]}});
    let body = json!({
        "output": {"message": {"role": "assistant", "content": [cited]}}, "stopReason": "end_turn",
        "usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}, "metrics": {"latencyMs": 4},
    });
    let answer = BedrockConverse.read_response(body.to_string().as_bytes()).unwrap();
    assert_eq!(answer.choices[0].content[0].kind, BlockKind::Text("so it is".to_owned()));
    assert_eq!(serde_json::from_slice::<Value>(&BedrockConverse.write_response(&answer)).unwrap(), body);
}

#[test]
fn a_forced_call_and_claudes_thoughts_do_not_go_together() {
    let mut chat = foreign(&json!({
        "model": "m", "messages": [{"role": "user", "content": "q"}], "tools": [tool("f")], "reasoning_effort": "low",
    }));
    chat.tool_choice = Some(ToolChoice::Required);
    let (body, losses) = write(&chat, CLAUDE);
    assert!(body.get("additionalModelRequestFields").is_none() && losses.len() == 1, "{body} {losses:?}");
    chat.sampling.max_tokens = Some(100);
    chat.tool_choice = None;
    let (body, losses) = write(&chat, CLAUDE);
    assert_eq!(body["inferenceConfig"]["maxTokens"], 2148);
    assert!(losses[0].starts_with("max_tokens: raised"), "{losses:?}");
}

#[test]
fn thoughts_without_a_seal_do_not_reach_claude_through_a_client_of_this_dialect() {
    let body = json!({"choices": [{"index": 0, "finish_reason": "stop", "message": {
        "role": "assistant", "content": "a", "reasoning_content": "hm",
    }}]});
    let answer = OpenAiChat.read_response(body.to_string().as_bytes()).unwrap();
    let whole: Value = serde_json::from_slice(&BedrockConverse.write_response(&answer)).unwrap();
    let mut writer = BedrockConverse.stream_writer(&StreamAsk::default());
    let mut stream = Vec::new();
    explode(&answer).iter().for_each(|event| writer.write(event, &mut stream));
    assert!(seal::marks_in(&stream));
    let user = json!({"role": "user", "content": [{"text": "q"}]});
    let body = json!({"messages": [user, whole["output"]["message"], user]});
    assert!(seal::marks_in(body.to_string().as_bytes()));
    let (written, losses) = write(&own(&body), CLAUDE);
    assert_eq!((&written["messages"][1]["content"], losses.len()), (&json!([{"text": "a"}]), 1));
    // Other makers' models take them.
    let (written, losses) = write(&own(&body), "deepseek.v3-v1:0");
    let thoughts = json!({"reasoningContent": {"reasoningText": {"text": "hm"}}});
    assert_eq!((&written["messages"][1]["content"][0], losses.len()), (&thoughts, 0));
}
