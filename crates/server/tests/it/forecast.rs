//! What a month will cost, and when budgets will be used up, as operators are told.

use std::sync::Arc;

use serde_json::{Value, json};
use wye_limits::{Cell, Moment, reserve_all};
use wye_store::log::{Batch, Entry, RequestLog};
use wye_types::record::RequestRecord;
use wye_types::{Clock, DeploymentId, RequestId, Usage};

use super::desk::{Ask, Desk};

/// Unix milliseconds at which the desk's clock stands: Monday, 2026-09-21, 14:13:20.
const NOW: u64 = 1_790_000_000_000;
const DAY_MS: u64 = 86_400_000;
const TODAY: u64 = NOW / DAY_MS;
/// September, in days since the epoch.
const MONTH: (u64, u64) = (20_697, 20_727);
/// A nano-dollar a millisecond.
const DAILY: u64 = DAY_MS;

const CONFIG: &str = "
discover: false
keys:
- { name: ci, key: sk-ci-0123456789abcdef, team: search, budgets: [{ usd: 1, per: month }, { usd: 2, per: total }] }
- { name: idle, key: sk-idle-0123456789abcdef, budgets: [{ usd: 1, per: day }] }
teams:
  search: { budgets: [{ usd: 40, per: month }] }
budgets:
  nightly: { tag: nightly, usd: 0.02, per: day }
";

fn entry(day: u64, number: u64, cost: u64) -> Entry {
    let at_ms = day * DAY_MS + number * 1000;
    Entry::of(&RequestRecord {
        id: RequestId::v7(at_ms, u128::from(number) << 40),
        at_ms,
        key: Some("ci".to_owned()),
        team: Some("search".into()),
        tags: vec!["nightly".into()],
        status: 200,
        served: Some(Arc::new(DeploymentId { provider: "p".to_owned(), model: "m".to_owned() })),
        usage: Some(Usage { input: 10, ..Usage::default() }),
        cost: Some(cost),
        ..RequestRecord::default()
    })
}

async fn written(desk: &Desk, entries: Vec<Entry>) {
    let mut log = RequestLog::open(desk.db.clone(), "desk").await.unwrap();
    let number = log.next();
    log.append(&Batch { number, entries, ..Batch::default() }).await.unwrap();
}

async fn forecast(desk: &Desk, by: &str, token: &str) -> Value {
    let seen = desk.call(Ask::get(&format!("/api/v1/forecast?by={by}")).bearer(token)).await;
    assert_eq!(seen.status, 200, "{by}: {}", seen.text());
    seen.json()
}

/// Spends of a budget of `ci`.
fn spend(desk: &Desk, place: usize, nano: u64) {
    let live = desk.pipeline.live();
    let cell: &Arc<Cell> = &live.keys.named("ci").unwrap().budgets[place].limit.cell;
    let now = Moment { mono: desk.hands.mono(), unix_ms: desk.hands.unix_ms() };
    reserve_all([(cell, nano)], now).unwrap().settle(|_| Some(nano));
}

#[tokio::test]
async fn a_month_is_forecast_from_its_days() {
    let (desk, [viewer, ..]) = Desk::peopled(CONFIG).await;
    // Ten days that cost the same, and what of today has passed.
    let mut entries: Vec<Entry> = (TODAY - 10..TODAY).map(|day| entry(day, 1, DAILY)).collect();
    let today = NOW - TODAY * DAY_MS;
    entries.push(entry(TODAY, 1, today));
    written(&desk, entries).await;
    let spent = 10 * DAILY + today;
    let left = MONTH.1 * DAY_MS - NOW;
    for (by, of) in [
        ("all", Value::Null),
        ("key", json!("ci")),
        ("team", json!("search")),
        ("provider", json!("p")),
        ("deployment", json!("p/m")),
    ] {
        let seen = forecast(&desk, by, &viewer).await;
        let span = (&seen["from_ms"], &seen["to_ms"], &seen["now_ms"], &seen["days"]);
        assert_eq!(span, (&json!(MONTH.0 * DAY_MS), &json!(MONTH.1 * DAY_MS), &json!(NOW), &json!(10)));
        let expected = json!([{
            "of": of, "spent_nano": spent, "expected_nano": spent + left, "low_nano": spent + left,
            "high_nano": spent + left, "daily_nano": DAILY,
        }]);
        assert_eq!(seen["items"], expected, "{by}");
    }
    for odd in ["by=colour", "by=key&to=3"] {
        let seen = desk.call(Ask::get(&format!("/api/v1/forecast?{odd}")).bearer(&viewer)).await;
        assert_eq!(seen.status, 400, "{}", seen.text());
    }
}

#[tokio::test]
async fn a_budget_is_used_up_on_the_day_that_its_owner_comes_to() {
    let (desk, [viewer, ..]) = Desk::peopled(CONFIG).await;
    let mut entries: Vec<Entry> = (TODAY - 10..TODAY).map(|day| entry(day, 1, DAILY)).collect();
    entries.push(entry(TODAY, 1, NOW - TODAY * DAY_MS));
    written(&desk, entries).await;
    spend(&desk, 0, 900_000_000);
    spend(&desk, 1, 2_000_000_000);
    let seen = forecast(&desk, "all", &viewer).await;
    let budgets = seen["budgets"].as_array().unwrap();
    let told = |budget: &Value| {
        let word = |field: &str| budget[field].as_str().unwrap().to_owned();
        (
            word("owner"),
            word("name"),
            word("period"),
            budget["resets_ms"].as_u64(),
            budget["used_up_ms"].as_u64(),
        )
    };
    let named =
        |owner: &str, name: &str, period: &str| (owner.to_owned(), name.to_owned(), period.to_owned());
    let expected = [
        // Nothing is left of it now.
        (named("key ci", "ci", "total"), None, Some(NOW)),
        // A nano-dollar a millisecond: 0.02 dollars are 20,000 s, and of the day 34,800 s are left.
        (named("budget nightly", "nightly", "day UTC"), Some((TODAY + 1) * DAY_MS), Some(NOW + 20_000_000)),
        (named("key ci", "ci", "month UTC"), Some(MONTH.1 * DAY_MS), Some(NOW + 100_000_000)),
        // It never spends anything; and 40 dollars last longer than the month.
        (named("key idle", "idle", "day UTC"), Some((TODAY + 1) * DAY_MS), None),
        (named("team search", "search", "month UTC"), Some(MONTH.1 * DAY_MS), None),
    ];
    let seen: Vec<_> = budgets.iter().map(told).collect();
    let expected: Vec<_> =
        expected.map(|((owner, name, period), resets, used)| (owner, name, period, resets, used)).into();
    assert_eq!(seen, expected);
    let spent = (&budgets[2]["limit_nano"], &budgets[2]["spent_nano"]);
    assert_eq!(spent, (&json!(1_000_000_000), &json!(900_000_000)));
}

#[tokio::test]
async fn nothing_is_said_of_what_nobody_knows() {
    let (desk, [viewer, ..]) = Desk::peopled(CONFIG).await;
    let nothing = json!({
        "of": null, "spent_nano": 0, "expected_nano": null, "low_nano": null, "high_nano": null, "daily_nano": null,
    });
    let seen = forecast(&desk, "all", &viewer).await;
    assert_eq!((&seen["items"], &seen["days"]), (&json!([nothing]), &json!(0)));
    assert_eq!(forecast(&desk, "key", &viewer).await["items"], json!([]));
    // One whole day: an amount, and no interval that looks certain. One that nobody named has no name.
    let nameless = |entry: Entry| Entry { key: None, ..entry };
    written(&desk, vec![nameless(entry(TODAY - 1, 1, 500)), nameless(entry(TODAY, 2, 0))]).await;
    let seen = forecast(&desk, "key", &viewer).await;
    let one = &seen["items"][0];
    assert_eq!((&one["of"], &seen["days"]), (&Value::Null, &json!(1)));
    assert!(one["expected_nano"].as_u64().unwrap() > 500, "{one}");
    assert!(one["low_nano"].is_null() && one["high_nano"].is_null(), "{one}");
}

#[tokio::test]
async fn only_the_largest_are_told() {
    let (desk, [viewer, ..]) = Desk::peopled(CONFIG).await;
    let one =
        |number: u64| Entry { key: Some(format!("k{number:02}")), ..entry(TODAY - 1, number, number * 1000) };
    written(&desk, (1..=60).map(one).collect()).await;
    let seen = forecast(&desk, "key", &viewer).await;
    let names: Vec<&str> =
        seen["items"].as_array().unwrap().iter().map(|item| item["of"].as_str().unwrap()).collect();
    assert_eq!((names.len(), names[0], names[49]), (50, "k60", "k11"));
}
