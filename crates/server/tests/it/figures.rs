//! What the admin API tells of requests: pages, one with its bodies, exports, statistics.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::watch;
use wye_pipeline::capture::reassemble;
use wye_store::log::Keep;
use wye_store::log::sink::{Options, SPOOL_BYTES, Sink};
use wye_types::record::{Bodies, Records, RequestRecord};
use wye_types::{Clock, Code, DeploymentId, RequestId, Usage};

use super::desk::{Ask, Desk, Seen};

/// Unix milliseconds at which the desk's clock stands.
const NOW: u64 = 1_790_000_000_000;
const SECRET: &str = "sk-live-0123456789abcdefghij";

/// Request `n` of five, a second after the one before. The odd ones fail.
fn record(n: u64) -> RequestRecord {
    let at_ms = NOW - 60_000 + n * 1000;
    let failed = n % 2 == 1;
    let sent = json!({"model": format!("m{n}"), "messages": [{"role": "user", "content": format!("haystack needle{n}")}], "api_key": SECRET});
    let bodies = Bodies {
        request: Bytes::from(sent.to_string()),
        response: vec![Bytes::from(format!("{{\"answer\": {n}}}"))],
        cut: false,
    };
    RequestRecord {
        id: RequestId::v7(at_ms, u128::from(n) << 40),
        at_ms,
        asked: format!("=m{n}"),
        key: Some(if n < 3 { "ci" } else { "<b>'; DROP TABLE requests; --" }.to_owned()),
        status: if failed { 502 } else { 200 },
        code: failed.then_some(Code::ProviderUnreachable),
        served: (!failed)
            .then(|| Arc::new(DeploymentId { provider: "p".to_owned(), model: format!("m{n}") })),
        client: Some(IpAddr::from([203, 0, 113, 7])),
        usage: Some(Usage { input: 10, output: n, ..Usage::default() }),
        cost: Some(1000),
        total: Duration::from_millis(100),
        bodies: (n < 4).then(|| Box::new(bodies)),
        ..RequestRecord::default()
    }
}

/// A desk whose log holds five requests, newest last; access tokens of viewer and operator.
async fn logged() -> (Desk, String, String) {
    let (desk, [viewer, operator, _]) = Desk::peopled("discover: false").await;
    let options = Options {
        places: 8,
        node: "desk".to_owned(),
        clock: Arc::<super::desk::Hands>::clone(&desk.hands) as Arc<dyn Clock>,
        cells: Arc::default(),
        spool: desk.folder().join("spool"),
        spool_bytes: SPOOL_BYTES,
        keep: watch::channel(Keep::new(1 << 16, &[], &[]).unwrap()).1,
        tee: None,
        reassemble,
        gather: Duration::from_millis(1),
    };
    let (sink, writer) = Sink::start(Some(desk.db.clone()), options).unwrap();
    for n in 0..5 {
        sink.reserve().unwrap().send(record(n));
    }
    writer.done().await.unwrap();
    (desk, viewer, operator)
}

async fn get(desk: &Desk, path: &str, token: &str) -> Seen {
    desk.call(Ask::get(path).bearer(token)).await
}

async fn asked(desk: &Desk, path: &str, token: &str) -> Vec<String> {
    let seen = get(desk, path, token).await;
    assert_eq!(seen.status, 200, "{path}: {}", seen.text());
    let items = seen.json()["items"].as_array().unwrap().clone();
    items.iter().map(|item| item["asked"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn requests_are_found_page_by_page_and_by_what_they_are() {
    let (desk, viewer, operator) = logged().await;
    let mut seen = Vec::new();
    let mut path = "/api/v1/requests?limit=2".to_owned();
    loop {
        let page = get(&desk, &path, &viewer).await.json();
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["asked"].clone()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/requests?limit=2&cursor={next}");
    }
    assert_eq!(seen, ["=m4", "=m3", "=m2", "=m1", "=m0"]);
    for (query, expected) in [
        ("failed=true", vec!["=m3", "=m1"]),
        ("status=200", vec!["=m4", "=m2", "=m0"]),
        ("code=provider_unreachable", vec!["=m3", "=m1"]),
        ("provider=p&model=m2", vec!["=m2"]),
        ("key=%3Cb%3E%27%3B+DROP+TABLE+requests%3B+--", vec!["=m4", "=m3"]),
        ("key=ci%27+OR+1%3D1+--", vec![]),
        (&format!("from_ms={}&to_ms={}", NOW - 58_000, NOW - 56_000), vec!["=m3", "=m2"]),
    ] {
        assert_eq!(asked(&desk, &format!("/api/v1/requests?{query}"), &viewer).await, expected, "{query}");
    }
    // A text in the bodies is for those who may read them.
    let text = "/api/v1/requests?text=needle2";
    assert_eq!(get(&desk, text, &viewer).await.status, 403);
    assert_eq!(asked(&desk, text, &operator).await, ["=m2"]);
    for odd in ["%22", "a%22+OR+%22b", "%2A", "NEAR%28", "%27%3B--"] {
        let seen = get(&desk, &format!("/api/v1/requests?text={odd}"), &operator).await;
        assert!(seen.status == 200 || seen.status == 400, "{odd}: {}", seen.text());
    }
}

#[tokio::test]
async fn bodies_are_shown_to_operators_without_secrets() {
    let (desk, viewer, operator) = logged().await;
    let path = |n: u64| format!("/api/v1/requests/{}", record(n).id);
    let whole = get(&desk, &path(2), &operator).await.json();
    assert_eq!(whole["request"]["detail"]["client"], "203.0.113.7", "{whole}");
    let sent: Value = serde_json::from_str(whole["bodies"]["request"].as_str().unwrap()).unwrap();
    assert_eq!(sent["messages"][0]["content"], "haystack needle2");
    assert!(!whole.to_string().contains(SECRET), "{whole}");
    assert_eq!(whole["bodies"]["response"], "{\"answer\":2}");
    assert_eq!(whole["bodies"]["cut"], false);
    let seen = get(&desk, &path(2), &viewer).await;
    assert_eq!(seen.status, 200);
    assert!(seen.json()["bodies"].is_null() && !seen.text().contains("needle2"), "{}", seen.text());
    assert!(get(&desk, &path(4), &operator).await.json()["bodies"].is_null(), "none were kept");
    for id in ["nobody", "00000000-0000-0000-0000-000000000000", &record(9).id.to_string()] {
        assert_eq!(get(&desk, &format!("/api/v1/requests/{id}"), &operator).await.status, 404, "{id}");
    }
}

#[tokio::test]
async fn exports_come_whole_as_files_for_operators() {
    let (desk, viewer, operator) = logged().await;
    assert_eq!(get(&desk, "/api/v1/requests-export", &viewer).await.status, 403);
    let csv = get(&desk, "/api/v1/requests-export", &operator).await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"wye-requests.csv\"");
    let text = csv.text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 6, "{text}");
    assert!(lines[0].starts_with("id,at_ms,"), "{text}");
    assert!(lines[1].contains(",'=m4,"), "no cell is a formula: {text}");
    assert!(!text.contains("needle"), "bodies are not in it");
    let jsonl = get(&desk, "/api/v1/requests-export?format=jsonl&failed=true", &operator).await;
    assert_eq!(jsonl.header("content-type"), "application/x-ndjson");
    let asked: Vec<Value> = jsonl
        .text()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["asked"].clone())
        .collect();
    assert_eq!(asked, ["=m3", "=m1"]);
}

#[tokio::test]
async fn statistics_add_up_whatever_they_are_told_apart_by() {
    let (desk, viewer, _) = logged().await;
    let day = (NOW / 1000) / 86_400 * 86_400;
    for by in ["all", "time", "deployment", "key", "route", "category", "code", "kind"] {
        for (span, from) in [("minute", day), ("hour", day), ("day", day)] {
            let path = format!("/api/v1/statistics?by={by}&span={span}&from={from}&to={}", day + 86_400);
            let seen = get(&desk, &path, &viewer).await;
            assert_eq!(seen.status, 200, "{path}: {}", seen.text());
            let sums = seen.json()["sums"].as_array().unwrap().clone();
            let sum = |field: &str| sums.iter().map(|one| one[field].as_u64().unwrap()).sum::<u64>();
            let told = (sum("requests"), sum("failed"), sum("input"), sum("output"), sum("cost_nano"));
            assert_eq!(told, (5, 2, 50, 10, 5000), "{path}: {}", seen.text());
            let of: BTreeSet<&str> = sums.iter().map(|one| one["of"].as_str().unwrap()).collect();
            assert_eq!(of.len(), sums.len(), "{path}: each stands once");
            match by {
                "key" => assert!(of.contains("ci") && of.contains("<b>'; DROP TABLE requests; --")),
                "deployment" => assert!(of.contains("p/m0"), "{of:?}"),
                "code" => assert!(of.contains("provider_unreachable"), "{of:?}"),
                _ => {}
            }
        }
    }
    let none = get(&desk, "/api/v1/statistics?from=0&to=3600", &viewer).await;
    assert!(
        none.json()["sums"].as_array().unwrap().iter().all(|one| one["requests"] == 0),
        "{}",
        none.text()
    );
}

#[tokio::test]
async fn savings_and_the_catalogue_are_told() {
    let (desk, viewer, _) = logged().await;
    let day = (NOW / 1000) / 86_400 * 86_400;
    let seen = get(&desk, &format!("/api/v1/savings?from={day}&to={}", day + 86_400), &viewer).await;
    assert_eq!(seen.status, 200, "{}", seen.text());
    let told = seen.json();
    assert_eq!(
        (&told["requests"], &told["input"], &told["cost_nano"]),
        (&json!(5), &json!(50), &json!(5000))
    );
    // This desk has no catalogue: what nobody knows is not nought.
    assert!(told["against"].as_array().unwrap().iter().all(|one| one["cost_nano"].is_null()), "{told}");
    let seen = get(&desk, "/api/v1/savings?from=2&to=1", &viewer).await;
    assert_eq!((seen.status.as_u16(), seen.text().contains("`from`")), (400, true), "{}", seen.text());
    let seen = get(&desk, "/api/v1/catalog", &viewer).await;
    assert_eq!((seen.status.as_u16(), seen.json()["models"].clone()), (200, json!(0)), "{}", seen.text());
    let seen = get(&desk, "/api/v1/catalog/models?provider=openai&text=gpt&limit=3", &viewer).await;
    assert_eq!(
        (seen.status.as_u16(), seen.json()),
        (200, json!({"items": [], "next": null})),
        "{}",
        seen.text()
    );
    let seen = get(&desk, "/api/v1/catalog/models?cursor=x", &viewer).await;
    assert_eq!((seen.status.as_u16(), seen.text().contains("cursor")), (400, true), "{}", seen.text());
}
