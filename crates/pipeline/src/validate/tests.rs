//! What passes and what does not, in three languages.

use proptest::prelude::*;
use serde_json::json;
use wye_types::DialectId;
use wye_types::chat::{Finish, Message, Role};
use wye_wire::dialect;
use wye_wire::dialect::PathAsk;

use super::*;

fn asked(body: Value) -> ChatRequest {
    let mut whole =
        json!({ "model": "m", "messages": [{ "role": "user", "content": "What is the weather like?" }] });
    for (key, value) in body.as_object().unwrap() {
        whole[key] = value.clone();
    }
    dialect(DialectId::OpenAiChat).read_request(whole.to_string().as_bytes(), &PathAsk::default()).unwrap()
}

fn answer(text: &str) -> ChatResponse {
    let body = json!({ "id": "x", "object": "chat.completion", "model": "m", "choices": [
        { "index": 0, "finish_reason": "stop", "message": { "role": "assistant", "content": text } }
    ] });
    dialect(DialectId::OpenAiChat).read_response(body.to_string().as_bytes()).unwrap()
}

const ALL: Validation = Validation { refusal: true, tool_text: true, json: true, language: true };

#[test]
fn refusals_are_known_by_how_they_begin() {
    for text in [
        "I'm sorry, but I can't help with that.",
        "I’m sorry, but I can’t assist with that request.",
        "Sorry, can't help with that one.",
        "**I cannot provide** instructions for this.",
        "As an AI language model, I am not able to answer questions of this kind.",
        "Unfortunately, I am unable to comply.",
        "I must decline to answer.",
        "ขออภัยค่ะ ฉันไม่สามารถช่วยเรื่องนี้ได้",
        "ขอโทษครับ ไม่สามารถตอบคำถามนี้ได้",
        "抱歉，我无法回答这个问题。",
        "很抱歉，但我不能提供这方面的信息。",
        "對不起，我無法協助您。",
    ] {
        assert!(refusal::refuses(text), "{text}");
    }
    for text in [
        "",
        "I'm sorry to hear that. Here is what helps.",
        "I can't help but notice that the loop never ends.",
        "Sure, I can help with that.",
        "You cannot provide two values here; the compiler says so.",
        "The answer is 4. I cannot help further.",
        "ไม่สามารถทำได้ในปัจจุบัน เพราะเครื่องปิดอยู่",
        "ได้ครับ ผมช่วยได้",
        "不能。因为这个数是质数。",
        "当然可以，我来回答。",
    ] {
        assert!(!refusal::refuses(text), "{text}");
    }
}

#[test]
fn an_answer_fits_the_schema_or_the_place_is_named() {
    let schema = json!({
        "type": "object",
        "required": ["name", "tags"],
        "additionalProperties": false,
        "$defs": { "tag": { "enum": ["a", "b"] } },
        "properties": {
            "name": { "type": "string" },
            "age": { "type": ["integer", "null"] },
            "tags": { "type": "array", "items": { "$ref": "#/$defs/tag" } },
            "size": { "anyOf": [{ "type": "number" }, { "const": "big" }] },
        },
    });
    let place = |value: Value| schema::fits(&value, &schema).err();
    for good in [
        json!({ "name": "x", "tags": [] }),
        json!({ "name": "x", "tags": ["a", "b"], "age": null, "size": "big" }),
        json!({ "name": "x", "tags": [], "age": 3.0, "size": 2.5 }),
    ] {
        assert_eq!(place(good.clone()), None, "{good}");
    }
    for (bad, at) in [
        (json!([]), "$"),
        (json!({ "name": "x" }), "$.tags"),
        (json!({ "name": 1, "tags": [] }), "$.name"),
        (json!({ "name": "x", "tags": ["a", "c"] }), "$.tags[1]"),
        (json!({ "name": "x", "tags": [], "age": 1.5 }), "$.age"),
        (json!({ "name": "x", "tags": [], "size": "small" }), "$.size"),
        (json!({ "name": "x", "tags": [], "more": 1 }), "$.more"),
    ] {
        assert_eq!(place(bad).as_deref(), Some(at));
    }
    // A schema that leads round in a circle ends.
    assert!(schema::fits(&json!(1), &json!({ "$ref": "#" })).is_ok());
}

#[test]
fn calls_in_words_become_calls_and_nothing_else_does() {
    let chat = asked(json!({ "tools": [
        { "type": "function", "function": { "name": "weather", "parameters": { "type": "object" } } }
    ] }));
    let repaired = |text: &str| {
        let mut answer = answer(text);
        let mended = examine(ALL, &chat, &mut answer, (&NameMap::default(), "chatcmpl-1"));
        let calls: Vec<String> = answer.choices[0]
            .content
            .iter()
            .filter_map(|block| match &block.kind {
                BlockKind::ToolCall(call) => Some(format!("{} {}", call.name, call.arguments)),
                _ => None,
            })
            .collect();
        (mended, calls, answer.choices[0].finish.clone())
    };
    for text in [
        r#"{"name": "weather", "parameters": {"city": "Ulm"}}"#,
        "```json\n{\"tool\": \"weather\", \"args\": {\"city\": \"Ulm\"}}\n```",
        r#"[{"function": "weather", "input": {"city": "Ulm"}}]"#,
        r#"{"type": "function", "function": {"name": "weather", "arguments": "{\"city\":\"Ulm\"}"}}"#,
        "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Ulm\"}}\n</tool_call>",
        "<function=weather>{\"city\": \"Ulm\"}</function>",
        r#"[TOOL_CALLS][{"name": "weather", "arguments": {"city": "Ulm"}}]"#,
    ] {
        let (mended, calls, finish) = repaired(text);
        assert_eq!((mended, finish), (Ok(true), Some(Finish::ToolCalls)), "{text}");
        assert_eq!(calls, [r#"weather {"city":"Ulm"}"#], "{text}");
        assert!(may_be_call(text));
        assert!(text.char_indices().all(|(at, _)| may_be_call(&text[..at])), "{text}");
    }
    for (text, calls) in [
        (r#"{"name":"weather"}"#, vec!["weather {}"]),
        (r#"{"name":"weather","arguments":null}"#, vec!["weather {}"]),
        (r#"{"name":"weather","arguments":""}"#, vec!["weather {}"]),
        (
            "<tool_call>{\"name\":\"weather\"}</tool_call>\n<tool_call>{\"name\":\"weather\"}",
            vec!["weather {}"; 2],
        ),
    ] {
        assert_eq!(
            (repaired(text).0, repaired(text).1),
            (Ok(true), calls.iter().map(ToString::to_string).collect())
        );
    }
    for text in [
        "It is sunny.",
        r#"Call this: {"name": "weather"}"#,
        r#"{"name": "shutdown", "parameters": {}}"#,
        r#"{"name": "weather", "arguments": [1]}"#,
        r#"[{"name": "weather"}, 3]"#,
        "[]",
        r#"{"city": "Ulm"}"#,
    ] {
        let (mended, calls, _) = repaired(text);
        assert_eq!((mended, calls), (Ok(false), Vec::new()), "{text}");
    }
    assert!(repaired("<tool_call>{\"name\": \"weather\", ").0.is_err());
    // Who offers no tools is left alone.
    let mut plain = answer(r#"{"name": "weather"}"#);
    assert_eq!(examine(ALL, &asked(json!({})), &mut plain, (&NameMap::default(), "i")), Ok(false));
}

#[test]
fn a_strange_script_is_told_from_one_that_was_asked_for() {
    let of = |text: &str, answered: &str| {
        let mut chat = asked(json!({}));
        chat.messages = vec![Message::text(Role::System, "Be kind."), Message::text(Role::User, text)];
        language::differs(&chat, answered)
    };
    let (english, chinese) =
        ("This is a long answer in plain words.", "这是一个很长很长的回答，里面没有别的文字，只有汉字。");
    let thai = "นี่คือคำตอบที่ยาวมากสำหรับคำถามของคุณ";
    assert_eq!(of("How do plants grow?", chinese), Some(("Latin", "East Asian")));
    assert_eq!(of("อธิบายเรื่องพืชให้หน่อย", english), Some(("Thai", "Latin")));
    assert_eq!(of("植物是怎么生长的？", thai), Some(("East Asian", "Thai")));
    for (question, answered) in [
        ("How do plants grow?", english),
        ("อธิบายเรื่องพืชให้หน่อย", thai),
        ("Translate into what they speak in Beijing: plants", chinese),
        ("Answer in Chinese: how do plants grow?", chinese),
        ("这个词 plants 是什么意思，怎么翻译？", english),
        ("What does 植物 mean?", chinese),
        ("อธิบายเรื่องพืชให้หน่อย", "Rust"),
        ("อธิบายเรื่องพืชให้หน่อย", "```rust\nfn main() { println!(\"plants\"); }\n```"),
        ("1 + 1", english),
    ] {
        assert_eq!(of(question, answered), None, "{question} {answered}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Nothing that models write is too strange to be looked at, and what was mended is not mended again.
    #[test]
    fn any_text_is_looked_at(text in "(\\PC|[<>{}\\[\\]\"`:,]|name|weather|tool_call|arguments){0,40}") {
        let chat = asked(json!({
            "tools": [{ "type": "function", "function": { "name": "weather" } }],
            "response_format": { "type": "json_object" }
        }));
        let mut answer = answer(&text);
        if examine(ALL, &chat, &mut answer, (&NameMap::default(), "id")) == Ok(true) {
            prop_assert_eq!(examine(ALL, &chat, &mut answer, (&NameMap::default(), "id")), Ok(false));
        }
        let _ = begins(ALL, &chat, &text);
    }
}
