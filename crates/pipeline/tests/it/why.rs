//! The decision about a request as it is recorded, told in a header, and told beforehand.

use http::HeaderMap;
use serde_json::json;
use wye_routing::strategy::{Order, Weights};
use wye_routing::tree::Strategy;
use wye_types::DialectId;
use wye_types::record::Role;
use wye_types::record::decision::Explanation;
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
