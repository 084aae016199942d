//! The flavours of `openai_chat`: what a provider's options change in a request, and the many shapes of its answers.

use serde_json::{Value, json};
use wye_types::chat::{BlockKind, ChatRequest, Effort, Finish, ReasoningAsk, ThinkingBudget};
use wye_types::{DialectId, Usage};
use wye_wire::dialect::{
    Dialect, PathAsk, ReasoningField, StreamAsk, ThinkingField, Turns, WriteOptions, dialect,
};

use crate::corpus::{cases, shared};
use crate::fold::{events, fold};

fn openai() -> &'static dyn Dialect {
    dialect(DialectId::OpenAiChat)
}

fn read(body: &Value) -> ChatRequest {
    openai().read_request(body.to_string().as_bytes(), &PathAsk::default()).unwrap()
}

/// What a client's request becomes, and the fields that are lost.
fn written(body: &Value, options: &WriteOptions) -> (Value, Vec<String>) {
    let written = openai().write_request(&read(body), options);
    let losses = written.losses.into_iter().map(|loss| loss.field).collect();
    (serde_json::from_slice(&written.body).unwrap(), losses)
}

fn chat(messages: Value) -> Value {
    json!({"model": "m", "messages": messages})
}

#[test]
fn names_of_speakers_are_lost_where_they_are_refused() {
    let body = chat(json!([
        {"role": "user", "name": "ada", "content": "x"},
        {"role": "assistant", "content": null,
         "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "1", "name": "f", "content": "y"},
    ]));
    let options = WriteOptions { message_names: false, ..WriteOptions::default() };
    let (sent, losses) = written(&body, &options);
    assert_eq!(losses, ["messages[0].name"]);
    assert!(sent["messages"].as_array().unwrap().iter().all(|m| m.get("name").is_none()), "{sent}");
    // The calls keep the function's.
    assert_eq!(sent["messages"][1]["tool_calls"][0]["function"]["name"], "f");
    let (sent, losses) = written(&body, &WriteOptions::default());
    assert_eq!((sent["messages"][0]["name"].as_str(), losses.len()), (Some("ada"), 0));
}

/// Recordings deepseek/openai_chat__tool_result__01 (an empty `reasoning_content` goes back as it is),
/// cerebras/openai_chat__reasoning__04 (`reasoning`), ollama/openai_chat__tool_result__01 (both names at once).
#[test]
fn thoughts_go_back_under_the_name_that_the_provider_knows() {
    let body = chat(json!([
        {"role": "user", "content": "x"},
        {"role": "assistant", "content": "a", "reasoning_content": "hm"},
        {"role": "assistant", "content": "b", "reasoning": "so", "reasoning_content": "so"},
        {"role": "assistant", "content": "c", "reasoning_content": ""},
        {"role": "assistant", "content": "d"},
    ]));
    let keys = |reasoning_field, missing_thoughts| {
        let options = WriteOptions { reasoning_field, missing_thoughts, ..WriteOptions::default() };
        let (sent, losses) = written(&body, &options);
        assert_eq!(losses, [""; 0]);
        let thoughts = |message: &Value| {
            let of = |key: &str| message.get(key).map(|text| format!("{key}={}", text.as_str().unwrap()));
            ["reasoning_content", "reasoning"].iter().filter_map(|key| of(key)).collect::<Vec<_>>().join(" ")
        };
        let messages = sent["messages"].as_array().unwrap();
        messages[1..].iter().map(thoughts).collect::<Vec<_>>()
    };
    let content = ["reasoning_content=hm", "reasoning_content=so", "reasoning_content=", ""];
    assert_eq!(keys(ReasoningField::ReasoningContent, None), content);
    let filled =
        ["reasoning_content=hm", "reasoning_content=so", "reasoning_content= ", "reasoning_content= "];
    assert_eq!(keys(ReasoningField::ReasoningContent, Some(" ")), filled);
    assert_eq!(keys(ReasoningField::Reasoning, None), ["reasoning=hm", "reasoning=so", "", ""]);
    assert_eq!(keys(ReasoningField::ReasoningDetails, None), ["reasoning=hm", "reasoning=so", "", ""]);
    assert_eq!(keys(ReasoningField::None, None), ["", "", "", ""]);
}

/// Recordings deepseek/openai_chat__reasoning__01, zai/openai_chat__stream_reasoning__01 and
/// openrouter/openai_chat__stream_reasoning__02; Alibaba's and Moonshot's documentation.
#[test]
fn the_wish_to_think_has_many_forms() {
    let ask = |effort, budget| ReasoningAsk { effort, budget, include: None };
    let low = ask(Some(Effort::Low), None);
    let none = ask(Some(Effort::None), None);
    let off = ask(None, Some(ThinkingBudget::Off));
    let tokens = ask(None, Some(ThinkingBudget::Tokens(9000)));
    let adaptive = ask(None, Some(ThinkingBudget::Adaptive));
    let on = json!({"thinking": {"type": "enabled"}});
    let not = json!({"thinking": {"type": "disabled"}});
    let both = json!({"thinking": {"type": "enabled"}, "reasoning_effort": "low"});
    for (field, asked, sent) in [
        (ThinkingField::Effort, low, json!({"reasoning_effort": "low"})),
        (ThinkingField::Effort, off, json!({"reasoning_effort": "none"})),
        (ThinkingField::Effort, tokens, json!({"reasoning_effort": "medium"})),
        (ThinkingField::Effort, adaptive, json!({})),
        (ThinkingField::Reasoning, tokens, json!({"reasoning": {"max_tokens": 9000}})),
        (ThinkingField::Switch { effort: false }, low, on.clone()),
        (ThinkingField::Switch { effort: false }, none, not.clone()),
        (ThinkingField::Switch { effort: true }, low, both),
        (ThinkingField::Switch { effort: true }, off, not),
        (ThinkingField::Switch { effort: true }, adaptive, on),
        (ThinkingField::Budget, tokens, json!({"enable_thinking": true, "thinking_budget": 9000})),
        (ThinkingField::Budget, none, json!({"enable_thinking": false})),
    ] {
        for from in [DialectId::OpenAiChat, DialectId::AnthropicMessages] {
            let mut request = read(&chat(json!([{"role": "user", "content": "x"}])));
            (request.from, request.reasoning) = (from, Some(asked));
            let options = WriteOptions { thinking: field, ..WriteOptions::default() };
            let written = openai().write_request(&request, &options);
            let mut body: Value = serde_json::from_slice(&written.body).unwrap();
            let body = body.as_object_mut().unwrap();
            body.retain(|key, _| key != "model" && key != "messages");
            assert_eq!(Value::Object(body.clone()), sent, "{field:?} {asked:?}");
        }
    }
    // The vendor's own words ride along, whatever else they hold.
    let mut own = chat(json!([{"role": "user", "content": "x"}]));
    own["thinking"] = json!({"type": "enabled", "clear_thinking": false});
    let options =
        WriteOptions { thinking: ThinkingField::Switch { effort: false }, ..WriteOptions::default() };
    assert_eq!(written(&own, &options).0["thinking"], own["thinking"]);
    // Beside `reasoning_effort` they may not stand: the effort's own switch counts.
    own["reasoning_effort"] = json!("none");
    let (sent, _) = written(&own, &options);
    assert_eq!((&sent["thinking"], sent.get("reasoning_effort")), (&json!({"type": "disabled"}), None));
}

/// Recording mistral/openai_chat__multimodal_in__01: pictures of a tool's result follow in a user's message, after a turn
/// of the model.
#[test]
fn media_moved_out_of_results_wait_for_the_model() {
    let mut request = read(&chat(json!([
        {"role": "user", "content": "x"},
        {"role": "assistant", "content": null,
         "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "1", "content": [
            {"type": "text", "text": "see"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}]},
    ])));
    request.from = DialectId::AnthropicMessages;
    let options = WriteOptions { turns: Turns::ToolsAnswered, ..WriteOptions::default() };
    let body: Value = serde_json::from_slice(&openai().write_request(&request, &options).body).unwrap();
    let roles: Vec<&str> =
        body["messages"].as_array().unwrap().iter().map(|m| m["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["user", "assistant", "tool", "assistant", "user"]);
}

fn answer(message: &Value) -> Vec<BlockKind> {
    let body = json!({"id": "x", "model": "m", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]});
    let answer = openai().read_response(body.to_string().as_bytes()).unwrap();
    answer.choices.into_iter().flat_map(|c| c.content).map(|block| block.kind).collect()
}

fn streamed(delta: &Value) -> Vec<BlockKind> {
    let chunk = json!({"id": "x", "choices": [{"index": 0, "delta": delta, "finish_reason": "stop"}]});
    let answer =
        fold(DialectId::OpenAiChat, events(DialectId::OpenAiChat, format!("data: {chunk}\n\n").as_bytes()));
    answer.choices.into_iter().flat_map(|c| c.content).map(|block| block.kind).collect()
}

/// `quirks_openai_chat.txt`: `reasoning_content` (recording xai/openai_chat__reasoning__01), `reasoning`
/// (groq/openai_chat__reasoning__01), `reasoning_details` (openrouter/openai_chat__reasoning__01), and Doubleword's answers,
/// which mix them.
#[test]
fn thoughts_are_read_under_any_of_three_names_once() {
    let detail = json!([{"type": "reasoning.text", "text": "hm", "format": null, "index": 0}]);
    for thoughts in [
        json!({"reasoning_content": "hm"}),
        json!({"reasoning": "hm"}),
        json!({"reasoning_details": detail}),
        json!({"reasoning": "hm", "reasoning_content": "hm"}),
        json!({"reasoning": "hm", "reasoning_content": "hm", "reasoning_details": detail}),
        json!({"reasoning": "hm", "reasoning_content": null, "reasoning_details": []}),
        json!({"reasoning": null, "reasoning_content": "hm", "reasoning_details": null}),
    ] {
        let mut message = json!({"role": "assistant", "content": "a"});
        message.as_object_mut().unwrap().extend(thoughts.as_object().unwrap().clone());
        let wanted = [BlockKind::Reasoning("hm".into()), BlockKind::Text("a".into())];
        assert_eq!(answer(&message), wanted, "{thoughts}");
        assert_eq!(streamed(&message), wanted, "{thoughts}");
    }
}

/// Recording together/openai_completions__openai_completions__01 and the five chat answers of `quirks_openai_chat.txt`.
#[test]
fn a_foreign_word_for_the_end_is_known() {
    let chunk = |word: &str, delta: &Value| {
        let chunk = json!({"id": "x", "choices": [{"index": 0, "delta": delta, "finish_reason": word}]});
        let all = fold(
            DialectId::OpenAiChat,
            events(DialectId::OpenAiChat, format!("data: {chunk}\n\n").as_bytes()),
        );
        all.choices[0].finish.clone()
    };
    let text = json!({"content": "a"});
    let call = json!({"tool_calls": [{"index": 0, "id": "1", "function": {"name": "f", "arguments": "{}"}}]});
    assert_eq!(chunk("eos", &text), Some(Finish::Stop));
    assert_eq!(chunk("eos", &call), Some(Finish::ToolCalls));
    assert_eq!(chunk("stop", &call), Some(Finish::ToolCalls));
    assert_eq!(chunk("function_call", &call), Some(Finish::ToolCalls));
    assert_eq!(
        chunk("insufficient_system_resource", &text),
        Some(Finish::Other("insufficient_system_resource".into()))
    );
}

fn usage(id: &str) -> Option<Usage> {
    let root = shared().join("wire/dev");
    if !root.join("INDEX.tsv").exists() {
        return None;
    }
    let case = cases(&root).into_iter().find(|case| case.id == id).unwrap();
    fold(DialectId::OpenAiChat, events(DialectId::OpenAiChat, &case.stream().unwrap())).usage
}

/// The places of usage in recorded streams, by `quirks_openai_chat.txt`.
#[test]
fn usage_is_found_at_each_of_its_places() {
    for id in [
        // In a chunk of its own, because asked for.
        "openai/openai_chat__stream__01",
        // On the last chunk that has a choice, asked for and unasked.
        "zai/openai_chat__stream_reasoning__01",
        "cloudflare/openai_chat__stream__01",
        "mistral/openai_chat__stream__01",
        // In a field of its own (`x_groq`).
        "groq/openai_chat__stream__01",
    ] {
        let Some(usage) = usage(id) else { continue };
        assert!(usage.prompt_total() > 0 && usage.output_total() > 0, "{id}: {usage:?}");
    }
    // Perplexity counts on every chunk; the last word holds.
    let chunk = |n: u64, end: Value| {
        let counts = json!({"prompt_tokens": 9, "completion_tokens": n, "total_tokens": 9 + n, "cost": {"total_cost": 0.1}});
        json!({"id": "x", "choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": end}], "usage": counts})
    };
    let stream: String =
        [chunk(1, Value::Null), chunk(2, json!("stop"))].iter().map(|c| format!("data: {c}\n\n")).collect();
    let all = fold(DialectId::OpenAiChat, events(DialectId::OpenAiChat, stream.as_bytes()));
    let counts = all.usage.unwrap();
    assert_eq!((counts.prompt_total(), counts.output_total()), (9, 2));
}

/// What a vendor adds rides along to clients of the same dialect: Perplexity's sources, Z.ai's `request_id`, Venice's
/// `reasoning_encrypted`, Azure's filter results.
#[test]
fn what_vendors_add_rides_along() {
    let body = json!({
        "id": "x", "object": "chat.completion", "created": 1, "model": "sonar",
        "citations": ["https://a"], "search_results": [{"title": "t", "url": "https://a"}], "request_id": "r",
        "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {}}],
        "choices": [{"index": 0, "finish_reason": "stop", "logprobs": null,
            "content_filter_results": {"hate": {"filtered": false}},
            "message": {"role": "assistant", "content": "a", "refusal": null, "reasoning_encrypted": "opaque"}}],
    });
    let answer = openai().read_response(body.to_string().as_bytes()).unwrap();
    let again: Value = serde_json::from_slice(&openai().write_response(&answer)).unwrap();
    assert_eq!(again, body);
    let seen = openai().peek_response(body.to_string().as_bytes(), &StreamAsk::default());
    assert!(seen.content && seen.error.is_none());
}
