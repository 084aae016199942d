//! What one gateway learned of providers keeps another from asking in vain.

use http::HeaderMap;
use serde_json::json;
use wye_sim::Script;
use wye_types::DialectId;
use wye_types::rest::{Rest, Rests};
use wye_wire::dialect::PathAsk;

use crate::house::{Ask, House};

/// A gateway that asks `a` before `b`; `a` fails as it is told.
async fn house(fault: &str) -> House {
    let script = format!(
        "seed: 1\nepoch: 1750000000\nproviders:\n  \
         a: {{ dialect: openai_chat, keys: [sk-very-secret], models: {{ m: {{}} }}, faults: [{{ fault: {fault} }}] }}\n  \
         b: {{ dialect: openai_chat, models: {{ m: {{}} }} }}\n"
    );
    House::of(Script::from_yaml(&script).unwrap(), |fleet| {
        let (a, b) = (fleet.base_url("a"), fleet.base_url("b"));
        format!(
            "discover: false\nproviders:\n  \
             a: {{ dialect: openai_chat, base_url: \"{a}\", api_key: sk-very-secret }}\n  \
             b: {{ dialect: openai_chat, base_url: \"{b}\" }}\n\
             routes: {{ r: {{ targets: [a/m, b/m] }} }}\n"
        )
    })
    .await
}

/// Asks; gives who were asked.
async fn asked(house: &House) -> Vec<String> {
    let body = json!({ "model": "r", "messages": [{ "role": "user", "content": "Hello" }] });
    let ask =
        Ask { dialect: DialectId::OpenAiChat, path: PathAsk::default(), headers: HeaderMap::new(), body };
    assert_eq!(Box::pin(house.ask(&ask)).await.unwrap().status, 200);
    house.received().into_iter().map(|received| received.provider).collect()
}

#[tokio::test]
async fn who_rests_in_one_gateway_is_not_asked_by_another() {
    for (fault, words) in [
        ("{ status: 500 }", "failed"),
        ("{ status: 429, retry_after: 60 }", "told"),
        ("{ status: 401 }", "guessed"),
    ] {
        let (one, other) = (house(fault).await, house(fault).await);
        assert_eq!(one.pipeline().resting(), [], "{fault}");
        assert_eq!(asked(&one).await, ["a", "b"], "{fault}");
        let rests = one.pipeline().resting();
        let names = rests.iter().map(|rest| rest.name.as_str()).collect::<Vec<_>>().join(" ");
        assert!(names.contains(words), "{fault}: {names:?}");
        assert!(!names.contains("secret"), "keys are not told: {names}");
        for rest in &rests {
            other.pipeline().learn(rest);
        }
        assert_eq!(asked(&other).await, ["b"], "{fault}: {names:?}");
        assert_eq!(other.pipeline().resting(), rests, "{fault}");
    }
}

#[tokio::test]
async fn what_cannot_be_understood_changes_nothing() {
    let house = house("none").await;
    let left = std::time::Duration::from_secs(60);
    for name in
        ["", "failed", "new\u{1f}a\u{1f}m", "failed\u{1f}x\u{1f}m", "account\u{1f}a\u{1f}00\u{1f}told\u{1f}"]
    {
        house.pipeline().learn(&Rest { name: name.to_owned(), left });
    }
    assert_eq!(house.pipeline().resting(), []);
    assert_eq!(asked(&house).await, ["a"]);
}
