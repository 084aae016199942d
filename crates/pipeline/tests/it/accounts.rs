//! Several accounts of one provider: who is asked first, and what is known of each.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};
use http_body_util::{BodyExt, Full};
use serde_json::json;
use wye_pipeline::pass::{Passing, Sending, Way};
use wye_pipeline::seen;
use wye_sim::Script;
use wye_types::{Code, DialectId};
use wye_wire::dialect::PathAsk;

use crate::house::{Ask, House};

/// A provider with two accounts, the first of which has a fault.
async fn house(fault: &str) -> House {
    let script = format!(
        "seed: 1\nepoch: 1750000000\nproviders:\n  \
         a: {{ dialect: openai_chat, keys: [sk-odd, sk-good], models: {{ m: {{}} }}, \
               faults: [{{ on: {{ key: sk-odd }}, fault: {fault} }}] }}\n"
    );
    House::of(Script::from_yaml(&script).unwrap(), |fleet| {
        format!(
            "discover: false\nproviders:\n  \
             a: {{ dialect: openai_chat, base_url: \"{}\", api_keys: [sk-odd, sk-good] }}\n\
             routes: {{ r: {{ targets: [a/m] }} }}\n",
            fleet.base_url("a")
        )
    })
    .await
}

/// Asks so often; gives the accounts that were called for each request.
async fn asked(house: &House, times: usize) -> Vec<Vec<usize>> {
    let body = json!({ "model": "r", "messages": [{ "role": "user", "content": "Hello" }] });
    let ask =
        Ask { dialect: DialectId::OpenAiChat, path: PathAsk::default(), headers: HeaderMap::new(), body };
    for _ in 0..times {
        assert_eq!(Box::pin(house.ask(&ask)).await.unwrap().status, 200);
    }
    let accounts = |record: &wye_types::record::RequestRecord| {
        record.attempts.iter().map(|attempt| attempt.account).collect()
    };
    house.records().iter().map(accounts).collect()
}

#[tokio::test]
async fn an_account_that_may_not_use_a_model_is_soon_asked_last() {
    // A 403 is about one model, so that the account does not rest.
    let house = house("{ status: 403 }").await;
    assert_eq!(asked(&house, 5).await, [vec![0, 1], vec![0, 1], vec![1], vec![1], vec![1]]);
    let live = house.pipeline().live();
    let [deployment] = <[_; 1]>::try_from(seen::deployments(&live, Some("a"))).unwrap();
    let seen = deployment.look(house.pipeline().clock().mono());
    assert_eq!((seen.wholes.success, seen.in_flight), (Some(1.0), 0));
    let [odd, good] = <[_; 2]>::try_from(seen.accounts).unwrap();
    assert_eq!((odd.wholes.success, odd.behind_in_wholes, odd.behind_in_streams), (Some(0.0), true, false));
    assert_eq!((good.wholes.success, good.behind_in_wholes, good.in_flight), (Some(1.0), false, 0));
    assert!(good.wholes.first_ms.is_some() && odd.wholes.first_ms.is_none() && odd.rests.is_empty());
    // It is still there for who needs it.
    live.endpoints["a"].accounts[1].state.refused(Duration::from_secs(1), Some(Duration::from_secs(60)));
    let body = json!({ "model": "r", "messages": [{ "role": "user", "content": "Hello" }] });
    let ask =
        Ask { dialect: DialectId::OpenAiChat, path: PathAsk::default(), headers: HeaderMap::new(), body };
    assert!(Box::pin(house.ask(&ask)).await.is_err());
    let record = house.records().pop().unwrap();
    assert_eq!(record.attempts.iter().map(|attempt| attempt.account).collect::<Vec<_>>(), [0]);
}

#[tokio::test]
async fn accounts_that_are_alike_take_turns() {
    let house = house("none").await;
    assert_eq!(asked(&house, 4).await, [[0], [1], [0], [1]]);
}

#[tokio::test(start_paused = true)]
async fn what_goes_through_and_is_not_sent_leaves_the_probe_to_others() {
    let script =
        "seed: 1\nepoch: 1750000000\nproviders: { a: { dialect: bedrock_converse, models: { m: {} } } }";
    let house = House::in_time(Script::from_yaml(script).unwrap(), |fleet| {
        format!(
            "discover: false\nbody_limit: 1KiB\nproviders:\n  \
             a: {{ dialect: bedrock_converse, base_url: '{}', auth: aws, api_key: 'AKIAIOSFODNN7EXAMPLE:secret@eu-west-1' }}\n",
            fleet.base_url("a")
        )
    })
    .await;
    let live = house.pipeline().live();
    let (state, clock) = (&live.endpoints["a"].accounts[0].state, house.pipeline().clock());
    state.refused(clock.mono(), None);
    assert!(state.rests_until("pass", clock.mono()).is_some());
    tokio::time::advance(Duration::from_millis(9500)).await;
    assert!(state.rests_until("pass", clock.mono()).is_none(), "one may find out");
    let passing = || {
        let body = Full::new(Bytes::from(vec![b'x'; 4096])).map_err(|never| match never {});
        Passing {
            method: Method::POST,
            way: Way::Provider { provider: "a".to_owned(), path: "/model/m/invoke".to_owned() },
            query: None,
            body: Sending::Coming(body.boxed_unsync()),
        }
    };
    for _ in 0..3 {
        // What is signed must be held whole, and this is too large: nothing is sent.
        let error = Box::pin(house.pass(passing())).await.err().unwrap();
        assert_eq!(error.code, Code::CallerBodyTooLarge);
        assert!(state.rests_until("pass", clock.mono()).is_none(), "another may");
    }
    assert!(house.received().is_empty());
}
