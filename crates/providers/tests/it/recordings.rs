//! Every rate-limit header ever recorded is understood, and the quirks say what the recordings show.

use std::path::PathBuf;

use serde_json::Value;
use wye_providers::limits::{Measure, read_refusal, read_retry_after, read_windows};
use wye_providers::quirk::{Body, Edit};
use wye_providers::{Kind, PROVIDERS, Provider};
use wye_types::DialectId;
use wye_wire::dialect::{PathAsk, ToolIds, dialect};
use wye_wire::openai_chat::turns_of;

/// The recordings of a folder (`""`: of all), with their names. Empty, with a notice, where there are none.
fn recordings(vendor: &str) -> Vec<(String, Value)> {
    let shared = std::env::var_os("WYE_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let Ok(vendors) = std::fs::read_dir(shared.join("wire/dev")) else {
        eprintln!("NOTICE: no recordings in {}; nothing is checked against them", shared.display());
        return Vec::new();
    };
    let mut all = Vec::new();
    for folder in vendors.map(|v| v.unwrap().path()).filter(|v| v.is_dir()) {
        if !vendor.is_empty() && folder.file_name().unwrap() != vendor {
            continue;
        }
        for file in std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()) {
            if file.extension().is_some_and(|e| e == "json") {
                let recording = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
                all.push((file.display().to_string(), recording));
            }
        }
    }
    all
}

#[test]
fn recorded_limits_are_understood() {
    let resets = |name: &str| {
        name == "ratelimit"
            || name.starts_with("retry-after")
            || name.contains("ratelimit") && name.contains("reset")
    };
    let mut checked = 0;
    for (file, recording) in recordings("") {
        let Some(headers) = recording["response"]["headers"].as_object() else { continue };
        for (name, value) in headers.iter().filter(|(name, _)| resets(name)) {
            let value = value.as_str().unwrap();
            let wait = read_retry_after(&|asked| (asked == name).then_some(value), 0);
            assert!(wait.is_some(), "{file}: {name}: {value}");
            checked += 1;
        }
    }
    eprintln!("{checked} recorded limit headers read");
}

/// Every recorded list of models, read with what its provider's row says of it.
#[test]
fn recorded_lists_of_models_are_read() {
    let mut checked = 0;
    for provider in PROVIDERS {
        for (file, recording) in recordings(provider.id) {
            let list = file.contains("/models__models__") && recording["response"]["status"] == 200;
            let path = recording["request"]["path"].as_str().unwrap_or("");
            if !list || !path.ends_with("/models") {
                continue;
            }
            let body = recording["response"]["body"].to_string();
            let read = wye_providers::models::read(provider, body.as_bytes()).unwrap();
            assert!(!read.is_empty(), "{file}");
            checked += 1;
            let model =
                |id: &str| read.iter().find(|m| m.id == id).unwrap_or_else(|| panic!("{file} has no {id}"));
            let kind = |id: &str| model(id).kind;
            match provider.id {
                "anthropic" => {
                    let opus = model("claude-opus-4-7");
                    assert_eq!((opus.context, opus.output), (Some(1_000_000), Some(128_000)));
                    assert_eq!(
                        (opus.caps.vision, opus.caps.structured, opus.caps.documents),
                        (Some(true), Some(true), Some(true))
                    );
                    assert_eq!(read.len(), 9);
                }
                "mistral" => {
                    let medium = model("mistral-medium-2505");
                    assert_eq!(
                        (medium.context, medium.caps.tools, medium.caps.vision),
                        (Some(131_072), Some(true), Some(true))
                    );
                    assert_eq!(kind("mistral-embed"), Some(Kind::Embeddings));
                    assert_eq!(kind("mistral-moderation-latest"), Some(Kind::Moderations));
                }
                "gemini" => {
                    assert!(read.iter().all(|m| !m.id.contains("veo")), "videos are not served");
                    let audio = model("gemini-2.5-flash-native-audio-preview-12-2025");
                    assert_eq!((audio.kind, audio.context), (Some(Kind::Realtime), Some(131_072)));
                }
                "openai" => {
                    assert_eq!(kind("text-embedding-ada-002"), Some(Kind::Embeddings));
                    assert_eq!(kind("whisper-1"), Some(Kind::Transcriptions));
                    assert_eq!(kind("tts-1"), Some(Kind::Speech));
                    assert_eq!(kind("omni-moderation-latest"), Some(Kind::Moderations));
                    assert_eq!(kind("gpt-4o"), Some(Kind::Chat));
                }
                _ => assert!(read.iter().all(|m| m.kind == Some(Kind::Chat)), "{file}"),
            }
        }
    }
    eprintln!("{checked} recorded lists of models read");
}

/// The requests of an API that a provider answered with 200: the file, the model and the body.
fn taken(provider: &Provider, api: &str) -> Vec<(String, String, Value)> {
    let all = recordings(provider.id)
        .into_iter()
        .filter(|(_, recording)| recording["api"] == api && recording["response"]["status"] == 200);
    all.filter_map(|(file, recording)| {
        let body = &recording["request"]["body"];
        let body = body.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or(body.clone());
        let model = recording["model"].as_str()?.to_owned();
        body.is_object().then_some((file, model, body))
    })
    .collect()
}

/// What a vendor took is not taken away: no quirk changes a recorded request so that its client loses something.
#[test]
fn requests_that_were_taken_lose_nothing() {
    let mut checked = 0;
    for provider in PROVIDERS.iter().filter(|p| p.dialect == DialectId::OpenAiChat) {
        for (file, model, body) in taken(provider, "openai.chat") {
            let raw: Vec<(&String, String)> =
                body.as_object().unwrap().iter().map(|(key, value)| (key, value.to_string())).collect();
            let field = |key: &str| raw.iter().find(|(k, _)| *k == key).map(|(_, value)| value.as_bytes());
            let edits = provider.quirks.edits(Body { model: &model, field: &field, translated: false });
            for edit in edits {
                let loses = matches!(edit, Edit::Drop { loss: true, .. } | Edit::Set { loss: true, .. });
                assert!(!loses, "{file}: {edit:?}");
            }
            let dialect = dialect(DialectId::OpenAiChat);
            let mut body = body;
            body["model"] = model.clone().into();
            let chat = dialect.read_request(body.to_string().as_bytes(), &PathAsk::default()).unwrap();
            let losses = dialect.write_request(&chat, &provider.quirks.write_options(&model)).losses;
            assert_eq!(losses, [], "{file}");
            checked += 1;
        }
    }
    eprintln!("{checked} recorded requests lose nothing");
}

/// The same for requests in Responses, of providers that speak it.
#[test]
fn requests_in_responses_that_were_taken_lose_nothing() {
    let mut checked = 0;
    for provider in PROVIDERS {
        for (file, model, body) in taken(provider, "openai.responses") {
            let raw: Vec<(&String, String)> =
                body.as_object().unwrap().iter().map(|(key, value)| (key, value.to_string())).collect();
            let field = |key: &str| raw.iter().find(|(k, _)| *k == key).map(|(_, value)| value.as_bytes());
            let edits =
                provider.quirks.edits_of_responses(Body { model: &model, field: &field, translated: false });
            assert_eq!(edits, [], "{file}");
            checked += 1;
        }
    }
    assert!(checked > 0 || recordings("").is_empty(), "no request was checked");
    eprintln!("{checked} recorded requests in Responses lose nothing");
}

#[test]
fn recorded_requests_are_what_the_quirks_say() {
    for provider in PROVIDERS {
        let quirks = &provider.quirks;
        for (file, model, body) in taken(provider, "openai.chat") {
            if !quirks.stream_options {
                assert!(body.get("stream_options").is_none(), "{file}: stream_options is taken after all");
            }
            let turns = turns_of(body.to_string().as_bytes());
            assert!(quirks.turns.fit(&turns), "{file}: another order of roles is taken after all");
            let named = turns.iter().any(|turn| turn.named);
            assert!(quirks.message_names || !named, "{file}: names are taken after all");
            let bare = turns.iter().any(|turn| turn.role == "assistant" && !turn.thoughts);
            let wanted = quirks.write_options(&model).missing_thoughts.is_some();
            assert!(!(wanted && bare), "{file}: turns without thoughts are taken after all");
            for message in body["messages"].as_array().into_iter().flatten() {
                for call in message["tool_calls"].as_array().into_iter().flatten() {
                    let id = call["id"].as_str().unwrap_or("");
                    let nine = id.len() == 9 && id.bytes().all(|b| b.is_ascii_alphanumeric());
                    assert!(nine || quirks.tool_ids != ToolIds::Nine, "{file}: {id} was taken after all");
                }
            }
        }
    }
}

/// What the comments of quirks and rows say of recordings.
#[test]
fn cited_recordings_show_what_they_are_cited_for() {
    let cites = [
        ("openai/openai_chat__stream_reasoning__01", "/request/body/max_completion_tokens", "50"),
        ("openai/openai_chat__stream_logprobs__01", "/request/body/logprobs", "true"),
        ("deepseek/openai_chat__tool_result__01", "/request/body/messages/5/reasoning_content", "\"\""),
        ("deepseek/openai_chat__reasoning__01", "/request/body/thinking/type", "\"enabled\""),
        ("groq/openai_chat__reasoning__01", "/request/body/reasoning_format", "\"parsed\""),
        ("mistral/openai_chat__reasoning__01", "/request/body/reasoning_effort", "\"high\""),
        ("mistral/openai_chat__stream_vision__01", "/request/body/random_seed", "1014"),
        ("mistral/openai_chat__multimodal_in__01", "/request/body/messages/3/content/0/text", "\"OK\""),
        ("cerebras/openai_chat__chat__01", "/request/body/reasoning_effort", "\"none\""),
        ("zai/openai_chat__stream_reasoning__01", "/request/body/thinking/type", "\"enabled\""),
        ("azure/openai_chat__chat__01", "/request/query/api-version", "\"2024-02-01\""),
        ("azure/openai_chat__tools__01", "/request/path", "\"/models/chat/completions\""),
        (
            "together/openai_completions__openai_completions__01",
            "/response/body/choices/0/finish_reason",
            "\"eos\"",
        ),
        ("venice/openai_chat__error_404__01", "/response/status", "404"),
    ];
    let all = recordings("");
    for (id, pointer, value) in cites.into_iter().filter(|_| !all.is_empty()) {
        let (_, recording) = all.iter().find(|(file, _)| file.ends_with(&format!("{id}.json"))).unwrap();
        let found = recording.pointer(pointer).map(Value::to_string);
        assert_eq!(found.as_deref(), Some(value), "{id}: {pointer}");
    }
}

/// Every limit header ever recorded belongs to a window or is known to say nothing of one.
#[test]
fn recorded_limits_are_windows() {
    let (mut windows, mut headers_read) = (0, 0);
    for (file, recording) in recordings("") {
        let Some(headers) = recording["response"]["headers"].as_object() else { continue };
        let texts = || headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
        let read = read_windows(texts(), 0);
        let told = texts().filter(|(name, _)| {
            let silent = ["policy", "query-cost", "-active", "-key", "x-ratelimit"];
            name.contains("ratelimit") && !silent.iter().any(|word| name.ends_with(word))
        });
        for (name, value) in told {
            headers_read += 1;
            let alone = read_windows(std::iter::once((name, value)), 0);
            // A period alone is no window.
            if name.contains("renewalperiod") {
                continue;
            }
            assert_eq!(alone.len(), 1, "{file}: {name}: {value}");
            assert!(
                read.iter().any(|w| w.of == alone[0].of),
                "{file}: {name} is lost beside the others: {read:?}"
            );
        }
        windows += read.len();
    }
    eprintln!("{headers_read} recorded limit headers read into {windows} windows");
}

/// Refusals as they were really sent name the quota that was reached, where their vendors ever do.
#[test]
fn recorded_refusals_name_their_quota() {
    let shared = std::env::var_os("WYE_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let Ok(text) = std::fs::read(shared.join("wire/errors_in_the_wild.json")) else {
        eprintln!("NOTICE: no refusals in {}; nothing is checked against them", shared.display());
        return;
    };
    let wild: Vec<Value> = serde_json::from_slice(&text).unwrap();
    let recorded = recordings("").into_iter().map(|(_, recording)| {
        let response = &recording["response"];
        serde_json::json!({"provider": recording["provider"], "status": response["status"], "body": response["body"]})
    });
    let mut named = Vec::new();
    for refusal in wild.into_iter().chain(recorded).filter(|r| r["status"] == 429) {
        let body = &refusal["body"];
        let message = body.pointer("/error/message").and_then(Value::as_str).unwrap_or_default();
        for window in read_refusal(message, body.to_string().as_bytes()) {
            assert!(window.per.is_some() && window.remaining.is_some(), "{refusal}");
            named.push((refusal["provider"].as_str().unwrap().to_owned(), window.of, window.limit));
        }
    }
    named.sort();
    let named: Vec<_> = named.iter().map(|(vendor, of, limit)| (vendor.as_str(), *of, *limit)).collect();
    assert_eq!(
        named,
        [
            ("gemini", Measure::Requests, None),
            ("gemini", Measure::InputTokens, Some(1_000_000)),
            ("groq", Measure::Tokens, Some(6000)),
            ("openai", Measure::Tokens, Some(30_000)),
        ]
    );
}
