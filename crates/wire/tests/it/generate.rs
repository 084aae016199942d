//! Generators of requests, answers and odd JSON, within what every dialect can say.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};
use wye_types::chat::{
    Block, BlockKind, ChatRequest, ChatResponse, Choice, Finish, FunctionTool, JsonSchema, Maker, Media,
    MediaKind, Message, OutputFormat, Role, Sampling, Signature, Source, Tool, ToolCall, ToolChoice,
    ToolResult,
};
use wye_types::{DialectId, Usage};

fn text() -> impl Strategy<Value = String> {
    "[a-zé\"\\\\ü ]{0,6}[a-z]"
}

fn image() -> impl Strategy<Value = Block> {
    select(vec!["aW1n", "AAAA"]).prop_map(|data| {
        Block::new(BlockKind::Media(Media {
            kind: MediaKind::Image,
            source: Source::Base64(data.to_owned()),
            mime: Some("image/png".to_owned()),
            name: None,
            detail: None,
        }))
    })
}

pub(crate) fn maker() -> impl Strategy<Value = Maker> {
    select(vec![Maker::Anthropic, Maker::Google, Maker::OpenAi, Maker::Other("else".to_owned())])
}

/// A seal whose data names its maker, in base64 as vendors write it.
pub(crate) fn seal() -> impl Strategy<Value = Signature> {
    maker().prop_map(|maker| {
        let data = mark(&maker).to_owned();
        Signature { maker, data }
    })
}

/// What the data of a maker's generated seals is.
pub(crate) fn mark(maker: &Maker) -> &'static str {
    match maker {
        Maker::Anthropic => "QW50aHJvcGljU2VhbA==",
        Maker::Google => "R29vZ2xlU2VhbFNlYWw=",
        Maker::OpenAi => "T3BlbkFpU2VhbFNlYWw=",
        Maker::Other(_) => "RWxzZVNlYWxTZWFsU2U=",
    }
}

fn arguments() -> impl Strategy<Value = String> {
    vec(("[a-c]", select(vec![json!(1), json!("é\"x"), json!([true, null]), json!({"k": -2.5})])), 0..3)
        .prop_map(|fields| Value::Object(Map::from_iter(fields)).to_string())
}

fn names() -> impl Strategy<Value = Vec<String>> {
    vec(prop_oneof!["[a-z]{1,8}", "[a-z/. é]{1,12}", "[0-9]{1,4}", "[a-z]{60,90}"], 1..4).prop_map(
        |mut names| {
            names.sort();
            names.dedup();
            names
        },
    )
}

/// A turn: what the user says, what the model says, and its calls (name, arguments, result).
type Turn = (Vec<Block>, Option<String>, Vec<(String, String, String)>);

fn turn(names: Vec<String>) -> impl Strategy<Value = Turn> {
    let block = prop_oneof![3 => text().prop_map(Block::text), 1 => image()];
    let call = (select(names), arguments(), text());
    (vec(block, 1..3), option::of(text()), vec(call, 0..3))
}

/// A request with an image, tools, parallel calls and their results, read from nowhere in particular.
pub(crate) fn request() -> impl Strategy<Value = ChatRequest> {
    names().prop_flat_map(|names| {
        let turns = vec(turn(names.clone()), 1..4);
        let tools = (vec(option::of(text()), names.len()), 0usize..5);
        let sampling = (1u64..5000, option::of(0u32..10), option::of(0u32..10), vec(text(), 0..3));
        let format = (any::<bool>(), any::<bool>(), option::of(text()));
        let ids = select(vec![
            "call_",
            "toolu_",
            "odd id/",
            "chatcmpl-tool-0123456789012345678901234567890123456789",
        ]);
        (Just(names), turns, tools, sampling, format, ids).prop_map(
            |(names, turns, tools, sampling, format, ids)| build(names, turns, tools, sampling, format, ids),
        )
    })
}

#[expect(clippy::too_many_arguments, reason = "the pieces of one generated request")]
fn build(
    names: Vec<String>,
    turns: Vec<Turn>,
    (descriptions, choice): (Vec<Option<String>>, usize),
    (max_tokens, temperature, top_p, stop): (u64, Option<u32>, Option<u32>, Vec<String>),
    (stream, schema, system): (bool, bool, Option<String>),
    ids: &str,
) -> ChatRequest {
    let message = |role, content| Message { role, content, name: None, rest: Map::new() };
    let mut messages: Vec<Message> = system.map(|s| Message::text(Role::System, s)).into_iter().collect();
    let mut number = 0;
    let last = turns.len() - 1;
    for (n, (user, said, calls)) in turns.into_iter().enumerate() {
        messages.push(message(Role::User, user));
        let mut content: Vec<Block> = said.map(Block::text).into_iter().collect();
        let mut results = Vec::new();
        for (name, arguments, answer) in calls {
            let id = format!("{ids}{number}");
            number += 1;
            content.push(Block::new(BlockKind::ToolCall(ToolCall { id: id.clone(), name, arguments })));
            let result =
                ToolResult { call_id: id, name: None, content: vec![Block::text(answer)], is_error: false };
            results.push(message(Role::Tool, vec![Block::new(BlockKind::ToolResult(result))]));
        }
        if n == last && results.is_empty() {
            continue;
        }
        if content.is_empty() {
            content.push(Block::text("ok"));
        }
        messages.push(message(Role::Assistant, content));
        messages.extend(results);
    }
    let tools = names.iter().zip(descriptions).map(|(name, description)| {
        Tool::Function(FunctionTool {
            name: name.clone(),
            description,
            parameters: Some(json!({"type": "object", "properties": {"a": {"type": "integer"}}})),
            ..FunctionTool::default()
        })
    });
    let tenth = |n: Option<u32>| n.map(|n| f64::from(n) / 10.0);
    ChatRequest {
        from: DialectId::OpenAiChat,
        model: "m".to_owned(),
        messages,
        tools: tools.collect(),
        tool_choice: match choice {
            0 => Some(ToolChoice::Auto),
            1 => Some(ToolChoice::None),
            2 => Some(ToolChoice::Required),
            3 => names.first().cloned().map(ToolChoice::Named),
            _ => None,
        },
        parallel_tool_calls: None,
        format: if schema {
            // Anthropic takes closed objects only; its writer closes the others.
            let schema = json!({
                "type": "object",
                "properties": {"x": {"type": "string"}},
                "additionalProperties": false,
            });
            OutputFormat::JsonSchema(JsonSchema { schema, ..JsonSchema::default() })
        } else {
            OutputFormat::Text
        },
        sampling: Sampling {
            max_tokens: Some(max_tokens),
            temperature: tenth(temperature),
            // Anthropic's newer models take one of the two; that choice is its writer's.
            top_p: tenth(top_p).filter(|_| temperature.is_none()),
            stop,
            ..Sampling::default()
        },
        reasoning: None,
        stream,
        include_usage: stream,
        user: None,
        rest: Map::new(),
    }
}

/// An answer with thoughts, text and calls, sealed or not.
pub(crate) fn response() -> impl Strategy<Value = ChatResponse> {
    let thoughts = option::of((text(), option::of(seal())));
    let calls = vec(("[a-z]{1,6}", arguments(), option::of(seal())), 0..4);
    let usage = option::of((0u64..99, option::of(0u64..9), 0u64..99, option::of(0u64..9)));
    (thoughts, option::of(text()), calls, any::<bool>(), usage).prop_map(
        |(thoughts, said, calls, cut, usage)| {
            let mut content: Vec<Block> = Vec::new();
            if let Some((text, signature)) = thoughts {
                content.push(Block { signature, ..Block::new(BlockKind::Reasoning(text)) });
            }
            content.extend(said.map(Block::text));
            let finish = match (cut, calls.is_empty()) {
                (true, _) => Finish::Length,
                (false, true) => Finish::Stop,
                (false, false) => Finish::ToolCalls,
            };
            for (n, (name, arguments, signature)) in calls.into_iter().enumerate() {
                let call = ToolCall { id: format!("call_x{n}"), name, arguments };
                content.push(Block { signature, ..Block::new(BlockKind::ToolCall(call)) });
            }
            if content.is_empty() {
                content.push(Block::text("ok"));
            }
            ChatResponse {
                from: DialectId::OpenAiChat,
                id: "resp_1".to_owned(),
                model: "up".to_owned(),
                created: Some(1_700_000_000),
                choices: vec![Choice {
                    index: 0,
                    content,
                    finish: Some(finish),
                    stop_sequence: None,
                    logprobs: None,
                    rest: Map::new(),
                }],
                usage: usage.map(|(input, cache_read, output, reasoning)| Usage {
                    input,
                    cache_read,
                    output,
                    reasoning,
                    ..Usage::default()
                }),
                rest: Map::new(),
            }
        },
    )
}

const KEYS: &[&str] = &[
    "model",
    "messages",
    "contents",
    "role",
    "content",
    "parts",
    "text",
    "type",
    "functionCall",
    "name",
    "args",
    "functionResponse",
    "response",
    "inlineData",
    "mimeType",
    "data",
    "thought",
    "thoughtSignature",
    "tools",
    "functionDeclarations",
    "toolConfig",
    "generationConfig",
    "thinkingConfig",
    "tool_calls",
    "function",
    "arguments",
    "id",
    "tool_call_id",
    "image_url",
    "url",
    "input",
    "tool_use_id",
    "source",
    "thinking",
    "signature",
    "system",
    "max_tokens",
    "stream",
    "choices",
    "delta",
    "message",
    "index",
    "finish_reason",
    "candidates",
    "finishReason",
    "usageMetadata",
    "promptTokenCount",
    "usage",
    "prompt_tokens",
    "error",
    "code",
    "status",
    "details",
    "stop",
    "stop_reason",
    "content_block",
    "partial_json",
    "reasoning_details",
    "logprobs",
    "response_format",
    "json_schema",
    "schema",
    "input_tokens",
    "tool_choice",
    "budget_tokens",
    "input_schema",
    "prompt",
    "tokens",
    "token_logprobs",
    "top_logprobs",
    "options",
    "num_predict",
    "think",
    "format",
    "images",
    "tool_name",
    "created_at",
    "done",
    "done_reason",
    "eval_count",
];

const WORDS: &[&str] = &[
    "user",
    "model",
    "assistant",
    "system",
    "tool",
    "developer",
    "text",
    "tool_use",
    "tool_result",
    "image",
    "thinking",
    "function",
    "STOP",
    "stop",
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
    "text_delta",
    "input_json_delta",
    "error",
    "enabled",
    "image_url",
    "AUTO",
    "json_schema",
    "[DONE]",
    "data:;base64,",
    "2023-11-14T22:13:20+0é:00",
    "json",
    "",
    "é",
];

/// JSON of any shape, with the keys and words that dialects look for.
pub(crate) fn odd_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        select(WORDS).prop_map(Value::from),
        "\\PC{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            1 => vec(inner.clone(), 0..4).prop_map(Value::Array),
            3 => vec((select(KEYS), inner), 0..6).prop_map(|fields| {
                Value::Object(fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
            }),
        ]
    })
}
