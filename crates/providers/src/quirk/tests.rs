//! Each quirk, with the recording or the vendor's words that it comes from.

use serde_json::{Value, json};

use super::*;
use crate::find;

fn quirks(id: &str) -> &'static Quirks {
    &find(id).unwrap().quirks
}

/// The edits of a body for a model, and what the client loses by them.
fn edits(id: &str, model: &str, body: &Value) -> Vec<Edit> {
    let raw: Vec<(String, String)> =
        body.as_object().unwrap().iter().map(|(key, value)| (key.clone(), value.to_string())).collect();
    let field = |key: &str| raw.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_bytes());
    quirks(id).edits(Body { model, field: &field, translated: false })
}

/// The fields that are left out, and whether that is a loss.
fn dropped(id: &str, model: &str, body: &Value) -> Vec<(&'static str, bool)> {
    let edits = edits(id, model, body).into_iter();
    edits
        .filter_map(|edit| match edit {
            Edit::Drop { field, loss } => Some((field, loss)),
            _ => None,
        })
        .collect()
}

fn effort(id: &str, model: &str, word: &str) -> String {
    match edits(id, model, &json!({"reasoning_effort": word})).as_slice() {
        [] => word.to_owned(),
        [Edit::Set { field: "reasoning_effort", value, loss: true }] => value.trim_matches('"').to_owned(),
        [Edit::Drop { field: "reasoning_effort", loss }] => format!("dropped, loss: {loss}"),
        other => panic!("{other:?}"),
    }
}

fn rename(from: &'static str, to: &'static str) -> Edit {
    Edit::Rename { from, to }
}

#[test]
fn options_follow_the_quirks() {
    let options = quirks("mistral").write_options("m");
    assert_eq!((options.model.as_str(), options.tool_ids), ("m", ToolIds::Nine));
    assert!(!options.stream_options);
    assert_eq!(Quirks::NONE.write_options(""), WriteOptions::default());
}

/// Recording openai/openai_chat__stream_reasoning__01 sends `max_completion_tokens` to gpt-5-mini; the older
/// openai/openai_chat__chat__03 sends `max_tokens`, which its models still take under the newer name.
#[test]
fn the_output_limit_has_the_name_that_the_provider_wants() {
    let old = json!({"max_tokens": 5});
    let new = json!({"max_completion_tokens": 5});
    assert_eq!(edits("openai", "gpt-5-mini", &old), [rename("max_tokens", "max_completion_tokens")]);
    assert_eq!(edits("openai", "gpt-5-mini", &new), []);
    assert_eq!(edits("deepseek", "deepseek-chat", &new), [rename("max_completion_tokens", "max_tokens")]);
    for id in ["azure", "groq", "cerebras", "xiaomi"] {
        assert_eq!(quirks(id).max_tokens_key, "max_completion_tokens", "{id}");
    }
}

/// The vendor's 400s (`Unsupported parameter: 'temperature' is not supported with this model`), and recording
/// openai/openai_chat__stream_logprobs__01: gpt-5.4 gives log probabilities as long as it is not asked to think.
#[test]
fn models_of_openai_that_think_are_not_told_how_to_sample() {
    let cold = json!({"temperature": 0.2, "logprobs": true});
    let both = [("temperature", true), ("logprobs", true)];
    for model in ["o1", "o3-mini", "o4-mini-2025-04-16", "openai/o3", "gpt-5", "gpt-5-mini", "gpt-5.6-luna"] {
        assert_eq!(dropped("openai", model, &cold), both, "{model}");
        assert_eq!(dropped("azure", model, &cold), both, "{model}");
    }
    for model in ["gpt-4o", "gpt-3.5-turbo", "gpt-5-chat-latest", "gpt-5.4", "ft:gpt-4o-mini:me"] {
        assert_eq!(dropped("openai", model, &cold), [], "{model}");
    }
    let thinking = json!({"temperature": 0.2, "reasoning_effort": "low"});
    assert_eq!(dropped("openai", "gpt-5.4", &thinking), [("temperature", true)]);
    let not = json!({"temperature": 0.2, "reasoning_effort": "none"});
    assert_eq!(dropped("openai", "gpt-5.6-luna", &not), []);
    // It cannot be told not to think, so it is told the least and will.
    assert_eq!(dropped("openai", "o3", &not), [("temperature", true)]);
    // The default says nothing, so nothing is lost.
    assert_eq!(
        dropped("openai", "o3", &json!({"temperature": 1, "top_p": null})),
        [("temperature", false), ("top_p", false)]
    );
    assert_eq!(dropped("openai", "o3", &json!({"stop": ["x"]})), [("stop", true)]);
}

/// The vendor's 400 `Unsupported value: 'minimal' is not supported with the 'gpt-5.1' model. Supported values are: 'none',
/// 'low', 'medium', and 'high'`; and its table of defaults: models before 5.1 know no `none`.
#[test]
fn efforts_are_words_that_the_model_knows() {
    for (id, model, asked, sent) in [
        ("openai", "gpt-5.1", "minimal", "low"),
        ("openai", "gpt-5.1", "xhigh", "high"),
        ("openai", "gpt-5.2", "xhigh", "xhigh"),
        ("openai", "gpt-5-mini", "minimal", "minimal"),
        ("openai", "gpt-5-mini", "none", "minimal"),
        ("openai", "o3", "none", "low"),
        ("openai", "gpt-5-pro", "low", "high"),
        ("openai", "gpt-4o", "low", "dropped, loss: true"),
        ("openai", "gpt-4o", "none", "dropped, loss: false"),
        // Recording mistral/openai_chat__reasoning__01.
        ("mistral", "mistral-small-latest", "high", "high"),
        ("mistral", "mistral-small-latest", "low", "high"),
        ("mistral", "mistral-small-latest", "none", "none"),
        // Recordings groq/openai_chat__reasoning__01 (`high`) and openai_chat__chat__01 (`default`).
        ("groq", "openai/gpt-oss-120b", "none", "low"),
        ("groq", "qwen/qwen3-32b", "default", "default"),
        // Recording cerebras/openai_chat__chat__01: `none` is the only word; thinking is the default.
        ("cerebras", "zai-glm-4.7", "none", "none"),
        ("cerebras", "zai-glm-4.7", "high", "dropped, loss: false"),
        ("cerebras", "gpt-oss-120b", "max", "high"),
        // 400 `does not support parameter reasoningEffort`.
        ("xai", "grok-4-1-fast", "low", "dropped, loss: true"),
        ("xai", "grok-4.3", "minimal", "low"),
        ("xai", "grok-3-mini", "medium", "high"),
        ("xai", "grok-4.6", "xhigh", "xhigh"),
        ("xai", "grok-4.20-multi-agent", "xhigh", "xhigh"),
        // <https://api-docs.deepseek.com/guides/thinking_mode>: medium is high.
        ("deepseek", "deepseek-v4-flash", "medium", "high"),
        ("perplexity", "sonar-deep-research", "xhigh", "high"),
    ] {
        assert_eq!(effort(id, model, asked), sent, "{id}/{model}: {asked}");
    }
}

/// The edits of a body in Responses.
fn responses(id: &str, model: &str, body: &Value) -> Vec<Edit> {
    let raw: Vec<(String, String)> =
        body.as_object().unwrap().iter().map(|(key, value)| (key.clone(), value.to_string())).collect();
    let field = |key: &str| raw.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_bytes());
    quirks(id).edits_of_responses(Body { model, field: &field, translated: false })
}

fn drop(field: &'static str, loss: bool) -> Edit {
    Edit::Drop { field, loss }
}

/// The same 400s come from `/v1/responses`: `Unsupported parameter: 'temperature' is not supported with this model`.
#[test]
fn models_that_think_are_not_told_how_to_sample_in_responses_either() {
    let cold = json!({"temperature": 0.2, "top_p": 1, "stop": 1, "user": "u", "max_output_tokens": 9});
    for model in ["o3-pro", "gpt-5", "gpt-5-codex", "gpt-5.6-sol"] {
        assert_eq!(
            responses("openai", model, &cold),
            [drop("temperature", true), drop("top_p", false)],
            "{model}"
        );
    }
    // Recording openai/openai_responses__stream_logprobs__01.
    let include = json!({"include": ["reasoning.encrypted_content", "message.output_text.logprobs"]});
    assert_eq!(responses("openai", "gpt-5.4", &include), []);
    let kept = "[\"reasoning.encrypted_content\"]".to_owned();
    assert_eq!(
        responses("openai", "gpt-5", &include),
        [Edit::Set { field: "include", value: kept, loss: true }]
    );
    let alone = json!({"include": ["message.output_text.logprobs"], "top_logprobs": 3});
    assert_eq!(responses("openai", "o3", &alone), [drop("top_logprobs", true), drop("include", true)]);
    let unthinking = json!({"temperature": 0.2, "reasoning": {"effort": "none"}});
    assert_eq!(responses("openai", "gpt-5.6-sol", &unthinking), []);
    assert_eq!(responses("openai", "gpt-4o", &cold), []);
}

#[test]
fn efforts_in_responses_are_words_that_the_model_knows() {
    let sent = |id, model, reasoning: Value| match responses(id, model, &json!({"reasoning": reasoning}))
        .as_slice()
    {
        [] => "as it is".to_owned(),
        [Edit::Set { field: "reasoning", value, loss: true }] => value.clone(),
        [Edit::Drop { field: "reasoning", loss }] => format!("dropped, loss: {loss}"),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        sent("openai", "gpt-5.1", json!({"effort": "minimal", "summary": "auto"})),
        "{\"effort\":\"low\",\"summary\":\"auto\"}"
    );
    assert_eq!(sent("openai", "gpt-5-pro", json!({"effort": "low"})), "{\"effort\":\"high\"}");
    assert_eq!(sent("openai", "gpt-4o", json!({"effort": "low"})), "dropped, loss: true");
    assert_eq!(sent("openai", "gpt-4o", json!({"effort": null})), "as it is");
    assert_eq!(sent("openai", "gpt-5", json!({"effort": "low"})), "as it is");
    assert_eq!(sent("xai", "grok-4-fast", json!({"effort": "high"})), "dropped, loss: true");
    assert_eq!(sent("groq", "openai/gpt-oss-120b", json!({"effort": "xhigh"})), "{\"effort\":\"high\"}");
    assert_eq!(responses("openai", "gpt-5", &json!({"reasoning": "odd", "include": "odd"})), []);
}

/// Recordings mistral/openai_chat__error_400__01 and __02 (`Logprobs are not enabled for this model`),
/// openai_chat__stream_vision__01 (`random_seed`), and 136 streams that report usage without `stream_options`.
#[test]
fn mistral_refuses_what_it_does_not_know() {
    let body = json!({"seed": 1, "user": "u", "logprobs": true, "stream_options": {}, "temperature": 0.1});
    assert_eq!(
        edits("mistral", "mistral-small-latest", &body),
        [
            Edit::Drop { field: "stream_options", loss: false },
            rename("seed", "random_seed"),
            Edit::Drop { field: "logprobs", loss: true },
            Edit::Drop { field: "user", loss: false },
        ]
    );
}

/// <https://console.groq.com/docs/openai>, <https://inference-docs.cerebras.ai/resources/openai>, and xAI's 400 `Model
/// grok-4.5 does not support parameter presencePenalty`.
#[test]
fn others_refuse_fields_too() {
    let groq = json!({"logit_bias": {"1": 2}, "n": 1, "top_logprobs": 2});
    assert_eq!(dropped("groq", "m", &groq), [("top_logprobs", true), ("logit_bias", true), ("n", false)]);
    assert_eq!(dropped("cerebras", "m", &json!({"presence_penalty": 0})), [("presence_penalty", false)]);
    assert_eq!(dropped("xai", "grok-4.5", &json!({"presence_penalty": 0})), [("presence_penalty", false)]);
    assert_eq!(dropped("xai", "grok-3", &json!({"presence_penalty": 1})), []);
    assert_eq!(dropped("xai", "grok-4.20-0309-non-reasoning", &json!({"stop": "x"})), []);
    assert_eq!(dropped("moonshot", "kimi-k2.6", &json!({"temperature": 0.3})), [("temperature", true)]);
    assert_eq!(dropped("moonshot", "kimi-k2-0905", &json!({"temperature": 0.3})), []);
}

/// Recordings deepseek/openai_chat__logprobs__01 and openai_chat__stream_logprobs__01: given while `thinking` is
/// disabled. <https://api-docs.deepseek.com/guides/reasoning_model>: an error otherwise.
#[test]
fn deepseek_gives_no_probabilities_of_thoughts() {
    let body = |kind: &str| json!({"logprobs": true, "thinking": {"type": kind}});
    assert_eq!(dropped("deepseek", "deepseek-v4-flash", &body("disabled")), []);
    assert_eq!(dropped("deepseek", "deepseek-v4-flash", &body("enabled")), [("logprobs", true)]);
    assert_eq!(dropped("deepseek", "deepseek-reasoner", &json!({"logprobs": true})), [("logprobs", true)]);
    assert_eq!(dropped("deepseek", "deepseek-chat", &json!({"logprobs": true})), []);
}

/// Recordings groq/openai_chat__chat__01 (thoughts as `<think>` in the content) and openai_chat__reasoning__01 (`parsed`).
#[test]
fn groq_is_asked_for_thoughts_of_their_own_where_the_client_cannot_ask() {
    let set = Edit::Set { field: "reasoning_format", value: "\"parsed\"".into(), loss: false };
    let of = |model, translated| quirks("groq").edits(Body { model, field: &|_| None, translated });
    assert_eq!(of("qwen/qwen3-32b", true), [set]);
    assert_eq!(of("qwen/qwen3-32b", false), []);
    assert_eq!(of("llama-3.3-70b-versatile", true), []);
}

fn needs(id: &str, model: &str, messages: &Value) -> bool {
    let body = json!({"model": model, "messages": messages});
    body_needs(id, model, &body)
}

fn body_needs(id: &str, model: &str, body: &Value) -> bool {
    let (body, mut words) = (body.to_string(), Words::default());
    wye_wire::seal::marks_beside(body.as_bytes(), |text| words.look(text))
        || quirks(id).needs_messages(model, body.as_bytes(), words)
}

#[test]
fn message_level_quirks_ask_for_the_ir_only_where_they_bite() {
    let plain = json!([{"role": "system", "content": "s"}, {"role": "user", "content": "hi"}]);
    for p in crate::PROVIDERS {
        assert!(!needs(p.id, "o3", &plain), "{}", p.id);
    }
    let developer = json!([{"role": "developer", "content": "hi"}]);
    assert!(needs("deepseek", "m", &developer) && !needs("openai", "m", &developer));
    assert!(needs("cerebras", "m", &developer) && !needs("azure", "m", &developer));
    // Recording openrouter/openai_chat__tools__01.
    assert!(!needs("openrouter", "m", &developer));
    let calls = json!([{"role": "assistant", "tool_calls": [{"id": "call_1"}]}, {"role": "user"}]);
    assert!(needs("mistral", "m", &calls) && !needs("groq", "m", &calls));
    let thoughts = json!([{"role": "assistant", "reasoning_content": "hm"}]);
    assert!(needs("groq", "m", &thoughts) && needs("openrouter", "m", &thoughts));
    assert!(!needs("deepseek", "deepseek-chat", &thoughts));
}

/// Mistral's 422 `extra_forbidden` for `messages.0.user.name`, and Groq's list of what it answers with 400.
#[test]
fn names_of_speakers_are_left_out_where_they_are_refused() {
    let named = json!([{"role": "user", "name": "ada", "content": "hi"}]);
    assert!(needs("groq", "m", &named) && needs("mistral", "m", &named) && !needs("openai", "m", &named));
    assert!(!quirks("groq").write_options("m").message_names);
}

/// Recording deepseek/openai_chat__tool_result__01: an empty `reasoning_content` is taken. Moonshot's 400 `thinking is
/// enabled but reasoning_content is missing in assistant tool call message`.
#[test]
fn turns_without_thoughts_get_a_stand_in_where_they_are_missed() {
    let bare = json!([{"role": "user"}, {"role": "assistant", "content": "a"}, {"role": "user"}]);
    for (id, model, stand_in) in [
        ("deepseek", "deepseek-reasoner", Some("")),
        ("deepseek", "deepseek-v4-flash", Some("")),
        ("deepseek", "deepseek-chat", None),
        ("moonshot", "kimi-k2.5", Some(" ")),
        ("moonshot", "moonshot-v1-8k", None),
        ("zai", "glm-4.7", None),
    ] {
        assert_eq!(quirks(id).write_options(model).missing_thoughts, stand_in, "{id}/{model}");
        assert_eq!(needs(id, model, &bare), stand_in.is_some(), "{id}/{model}");
    }
    let whole = json!([{"role": "user"}, {"role": "assistant", "reasoning_content": "", "content": "a"}]);
    assert!(!needs("deepseek", "deepseek-reasoner", &whole));
}

/// Recording mistral/openai_chat__multimodal_in__01 (`OK` between a tool's result and the user); Perplexity's 400 on turns
/// that do not alternate.
#[test]
fn orders_of_roles_are_kept() {
    let unanswered = json!([{"role": "user"}, {"role": "assistant"}, {"role": "tool"}, {"role": "user"}]);
    assert!(needs("mistral", "m", &unanswered) && !needs("openai", "m", &unanswered));
    let twice = json!([{"role": "user"}, {"role": "user"}]);
    assert!(needs("perplexity", "m", &twice) && !needs("mistral", "m", &twice));
}

/// Recordings zai/openai_chat__stream_reasoning__01 and deepseek/openai_chat__reasoning__01 (`thinking`);
/// openrouter/openai_chat__stream_reasoning__02 (`reasoning`); Alibaba's and Xiaomi's documentation.
#[test]
fn the_wish_to_think_is_said_in_the_providers_words() {
    let wish = |id: &str| quirks(id).thinking;
    assert_eq!(wish("zai"), ThinkingField::Switch { effort: false });
    assert_eq!(wish("xiaomi"), ThinkingField::Switch { effort: false });
    assert_eq!(wish("deepseek"), ThinkingField::Switch { effort: true });
    assert_eq!(wish("openrouter"), ThinkingField::Reasoning);
    assert_eq!(wish("alibaba"), ThinkingField::Budget);
    let needs = |id: &str, word: &str| {
        let body = json!({"messages": [], "reasoning_effort": word});
        body_needs(id, "m", &body)
    };
    assert!(needs("zai", "low") && needs("alibaba", "low") && needs("deepseek", "none"));
    assert!(!needs("deepseek", "high") && !needs("openai", "low") && !needs("openrouter", "low"));
}
