//! Bodies that are kept are what the client sent and got, and a stream can be put together again.

use wye_config::KeepBodies;
use wye_pipeline::capture::reassemble;

use super::support::{CLIENTS, Call, TestApp};

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
    let kept = record.bodies.unwrap();
    assert!(kept.request.starts_with(b"{") && !kept.response.is_empty());
    for stream in [false, true] {
        let (_, record) = app.recorded(Call::ask("p/m", stream)).await;
        assert_eq!((record.code, record.bodies), (None, None));
    }
}

/// Every way in which a request that has a body can end with an error that the gateway writes.
#[tokio::test]
async fn errors_in_the_gateways_own_words_are_kept_as_the_client_reads_them() {
    let script = "providers: { p: { dialect: anthropic_messages, faults: [{ fault: { status: 500 } }], models: { m: {} } } }";
    let config = "discover: false\nproviders: { p: { dialect: anthropic_messages, base_url: \"@p@\" } }";
    for keep in [KeepBodies::Errors, KeepBodies::All] {
        let mut app = TestApp::start_with(script, config, |config| config.log.bodies = keep).await;
        for client in CLIENTS {
            for (model, stream) in [("nobody", false), ("nobody", true), ("p/m", false), ("p/m", true)] {
                let (said, record) = app.recorded(Call::chat(client, model, stream, "hi")).await;
                let told = format!("{client:?} {model} {stream}: {}", said.text());
                assert!(said.status.as_u16() >= 400 && said.error().is_some(), "{told}");
                assert_eq!(record.bodies.unwrap().response.concat(), said.body, "{told}");
            }
        }
        for (path, body) in [
            ("/v1/chat/completions", "{"),
            ("/v1/messages/count_tokens", "{\"model\": \"nobody\", \"messages\": []}"),
            ("/v1/messages/count_tokens", "[]"),
        ] {
            let (said, record) = app.recorded(Call::post(path, body)).await;
            assert!(said.status.as_u16() >= 400, "{path}");
            assert_eq!(record.bodies.unwrap().response.concat(), said.body, "{path}");
        }
    }
}

#[tokio::test]
async fn a_count_is_kept_like_an_answer() {
    let mut app = app(KeepBodies::All).await;
    let body = "{\"model\": \"p/m\", \"messages\": [{\"role\": \"user\", \"content\": \"hi\"}]}";
    let (said, record) = app.recorded(Call::post("/v1/messages/count_tokens", body)).await;
    assert_eq!((said.status.as_u16(), record.code), (200, None));
    assert_eq!(record.bodies.unwrap().response.concat(), said.body);
}

#[tokio::test]
async fn nothing_that_was_said_is_kept_unless_it_is_asked_for() {
    let script = "providers: { p: { dialect: anthropic_messages, models: { m: {} } } }";
    let config = "discover: false\nproviders: { p: { dialect: anthropic_messages, base_url: \"@p@\" } }";
    let mut app = TestApp::start(script, config).await;
    for client in CLIENTS {
        for (model, stream) in [("nobody", false), ("p/m", false), ("p/m", true)] {
            let (_, record) = app.recorded(Call::chat(client, model, stream, "zwetschgenkuchen")).await;
            assert!(record.bodies.is_none() && !format!("{record:?}").contains("zwetschgen"), "{record:?}");
        }
    }
}
