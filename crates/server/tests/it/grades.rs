//! Grades through the admin API: set, listed, removed, and what routes make of them at once; labels of what requests really
//! were about.

use http::StatusCode;
use serde_json::{Value, json};

use super::desk::{Ask, Desk, Seen};

const CONFIG: &str = "
discover: false
access: { allow_open: true }
providers:
  p:
    dialect: openai_chat
    base_url: http://127.0.0.1:1
    models:
      - { id: small-8b, price: { input: 0.1, output: 0.2 } }
      - { id: grand-400b, price: { input: 5, output: 20 } }
      - { id: odd, price: { input: 1, output: 1 } }
routes:
  taught: { strategy: school, targets: [p/small-8b, p/grand-400b, p/odd] }
  coders: { strategy: school, school: { category: code }, targets: [p/small-8b, p/grand-400b, p/odd] }
  strong: { strategy: strongest, targets: [p/small-8b, p/grand-400b] }
  passed: { targets: ['category:code'] }
  good: { targets: ['grade>=70', p/odd] }
";

async fn put(desk: &Desk, admin: &str, grades: Value) -> Seen {
    desk.call(Ask::new("PUT", "/api/v1/grades").json(&json!({ "grades": grades })).bearer(admin)).await
}

/// Who would be called first.
async fn first(desk: &Desk, admin: &str, route: &str) -> Value {
    let request = json!({"model": route, "messages": [{"role": "user", "content": "hello there"}]});
    let told =
        desk.call(Ask::post("/api/v1/route", &json!({ "request": request })).bearer(admin)).await.json();
    told["first"].clone()
}

#[tokio::test]
async fn routes_go_by_grades_at_once() {
    let (desk, admin) = Desk::set_up(CONFIG).await;
    for route in ["taught", "coders", "strong"] {
        assert_eq!(
            first(&desk, &admin, route).await,
            "p/grand-400b",
            "{route}: the larger, as nobody was graded"
        );
    }
    assert_eq!(
        (first(&desk, &admin, "passed").await, first(&desk, &admin, "good").await),
        (Value::Null, json!("p/odd"))
    );
    let taken = put(&desk, &admin, json!([
        {"deployment": "p/small-8b", "category": "code", "value": 0.95, "questions": 50},
        {"deployment": "p/grand-400b", "category": "code", "value": 0.55, "questions": 50, "source": "exam 7"},
    ]))
    .await;
    assert_eq!(taken.status, StatusCode::NO_CONTENT, "{}", taken.text());
    assert_eq!(first(&desk, &admin, "coders").await, "p/small-8b");
    assert_eq!(first(&desk, &admin, "passed").await, "p/small-8b", "passed in code");
    assert_eq!(first(&desk, &admin, "good").await, "p/small-8b");
    assert_eq!(first(&desk, &admin, "strong").await, "p/small-8b", "a grade says something of everything");
    let listed = desk.call(Ask::get("/api/v1/grades?category=code&limit=1").bearer(&admin)).await.json();
    let one = &listed["items"][0];
    assert_eq!(
        (&one["deployment"], &one["source"], &one["head"]),
        (&json!("p/grand-400b"), &json!("exam 7"), &json!(false))
    );
    let path =
        format!("/api/v1/grades?limit=1&cursor={}", listed["next"].as_str().unwrap().replace('|', "%7C"));
    let listed = desk.call(Ask::get(&path).bearer(&admin)).await.json();
    let one = &listed["items"][0];
    assert_eq!((&one["source"], &one["head"], &one["value"]), (&json!("root"), &json!(true), &json!(0.95)));
    assert_eq!(listed["next"], Value::Null);
    let gone = desk
        .call(Ask::new("DELETE", "/api/v1/grades?deployment=p/small-8b&category=code").bearer(&admin))
        .await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text());
    assert_eq!(first(&desk, &admin, "passed").await, Value::Null);
    let again = desk.call(Ask::new("DELETE", "/api/v1/grades?deployment=p/small-8b").bearer(&admin)).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    let audit = desk.call(Ask::get("/api/v1/audit").bearer(&admin)).await.text();
    assert!(audit.contains("put_grades") && audit.contains("delete_grades"), "{audit}");
}

#[tokio::test]
async fn grades_that_cannot_be_are_refused_together_and_none_is_taken() {
    let (desk, admin) = Desk::set_up(CONFIG).await;
    let refused = put(
        &desk,
        &admin,
        json!([
            {"deployment": "p/small-8b", "category": "code", "value": 0.5, "questions": 5},
            {"deployment": "q/small-8b", "category": "cooking", "value": 1.5, "questions": 0},
            {"deployment": "small", "category": "code", "value": -0.5, "questions": 2_000_000},
        ]),
    )
    .await;
    let told = refused.text();
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{told}");
    for wanted in [
        "grades[1].deployment",
        "there is no provider `q`",
        "grades[1].category",
        "write one of code, thai",
        "grades[1].value",
        "grades[1].questions",
        "grades[2].deployment",
        "write provider/model",
        "grades[2].value",
        "grades[2].questions",
    ] {
        assert!(told.contains(wanted), "{wanted} is not in {told}");
    }
    let listed = desk.call(Ask::get("/api/v1/grades").bearer(&admin)).await.json();
    assert_eq!(listed["items"], json!([]));
    let unknown = desk.call(Ask::get("/api/v1/grades?category=cooking").bearer(&admin)).await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
}
