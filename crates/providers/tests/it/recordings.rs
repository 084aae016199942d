//! Every rate-limit header ever recorded is understood, and the quirks say what the recordings show.

use std::path::PathBuf;

use serde_json::Value;
use wye_providers::{find, limits::read_retry_after};
use wye_wire::dialect::ToolIds;

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

#[test]
fn recorded_requests_are_what_the_quirks_say() {
    for provider in wye_providers::PROVIDERS {
        let quirks = &provider.quirks;
        for (file, recording) in recordings(provider.id) {
            if recording["api"] != "openai.chat" {
                continue;
            }
            let body = &recording["request"]["body"];
            let body = body.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or(body.clone());
            if recording["response"]["status"] != 200 {
                continue;
            }
            if !quirks.stream_options {
                assert!(body.get("stream_options").is_none(), "{file}: stream_options is taken after all");
            }
            for message in body["messages"].as_array().into_iter().flatten() {
                for call in message["tool_calls"].as_array().into_iter().flatten() {
                    let id = call["id"].as_str().unwrap_or("");
                    let nine = id.len() == 9 && id.bytes().all(|b| b.is_ascii_alphanumeric());
                    assert!(nine || quirks.tool_ids != ToolIds::Nine, "{file}: {id} was taken after all");
                }
            }
        }
    }
    assert!(find("mistral").is_some_and(|p| p.quirks.tool_ids == ToolIds::Nine));
}
