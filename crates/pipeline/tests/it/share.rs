//! A provider that never answers leaves time for the next.

use std::time::Duration;

use http::HeaderMap;
use serde_json::json;
use wye_types::DialectId;
use wye_wire::dialect::PathAsk;

use crate::house::{Ask, House, route};

#[tokio::test]
async fn a_provider_that_stalls_does_not_use_up_the_time_of_the_next() {
    let house = House::new().await;
    house.stall("sim-openai");
    let name = route("sim-openai", "plain", "sim-anthropic");
    house.set_policy(&name, |policy| {
        policy.total = Duration::from_secs(2);
        policy.least_share = Duration::from_millis(1);
    });
    let ask = Ask {
        dialect: DialectId::OpenAiChat,
        path: PathAsk::default(),
        headers: HeaderMap::new(),
        body: json!({"model": name, "messages": [{"role": "user", "content": "Hello"}]}),
    };
    let got = house.ask(&ask).await.unwrap();
    assert_eq!((got.status, got.served.as_str()), (200, "sim-anthropic/deep"), "{}", got.text());
    assert_eq!(house.received().len(), 2);
}
