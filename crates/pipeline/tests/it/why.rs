//! The decision about a request as it is recorded, told in a header, and told beforehand.

use std::time::Duration;

use http::HeaderMap;
use serde_json::json;
use wye_routing::strategy::{Order, Weights};
use wye_routing::tree::Strategy;
use wye_sim::Script;
use wye_types::DialectId;
use wye_types::record::decision::Explanation;
use wye_types::record::{MOST_PASSED, RefusalCode, Role};
use wye_wire::dialect::PathAsk;

use crate::house::{Ask, House, PROVIDERS, route};

#[tokio::test]
async fn a_weighed_request_says_by_what_it_went() {
    let house = House::new().await;
    let [(a, _), (b, _), ..] = PROVIDERS;
    let name = route(a, "plain", b);
    house.set_strategy(&name, Strategy::Ranked(Order::Adaptive(Weights::default())));
    let body = json!({"model": name, "messages": [{"role": "user", "content": "hi"}]});
    let dialect = DialectId::OpenAiChat;
    let ask = Ask { dialect, path: PathAsk::default(), headers: HeaderMap::new(), body };
    let before = house.explain(&ask).unwrap();
    assert!(house.records().is_empty() && house.received().is_empty(), "nobody was called");
    let got = house.ask(&ask).await.unwrap();
    let [record] = <[_; 1]>::try_from(house.records()).unwrap();
    let decision = record.decision.unwrap();
    let line = format!("adaptive: {} {:.2} over 1", got.served, decision.candidates[0].score.unwrap());
    assert_eq!(got.reason, line);
    assert_eq!((record.attempts[0].role, record.attempts.len()), (Role::Primary, 1));
    // The same was said before, but for the dice.
    let [told, said] = [&before.decision, &*decision].map(Explanation::of);
    let names = |told: &Explanation| {
        let mut names: Vec<String> = told.candidates.iter().map(|one| one.deployment.clone()).collect();
        names.sort();
        names
    };
    assert_eq!((&told.chain, &told.facts, &told.terms), (&said.chain, &said.facts, &said.terms));
    assert_eq!(names(&told), names(&said));
    assert_eq!((&*before.route, before.asked.as_str()), (&*name, &*name));
    assert_eq!(said.chain[0].strategy, "adaptive");
    assert_eq!(said.chosen().map(|one| one.deployment.clone()), Some(got.served));
    assert_eq!(Explanation::read(&decision.to_bytes()), Some(said));
}

#[tokio::test]
async fn of_thousands_that_are_not_called_the_record_keeps_a_few_and_counts_the_others() {
    let script = "seed: 1\nepoch: 1750000000\nproviders: { a: { dialect: openai_chat, models: { m: {} } } }";
    let house = House::of(Script::from_yaml(script).unwrap(), |fleet| {
        let targets: Vec<String> = (0..1000).map(|n| format!("a/m{n}")).collect();
        format!(
            "discover: false\nproviders: {{ a: {{ dialect: openai_chat, base_url: \"{}\" }} }}\n\
             routes: {{ r: {{ targets: [{}], filter: {{ max_price: {{ input: 1 }} }} }} }}\n",
            fleet.base_url("a"),
            targets.join(", ")
        )
    })
    .await;
    let body = json!({"model": "r", "messages": [{"role": "user", "content": "hi"}]});
    let ask =
        Ask { dialect: DialectId::OpenAiChat, path: PathAsk::default(), headers: HeaderMap::new(), body };
    let error = Box::pin(house.ask(&ask)).await.err().unwrap();
    assert!(error.to_string().contains("and 995 more"), "{error}");
    assert_eq!(error.http_status(), 503);
    let record = house.records().remove(0);
    assert_eq!(record.passed_over.len(), MOST_PASSED);
    assert_eq!(record.passed_more, [(RefusalCode::RouteFilter, 936)]);
}

#[tokio::test]
async fn the_soonest_of_thousands_says_when_to_come_again() {
    let script = "seed: 1\nepoch: 1750000000\nproviders: { a: { dialect: openai_chat, models: { m: {} } } }";
    let house = House::of(Script::from_yaml(script).unwrap(), |fleet| {
        let targets: Vec<String> = (0..1000).map(|n| format!("a/m{n}")).collect();
        format!(
            "discover: false\nproviders: {{ a: {{ dialect: openai_chat, base_url: \"{}\" }} }}\n\
             routes: {{ r: {{ targets: [{}], filter: {{ max_latency: 1s }} }} }}\n",
            fleet.base_url("a"),
            targets.join(", ")
        )
    })
    .await;
    let live = house.pipeline().live();
    for (n, target) in live.routes["r"].targets.iter().enumerate() {
        let measured = if n == 900 { Duration::ZERO } else { Duration::from_secs(1) };
        target.member.state.speed(false).served(Duration::from_secs(9), None, measured);
    }
    let body = json!({"model": "r", "messages": [{"role": "user", "content": "hi"}]});
    let ask =
        Ask { dialect: DialectId::OpenAiChat, path: PathAsk::default(), headers: HeaderMap::new(), body };
    let error = Box::pin(house.ask(&ask)).await.err().unwrap();
    assert_eq!((error.http_status(), error.retry_after), (503, Some(Duration::from_secs(599))));
}
