//! Images and speech: asked in JSON, answered with pictures, sound or events.

use serde_json::json;
use wye_types::record::{Outcome, UsageSource};
use wye_types::{Code, Kind};

use super::support::{Call, PATIENCE, TestApp, attempts};

async fn app(faults: &str) -> TestApp {
    let script = format!(
        "providers:
  a: {{ dialect: openai_chat, keys: [sk-a], models: {{ m: {{}} }}, faults: {faults} }}
  b: {{ dialect: openai_chat, keys: [sk-b], models: {{ n: {{}} }} }}"
    );
    let config = "
discover: false
providers:
  a: { dialect: openai_chat, base_url: \"@a@\", api_key: sk-a }
  b: { dialect: openai_chat, base_url: \"@b@\", api_key: sk-b }
  chat-only: { like: ai21, base_url: \"@b@\", api_key: sk-b }
routes:
  r: { targets: [a/m, b/n] }
";
    TestApp::start(&script, config).await
}

fn draw(more: &serde_json::Value) -> Call {
    let mut body = json!({"model": "r", "prompt": "A cat on a mat."});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Call::post("/v1/images/generations", body.to_string())
}

fn say(more: &serde_json::Value) -> Call {
    let mut body = json!({"model": "r", "input": "Grüße aus dem Süden", "voice": "coral"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Call::post("/v1/audio/speech", body.to_string())
}

#[tokio::test]
async fn images_are_counted_as_their_maker_counts_them() {
    let mut app = app("[]").await;
    let (answer, record) = app.recorded(draw(&json!({"n": 3}))).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    let body = answer.json();
    assert_eq!(body["data"].as_array().unwrap().len(), 3);
    assert!(body["data"][2]["b64_json"].as_str().unwrap().starts_with("iVBORw0KGgo"));
    let usage = record.usage.unwrap();
    assert_eq!((usage.input, usage.output, usage.image_out), (4, 0, Some(600)));
    assert_eq!((record.kind, record.units.images), (Kind::Images, Some(3)));
    // Where no tokens are counted, the images are what is billed.
    let (answer, record) = app.recorded(draw(&json!({"n": 2, "response_format": "url"}))).await;
    assert!(answer.json()["data"][1]["url"].as_str().unwrap().ends_with("/1.png"));
    assert_eq!((record.units.images, record.usage.unwrap().total()), (Some(2), 0));
    let sent = app.fleet.received().pop().unwrap().body;
    assert_eq!(sent, json!({"model": "m", "prompt": "A cat on a mat.", "n": 2, "response_format": "url"}));
}

#[tokio::test]
async fn images_come_piece_by_piece() {
    let mut app = app("[]").await;
    let (answer, record) = app.recorded(draw(&json!({"stream": true, "partial_images": 2}))).await;
    assert!(answer.header("content-type").starts_with("text/event-stream"));
    let events = answer.events();
    let kinds: Vec<&str> = events.iter().map(|e| e["type"].as_str().unwrap()).collect();
    let (part, whole) = ("image_generation.partial_image", "image_generation.completed");
    assert_eq!(kinds, [part, part, whole]);
    let usage = record.usage.unwrap();
    assert_eq!((usage.input, usage.image_out, record.units.images), (4, Some(200), Some(1)));
    assert!(record.stream && record.first_content.is_some());
}

#[tokio::test]
async fn what_fails_goes_to_the_next() {
    let mut app =
        app("[{ on: { nth: [1] }, fault: { status: 500 } }, { on: { nth: [2] }, fault: empty }]").await;
    let (answer, record) = app.recorded(draw(&json!({}))).await;
    assert_eq!((answer.status.as_u16(), answer.header("x-wye-provider")), (200, "b"));
    assert_eq!(attempts(&record), "a 500 provider_error, b 200 served");
    app.forget_failures();
    let (answer, record) = app.recorded(say(&json!({}))).await;
    assert_eq!((answer.status.as_u16(), answer.header("x-wye-provider")), (200, "b"));
    assert_eq!(attempts(&record), "a 200 provider_empty_answer, b 200 served");
    // A target that serves no images is passed over, and alone is the client's mistake.
    let body = json!({"model": "chat-only/m", "prompt": "x"});
    let answer = app.send(Call::post("/v1/images/generations", body.to_string())).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["error"]["param"]), (400, &json!("model")));
}

#[tokio::test]
async fn speech_passes_as_it_is_and_is_counted_in_characters() {
    let mut app = app("[]").await;
    for (format, media_type) in [("mp3", "audio/mpeg"), ("wav", "audio/wav"), ("pcm", "audio/pcm")] {
        let (answer, record) = app.recorded(say(&json!({"response_format": format}))).await;
        assert_eq!(answer.header("content-type"), media_type);
        assert_eq!(answer.body.len(), 19 * 160 + if format == "wav" { 44 } else { 0 });
        assert_eq!((record.kind, record.units.characters), (Kind::Speech, Some(19)));
        assert_eq!(record.usage.map(|usage| usage.total()), Some(0));
    }
    let (answer, record) = app.recorded(say(&json!({"stream_format": "sse"}))).await;
    let events = answer.events();
    assert_eq!(events.last().unwrap()["type"], "speech.audio.done");
    let usage = record.usage.unwrap();
    assert_eq!((usage.input, usage.output, usage.audio_out), (6, 0, Some(8)), "{usage:?}");
    assert_eq!(record.units.characters, Some(19));
}

#[tokio::test]
async fn speech_that_breaks_off_is_no_whole_answer() {
    let mut app = app("[{ fault: { cut_after_events: 1 } }]").await;
    let mut live = app.open(say(&json!({}))).await;
    assert_eq!(live.response.status().as_u16(), 200);
    assert!(!live.piece().await.unwrap().is_empty());
    let record = app.record().await;
    assert_eq!((record.status, record.code), (200, Some(Code::ProviderUnreachable)));
    assert_eq!(record.attempts[0].outcome, Outcome::Failed(Code::ProviderUnreachable));
    // What was asked for is billed all the same.
    assert_eq!(record.units.characters, Some(19));
}

#[tokio::test]
async fn who_goes_away_from_speech_stops_it() {
    let mut app = app("[{ fault: { stall_after_events: 1 } }]").await;
    let mut live = app.open(say(&json!({}))).await;
    assert!(live.piece().await.is_some());
    drop(live);
    tokio::time::timeout(PATIENCE, app.fleet.wait_for_disconnects(1)).await.unwrap();
    let record = app.record().await;
    assert_eq!((record.status, record.code), (499, Some(Code::CallerGone)));
    assert_eq!((record.usage_source, record.units.characters), (UsageSource::Estimated, Some(19)));
}

#[tokio::test]
async fn bad_requests_name_the_field() {
    let mut app = app("[]").await;
    for (path, body, param) in [
        ("/v1/images/generations", json!({"model": "r"}), "prompt"),
        ("/v1/images/generations", json!({"model": "r", "prompt": "x", "n": 99}), "n"),
        ("/v1/images/generations", json!({"prompt": "x"}), "model"),
        ("/v1/images/edits", json!({"model": "r", "prompt": "x"}), "image"),
        ("/v1/images/variations", json!({"model": "r"}), "image"),
        ("/v1/audio/speech", json!({"model": "r", "voice": "v"}), "input"),
        ("/v1/audio/speech", json!({"model": "r", "voice": "v", "input": ""}), "input"),
        ("/v1/audio/speech", json!({"model": "r", "voice": "v", "input": ["x"]}), "input"),
        ("/v1/audio/transcriptions", json!({"model": "r"}), "file"),
    ] {
        let (answer, record) = app.recorded(Call::post(path, body.to_string())).await;
        assert_eq!(answer.status.as_u16(), 400, "{path} {body}");
        assert_eq!(answer.json()["error"]["param"], param, "{path} {body}: {}", answer.text());
        assert_eq!(record.code, Some(Code::CallerInvalidRequest));
    }
    assert!(app.fleet.received().is_empty());
}
