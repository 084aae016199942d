//! Bodies that are kept are what the client sent and got, and a stream can be put together again.

use wye_config::KeepBodies;
use wye_pipeline::capture::reassemble;

use super::support::{Call, TestApp};

async fn app(keep: KeepBodies) -> TestApp {
    let script = "providers: { p: { dialect: anthropic_messages, models: { m: {} } } }";
    let config = "discover: false\nproviders: { p: { dialect: anthropic_messages, base_url: \"@p@\" } }";
    TestApp::start_with(script, config, |config| config.log.bodies = keep).await
}

#[tokio::test]
async fn all_bodies_are_those_that_went_over_the_wire() {
    let mut app = app(KeepBodies::All).await;
    let (whole, record) = app.recorded(Call::ask("p/m", false)).await;
    let kept = record.bodies.unwrap();
    assert_eq!(kept.response.concat(), whole.text().as_bytes());
    let request: serde_json::Value = serde_json::from_slice(&kept.request).unwrap();
    assert_eq!(request["model"], "p/m");
    let said = serde_json::from_str::<serde_json::Value>(&whole.text()).unwrap();
    let (stream, record) = app.recorded(Call::ask("p/m", true)).await;
    let kept = record.bodies.unwrap();
    assert_eq!(kept.response.concat(), stream.text().as_bytes());
    let meant = reassemble(record.dialect, &kept.response).unwrap();
    let text = |answer: &serde_json::Value| answer["choices"][0]["message"]["content"].clone();
    assert!(text(&meant).is_string());
    assert_eq!(text(&meant), text(&said));
}

#[tokio::test]
async fn of_errors_only_is_kept_what_did_not_end_well() {
    let mut app = app(KeepBodies::Errors).await;
    let (_, record) = app.recorded(Call::ask("nobody", true)).await;
    assert!(record.code.is_some());
    assert!(record.bodies.unwrap().request.starts_with(b"{"));
    for stream in [false, true] {
        let (_, record) = app.recorded(Call::ask("p/m", stream)).await;
        assert_eq!((record.code, record.bodies), (None, None));
    }
}
