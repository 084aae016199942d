//! Another target is asked beside one that is late: who wins, what is told to the losers, and what is recorded. Time is
//! paused: it passes when nothing else can happen.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use serde_json::json;
use tokio::time::Instant;
use wye_fleet::{Allowance, Spent};
use wye_pipeline::live::HedgePolicy;
use wye_routing::strategy::Order;
use wye_routing::tree::Strategy;
use wye_sim::Script;
use wye_types::DialectId;
use wye_types::record::{Outcome, RequestRecord};
use wye_wire::dialect::PathAsk;

use crate::house::{Ask, Got, House};

/// A gateway whose route `r` asks the providers `a`, `b` and `c` in that order, each of which has the fault that is given
/// for it. Nobody knows how fast they are: a stream is late after 10 s, a whole answer after 30 s.
async fn house(faults: &[&str], change: impl FnOnce(&mut HedgePolicy)) -> House {
    let names = ["a", "b", "c"];
    let mut script = "seed: 1\nepoch: 1750000000\nproviders:\n".to_owned();
    for (name, fault) in names.into_iter().zip(faults) {
        let faults = if fault.is_empty() { String::new() } else { format!("{{ fault: {fault} }}") };
        script.push_str(&format!(
            "  {name}: {{ dialect: openai_chat, models: {{ m: {{ tokens: 8 }} }}, faults: [{faults}] }}\n"
        ));
    }
    let house = House::in_time(Script::from_yaml(&script).unwrap(), |fleet| {
        let mut config = "discover: false\nproviders:\n".to_owned();
        for name in names.into_iter().take(faults.len()) {
            let url = fleet.base_url(name);
            config.push_str(&format!(
                "  {name}: {{ dialect: openai_chat, base_url: \"{url}\", limits: {{ concurrent: 1 }}, \
                 models: [{{ id: m, price: {{ input: 4, output: 8 }} }}] }}\n"
            ));
        }
        let targets: Vec<String> =
            names.into_iter().take(faults.len()).map(|name| format!("{name}/m")).collect();
        config.push_str(&format!(
            "routes:\n  r: {{ targets: [{}], timeouts: {{ first_content: 40s, total: 300s }} }}\n",
            targets.join(", ")
        ));
        config
    })
    .await;
    let mut hedge = HedgePolicy::usual(Arc::default());
    change(&mut hedge);
    house.set_policy("r", |policy| policy.hedge = Some(hedge));
    house
}

fn ask(stream: bool) -> Ask {
    let body =
        json!({ "model": "r", "stream": stream, "messages": [{ "role": "user", "content": "Hello there" }] });
    Ask { dialect: DialectId::OpenAiChat, path: PathAsk::default(), headers: HeaderMap::new(), body }
}

/// Asks; gives the answer and the seconds that passed until its end.
async fn timed(house: &House, ask: &Ask) -> (Got, u64) {
    let begun = Instant::now();
    let got = Box::pin(house.ask(ask)).await.unwrap();
    (got, begun.elapsed().as_secs())
}

/// `a 0s primary cancelled, b 10s hedge served`
fn attempts(record: &RequestRecord) -> String {
    let one = |attempt: &wye_types::record::AttemptRecord| {
        let outcome = match attempt.outcome {
            Outcome::Served => "served".to_owned(),
            Outcome::Failed(code) => code.name().to_owned(),
            Outcome::Cancelled => "cancelled".to_owned(),
        };
        let (who, role) = (&attempt.deployment.provider, attempt.role.name());
        format!("{who} {}s {role} {outcome}", attempt.started.as_secs())
    };
    record.attempts.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn only(house: &House) -> RequestRecord {
    let mut records = house.records();
    assert_eq!(records.len(), 1);
    records.remove(0)
}

#[tokio::test(start_paused = true)]
async fn the_hedge_wins_and_the_late_one_is_told_to_stop() {
    for (stream, late) in [(true, 10), (false, 30)] {
        let house = house(&["{ slow_first: 200s }", ""], |_| {}).await;
        let (got, took) = timed(&house, &ask(stream)).await;
        assert_eq!((got.status, got.served.as_str()), (200, "b/m"));
        assert!((late..late + 2).contains(&took), "{took} s");
        house.disconnects(1).await;
        let record = only(&house);
        assert_eq!(attempts(&record), format!("a 0s primary cancelled, b {late}s hedge served"));
        assert_eq!(record.attempts[1].phases.queued.map(|queued| queued.as_secs()), Some(late));
        assert_eq!(record.served.as_ref().map(ToString::to_string).as_deref(), Some("b/m"));
        // The answer that was sent, and the prompt that the other has read.
        let usage = record.usage.unwrap();
        let own = usage.prompt_total() * 4000 + usage.output_total() * 8000;
        let lost = record.cost.unwrap() - own;
        assert!(lost > 0 && lost < 20 * 4000, "{usage:?}, {lost}");
        // The one place that the late one has is free again: it is asked first again.
        let (_, _) = timed(&house, &ask(stream)).await;
        assert_eq!(only(&house).attempts[0].deployment.provider, "a");
    }
}

#[tokio::test(start_paused = true)]
async fn in_a_race_all_start_at_once_and_the_quickest_wins() {
    let faults = ["{ slow_first: 20s }", "{ slow_first: 3s }", "{ slow_first: 8s }"];
    let house = house(&faults, |hedge| (hedge.race, hedge.budget) = (true, None)).await;
    let (got, took) = timed(&house, &ask(true)).await;
    assert_eq!(got.served, "b/m");
    assert!((3..5).contains(&took), "{took} s");
    house.disconnects(2).await;
    assert_eq!(attempts(&only(&house)), "a 0s primary cancelled, c 0s hedge cancelled, b 0s hedge served");
}

#[tokio::test(start_paused = true)]
async fn a_hedge_that_fails_alone_harms_nobody() {
    for fault in ["{ status: 500 }", "{ status: 400 }", "stall_body"] {
        let house = house(&["{ slow_first: 12s }", fault], |_| {}).await;
        let (got, took) = timed(&house, &ask(true)).await;
        assert_eq!((got.status, got.served.as_str()), (200, "a/m"), "{fault}");
        assert!((12..15).contains(&took), "{took} s");
        let record = only(&house);
        assert!(attempts(&record).starts_with("a 0s primary served, b 10s hedge "), "{}", attempts(&record));
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_of_both_goes_on_with_the_next() {
    let house = house(&["{ slow_first: 60s }", "{ status: 503 }", ""], |hedge| hedge.budget = None).await;
    let (got, _) = timed(&house, &ask(true)).await;
    assert_eq!(got.status, 200);
    let served = "a 0s primary cancelled, b 10s hedge provider_overloaded, c 10s hedge served";
    assert_eq!(attempts(&only(&house)), served);
}

/// A client whose budget has room for one call at a time.
#[tokio::test(start_paused = true)]
async fn who_cannot_pay_for_two_at_once_is_sent_to_the_next_all_the_same() {
    let script = "seed: 1\nepoch: 1750000000\nproviders:\n  \
                  a: { dialect: openai_chat, models: { m: { tokens: 8 } }, faults: [{ fault: stall_body }] }\n  \
                  b: { dialect: openai_chat, models: { m: { tokens: 8 } } }\n";
    let house = House::in_time(Script::from_yaml(script).unwrap(), |fleet| {
        let provider = |name: &str| {
            let url = fleet.base_url(name);
            format!(
                "  {name}: {{ dialect: openai_chat, base_url: \"{url}\", \
                 models: [{{ id: m, price: {{ input: 4, output: 8 }} }}] }}\n"
            )
        };
        format!(
            "discover: false\nproviders:\n{}{}\
             keys: [{{ name: k, key: wye-test-5f9c2a71d0b84e63, budgets: [{{ usd: 0.006, per: month }}] }}]\n\
             routes:\n  r: {{ targets: [a/m, b/m], timeouts: {{ first_content: 40s, total: 300s }}, \
             retry: {{ rounds: 1 }}, hedge: {{ contenders: 2, budget: 1 }} }}\n",
            provider("a"),
            provider("b")
        )
    })
    .await;
    let got = Box::pin(house.ask_by(&ask(true), Some("k"))).await;
    let told = attempts(&only(&house));
    assert!(got.is_ok(), "{told}");
    assert_eq!(told, "a 0s primary provider_timeout, b 40s retry served");
}

#[tokio::test(start_paused = true)]
async fn nobody_is_asked_twice_who_cannot_pay_for_it() {
    let allowance = Arc::new(Allowance::default());
    allowance.spend(None).map(Spent::used).unwrap();
    let house = house(&["{ slow_first: 20s }", ""], |hedge| hedge.allowance = Arc::clone(&allowance)).await;
    let (got, _) = timed(&house, &ask(true)).await;
    assert_eq!((got.status, attempts(&only(&house)).as_str()), (200, "a 0s primary served"));
    // Nineteen more, and one may be.
    (0..19).for_each(|_| allowance.earn(50, Some(1_000_000)));
    assert!(allowance.spend(Some(1)).is_some(), "what was not spent was kept");
}

#[tokio::test(start_paused = true)]
async fn whoever_wants_one_at_a_time_gets_one_at_a_time() {
    let house = house(&["{ slow_first: 20s }", ""], |_| {}).await;
    let mut ask = ask(true);
    ask.headers.insert("x-wye-hedge", HeaderValue::from_static("off"));
    let (got, _) = timed(&house, &ask).await;
    assert_eq!((got.status, attempts(&only(&house)).as_str()), (200, "a 0s primary served"));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_takes_all_of_them_with_it() {
    for stream in [true, false] {
        let house = house(&["{ slow_first: 200s }", "{ slow_first: 200s }"], |_| {}).await;
        let ask = ask(stream);
        let left = tokio::time::timeout(Duration::from_secs(35), Box::pin(house.ask(&ask))).await;
        assert!(left.is_err());
        house.disconnects(2).await;
        let record = only(&house);
        let late = if stream { 10 } else { 30 };
        assert_eq!(attempts(&record), format!("a 0s primary cancelled, b {late}s hedge cancelled"));
        assert_eq!(record.status, 499);
        let prompt = record.usage.unwrap().prompt_total();
        assert!(prompt > 0);
        assert_eq!(record.cost, Some(2 * prompt * 4000), "both have read the prompt");
    }
}

#[tokio::test(start_paused = true)]
async fn the_decision_says_whether_several_may_be_asked() {
    for (race, mode) in [(false, "hedged"), (true, "race")] {
        let house = house(&["", ""], |_| {}).await;
        house.set_strategy("r", Strategy::Ranked(Order::Cheapest(None)));
        house.set_policy("r", |policy| {
            policy.hedge = Some(HedgePolicy { race, ..HedgePolicy::usual(Arc::default()) });
        });
        let (_, _) = timed(&house, &ask(true)).await;
        assert_eq!(only(&house).decision.unwrap().mode.name(), mode);
        // What names other models goes in turn among them, and so does who wants one at a time.
        for more in [json!({ "models": ["b/m"], "provider": { "only": ["a"] } }), json!({ "hedge": "off" })] {
            let mut one = ask(true);
            one.body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let (_, _) = timed(&house, &one).await;
            let record = only(&house);
            assert_eq!(record.decision.unwrap().mode.name(), "in_turn", "{more}");
        }
    }
}
