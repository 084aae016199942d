//! What is particular to a vendor holds for every way to its models.

use http::HeaderMap;
use serde_json::{Value, json};
use wye_sim::Script;
use wye_types::DialectId;
use wye_wire::dialect::PathAsk;

use crate::house::{Ask, House};

fn ask(dialect: DialectId, body: Value) -> Ask {
    Ask { dialect, path: PathAsk::default(), headers: HeaderMap::new(), body }
}

fn chat(model: &str) -> Ask {
    let messages = json!([{"role": "user", "content": "Hello"}]);
    ask(DialectId::OpenAiChat, json!({"model": model, "messages": messages, "temperature": 0.2}))
}

/// OpenAI answers `Unsupported parameter: 'temperature' is not supported with this model` in Responses as well.
#[tokio::test]
async fn a_model_that_thinks_is_not_told_how_to_sample_in_responses() {
    let script = "providers:\n  vendor: { dialect: openai_responses, keys: [sk], models: { gpt-5-codex: {}, gpt-5: {}, gpt-4o: {} } }\n";
    let house = House::of(Script::from_yaml(script).unwrap(), |fleet| {
        format!(
            "discover: false\nproviders:\n  openai: {{ base_url: \"{}\", api_key: sk }}\n",
            fleet.base_url("vendor")
        )
    })
    .await;
    let native = |model: &str| {
        let body =
            json!({"model": model, "input": "Hello", "temperature": 0.2, "reasoning": {"effort": "none"}});
        ask(DialectId::OpenAiResponses, body)
    };
    for (ask, kept, effort) in [
        (chat("openai/gpt-5-codex"), false, Value::Null),
        (native("openai/gpt-5"), false, json!("minimal")),
        (native("openai/gpt-4o"), true, Value::Null),
    ] {
        let got = house.ask(&ask).await.unwrap();
        assert_eq!(got.status, 200, "{}", got.text());
        let received = house.received();
        let sent = &received[0].body;
        assert_eq!(sent.get("temperature").is_some(), kept, "{sent}");
        assert_eq!(sent.pointer("/reasoning/effort").cloned().unwrap_or_default(), effort, "{sent}");
        assert_eq!(got.warnings.iter().any(|loss| loss.contains("temperature")), !kept, "{:?}", got.warnings);
    }
}

/// Google counts a day's requests for each model apart.
#[tokio::test]
async fn a_model_whose_day_is_used_up_leaves_the_others_of_its_account() {
    let script = "providers:\n  vendor: { dialect: gemini, keys: [sk], models: { spent: { quota: { rpd: 1 } }, fresh: {} } }\n";
    let house = House::of(Script::from_yaml(script).unwrap(), |fleet| {
        let url = fleet.base_url("vendor");
        format!(
            "discover: false\nproviders:\n  v: {{ dialect: gemini, base_url: \"{url}\", api_key: sk }}\n\
             routes:\n  r: {{ targets: [v/spent, v/fresh] }}\n"
        )
    })
    .await;
    let served = async |model: &str| house.ask(&chat(model)).await.map(|got| got.served);
    assert_eq!(served("r").await.unwrap(), "v/spent");
    assert_eq!(served("r").await.unwrap(), "v/fresh");
    assert_eq!(house.received().len(), 3, "the second request found the quota used up");
    assert_eq!(served("r").await.unwrap(), "v/fresh");
    assert_eq!(house.received().len(), 1, "the third does not ask again");
    assert_eq!(served("v/fresh").await.unwrap(), "v/fresh");
}
