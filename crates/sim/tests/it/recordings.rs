//! Against the vendors' recordings: the fleet sends no field that its vendor was never seen to send, and takes the
//! requests that real clients were seen to send.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::client::{PLAIN, anthropic, call, fleet, gemini, gemini_stream, openai, with};

#[expect(clippy::print_stderr, reason = "a skipped test has to be seen")]
/// The recordings beside the workspace; `None`, loudly, where there are none.
fn shared(below: &str) -> Option<PathBuf> {
    let found = std::env::var_os("WYE_SHARED").map(PathBuf::from);
    let folder = found
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"))
        .join(below);
    if !folder.is_dir() {
        eprintln!("SKIPPED: no recordings at {}", folder.display());
        return None;
    }
    Some(folder)
}

fn files(folder: PathBuf, start: &str) -> Vec<Value> {
    let entries = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let wanted = entries.filter(|p| p.file_name().unwrap().to_string_lossy().starts_with(start));
    wanted.map(|p| serde_json::from_str(&std::fs::read_to_string(p).unwrap()).unwrap()).collect()
}

/// Every path of keys in a value; what is inside tool arguments is not the vendor's.
fn paths(value: &Value, at: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let at = format!("{at}.{key}");
                if !matches!(key.as_str(), "input" | "args" | "arguments" | "schema" | "parameters") {
                    paths(inner, &at, found);
                }
                found.insert(at);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| paths(item, &format!("{at}[]"), found)),
        _ => {}
    }
}

/// The paths in what a vendor was recorded to answer, streamed or not.
fn recorded(provider: &str, start: &str, stream: bool) -> Option<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for case in files(shared("wire/dev")?.join(provider), start) {
        let response = &case["response"];
        if response["status"] != 200 {
            continue;
        }
        match response.get("sse").and_then(Value::as_array) {
            Some(lines) if stream => {
                let data = lines.iter().filter_map(|l| l.as_str()?.strip_prefix("data:"));
                for event in data.filter_map(|d| serde_json::from_str::<Value>(d).ok()) {
                    paths(&event, "", &mut found);
                }
            }
            None if stream => {
                let lines = response["ndjson"].as_array().into_iter().flatten();
                for line in lines.filter_map(|l| serde_json::from_str::<Value>(l.as_str()?).ok()) {
                    paths(&line, "", &mut found);
                }
            }
            None if !stream => paths(&response["body"], "", &mut found),
            _ => {}
        }
    }
    Some(found)
}

fn check(vendor: &str, stream: bool, answers: &[Value], known: &BTreeSet<String>) {
    let mut sent = BTreeSet::new();
    answers.iter().for_each(|a| paths(a, "", &mut sent));
    let invented: Vec<&String> = sent.difference(known).collect();
    assert!(sent.len() > 8 && invented.is_empty(), "{vendor}, streamed {stream}: invented {invented:?}");
}

#[tokio::test]
async fn no_field_is_invented() {
    let fleet = fleet(PLAIN).await;
    for stream in [false, true] {
        let Some(known) = recorded("openai", "openai_chat__", stream) else { return };
        let schema = json!({ "type": "object", "properties": { "city": { "type": "string" } } });
        let messages = json!([{ "role": "user", "content": "The weather in Paris and Tokyo" }]);
        let function =
            json!({ "type": "function", "function": { "name": "get_weather", "parameters": schema } });
        let mut body = json!({ "model": "m", "messages": messages, "stream": stream });
        if stream {
            body["stream_options"] = json!({ "include_usage": true });
        }
        let mut answers = Vec::new();
        for tools in [json!([]), json!([function])] {
            body["tools"] = tools;
            let answer = openai(&fleet, &body).await;
            answers.extend(if stream { answer.events() } else { vec![answer.json()] });
        }
        check("openai", stream, &answers, &known);

        let Some(known) = recorded("anthropic", "anthropic_messages__", stream) else { return };
        let mut body = json!({ "model": "r", "max_tokens": 2000, "messages": messages, "stream": stream });
        let mut answers = Vec::new();
        for tools in [json!([]), json!([{ "name": "get_weather", "input_schema": schema }])] {
            body["tools"] = tools;
            for thinking in ["adaptive", "disabled"] {
                body["thinking"] = json!({ "type": thinking });
                let answer = anthropic(&fleet, &body).await;
                answers.extend(if stream { answer.events() } else { vec![answer.json()] });
            }
        }
        check("anthropic", stream, &answers, &known);

        let Some(mut known) = recorded("gemini", "gemini_generate__", stream) else { return };
        // Recorded in streams of the same models.
        known.insert(".candidates[].content.parts[].functionCall.id".to_owned());
        let mut body = json!({ "contents": [{ "parts": [{ "text": "The weather in Paris and Tokyo" }] }] });
        body["generationConfig"] = json!({ "thinkingConfig": { "includeThoughts": true } });
        let mut answers = Vec::new();
        for tools in [
            json!([]),
            json!([{ "functionDeclarations": [{ "name": "get_weather", "parameters": schema }] }]),
        ] {
            body["tools"] = tools;
            for model in ["m", "r"] {
                if stream {
                    answers.extend(gemini_stream(&fleet, model, &body).await.events());
                } else {
                    answers.push(gemini(&fleet, model, &body).await.json());
                }
            }
        }
        check("gemini", stream, &answers, &known);
    }
}

/// Fields that the vendors document and that no recording of theirs happens to have.
const DOCUMENTED: &[(&str, &[&str])] =
    &[("bedrock_converse__", &[".usage.cacheReadInputTokens", ".usage.cacheWriteInputTokens"])];

#[tokio::test]
async fn no_field_is_invented_in_the_other_dialects() {
    let fleet = fleet(PLAIN).await;
    let schema = json!({ "type": "object", "properties": { "city": { "type": "string" } } });
    let function = json!({ "name": "get_weather", "parameters": schema });
    let tool = json!({ "type": "function", "function": function });
    let flat = with(function, json!({ "type": "function" }));
    let text = "The weather in Paris and Tokyo";
    let messages = json!([{ "role": "user", "content": text }]);
    let spec = json!({ "toolSpec": { "name": "get_weather", "inputSchema": { "json": schema } } });
    let converse = json!({ "messages": [{ "role": "user", "content": [{ "text": text }] }] });
    let chat = json!({ "model": "r", "messages": messages });
    let responses = json!({ "model": "r", "input": text, "include": ["reasoning.encrypted_content"] });
    let cases = [
        ("openai", "openai_responses__", "/o/v1/responses", responses, json!({ "tools": [flat] })),
        (
            "openai",
            "openai_completions__",
            "/o/v1/completions",
            json!({ "model": "m", "prompt": text }),
            json!({}),
        ),
        ("cohere", "cohere_chat__", "/c/v2/chat", chat.clone(), json!({ "tools": [tool] })),
        ("ollama", "ollama_chat__", "/l/api/chat", chat, json!({ "tools": [tool] })),
        (
            "bedrock",
            "bedrock_converse__",
            "/b/model/m/converse",
            converse,
            json!({ "toolConfig": { "tools": [spec] } }),
        ),
    ];
    for (vendor, start, path, body, tools) in cases {
        for stream in [false, true] {
            let Some(mut known) = recorded(vendor, start, stream) else { return };
            if known.is_empty() {
                continue;
            }
            let documented = DOCUMENTED.iter().filter(|(s, _)| *s == start).flat_map(|(_, fields)| *fields);
            known.extend(documented.map(|f| (*f).to_owned()));
            let mut answers = Vec::new();
            for more in [json!({}), tools.clone()] {
                let body = with(with(body.clone(), more), json!({ "stream": stream }));
                let answer = call(&fleet, &format!("POST {path} HTTP/1.1"), &body).await;
                assert_eq!(answer.status, 200, "{path}: {}", answer.body);
                answers.extend(match (stream, start) {
                    (true, "ollama_chat__") => answer.lines(),
                    (true, _) => answer.events(),
                    _ => vec![answer.json()],
                });
            }
            check(vendor, stream, &answers, &known);
        }
    }
}

#[tokio::test]
async fn real_clients_requests_are_taken() {
    let Some(folder) = shared("clients/requests") else { return };
    let fleet = fleet(PLAIN).await;
    let mut taken = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        let text = std::fs::read_to_string(&file).unwrap();
        for line in text.lines().filter_map(|l| serde_json::from_str::<Value>(l).ok()) {
            let path = line["path"].as_str().unwrap_or("");
            let mut body = line["body"].clone();
            let (head, model) = if path.contains("/chat/completions") {
                ("/o/v1/chat/completions".to_owned(), true)
            } else if path.ends_with("/responses") {
                ("/o/v1/responses".to_owned(), true)
            } else if path.contains("/messages") {
                (format!("/a{path}"), true)
            } else if let Some((_, method)) = path.split_once(":").filter(|_| path.contains("/models/")) {
                (format!("/g/v1beta/models/m:{method}"), false)
            } else {
                continue;
            };
            if !body.is_object() {
                continue;
            }
            if model {
                body["model"] = json!("r");
            }
            let beta = line["headers"]["anthropic-beta"].as_str().unwrap_or("none");
            let head =
                format!("POST {head} HTTP/1.1\r\nanthropic-version: 2023-06-01\r\nanthropic-beta: {beta}");
            let answer = call(&fleet, &head, &body).await;
            assert_eq!(answer.status, 200, "{}: {path}: {}", file.display(), answer.body);
            taken += 1;
        }
    }
    assert!(taken > 110, "only {taken} requests");
}
