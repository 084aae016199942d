//! Providers' quotas from outside: what a provider gets to see, who waits, and what a client is told.

use std::time::Duration;

use tokio::task::JoinSet;
use wye_config::{Config, Limits};
use wye_types::Code;
use wye_types::record::RequestRecord;

use super::support::{Call, PATIENCE, TestApp, attempts, connect};

/// A provider with two keys and one without; each key has what `quota` says. Routes: `both`, the first then the other.
async fn app(quota: &str, change: impl FnOnce(&mut Config)) -> TestApp {
    let script = format!(
        "providers:
  p: {{ dialect: openai_chat, keys: [sk-sim-a, sk-sim-b], models: {{ m: {{ {quota} }}, n: {{}}, long: {{ tps: 50, tokens: 5000 }} }} }}
  q: {{ dialect: openai_chat, models: {{ m: {{}} }} }}
"
    );
    let config = "discover: false
sse_heartbeat: 30ms
providers:
  p: { dialect: openai_chat, base_url: '@p@', api_keys: [sk-sim-a, sk-sim-b] }
  one: { dialect: openai_chat, base_url: '@p@', api_key: sk-sim-a }
  q: { dialect: openai_chat, base_url: '@q@' }
routes:
  both: { targets: [one/m, q/m] }
";
    TestApp::start_with(&script, config, |config| {
        // What waits, waits until something happens and not for a time.
        config.defaults.wait = PATIENCE;
        change(config);
    })
    .await
}

fn at_once(config: &mut Config) {
    config.defaults.wait = Duration::ZERO;
}

fn limits(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    change(&mut limits);
    limits
}

/// Sends so many requests at once; gives their statuses, sorted.
async fn ask_at_once(app: &TestApp, model: &'static str, count: usize) -> Vec<u16> {
    let mut asking = JoinSet::new();
    for n in 0..count {
        let addr = app.addr;
        asking.spawn(async move {
            let (mut sender, _conn) = connect(addr).await;
            let call = Call::ask(model, n % 2 == 1).into_request();
            let response = sender.send_request(call).await.unwrap();
            let status = response.status().as_u16();
            drop(http_body_util::BodyExt::collect(response.into_body()).await);
            status
        });
    }
    let mut statuses = asking.join_all().await;
    statuses.sort_unstable();
    statuses
}

async fn records(app: &mut TestApp, count: usize) -> Vec<RequestRecord> {
    let mut records = Vec::new();
    for _ in 0..count {
        records.push(app.record().await);
    }
    records
}

#[tokio::test]
async fn no_provider_refuses_while_an_account_has_quota() {
    let rpm = |config: &mut Config| {
        at_once(config);
        config.providers[0].account_limits = limits(|l| l.rpm = Some(5));
    };
    let mut app = app("quota: { rpm: 5 }", rpm).await;
    assert_eq!(ask_at_once(&app, "p/m", 14).await, [vec![200; 10], vec![429; 4]].concat());
    for record in records(&mut app, 14).await {
        let wanted = if record.status == 200 { "p 200 served" } else { "" };
        assert_eq!(attempts(&record), wanted, "no attempt is spent on what would be refused");
    }
    let received = app.fleet.received();
    let of = |key| received.iter().filter(|r| r.key == Some(key)).count();
    assert_eq!((of(0), of(1)), (5, 5));
    let (answer, record) = app.recorded(Call::ask("p/m", false)).await;
    assert_eq!((answer.status.as_u16(), answer.header("x-wye-limit-owner")), (429, "provider"));
    assert!((50..=61).contains(&answer.header("retry-after").parse::<u64>().unwrap()));
    let words = answer.error().unwrap()["message"].as_str().unwrap().to_owned();
    assert!(words.starts_with("the quota of p/m is used up: 5 requests a minute of p/"), "{words}");
    assert_eq!((record.code, record.passed_over.len()), (Some(Code::ProviderRateLimited), 1));
}

#[tokio::test]
async fn a_quota_is_learned_from_headers_before_it_is_reached() {
    let mut app = app("quota: { rpm: 4 }", at_once).await;
    for _ in 0..8 {
        let (answer, _) = app.recorded(Call::ask("p/m", false)).await;
        assert_eq!(answer.status.as_u16(), 200);
    }
    let (answer, record) = app.recorded(Call::ask("p/m", true)).await;
    assert_eq!((answer.status.as_u16(), record.attempts.len()), (429, 0));
    assert_eq!(app.fleet.counts().requests, 8);
    // The model's own: another of the same account is served.
    let (answer, _) = app.recorded(Call::ask("p/n", false)).await;
    assert_eq!(answer.status.as_u16(), 200);
}

#[tokio::test]
async fn a_quota_that_is_told_by_a_refusal_stops_the_model_and_nothing_else() {
    for quota in ["quota: { rpd: 1 }", "quota: { tpm: 60 }"] {
        let mut app = app(quota, at_once).await;
        let (answer, _) = app.recorded(Call::ask("one/m", false)).await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
        for route in ["both", "both"] {
            let (answer, record) = app.recorded(Call::ask(route, false)).await;
            assert_eq!(answer.status.as_u16(), 200);
            assert_eq!(record.served.unwrap().provider, "q");
        }
        let (answer, _) = app.recorded(Call::ask("one/n", false)).await;
        assert_eq!(answer.status.as_u16(), 200, "{quota}: the account does not rest");
        let refused = app.fleet.received().iter().filter(|r| r.provider == "p" && r.model == "m").count();
        assert!(refused <= 2, "{quota}: {refused}");
        let (answer, record) = app.recorded(Call::ask("one/m", false)).await;
        assert_eq!((answer.status.as_u16(), record.attempts.len()), (429, 0), "{quota}");
    }
}

#[tokio::test]
async fn another_target_is_taken_and_the_record_says_why() {
    let rpm = |config: &mut Config| {
        config.providers[1].limits = limits(|l| l.rpm = Some(1));
    };
    let mut app = app("", rpm).await;
    app.recorded(Call::ask("both", false)).await;
    let (answer, record) = app.recorded(Call::ask("both", false)).await;
    assert_eq!(answer.status.as_u16(), 200);
    assert_eq!((attempts(&record).as_str(), record.waited), ("q 200 served", Duration::ZERO));
    assert_eq!(record.passed_over[0].deployment.to_string(), "one/m");
    let reason = record.passed_over[0].reason.to_string();
    assert!(reason.contains("1 requests a minute of provider one"), "{reason}");
}

#[tokio::test]
async fn a_request_too_large_for_every_quota_is_the_clients_to_mend() {
    let mut app = app("", |config| config.providers[1].account_limits = limits(|l| l.tpr = Some(20))).await;
    let (answer, record) = app.recorded(Call::ask("one/m", false)).await;
    assert_eq!((answer.status.as_u16(), record.code), (400, Some(Code::CallerContextTooLong)));
    assert!(answer.text().contains("20 tokens in one request"), "{}", answer.text());
    let (answer, record) = app.recorded(Call::ask("both", false)).await;
    assert_eq!((answer.status.as_u16(), attempts(&record).as_str()), (200, "q 200 served"));
}

/// The provider `one` with one place.
async fn one_place() -> TestApp {
    app("", |config| config.providers[1].limits = limits(|l| l.concurrent = Some(1))).await
}

/// Waits until so many requests stand in line.
async fn in_line(app: &TestApp, count: usize) {
    while app.pipeline.live().waiting.len() != count {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_place_given_back_is_the_next_ones() {
    let mut app = one_place().await;
    let mut running = app.open(Call::ask("one/long", true)).await;
    assert!(running.piece().await.is_some());
    let mut asking = JoinSet::new();
    let (mut sender, conn) = connect(app.addr).await;
    asking.spawn(async move {
        let _conn = conn;
        sender.send_request(Call::ask("one/m", false).into_request()).await.unwrap().status().as_u16()
    });
    in_line(&app, 1).await;
    // The stream is cut short by its client: its place comes back at the very end.
    drop(running);
    assert_eq!(tokio::time::timeout(PATIENCE, asking.join_next()).await.unwrap().unwrap().unwrap(), 200);
    let (cut, served) = (app.record().await, app.record().await);
    assert_eq!((cut.status, cut.waited), (499, Duration::ZERO));
    assert_eq!((served.status, attempts(&served).as_str()), (200, "one 200 served"));
    assert!(served.waited > Duration::ZERO && served.overhead + served.waited <= served.total);
    assert!(app.pipeline.live().waiting.is_empty());
}

#[tokio::test]
async fn a_stream_that_waits_is_kept_open() {
    let mut app = one_place().await;
    let mut running = app.open(Call::ask("one/long", true)).await;
    assert!(running.piece().await.is_some());
    let mut waiting = app.open(Call::ask("one/m", true)).await;
    assert_eq!(waiting.response.status().as_u16(), 200);
    assert!(waiting.piece().await.unwrap().starts_with(b":"), "a heartbeat");
    assert_eq!(app.pipeline.live().waiting.len(), 1);
    drop(running);
    let answer = waiting.read().await;
    assert!(answer.error().is_none() && !answer.said().is_empty(), "{}", answer.text());
    let (_, served) = (app.record().await, app.record().await);
    assert!(served.status == 200 && served.waited > Duration::ZERO);
}

#[tokio::test]
async fn who_goes_away_waits_no_longer() {
    let mut app = one_place().await;
    let mut running = app.open(Call::ask("one/long", true)).await;
    assert!(running.piece().await.is_some());
    let (mut sender, conn) = connect(app.addr).await;
    let mut asking = JoinSet::new();
    asking.spawn(async move { drop(sender.send_request(Call::ask("one/m", false).into_request()).await) });
    in_line(&app, 1).await;
    drop(conn);
    let record = app.record().await;
    assert_eq!((record.status, record.attempts.len()), (499, 0));
    assert!(record.waited > Duration::ZERO);
    in_line(&app, 0).await;
    assert_eq!(app.fleet.counts().requests, 1);
}

#[tokio::test]
async fn the_queue_is_bounded_and_says_so() {
    let mut app = app("", |config| {
        config.providers[1].limits = limits(|l| l.concurrent = Some(1));
        config.waiting_places = 1;
    })
    .await;
    let mut running = app.open(Call::ask("one/long", true)).await;
    assert!(running.piece().await.is_some());
    let mut waiting = app.open(Call::ask("one/m", true)).await;
    assert!(waiting.piece().await.is_some());
    let (answer, record) = app.recorded(Call::ask("one/m", false)).await;
    assert_eq!((answer.status.as_u16(), record.code), (503, Some(Code::GatewayOverloaded)));
    assert_eq!(answer.header("retry-after"), "1");
}

#[tokio::test]
async fn waiting_ends_when_the_provider_said() {
    let script = "providers: { p: { dialect: openai_chat, models: { m: {} }, \
                  faults: [{ on: { nth: [1] }, fault: { status: 429, retry_after: 1s } }] } }";
    let config = "discover: false\nproviders: { p: { dialect: openai_chat, base_url: '@p@' } }";
    let mut app = TestApp::start(script, config).await;
    let (answer, _) = app.recorded(Call::ask("p/m", false)).await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (429, "1"));
    let (answer, record) = app.recorded(Call::ask("p/m", false)).await;
    assert_eq!((answer.status.as_u16(), attempts(&record).as_str()), (200, "p 200 served"));
    assert!(record.waited > Duration::from_millis(500), "{:?}", record.waited);
}

/// However many ask at once: never more under way than may be, and everybody is served in the end.
#[tokio::test]
async fn sixty_four_callers_share_three_places() {
    let mut app = app("", |config| config.providers[0].limits = limits(|l| l.concurrent = Some(3))).await;
    assert_eq!(ask_at_once(&app, "p/n", 64).await, vec![200; 64]);
    for record in records(&mut app, 64).await {
        assert_eq!(attempts(&record), "p 200 served");
    }
    assert!(app.pipeline.live().waiting.is_empty());
}
