//! Clients are told what is degraded, whatever they are answered; why is for operators alone.

use futures_util::FutureExt;
use serde_json::json;
use wye_server::{Ailment, Degraded};

use super::desk::{Ask, Desk};

const WHY: &str = "the database at 10.0.0.7 is away";

/// Something that every door answers in its own way: lists, refusals with and without a body, what is not there.
fn asks() -> Vec<Ask> {
    let chat = json!({"model": "nobody", "messages": [{"role": "user", "content": "hi"}]});
    let posts = [
        "/v1/chat/completions",
        "/v1/completions",
        "/v1/responses",
        "/v1/responses/input_tokens",
        "/v1/messages",
        "/v1/messages/count_tokens",
        "/v2/chat",
        "/api/chat",
        "/v1beta/models/nobody:generateContent",
        "/v1beta/models/nobody:nothing",
        "/v1/models/nobody:countTokens",
    ];
    let gets = [
        "/v1/models",
        "/v1/models/nobody",
        "/v1/models/%FF",
        "/v1beta/models",
        "/v1beta/models/nobody",
        "/api/tags",
        "/api/version",
        "/v1/responses/resp_1",
        "/v1/nothing",
        "/v1/chat/completions",
        "/nothing",
    ];
    let posts = posts.iter().flat_map(|path| [Ask::post(path, &chat), Ask::new("POST", path).raw("{")]);
    posts.chain(gets.iter().map(|path| Ask::get(path))).collect()
}

#[tokio::test]
async fn every_answer_to_a_client_tells_what_is_degraded_and_never_why() {
    let (desk, admin) = Desk::set_up("discover: false").await;
    let of = |kind| Ailment { kind, what: WHY.to_owned() };
    for (ailments, header, kinds) in [
        (vec![of(Degraded::Log)], "log", json!(["log"])),
        (
            vec![of(Degraded::Configuration), of(Degraded::Limits), of(Degraded::Configuration)],
            "limits, configuration",
            json!(["limits", "configuration"]),
        ),
        (Vec::new(), "", json!(null)),
    ] {
        *desk.ailments.lock().unwrap() = ailments.clone();
        assert!(desk.app.watch().now_or_never().is_none(), "it watches on");
        for ask in asks() {
            let seen = desk.call(ask.clone()).await;
            let told = format!("{} {}: {}", ask.method, ask.path, seen.text());
            assert_eq!(seen.header("x-wye-degraded"), header, "{told}");
            assert!(!seen.text().contains(WHY), "{told}");
        }
        let ready = desk.call(Ask::get("/readyz")).await;
        let status = if header.is_empty() { "ready" } else { "degraded" };
        assert_eq!((ready.status.as_u16(), ready.json()["status"].as_str()), (200, Some(status)));
        assert_eq!(ready.json()["degraded"], kinds);
        assert!(!ready.text().contains(WHY));
        let status = desk.call(Ask::get("/api/v1/status").bearer(&admin)).await.json();
        let whys: Vec<_> = ailments.iter().map(|_| WHY).collect();
        let told: Vec<_> =
            status["degraded"].as_array().unwrap().iter().map(|it| it["what"].as_str().unwrap()).collect();
        assert_eq!(told, whys);
    }
}
