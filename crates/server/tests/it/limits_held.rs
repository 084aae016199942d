//! Limits under many callers at once: nothing passes above a limit and what is in flight.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::JoinSet;
use wye_config::Limits;
use wye_limits::{Measure, Moment};
use wye_types::DialectId;

use super::limits::{SCRIPT, app, ask, key, monthly, usd};
use super::support::{Call, TestApp};

const CALLERS: usize = 64;

impl TestApp {
    /// What the money limit of an owner counts, in nano-dollars.
    pub(super) fn used(&self, owner: &str) -> u64 {
        self.measured(owner, Measure::Money)
    }

    /// Uses up nano-dollars of an owner's money.
    pub(super) fn spend(&self, owner: &str, nano: u64) {
        let now = Moment::of(self.pipeline.clock());
        for (id, cell) in self.cells.all() {
            if id.owner == owner && id.measure == Measure::Money {
                wye_limits::reserve_all([(&cell, nano)], now).unwrap().settle(|_| Some(nano));
            }
        }
    }

    /// What the limits of an owner count: requests, tokens, money, places.
    pub(super) fn used_of(&self, owner: &str) -> [u64; 4] {
        [Measure::Requests, Measure::Tokens, Measure::Money, Measure::Concurrent]
            .map(|measure| self.measured(owner, measure))
    }

    fn measured(&self, owner: &str, measure: Measure) -> u64 {
        let now = Moment::of(self.pipeline.clock());
        let all = self.cells.all();
        let of = all.iter().filter(|(id, _)| id.owner == owner && id.measure == measure);
        of.map(|(_, cell)| cell.with(|meter| meter.window().used(now))).sum()
    }

    /// How many of the callers' requests, all sent at once, got which status.
    async fn all_at_once(self: &Arc<Self>, call: &Call) -> BTreeMap<u16, usize> {
        let mut callers = JoinSet::new();
        for _ in 0..CALLERS {
            let (app, call) = (Arc::clone(self), call.clone());
            callers.spawn(async move { app.send(call).await.status.as_u16() });
        }
        let mut counts = BTreeMap::new();
        while let Some(status) = callers.join_next().await {
            *counts.entry(status.unwrap()).or_default() += 1;
        }
        counts
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_minute_holds_its_requests_and_no_more() {
    let app = Arc::new(
        app(|config| {
            let limits = Limits { rpm: Some(10), ..Limits::default() };
            config.keys = vec![key("k", |key| key.limits = limits)];
        })
        .await,
    );
    let counts = app.all_at_once(&ask(DialectId::OpenAiChat, "k", "p/m")).await;
    assert_eq!(counts, BTreeMap::from([(200, 10), (429, CALLERS - 10)]));
    assert_eq!(app.fleet.counts().requests, 10, "what is refused reaches no provider");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_is_never_overspent() {
    // A request is thought to cost some 53 cents and comes to less: some pass, and together they stay below.
    let mut app = app(|config| {
        config.keys = vec![key("k", |key| key.budgets = vec![monthly(usd(300))])];
    })
    .await;
    let shared = Arc::new(app);
    let counts = shared.all_at_once(&ask(DialectId::OpenAiChat, "k", "p/m")).await;
    app = Arc::into_inner(shared).unwrap();
    let served = counts[&200];
    assert!(served >= 5 && counts.get(&402) == Some(&(CALLERS - served)), "{counts:?}");
    let mut spent = 0;
    for _ in 0..CALLERS {
        spent += app.record().await.cost.unwrap();
    }
    assert!(spent > 0 && spent <= usd(300), "{spent}");
    assert_eq!(app.used("key k"), spent, "nothing is held any more, and all that was spent is counted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_is_never_overspent_by_those_who_ask_several() {
    let providers = ["a", "b", "c"];
    let script: String = providers
        .map(|p| format!("{p}: {{ dialect: openai_chat, models: {{ m: {{ tokens: 400 }} }} }}"))
        .join(", ");
    let all = providers.map(|p| {
        let price = "{ input: 1000, output: 1000 }";
        format!("{p}: {{ dialect: openai_chat, base_url: \"@{p}@\", api_key: k, models: [{{ id: m, price: {price} }}] }}")
    });
    let config = format!(
        "discover: false\nproviders: {{ {} }}\nroutes:\n  \
         three: {{ strategy: consensus, consensus: {{ members: 3 }}, targets: [a/m, b/m, c/m] }}\n  \
         sure: {{ strategy: verified, targets: [a/m, b/m, c/m] }}\n",
        all.join(", ")
    );
    // A call is thought to cost some 53 cents. Some have room for one call more than for whole requests.
    for (route, cents) in [("three", 300), ("three", 110), ("three", 60), ("sure", 230), ("sure", 700)] {
        let mut app = TestApp::start_with(&format!("{{ providers: {{ {script} }} }}"), &config, |config| {
            config.keys = vec![key("k", |key| key.budgets = vec![monthly(usd(cents))])];
        })
        .await;
        let call = Call::chat(DialectId::OpenAiChat, route, false, "What is 6 * 7? [[talk]]")
            .with("authorization", "Bearer sk-k");
        let shared = Arc::new(app);
        let counts = shared.all_at_once(&call).await;
        app = Arc::into_inner(shared).unwrap();
        let (mut spent, mut calls) = (0, 0);
        for _ in 0..CALLERS {
            let record = app.record().await;
            spent += record.cost.unwrap();
            calls += record.attempts.len();
        }
        let served = counts.get(&200).copied().unwrap_or_default();
        assert!(served > 0 && calls >= served, "{route} {cents}: {counts:?}, {calls} calls");
        assert!(counts.keys().all(|status| [200, 402].contains(status)), "{counts:?}");
        assert!(spent > 0 && spent <= usd(cents), "{route} {cents}: {spent} by {calls} calls for {served}");
        assert_eq!(app.used("key k"), spent, "{route} {cents}: nothing is held any more");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn places_are_held_to_the_end_and_come_back_when_clients_go() {
    let app = app(|config| {
        let limits = Limits { concurrent: Some(8), tpm: Some(1_000_000), ..Limits::default() };
        config.keys = vec![key("k", |key| key.limits = limits)];
    })
    .await;
    let app = Arc::new(app);
    let script = SCRIPT.replace("models:", "faults: [{ fault: stall_first }], models:");
    app.fleet.set_script(wye_sim::Script::from_yaml(&script).unwrap());
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let app = Arc::clone(&app);
        let call = ask(DialectId::OpenAiChat, "k", "p/m");
        callers.spawn(async move { app.send(call).await.status.as_u16() });
    }
    // Those that are not let in are answered, the others wait for a provider that says nothing.
    for _ in 0..CALLERS - 8 {
        assert_eq!(callers.join_next().await.unwrap().unwrap(), 429);
    }
    app.fleet.wait_for_requests(8).await;
    assert_eq!(app.fleet.counts().requests, 8);
    assert_eq!(app.used_of("key k")[3], 8);
    callers.shutdown().await;
    let mut app = Arc::into_inner(app).unwrap();
    for _ in 0..CALLERS {
        app.record().await;
    }
    assert_eq!(app.used_of("key k")[3], 0);
    app.fleet.set_script(wye_sim::Script::from_yaml(SCRIPT).unwrap());
    assert_eq!(app.send(ask(DialectId::OpenAiChat, "k", "p/m")).await.status, 200);
}

#[tokio::test]
async fn a_stream_that_is_cut_short_costs_what_went_by() {
    let mut app = app(|config| {
        let limits = Limits { tpm: Some(1_000_000), ..Limits::default() };
        config.keys = vec![key("k", |key| {
            key.limits = limits;
            key.budgets = vec![monthly(usd(100_000))];
        })];
    })
    .await;
    let script = SCRIPT.replace("m: {}", "m: { tps: 50, tokens: 5000 }");
    app.fleet.set_script(wye_sim::Script::from_yaml(&script).unwrap());
    let call = Call::ask("p/m", true).with("authorization", "Bearer sk-k");
    let mut live = app.open(call).await;
    assert!(live.piece().await.is_some());
    drop(live);
    let record = app.record().await;
    let usage = record.usage.unwrap();
    assert!(usage.output > 0 && usage.output < 5000, "{usage:?}");
    assert_eq!(record.cost, Some(usage.total() * 1_000_000));
    let [_, tokens, money, _] = app.used_of("key k");
    assert_eq!((tokens, Some(money)), (usage.total(), record.cost));
}
