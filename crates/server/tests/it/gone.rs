//! Clients that go away, and clients that do not read.

use std::time::Duration;

use tokio::task::JoinSet;
use wye_types::Code;
use wye_types::record::{Outcome, UsageSource};

use super::support::{CLIENTS, Call, PATIENCE, TestApp, attempts, connect};

async fn app(model: &str, faults: &str) -> TestApp {
    let script =
        format!("providers: {{ p: {{ dialect: openai_chat, models: {{ m: {model} }}, faults: {faults} }} }}");
    let config = "discover: false\nstall_timeout: 300ms\nproviders: { p: { dialect: openai_chat, base_url: \"@p@\" } }";
    TestApp::start(&script, config).await
}

#[tokio::test]
async fn before_the_head_the_call_is_cancelled() {
    for stream in [false, true] {
        let mut app = app("{}", "[{ fault: stall_first }]").await;
        let (mut sender, conn) = connect(app.addr).await;
        let mut sending = JoinSet::new();
        sending.spawn(async move { sender.send_request(Call::ask("p/m", stream).into_request()).await });
        app.fleet.wait_for_requests(1).await;
        drop(conn);
        tokio::time::timeout(PATIENCE, app.fleet.wait_for_disconnects(1)).await.unwrap();
        let record = app.record().await;
        assert_eq!((record.status, record.code), (499, Some(Code::CallerGone)));
        assert_eq!(attempts(&record), "p - cancelled");
        // Most providers bill a prompt that they were sent.
        assert_eq!(record.usage_source, UsageSource::Estimated);
        assert_eq!(record.usage.map(|usage| (usage.input > 0, usage.output)), Some((true, 0)));
        assert!(sending.join_next().await.unwrap().unwrap().is_err());
        app.no_record();
    }
}

#[tokio::test]
async fn in_mid_stream_the_provider_is_told_and_the_use_is_estimated() {
    for client in CLIENTS {
        let mut app = app("{ tps: 50, tokens: 5000 }", "[]").await;
        let mut live = app.open(Call::chat(client, "p/m", true, "Go on and on.")).await;
        assert!(live.piece().await.is_some());
        drop(live);
        tokio::time::timeout(PATIENCE, app.fleet.wait_for_disconnects(1)).await.unwrap();
        let record = app.record().await;
        assert_eq!((record.status, record.code), (499, Some(Code::CallerGone)), "{client}");
        assert_eq!(record.attempts.len(), 1);
        assert_eq!(record.attempts[0].outcome, Outcome::Cancelled);
        assert_eq!(record.usage_source, UsageSource::Estimated);
        assert!(record.usage.unwrap().output > 0 && record.usage.unwrap().input > 0);
        app.no_record();
    }
}

#[tokio::test]
async fn who_never_reads_is_cut_off() {
    let mut app = app("{ fixed: { events: 15000, event_bytes: 4000 } }", "[]").await;
    // The kernels' buffers hold some of the 60 MB, then nothing moves.
    let live = app.open(Call::ask("p/m", true)).await;
    let record = app.record().await;
    assert_eq!((record.status, record.code), (499, Some(Code::CallerGone)));
    assert!(record.total >= Duration::from_millis(300));
    assert_eq!(record.usage_source, UsageSource::Estimated);
    tokio::time::timeout(PATIENCE, app.fleet.wait_for(|c| c.disconnects + c.finished == 1)).await.unwrap();
    assert_eq!(app.fleet.counts().disconnects, 1, "{:?}", app.fleet.counts());
    drop(live);
}
