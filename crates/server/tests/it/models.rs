//! Names of models: what is known of each, who may see it, and how they are searched for.

use std::time::Duration;

use serde_json::{Value, json};
use wye_store::log::{Batch, Entry, RequestLog};
use wye_types::RequestId;

use super::desk::{Ask, Desk};
use super::support::{Answer, Call, TestApp, is_built_in};

const SCRIPT: &str = r"
providers:
  a: { dialect: openai_chat, models: { m: {} } }
  b:
    dialect: openai_chat
    models: { other-70b: {} }
    faults: [{ fault: { status: 429, retry_after: 90s } }]
";

const CONFIG: &str = r#"
discover: false
keys:
  - { name: all, key: wye-all-0123456789abcdef0123456789ab }
  - { name: some, key: wye-some-0123456789abcdef0123456789a, models: ["a/*", "short"] }
providers:
  a:
    dialect: openai_chat
    base_url: "@a@"
    models:
      - { id: m, price: { input: 2.5, output: 10 } }
      - { id: nothing-8b, price: { input: 0, output: 0 } }
      - { id: unheard-of }
  b: { dialect: openai_chat, base_url: "@b@", models: [other-70b] }
routes:
  short: { targets: [a/m] }
  both: { targets: [a/m, { deployment: b/other-70b, context: 4000 }] }
"#;

async fn app() -> TestApp {
    TestApp::start(SCRIPT, CONFIG).await
}

async fn get(app: &TestApp, path: &str) -> Answer {
    app.send(Call::get(path).with("x-api-key", "wye-all-0123456789abcdef0123456789ab")).await
}

fn names(list: &Value) -> Vec<&str> {
    let all = list.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap());
    all.filter(|name| !is_built_in(name)).collect()
}

#[tokio::test]
async fn a_list_says_what_is_known_and_what_is_not() {
    let app = app().await;
    let list = get(&app, "/v1/models").await.json();
    assert_eq!(names(&list["data"]), ["both", "short", "a/m", "a/nothing-8b", "a/unheard-of", "b/other-70b"]);
    let own = |one: &&Value| !is_built_in(one["id"].as_str().unwrap());
    let listed: Vec<&Value> = list["data"].as_array().unwrap().iter().filter(own).collect();
    let kinds: Vec<&Value> = listed.iter().map(|one| &one["wye"]["kind"]).collect();
    assert_eq!(kinds[..3], ["route", "alias", "deployment"]);
    let one = get(&app, "/v1/models/a/m").await.json();
    assert_eq!(&one, listed[2]);
    let known = &one["wye"];
    assert_eq!((&known["prices"]["input"], &known["prices"]["output"]), (&json!(2.5), &json!(10.0)));
    assert_eq!((&known["prices"]["basis"], &known["free"]), (&json!("override"), &Value::Null));
    assert_eq!((&known["grades"], &known["capabilities"]["audio_in"]), (&Value::Null, &Value::Null));
    assert_eq!(get(&app, "/v1/models/short").await.json()["wye"]["prices"], known["prices"]);
    let both = get(&app, "/v1/models/both").await.json()["wye"].clone();
    assert_eq!(both["targets"], json!(["a/m", "b/other-70b"]));
    assert_eq!((&both["prices"], &both["context"]), (&Value::Null, &json!(4000)));
    let unheard = get(&app, "/v1/models/a/unheard-of").await.json();
    assert_eq!((&unheard["wye"]["prices"], &unheard["wye"]["free"]), (&Value::Null, &Value::Null));
    // Any model of a provider can be named, be it listed or not.
    assert_eq!(get(&app, "/v1/models/a/else").await.json()["owned_by"], "a");
}

#[tokio::test]
async fn a_key_sees_what_it_may_name() {
    let app = app().await;
    let get = async |path| {
        app.send(Call::get(path).with("authorization", "Bearer wye-some-0123456789abcdef0123456789a")).await
    };
    assert_eq!(
        names(&get("/v1/models").await.json()["data"]),
        ["short", "a/m", "a/nothing-8b", "a/unheard-of"]
    );
    assert_eq!(names(&get("/v1/models/search").await.json()["models"]).len(), 3);
    for path in ["/v1/models/both", "/v1/models/b/other-70b"] {
        assert_eq!(get(path).await.status.as_u16(), 403, "{path}");
    }
    assert_eq!(app.send(Call::get("/v1/models/search")).await.status.as_u16(), 401);
}

#[tokio::test]
async fn a_search_finds_what_fits() {
    let app = app().await;
    let all = get(&app, "/v1/models/search").await;
    assert_eq!(all.header("cache-control"), "private, max-age=30");
    let all = all.json();
    assert_eq!((&all["total"], &all["category"]), (&json!(4), &Value::Null));
    assert_eq!(all["filters"], json!({"exclude_cooldown": true, "sort": "score", "top": 20}));
    for (query, found) in [
        ("sort=name", vec!["a/m", "a/nothing-8b", "a/unheard-of", "b/other-70b"]),
        ("sort=price&top=2", vec!["a/nothing-8b", "a/m"]),
        ("provider=b", vec!["b/other-70b"]),
        ("text=OTHER", vec!["b/other-70b"]),
        ("tier=large", vec!["a/m", "b/other-70b"]),
        ("tier=small", vec!["a/nothing-8b"]),
        ("free=1", vec!["a/nothing-8b"]),
        ("free=0&max_price=2.5", vec!["a/m"]),
        ("min_price=2.51", vec![]),
        ("max_output_price=9.99&sort=name", vec!["a/nothing-8b"]),
        ("min_context=1000000000", vec![]),
        ("supports_json=0&provider=b", vec!["b/other-70b"]),
        ("category=code&provider=b", vec!["b/other-70b"]),
    ] {
        let answer = get(&app, &format!("/v1/models/search?{query}")).await.json();
        assert_eq!(names(&answer["models"]), found, "{query}");
        let rest = ["sort=price&top=2"].contains(&query);
        assert_eq!(answer["total"], if rest { 4 } else { found.len() }, "{query}");
    }
    let row = get(&app, "/v1/models/search?text=a/m").await.json()["models"][0].clone();
    let has = |key: &str| row.as_object().unwrap().contains_key(key);
    for key in [
        "id",
        "provider",
        "model_id",
        "name",
        "context_length",
        "tier",
        "supports_tools",
        "supports_vision",
        "supports_reasoning",
        "supports_json",
        "category_score_pct",
        "category_passed",
        "category_total",
        "avg_latency_ms",
        "cooldown_until",
    ] {
        assert!(has(key), "{key}");
    }
    assert_eq!(
        (&row["provider"], &row["model_id"], &row["input_price"]),
        (&json!("a"), &json!("m"), &json!(2.5))
    );
    let wrong = get(&app, "/v1/models/search?top=0").await;
    assert_eq!((wrong.status.as_u16(), &wrong.json()["error"]["param"]), (400, &json!("top")));
}

#[tokio::test]
async fn what_rests_is_left_out_or_says_until_when() {
    let mut app = app().await;
    let call = Call::ask("b/other-70b", false).with("x-api-key", "wye-all-0123456789abcdef0123456789ab");
    assert_eq!(app.recorded(call).await.0.status.as_u16(), 429);
    let answer = get(&app, "/v1/models/search?provider=b").await.json();
    assert_eq!((&answer["total"], &answer["models"]), (&json!(0), &json!([])));
    for name in ["exclude_cooldown", "exclude_cooling"] {
        let answer = get(&app, &format!("/v1/models/search?provider=b&{name}=0")).await.json();
        let until = answer["models"][0]["cooldown_until"].as_str().unwrap();
        assert!(until.ends_with('Z') && until.contains('T'), "{until}");
    }
}

#[tokio::test]
async fn a_search_shows_how_long_answers_took_and_believes_it_for_a_while() {
    let config = r"{ discover: false, providers: { p: { dialect: openai_chat, base_url: 'http://127.0.0.1:1/v1', models: [slow, quick, new] } } }";
    let desk = Desk::new(config).await;
    let mut log = RequestLog::open(desk.db.clone(), "a").await.unwrap();
    let entry = |n: u64, model: &str, total_us: u64| Entry {
        id: RequestId::v7(1_790_000_000_000 - n * 1000, u128::from(n)),
        provider: Some("p".to_owned()),
        model: Some(model.to_owned()),
        total_us,
        detail: "{}".to_owned(),
        ..Entry::default()
    };
    let entries = vec![entry(1, "slow", 9_000_000), entry(2, "quick", 20_000), entry(90_000, "new", 5)];
    let batch = Batch { number: log.next(), entries, bodies: Vec::new(), windows: Vec::new() };
    log.append(&batch).await.unwrap();
    let told = async || {
        let found = desk.call(Ask::get("/v1/models/search?sort=latency")).await.json();
        let models = found["models"].as_array().unwrap().clone();
        let told = models
            .iter()
            .map(|one| (one["model_id"].as_str().unwrap().to_owned(), one["avg_latency_ms"].as_u64()));
        told.collect::<Vec<_>>()
    };
    let first = told().await;
    let names: Vec<&str> = first.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["quick", "slow", "new"]);
    let near = |ms: Option<u64>, wanted: u64| ms.is_some_and(|ms| ms.abs_diff(wanted) <= wanted / 10);
    assert!(near(first[0].1, 20) && near(first[1].1, 9000) && first[2].1.is_none(), "{first:?}");
    let entries = vec![entry(3, "new", 3_000_000)];
    let batch = Batch { number: log.next(), entries, bodies: Vec::new(), windows: Vec::new() };
    log.append(&batch).await.unwrap();
    assert_eq!(told().await, first);
    desk.hands.forward(Duration::from_secs(31));
    assert!(near(told().await[1].1, 3000));
}
