//! Streams that Amazon's SDK took apart, put back into messages.

use std::path::PathBuf;

use serde_json::Value;
use wye_types::DialectId;
use wye_types::chat::{Block, BlockKind};
use wye_types::event::StreamEvent;
use wye_wire::event_stream::write_event;

use crate::fold::{events, fold, stream};

/// The case's streams as messages, and the answers' texts and arguments as the SDK told them.
fn streams(case: &Value) -> Vec<(Vec<u8>, String)> {
    let bedrock = &case["protocols"]["bedrock"];
    let told = ["response-streaming", "followup-response-streaming"].map(|key| bedrock[key].as_array());
    let streams = told.into_iter().flatten().map(|parts| {
        let (mut bytes, mut said) = (Vec::new(), String::new());
        for (name, event) in parts.iter().flat_map(|part| part.as_object().unwrap()) {
            write_event(&mut bytes, name, event.to_string().as_bytes());
            for at in ["/delta/text", "/delta/toolUse/input", "/delta/reasoningContent/text"] {
                said.push_str(event.pointer(at).and_then(Value::as_str).unwrap_or_default());
            }
        }
        (bytes, said)
    });
    streams.collect()
}

#[test]
#[expect(clippy::print_stderr, reason = "a check that did not happen must be seen")]
fn every_stream_of_the_sdks_is_read_and_written() {
    let root = std::env::var_os("WYE_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let Ok(folder) = std::fs::read_dir(root.join("wire/dev_translate")) else {
        eprintln!("\n*** no recordings at {}: NOTHING IS CHECKED against them ***\n", root.display());
        return;
    };
    let mut checked = 0;
    for path in
        folder.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "json"))
    {
        let case: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        for (bytes, said) in streams(&case) {
            let id = DialectId::BedrockConverse;
            let read = events(id, &bytes);
            assert_eq!(read.last(), Some(&StreamEvent::End), "{}", path.display());
            let answer = fold(id, read.clone());
            let blocks = answer.choices.iter().flat_map(|choice| &choice.content);
            let heard: String = blocks.filter_map(words).collect();
            assert_eq!(heard, said, "{}", path.display());
            assert!(answer.usage.is_some_and(|usage| usage.total() > 0), "{}", path.display());
            assert_eq!(fold(id, events(id, &stream(id, &read))), answer, "{}", path.display());
            checked += 1;
        }
    }
    assert!(checked > 10, "only {checked} streams were found");
}

fn words(block: &Block) -> Option<String> {
    match &block.kind {
        BlockKind::Text(text) | BlockKind::Reasoning(text) => Some(text.clone()),
        BlockKind::ToolCall(call) => Some(call.arguments.clone()),
        _ => None,
    }
}
