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
        team: Some("search".into()),
        user: Some(format!("u{}", n % 2)),
        tags: vec!["nightly".into()],
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
    for by in ["all", "time", "deployment", "provider", "key", "route", "category", "code", "kind"] {
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
async fn statistics_of_some_requests_are_told_where_the_sums_tell_them_apart() {
    let (desk, viewer, _) = logged().await;
    let day = (NOW / 1000) / 86_400 * 86_400;
    let path = |query: &str| format!("/api/v1/statistics?span=hour&from={day}&to={}&{query}", day + 86_400);
    for (query, expected) in [
        ("by=all&key=ci", json!([["", 3, 1]])),
        ("by=code&key=ci", json!([["", 2, 0], ["provider_unreachable", 1, 1]])),
        ("by=deployment&provider=p&model=m2", json!([["p/m2", 1, 0]])),
        ("by=provider", json!([["", 2, 2], ["p", 3, 0]])),
        ("by=all&route=none", json!([])),
        ("by=team", json!([["search", 5, 2]])),
        ("by=user", json!([["u0", 3, 0], ["u1", 2, 2]])),
        ("by=tag", json!([["nightly", 5, 2]])),
    ] {
        let seen = get(&desk, &path(query), &viewer).await;
        assert_eq!(seen.status, 200, "{query}: {}", seen.text());
        let sums = seen.json()["sums"].as_array().unwrap().clone();
        let told: Vec<Value> =
            sums.iter().map(|one| json!([one["of"], one["requests"], one["failed"]])).collect();
        assert_eq!(Value::from(told), expected, "{query}");
    }
    let seen = get(&desk, &path("by=team&key=ci"), &viewer).await;
    assert_eq!((seen.status.as_u16(), seen.text().contains("leave out")), (400, true), "{}", seen.text());
    let seen = get(&desk, &path("by=key&color=red"), &viewer).await;
    assert_eq!(seen.status, 400, "{}", seen.text());
}

#[tokio::test]
async fn charts_over_time_are_one_line_or_stacked() {
    let (desk, viewer, _) = logged().await;
    let from = NOW / 1000 - 3600;
    let path = |query: &str| format!("/api/v1/series?span=minute&from={from}&to={}{query}", from + 7200);
    let sum = |series: &Value, field: &str| -> u64 {
        let points = series["points"].as_array().unwrap();
        points.iter().map(|point| point[field].as_u64().unwrap()).sum()
    };
    let told = get(&desk, &path(""), &viewer).await.json();
    let line = &told["series"][0];
    assert_eq!(
        (told["step_s"].as_u64(), sum(line, "requests"), sum(line, "failed")),
        (Some(60), 5, 2),
        "{told}"
    );
    assert!(line["points"][0]["total_p50_us"].as_u64().is_some_and(|us| us > 90_000), "{line}");
    let told = get(&desk, &path("&group=key&largest=cost"), &viewer).await.json();
    let names: Vec<Value> = told["series"].as_array().unwrap().iter().map(|one| one["of"].clone()).collect();
    assert_eq!(names, ["ci", "<b>'; DROP TABLE requests; --"], "{told}");
    assert_eq!((sum(&told["series"][0], "output"), &told["series"][0]["rest"]), (3, &json!(false)), "{told}");
    assert!(told["series"][0]["points"][0]["total_p50_us"].is_null(), "{told}");
    let told = get(&desk, &path("&group=code&key=ci"), &viewer).await.json();
    assert_eq!(
        (sum(&told["series"][0], "requests"), told["series"][1]["of"].as_str()),
        (2, Some("provider_unreachable")),
        "{told}"
    );
    let long = format!("/api/v1/series?span=minute&from=0&to={}", NOW / 1000);
    for wrong in [&long, "/api/v1/series?from=2&to=1", "/api/v1/series?from=1&to=2&group=user"] {
        assert_eq!(get(&desk, wrong, &viewer).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn flows_tell_who_had_what_from_whom() {
    let (desk, viewer, _) = logged().await;
    let from = NOW / 1000 - 3600;
    let seen = get(&desk, &format!("/api/v1/flow?from={from}&to={}", from + 7200), &viewer).await;
    assert_eq!(seen.status, 200, "{}", seen.text());
    let links = seen.json()["links"].as_array().unwrap().clone();
    let mut told: Vec<[Value; 4]> = links
        .iter()
        .map(|link| [&link["key"], &link["deployment"], &link["requests"], &link["failed"]].map(Value::clone))
        .collect();
    told.sort_by_key(|link| format!("{link:?}"));
    let bobby = "<b>'; DROP TABLE requests; --";
    assert_eq!(
        json!(told),
        json!([
            [bobby, "", 1, 1],
            [bobby, "p/m4", 1, 0],
            ["ci", "", 1, 1],
            ["ci", "p/m0", 1, 0],
            ["ci", "p/m2", 1, 0],
        ]),
    );
    assert!(links.iter().all(|link| link["others"].is_null()), "{links:?}");
    assert_eq!(get(&desk, "/api/v1/flow?from=2&to=1", &viewer).await.status, 400);
}

#[tokio::test]
async fn a_conversation_is_for_those_who_may_read_bodies() {
    let (desk, viewer, operator) = logged().await;
    let path = |n: u64| format!("/api/v1/requests/{}/conversation", record(n).id);
    assert_eq!(get(&desk, &path(2), &viewer).await.status, 403);
    let told = get(&desk, &path(2), &operator).await.json();
    assert_eq!(
        told["turns"][0],
        json!({"role": "user", "answer": false, "parts": [{"kind": "text", "text": "haystack needle2"}]}),
        "{told}"
    );
    assert_eq!(told["turns"][1]["parts"][0], json!({"kind": "other", "text": "{\"answer\":2}"}), "{told}");
    assert_eq!((&told["kept"], &told["hint"]), (&json!(true), &Value::Null));
    let told = get(&desk, &path(4), &operator).await.json();
    assert_eq!((&told["kept"], &told["turns"]), (&json!(false), &json!([])), "{told}");
    assert!(told["hint"].as_str().unwrap().contains("log.bodies"), "{told}");
    assert_eq!(get(&desk, "/api/v1/requests/x/conversation", &operator).await.status, 404);
}

#[tokio::test]
async fn a_ledger_tells_what_was_used_and_what_nobody_knows() {
    let (desk, viewer, _) = logged().await;
    let told = get(&desk, &format!("/api/v1/requests/{}/ledger", record(2).id), &viewer).await.json();
    assert_eq!(
        told["lines"][0],
        json!({"of": "input", "count": 10, "pico_per_unit": null, "nano": null}),
        "{told}"
    );
    assert_eq!((&told["total_nano"], &told["lines_nano"]), (&json!(1000), &Value::Null), "{told}");
    assert_eq!(get(&desk, "/api/v1/requests/x/ledger", &viewer).await.status, 404);
}

#[tokio::test]
async fn advice_rests_on_the_log_the_keys_and_the_users() {
    let (desk, viewer, _) = logged().await;
    let told = get(&desk, "/api/v1/advice", &viewer).await;
    assert_eq!(told.status, 200, "{}", told.text());
    let kinds = |told: &Value| -> Vec<String> {
        let items = told["items"].as_array().unwrap();
        items.iter().map(|item| item["kind"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(kinds(&told.json()), ["no_client_keys", "no_second_factor"], "{}", told.text());
    // Calls that failed lately, and one of another provider that refuses its key.
    let attempt = |provider: &str, code: &str| json!({"deployment": format!("{provider}/m"), "outcome": "failed", "code": code});
    let attempts = [
        attempt("corp", "provider_error"),
        attempt("shut", "provider_auth_failed"),
        attempt("mine", "caller_invalid_json"),
    ];
    let entry = |n: u64| wye_store::log::Entry {
        id: RequestId::v7(NOW - 600_000 - n * 1000, u128::from(n)),
        detail: json!({"attempts": attempts}).to_string(),
        ..wye_store::log::Entry::default()
    };
    let mut log = wye_store::log::RequestLog::open(desk.db.clone(), "other").await.unwrap();
    let entries = (1..=6).map(entry).collect();
    let number = log.next();
    log.append(&wye_store::log::Batch { number, entries, ..Default::default() }).await.unwrap();
    *desk.ailments.lock().unwrap() =
        vec![wye_server::Ailment { kind: wye_server::Degraded::Log, what: "the disk is full".to_owned() }];
    let told = get(&desk, "/api/v1/advice", &viewer).await.json();
    let expected =
        ["credentials_refused", "provider_failing", "degraded", "no_client_keys", "no_second_factor"];
    assert_eq!(kinds(&told), expected, "{told}");
    let failing = &told["items"][1];
    assert_eq!((&failing["subject"], &failing["severity"]), (&json!("corp"), &json!("urgent")), "{failing}");
    assert_eq!(
        (&failing["since_ms"], &failing["params"]["failed"]),
        (&json!(NOW - 606_000), &json!(6)),
        "{failing}"
    );
    assert_eq!(failing["action"], json!({"kind": "open_provider", "subject": "corp"}), "{failing}");
    // What is over is over.
    desk.hands.forward(Duration::from_secs(400));
    desk.ailments.lock().unwrap().clear();
    let told = get(&desk, "/api/v1/advice", &viewer).await.json();
    assert_eq!(kinds(&told), ["no_client_keys", "no_second_factor"], "{told}");
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
