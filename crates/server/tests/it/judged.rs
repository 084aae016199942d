//! Trying a judge from the admin API: one call, for money, and what its rating leads to.

use serde_json::{Value, json};

use super::desk::{Ask, Desk, Seen};
use super::stub::{Stub, told};

/// A provider whose model `j` writes what it was made to.
async fn provider(wrote: &'static str) -> Stub {
    Stub::start(move |seen| {
        let asked: Value = serde_json::from_slice(&seen.body).unwrap();
        if asked["model"] == "broken" {
            return told(500, &[("content-type", "application/json")], "{}");
        }
        let body = json!({
            "id": "c", "object": "chat.completion", "created": 1, "model": "j",
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": wrote}}],
            "usage": {"prompt_tokens": 12, "completion_tokens": 1, "total_tokens": 13},
        });
        told(200, &[("content-type", "application/json")], body.to_string())
    })
    .await
}

fn config(stub: &Stub) -> String {
    format!(
        "
discover: false
providers:
  p:
    dialect: openai_chat
    base_url: {}
    models: [{{ id: j, price: {{ input: 100, output: 1000 }} }}, easy, middling, hard, broken]
routes:
  plain: {{ targets: [p/easy, p/hard] }}
  rated:
    strategy: judge
    judge: {{ model: p/j, scale: 9 }}
    targets: [p/easy, plain, p/hard]
    rules: {{ patterns: [{{ pattern: theorem, target: p/hard }}] }}
",
        stub.url("/v1")
    )
}

async fn tried(desk: &Desk, token: &str, question: &Value) -> Seen {
    desk.call(Ask::post("/api/v1/route/judge", question).bearer(token)).await
}

#[tokio::test]
async fn a_judge_of_a_route_is_tried_for_money() {
    let stub = provider(" 5\n").await;
    let (desk, [viewer, operator, admin]) = Desk::peopled(&config(&stub)).await;
    let question = json!({"route": "rated", "prompt": "Prove the theorem.\nIn steps."});
    assert_eq!(tried(&desk, &viewer, &question).await.status, 403);
    assert!(stub.seen().is_empty(), "nobody was asked");
    let seen = tried(&desk, &operator, &question).await;
    assert_eq!(seen.status, 200, "{}", seen.text());
    let told = seen.json();
    let expected = json!({
        "ok": true, "rating": 5, "scale": 9, "raw": "5", "target": "plain",
        "fallback": "p/hard", "fallback_why": "pattern theorem",
        "ms": 0, "cost_nano": 2_200_000, "code": null, "message": null, "request_id": told["request_id"],
    });
    assert_eq!(told, expected, "5 of 9 is the middle of three; the clock stands still");
    assert!(told["request_id"].is_string());
    let sent: Value = serde_json::from_slice(&stub.seen()[0].body).unwrap();
    assert_eq!(sent["model"], "j");
    let shown = sent["messages"][1]["content"].as_str().unwrap();
    assert!(shown.contains("Prove the theorem.\nIn steps."), "{shown}");
    // What it said is not remembered: an operator wants to hear it again.
    assert_eq!(tried(&desk, &operator, &question).await.json()["rating"], 5);
    assert_eq!(stub.seen().len(), 2, "the judge alone was asked, each time");
    let audit = desk.call(Ask::get("/api/v1/audit").bearer(&admin)).await.json();
    let first = &audit["items"][0];
    assert_eq!((&first["action"], &first["actor"]), (&json!("try_judge"), &json!("operator")));
    assert!(!first.to_string().contains("theorem"), "what was asked is nobody's business: {first}");
}

#[tokio::test]
async fn a_judge_that_is_not_saved_is_tried_too() {
    let stub = provider("9").await;
    let (desk, [_, operator, _]) = Desk::peopled(&config(&stub)).await;
    let version = desk.configurator.current().version;
    let question = json!({
        "judge": {"model": "p/j"}, "targets": ["p/easy", "p/middling", "p/hard"], "prompt": "hello",
    });
    let told = tried(&desk, &operator, &question).await.json();
    let seen = [&told["ok"], &told["rating"], &told["scale"], &told["target"], &told["fallback"]];
    assert_eq!(seen, [&json!(true), &json!(3), &json!(3), &json!("p/hard"), &json!("p/easy")], "{told}");
    assert_eq!(desk.configurator.current().version, version, "nothing was saved");
    assert!(!desk.pipeline.live().routes.keys().any(|name| name.contains("unsaved")));
}

#[tokio::test]
async fn a_judge_that_gives_no_rating_leaves_it_to_the_rules() {
    let stub = provider("Between 3 and 7, I would say.").await;
    let (desk, [_, operator, _]) = Desk::peopled(&config(&stub)).await;
    let draft = |judge: Value| json!({"judge": judge, "targets": ["p/easy", "p/hard"], "prompt": "hello"});
    let told = tried(&desk, &operator, &draft(json!({"model": "p/j"}))).await.json();
    let seen = [&told["ok"], &told["rating"], &told["target"], &told["fallback"], &told["code"]];
    let none = Value::Null;
    assert_eq!(
        seen,
        [&json!(false), &none, &none, &json!("p/easy"), &json!("provider_bad_answer")],
        "{told}"
    );
    assert_eq!(told["raw"], "Between 3 and 7, I would say.");
    let message = told["message"].as_str().unwrap();
    assert!(message.contains("one number from 1 to 2"), "{message}");
    let told = tried(&desk, &operator, &draft(json!({"model": "p/broken"}))).await.json();
    assert_eq!((&told["ok"], &told["raw"], &told["code"]), (&json!(false), &none, &json!("provider_error")));
    // A long answer is cut where a character ends.
    let stub = provider(Box::leak(format!("x{}", "ก".repeat(2000)).into_boxed_str())).await;
    let (desk, [_, operator, _]) = Desk::peopled(&config(&stub)).await;
    let told = tried(&desk, &operator, &draft(json!({"model": "p/j"}))).await.json();
    assert_eq!(told["raw"].as_str().unwrap().len(), 2047, "{told}");
}

#[tokio::test]
async fn a_judge_that_is_late_is_told_so() {
    let silent = Stub::start_raw(|_| Box::pin(std::future::pending())).await;
    let (desk, [_, operator, _]) = Desk::peopled(&config(&silent)).await;
    let judge = json!({"model": "p/j", "deadline": "10ms"});
    let question = json!({"judge": judge, "targets": ["p/easy", "p/hard"], "prompt": "hello"});
    let told = tried(&desk, &operator, &question).await.json();
    assert_eq!((&told["ok"], &told["code"]), (&json!(false), &json!("provider_timeout")), "{told}");
    assert!(told["message"].as_str().unwrap().contains("within 0.01 s"), "{told}");
    assert!(told["request_id"].is_string(), "it was recorded all the same: {told}");
}

#[tokio::test]
async fn what_is_wrong_is_told_by_field() {
    let stub = provider("1").await;
    let (desk, [_, operator, _]) = Desk::peopled(&config(&stub)).await;
    let judge = json!({"model": "p/j"});
    let both = ["p/easy", "p/hard"];
    for (question, field, says) in [
        (json!({"route": "rated", "prompt": " \n"}), "prompt", "nothing to rate"),
        (json!({"prompt": "x"}), "route", "either"),
        (json!({"prompt": "x", "route": "rated", "judge": judge, "targets": both}), "route", "either"),
        (json!({"prompt": "x", "route": "gone"}), "route", "there is no route `gone`"),
        (json!({"prompt": "x", "route": "plain"}), "route", "its strategy is ordered"),
        (json!({"prompt": "x", "route": "rated", "targets": both}), "targets", "its own"),
        (json!({"prompt": "x", "judge": judge}), "targets", "send those of the route"),
        (json!({"prompt": "x", "judge": {"model": "nobody/j"}, "targets": both}), "judge.model", ""),
        (json!({"prompt": "x", "judge": {"scale": 1}, "targets": both}), "judge.scale", "2"),
        (json!({"prompt": "x", "judge": judge, "targets": ["p/easy", "q/m"]}), "targets[1]", ""),
        (
            json!({"prompt": "x", "judge": judge, "targets": both, "rules": {"patterns": [{}]}}),
            "rules.patterns[0]",
            "",
        ),
        (json!({"prompt": "x", "routes": "rated"}), "routes", "unknown field"),
    ] {
        let seen = tried(&desk, &operator, &question).await;
        assert_eq!(seen.status, 400, "{question}: {}", seen.text());
        let errors = seen.json()["errors"].as_array().unwrap().clone();
        let named = errors
            .iter()
            .any(|error| error["field"] == field && error["message"].as_str().unwrap().contains(says));
        assert!(named, "{question}: {}", seen.text());
    }
    assert!(stub.seen().is_empty(), "nobody was asked");
}
