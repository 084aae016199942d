//! Who is known to be slow is left out where the route or the client wants that, until what is known of it is old. Time is
//! paused: it passes when nothing else can happen.

use std::time::Duration;

use http::HeaderMap;
use serde_json::json;
use wye_sim::Script;
use wye_types::{Code, DialectId};
use wye_wire::dialect::PathAsk;

use crate::house::{Ask, House};

/// A gateway whose routes ask the slow `a` first, then the quick `b`.
async fn house() -> House {
    let script = "seed: 1\nepoch: 1750000000\nproviders:\n  \
                  a: { dialect: openai_chat, models: { m: { tokens: 8 } }, faults: [{ on: { to: 2 }, fault: { slow_first: 9s } }] }\n  \
                  b: { dialect: openai_chat, models: { m: { tokens: 8 } } }\n";
    House::in_time(Script::from_yaml(script).unwrap(), |fleet| {
        let mut config = "discover: false\nproviders:\n".to_owned();
        for name in ["a", "b"] {
            let url = fleet.base_url(name);
            config
                .push_str(&format!("  {name}: {{ dialect: openai_chat, base_url: \"{url}\", models: [m] }}\n"));
        }
        config.push_str(
            "routes:\n  both: { targets: [a/m, b/m] }\n  lone: { targets: [a/m] }\n  \
             quick: { targets: [a/m], filter: { max_latency: 2s } }\n  chosen: { targets: [\"provider:a latency_ms<2000\"] }\n  \
             three: { strategy: consensus, consensus: { members: 3 }, targets: [a/m, b/m, \"latency_ms<20000\"] }\n",
        );
        config
    })
    .await
}

fn ask(model: &str, most_ms: Option<u64>) -> Ask {
    let mut body = json!({ "model": model, "stream": true, "messages": [{ "role": "user", "content": "Tell me of it. [[talk]]" }] });
    if let Some(most_ms) = most_ms {
        body["max_latency_ms"] = most_ms.into();
    }
    Ask { dialect: DialectId::OpenAiChat, path: PathAsk::default(), headers: HeaderMap::new(), body }
}

async fn served(house: &House, ask: &Ask) -> String {
    Box::pin(house.ask(ask)).await.unwrap().served
}

#[tokio::test(start_paused = true)]
async fn who_was_slow_is_asked_again_when_that_is_long_ago() {
    let house = house().await;
    let quickly = ask("both", Some(2000));
    // Nobody knows how fast it is.
    assert_eq!(served(&house, &quickly).await, "a/m");
    assert_eq!(served(&house, &quickly).await, "b/m");
    tokio::time::advance(Duration::from_secs(590)).await;
    assert_eq!(served(&house, &quickly).await, "b/m");
    // It is slow still: what one request found out holds for all others.
    tokio::time::advance(Duration::from_secs(11)).await;
    assert_eq!(served(&house, &quickly).await, "a/m");
    assert_eq!(served(&house, &quickly).await, "b/m");
    // It is quick again, and known to be after one answer.
    tokio::time::advance(Duration::from_secs(601)).await;
    assert_eq!(served(&house, &quickly).await, "a/m");
    assert_eq!(served(&house, &quickly).await, "a/m");
}

#[tokio::test(start_paused = true)]
async fn what_the_route_leaves_out_is_no_fault_of_the_client() {
    let house = house().await;
    assert_eq!(served(&house, &ask("lone", None)).await, "a/m");
    let refused = async |ask: &Ask| Box::pin(house.ask(ask)).await.err().unwrap();
    let error = refused(&ask("quick", None)).await;
    assert_eq!((error.code, error.http_status()), (Code::GatewayNoTarget, 503), "{error}");
    let wait = error.retry_after.unwrap().as_secs();
    assert!((580..=600).contains(&wait), "{wait}");
    assert!(error.to_string().contains("the filter of its route leaves it out: max_latency"), "{error}");
    // A selector's word on speed is as good, and is looked at for each request.
    let error = refused(&ask("chosen", None)).await;
    assert_eq!((error.code, error.http_status()), (Code::GatewayNoTarget, 503), "{error}");
    assert!(error.to_string().contains("latency_ms"), "{error}");
    // The route's word stands above what the client says of the same.
    assert_eq!(refused(&ask("quick", Some(2000))).await.code, Code::GatewayNoTarget);
    // A client that wants less is answered.
    let error = refused(&ask("lone", Some(2000))).await;
    assert_eq!((error.code, error.http_status()), (Code::CallerInvalidRequest, 400), "{error}");
    assert_eq!(served(&house, &ask("lone", Some(20_000))).await, "a/m");
    // The slow answers are long ago: it is asked, and is quick.
    tokio::time::advance(Duration::from_secs(601)).await;
    for _ in 0..2 {
        assert_eq!(served(&house, &ask("chosen", None)).await, "a/m");
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_listed_and_picked_for_its_speed_is_asked_once() {
    let house = house().await;
    Box::pin(house.ask(&ask("three", None).aimed("three", false))).await.unwrap();
    let attempts = house.records().remove(0).attempts;
    let mut asked: Vec<String> = attempts.iter().map(|one| one.deployment.to_string()).collect();
    asked.sort();
    assert_eq!(asked, ["a/m", "b/m"]);
}

/// A gateway whose route asks `a`, then `b`, which are slow to their first content, for so many seconds in all.
async fn hurried(a: &str, b: &str, total: u32) -> House {
    let mut script = "seed: 1\nepoch: 1750000000\nproviders:\n".to_owned();
    for (name, model) in [("a", a), ("b", b)] {
        script.push_str(&format!("  {name}: {{ dialect: openai_chat, models: {{ m: {{ {model} }} }} }}\n"));
    }
    House::in_time(Script::from_yaml(&script).unwrap(), |fleet| {
        let mut config = "discover: false\nproviders:\n".to_owned();
        for name in ["a", "b"] {
            let url = fleet.base_url(name);
            config
                .push_str(&format!("  {name}: {{ dialect: openai_chat, base_url: \"{url}\", models: [m] }}\n"));
        }
        config.push_str(&format!(
            "routes:\n  both: {{ targets: [a/m, b/m], timeouts: {{ first_content: 8s, idle: 5s, total: {total}s }} }}\n"
        ));
        config
    })
    .await
}

/// What counts against the models of `a` and `b`: successes of streams so far.
fn successes(house: &House) -> [Option<f32>; 2] {
    let fleet = &house.pipeline().live().fleet;
    ["a", "b"].map(|name| fleet.provider(name).member("m").state.speed(true).success())
}

#[tokio::test(start_paused = true)]
async fn whoever_is_cut_off_by_the_end_of_the_request_is_not_to_blame() {
    // The first had its eight seconds; the second has two left of ten.
    let house = hurried("ttft: 60s", "ttft: 60s", 10).await;
    let error = Box::pin(house.ask(&ask("both", None))).await.err().unwrap();
    assert_eq!((error.http_status(), successes(&house)), (504, [Some(0.0), None]), "{error}");
    let attempts = house.records().remove(0).attempts;
    assert_eq!(attempts.len(), 2);
    // It was answering all the time.
    let house = hurried("ttft: 1s, tokens: 400, tps: 10", "", 10).await;
    let got = Box::pin(house.ask(&ask("both", None))).await.unwrap();
    let record = house.records().remove(0);
    assert!(got.text().contains("provider_timeout"), "{:?}", record.attempts);
    assert_eq!(successes(&house), [None, None]);
    // It fell silent in the middle of its answer, long before the end.
    let house = hurried("tokens: 4, tps: 0.15", "", 60).await;
    let got = Box::pin(house.ask(&ask("both", None))).await.unwrap();
    assert!(got.text().contains("provider_timeout"), "{}", got.text());
    assert_eq!(successes(&house), [Some(0.0), None]);
}
