//! Every recorded error, and every shape of error that only issues tell of, means the right thing.

use std::time::Duration;

use serde_json::Value;
use wye_types::DialectId;
use wye_types::error::Fault;
use wye_types::event::StreamEvent;
use wye_wire::dialect::dialect;

use crate::corpus::{Case, cases, shared};
use crate::fold::events;

use Fault::{Auth, BadRequest, ContextTooLong, Forbidden, NotFound, Overloaded, RateLimited, Server};

/// What each recorded error of a chat call is.
const RECORDED: &[(&str, Fault)] = &[
    ("anthropic/anthropic_messages__error_400__01", ContextTooLong),
    ("anthropic/anthropic_messages__error_400__02", BadRequest),
    ("anthropic/anthropic_messages__error_401__01", Auth),
    ("anthropic/anthropic_messages__error_401__02", Auth),
    ("anthropic/anthropic_messages__error_404__01", NotFound),
    ("anthropic/anthropic_messages__error_404__02", NotFound),
    ("azure/openai_chat__error_401__01", Auth),
    ("azure/openai_chat__error_404__01", NotFound),
    ("azure/openai_chat__error_404__02", NotFound),
    ("azure/openai_chat__error_429__01", RateLimited),
    ("bedrock/bedrock_converse__error_400__01", ContextTooLong),
    ("bedrock/bedrock_converse__error_403__01", Auth),
    ("bedrock/bedrock_converse__error_404__01", NotFound),
    ("chatgpt/openai_responses__error_401__01", Auth),
    ("cohere/cohere_chat__error_400__01", ContextTooLong),
    ("cohere/cohere_chat__error_401__01", Auth),
    ("cohere/cohere_chat__error_404__01", NotFound),
    ("cohere/cohere_chat__error_404__02", NotFound),
    ("deepseek/openai_chat__error_400__01", ContextTooLong),
    ("deepseek/openai_chat__error_401__01", Auth),
    ("deepseek/openai_chat__error_401__02", Auth),
    ("deepseek/openai_responses__error_400__01", BadRequest),
    ("doubleword/openai_chat__error_403__01", Forbidden),
    ("gemini/gemini_generate__error_400__01", Auth),
    ("gemini/gemini_generate__error_400__02", Auth),
    ("gemini/gemini_generate__error_404__01", NotFound),
    ("gemini/gemini_generate__error_404__02", NotFound),
    ("gemini/gemini_generate__error_429__01", RateLimited),
    // The model wrote a call that does not fit: another one may do better.
    ("groq/openai_chat__error_400__01", Server),
    ("groq/openai_chat__error_400__02", Server),
    ("groq/openai_chat__error_401__01", Auth),
    ("groq/openai_chat__error_404__01", NotFound),
    ("groq/openai_chat__error_404__02", NotFound),
    ("llamacpp/openai_chat__error_400__01", ContextTooLong),
    ("llamacpp/openai_chat__error_401__01", Auth),
    ("llamacpp/openai_chat__error_500__01", Server),
    ("llamacpp/openai_chat__error_500__02", Server),
    ("llamacpp/openai_chat__error_500__03", Server),
    ("mistral/openai_chat__error_400__01", BadRequest),
    ("mistral/openai_chat__error_400__02", BadRequest),
    ("mistral/openai_chat__error_401__01", Auth),
    ("ollama/openai_chat__error_400__01", ContextTooLong),
    ("ollama/openai_chat__error_401__01", Auth),
    ("openai/openai_chat__error_404__01", NotFound),
    ("openai/openai_chat__error_404__02", NotFound),
    ("openai/openai_responses__error_401__01", Auth),
    ("openai/openai_responses__error_401__02", Auth),
    ("openrouter/openai_chat__error_400__01", ContextTooLong),
    ("openrouter/openai_chat__error_401__01", Auth),
    ("openrouter/openai_chat__error_429__01", RateLimited),
    ("openrouter/openai_chat__error_429__02", RateLimited),
    ("perplexity/openai_chat__error_401__01", Auth),
    ("venice/openai_chat__error_404__01", NotFound),
    ("vertex/gemini_generate__error_400__01", ContextTooLong),
    ("vertex/gemini_generate__error_400__02", BadRequest),
    ("vertex/gemini_generate__error_404__01", NotFound),
    ("xai/openai_responses__error_400__01", Auth),
    ("xai/openai_responses__error_400__02", Auth),
];

/// Every recorded error of 400 and more: in a chat call by its own dialect, elsewhere (lists, embeddings, files) by the one
/// whose shape it has.
#[test]
fn recorded_errors_mean_what_they_say() {
    let cases = recorded();
    let failed: Vec<&Case> = cases.iter().filter(|case| case.status() >= 400).collect();
    let mut wrong = Vec::new();
    for case in &failed {
        let read = |id| dialect(id).read_error(case.status(), &case.body());
        let Some(id) = case.dialect() else {
            let error = read(DialectId::OpenAiChat);
            // No embedding, picture or file is asked for yet; but their errors have their vendors' shapes.
            assert!(!error.message.is_empty() && !error.message.starts_with('{'), "{}: {error:?}", case.id);
            continue;
        };
        let error = read(id);
        match RECORDED.iter().find(|(row, _)| *row == case.id) {
            Some((_, fault)) if error.fault == *fault => {}
            row => wrong.push(format!("{}: {:?}, not {row:?}: {}", case.id, error.fault, error.message)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (row, _) in RECORDED.iter().filter(|_| !cases.is_empty()) {
        assert!(failed.iter().any(|case| case.id == *row), "{row} is no recorded error");
    }
}

/// The delays and quotas in recorded and reported errors.
#[test]
fn recorded_quotas_say_when_to_come_back() {
    let cases = recorded();
    let find = |id: &str| cases.iter().find(|case| case.id == id);
    let Some(google) = find("gemini/gemini_generate__error_429__01") else { return };
    let error = dialect(DialectId::Gemini).read_error(429, &google.body());
    assert!(error.retry_after.is_some_and(|wait| wait.as_secs() == 48), "{error:?}");
    assert!(!error.exhausted, "a quota per minute comes back");
}

/// All recordings. Empty, with a notice, where there are none.
#[expect(clippy::print_stderr, reason = "a test that does not run must say so loudly")]
fn recorded() -> Vec<Case> {
    let root = shared().join("wire/dev");
    if root.join("INDEX.tsv").exists() {
        return cases(&root);
    }
    eprintln!("\n*** NOT RUN: the recordings are not at {} (set WYE_SHARED) ***\n", root.display());
    Vec::new()
}

/// Errors that no recording has.
fn wild() -> Vec<Value> {
    let text = std::fs::read_to_string(shared().join("wire/errors_in_the_wild.json")).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

fn expected(row: &Value) -> Option<(DialectId, Fault, Option<u64>, bool)> {
    let dialect = match row["provider"].as_str().unwrap() {
        "anthropic" => DialectId::AnthropicMessages,
        "gemini" => DialectId::Gemini,
        "ollama" => DialectId::Ollama,
        _ => DialectId::OpenAiChat,
    };
    let (fault, wait_ms, exhausted) =
        match (row["provider"].as_str().unwrap(), row["status"].as_u64().unwrap()) {
            ("anthropic", 529) => (Overloaded, None, false),
            ("groq", 429) => (RateLimited, Some(4770), false),
            ("openai", 429) => (RateLimited, Some(644), false),
            // The quota of a day: what is said beside it is the vendor's word, but the quota does not come back today.
            ("gemini", 429) => (RateLimited, Some(27_000), true),
            ("openrouter", 200) => (Server, None, false),
            ("ollama", 200) => (Server, None, false),
            // The model did not call a tool that it had to.
            ("groq", 200) => (Server, None, false),
            _ => return None,
        };
    Some((dialect, fault, wait_ms, exhausted))
}

/// Every shape of `errors_in_the_wild.json`: as a body, as an event of a stream, and as a line of one.
#[test]
fn errors_that_only_issues_tell_of_are_known() {
    for row in &wild() {
        let Some((id, fault, wait_ms, exhausted)) = expected(row) else { panic!("what is {row}?") };
        let status = u16::try_from(row["status"].as_u64().unwrap()).unwrap();
        let (stream, body) = match ["body", "sse_event", "sse_event_named_error", "ndjson_line"]
            .iter()
            .find_map(|key| row.get(*key).map(|body| (*key, body)))
        {
            Some(("sse_event_named_error", body)) => (Some(format!("event: error\ndata: {body}\n\n")), body),
            Some(("sse_event", body)) => (Some(format!("data: {body}\n\n")), body),
            Some((_, body)) => (None, body),
            None => panic!("{row}"),
        };
        let mut errors = vec![dialect(id).read_error(status, body.to_string().as_bytes())];
        if let Some(stream) = stream {
            errors = events(id, stream.as_bytes())
                .into_iter()
                .filter_map(|event| match event {
                    StreamEvent::Error(error) => Some(error),
                    _ => None,
                })
                .collect();
        }
        let [error] = errors.as_slice() else { panic!("{row}: {errors:?}") };
        let wait = error.retry_after.map(|wait| wait.as_millis());
        assert_eq!(
            (error.fault, wait, error.exhausted),
            (fault, wait_ms.map(|ms| Duration::from_millis(ms).as_millis()), exhausted),
            "{row}"
        );
    }
}

/// The four shapes of an error inside a 200 stream: Anthropic's event, a bare `error` of OpenAI's, Groq's event in a chat
/// stream (groq/openai_chat__midstream_error__01), OpenRouter's chunk (openrouter/openai_chat__midstream_error__01).
#[test]
fn errors_within_streams_end_them() {
    for (id, stream, fault) in [
        (
            DialectId::AnthropicMessages,
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n",
            Overloaded,
        ),
        (
            DialectId::OpenAiChat,
            "data: {\"error\":{\"message\":\"The server had an error\",\"type\":\"server_error\"}}\n\n",
            Server,
        ),
        (
            DialectId::OpenAiChat,
            "event: error\ndata: {\"error\":{\"message\":\"m\",\"code\":\"tool_use_failed\",\"status_code\":400}}\n\n",
            Server,
        ),
        (
            DialectId::OpenAiChat,
            "data: {\"id\":\"g\",\"error\":{\"code\":429,\"message\":\"m\"},\"choices\":[{\"delta\":{},\"finish_reason\":\"error\"}]}\n\n",
            RateLimited,
        ),
    ] {
        let read = events(id, format!("{stream}data: [DONE]\n\n").as_bytes());
        let Some(StreamEvent::Error(error)) = read.last() else { panic!("{stream}: {read:?}") };
        assert_eq!(error.fault, fault, "{stream}");
    }
}
