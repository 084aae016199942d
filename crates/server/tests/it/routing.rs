//! A request for each strategy, each of the gateway's own routes and each wish of a client: who serves it, and what is said
//! of why.

use serde_json::{Value, json};
use wye_types::record::RequestRecord;
use wye_types::record::decision::DecisionRecord;

use super::support::{Answer, Call, TestApp};

const SCRIPT: &str = "providers:
  a: { dialect: openai_chat, models: { small-8b: {}, tools-8b: {} } }
  b: { dialect: anthropic_messages, models: { middle-70b: {} } }
  c: { dialect: gemini, models: { grand-400b: {} } }
";
const CONFIG: &str = "discover: false
providers:
  a:
    dialect: openai_chat
    base_url: \"@a@\"
    api_key: k
    models: [{ id: small-8b, context: 8000, price: { input: 1, output: 2 } }]
  b:
    dialect: anthropic_messages
    base_url: \"@b@\"
    api_key: k
    models: [{ id: middle-70b, context: 100000, price: { input: 0.5, output: 1 } }]
  c:
    dialect: gemini
    base_url: \"@c@\"
    api_key: k
    models: [{ id: grand-400b, context: 200000, price: { input: 5, output: 20 } }]
routes:
  ordered: { targets: [a/small-8b, b/middle-70b, c/grand-400b] }
  weighted: { strategy: weighted, targets: [{ deployment: a/small-8b, weight: 0 }, { deployment: b/middle-70b, weight: 1 }] }
  balanced: { strategy: balanced, targets: [a/small-8b, b/middle-70b, c/grand-400b] }
  adaptive: { strategy: adaptive, targets: [a/small-8b, b/middle-70b, c/grand-400b] }
  fastest: { strategy: fastest, targets: [a/small-8b, b/middle-70b, c/grand-400b] }
  cheapest: { strategy: cheapest, targets: [a/small-8b, b/middle-70b, c/grand-400b] }
  strongest: { strategy: strongest, targets: [a/small-8b, b/middle-70b, c/grand-400b] }
  school: { strategy: school, targets: [a/small-8b, b/middle-70b, c/grand-400b] }
  learned: { strategy: learned, targets: [a/small-8b, b/middle-70b, c/grand-400b] }
  rules:
    strategy: rules
    targets: [a/small-8b, b/middle-70b, c/grand-400b]
    rules: { patterns: [{ pattern: poem, target: 1 }] }
  chosen: { targets: ['tier:large price_in<=2'] }
  nested: { targets: [{ route: cheapest }, a/small-8b] }
  roomy: { strategy: cheapest, targets: ['context>=150k', a/small-8b] }
";

async fn app() -> TestApp {
    TestApp::start(SCRIPT, CONFIG).await
}

async fn ask(app: &mut TestApp, route: &str, text: &str, more: &Value) -> (Answer, RequestRecord) {
    let mut call = Call::ask(route, false);
    let mut body: Value = serde_json::from_slice(&call.body).unwrap();
    body["messages"] = json!([{"role": "user", "content": text}]);
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    call.body = body.to_string().into();
    app.recorded(call).await
}

fn served(record: &RequestRecord) -> String {
    record.served.as_ref().map(ToString::to_string).unwrap_or_default()
}

fn decision(record: &RequestRecord) -> &DecisionRecord {
    record.decision.as_deref().unwrap()
}

#[tokio::test]
async fn every_strategy_chooses_in_its_way_and_says_how() {
    let mut app = app().await;
    for (route, text, served_by) in [
        ("weighted", "hi", Some("b/middle-70b")),
        ("balanced", "hi", None),
        ("adaptive", "hi", None),
        ("fastest", "hi", None),
        ("cheapest", "hi", Some("b/middle-70b")),
        ("strongest", "hi", Some("c/grand-400b")),
        ("school", "hi", Some("c/grand-400b")),
        ("learned", "hi", None),
        ("rules", "hi", Some("a/small-8b")),
        ("rules", "a poem, please", Some("b/middle-70b")),
        ("rules", "analyze and debug this, step by step", Some("c/grand-400b")),
    ] {
        let (answer, record) = ask(&mut app, route, text, &json!({})).await;
        assert_eq!(answer.status.as_u16(), 200, "{route}: {}", answer.text());
        if let Some(served_by) = served_by {
            assert_eq!(served(&record), served_by, "{route}: {text}");
        }
        let decision = decision(&record);
        assert_eq!((&*decision.chain[0].route, decision.chain[0].strategy), (route, route));
        assert!(decision.candidates.iter().filter(|one| one.place.is_some()).count() >= 2, "{route}");
        let said = answer.header("x-wye-reason");
        assert!(said.contains(route) && said.contains(&served(&record)), "{route}: {said}");
    }
}

#[tokio::test]
async fn a_list_is_gone_through_and_needs_no_reason() {
    let mut app = app().await;
    let (answer, record) = ask(&mut app, "ordered", "hi", &json!({})).await;
    assert_eq!((served(&record).as_str(), record.decision), ("a/small-8b", None));
    assert!(answer.header("x-wye-reason").contains("ordered"), "{}", answer.header("x-wye-reason"));
}

#[tokio::test]
async fn descriptions_and_routes_in_routes_lead_to_deployments() {
    let mut app = app().await;
    for (route, served_by, chain) in [
        ("chosen", "b/middle-70b", None),
        ("nested", "b/middle-70b", Some(["nested", "cheapest"])),
        ("roomy", "a/small-8b", None),
        ("wye/cheap", "b/middle-70b", None),
        ("wye/strong", "c/grand-400b", None),
    ] {
        let (answer, record) = ask(&mut app, route, "hi", &json!({})).await;
        assert_eq!(served(&record), served_by, "{route}: {}", answer.text());
        if let Some(chain) = chain {
            let hops: Vec<&str> = decision(&record).chain.iter().map(|hop| &*hop.route).collect();
            assert_eq!(hops, chain);
        }
    }
    for route in ["wye/auto", "auto", "sml/auto"] {
        let (answer, record) =
            ask(&mut app, route, "Write a Python function that sorts a list", &json!({})).await;
        assert_eq!(answer.status.as_u16(), 200, "{route}: {}", answer.text());
        let decision = decision(&record);
        assert_eq!((decision.chain[0].strategy, decision.terms[0]), ("learned", "quality"));
        let profile = decision.profile.as_deref().unwrap();
        let likely: f32 = profile.categories.iter().map(|(_, share)| share).sum();
        assert!(likely > 0.2 && likely < 1.001, "{profile:?}");
        assert!(profile.categories.is_sorted_by(|one, other| one.1 >= other.1));
        assert!(
            decision.candidates.iter().all(|one| one.terms[1] > 0.0),
            "nobody was graded, so that nobody is sure"
        );
    }
    // What does not fit a context is not asked.
    let long = "A rather long story. ".repeat(4000);
    let (answer, record) = ask(&mut app, "roomy", &long, &json!({})).await;
    assert_eq!(served(&record), "c/grand-400b", "{}", answer.text());
    assert_eq!(record.passed_over[0].reason.code.name(), "context");
}

#[tokio::test]
async fn what_a_client_wants_of_the_way_is_done() {
    let mut app = app().await;
    for (more, served_by) in [
        (json!({"prefer": ["c"]}), "c/grand-400b"),
        (json!({"exclude": ["a/small-8b"]}), "b/middle-70b"),
        (json!({"strategy": "cheapest"}), "b/middle-70b"),
        (json!({"strategy": "strongest"}), "c/grand-400b"),
        (json!({"max_price": {"prompt": 0.7}}), "b/middle-70b"),
        (json!({"provider": {"order": ["c", "b"]}}), "c/grand-400b"),
        (json!({"provider": {"only": ["b"]}}), "b/middle-70b"),
        (json!({"provider": {"ignore": ["a", "b"]}}), "c/grand-400b"),
        (json!({"provider": {"sort": "price"}}), "b/middle-70b"),
    ] {
        let (answer, record) = ask(&mut app, "ordered", "hi", &more).await;
        assert_eq!(served(&record), served_by, "{more}: {}", answer.text());
    }
    for (more, served_by) in [
        (json!({"prefer": ["c"]}), "c/grand-400b"),
        (json!({"provider": {"order": ["a"], "allow_fallbacks": false}}), "a/small-8b"),
        (json!({"strategy": "strongest"}), "c/grand-400b"),
        (json!({"strategy": "ordered"}), "a/small-8b"),
    ] {
        let (answer, record) = ask(&mut app, "cheapest", "hi", &more).await;
        assert_eq!(served(&record), served_by, "{more}: {}", answer.text());
        let because = decision(&record).chain[0].reason.as_deref();
        assert!(
            because == Some("as the request wishes") || more.get("provider").is_some(),
            "{more}: {because:?}"
        );
        assert_eq!(decision(&record).candidates[0].deployment.to_string(), served_by, "told as it was tried");
    }
    let nobody = json!({"provider": {"only": ["b"]}, "exclude": ["middle-70b"]});
    let (answer, record) = ask(&mut app, "ordered", "hi", &nobody).await;
    assert_eq!((answer.status.as_u16(), record.attempts.len()), (400, 0), "{}", answer.text());
    assert!(answer.text().contains("ask for less"), "{}", answer.text());
}

#[tokio::test]
async fn names_that_a_client_lists_are_tried_one_after_another() {
    let script = SCRIPT
        .replace("{ small-8b: {}, tools-8b: {} }", "{ small-8b: {} }, faults: [{ fault: { status: 500 } }]");
    let mut app = TestApp::start(&script, CONFIG).await;
    let more = json!({"models": ["a/small-8b", "c/grand-400b", "b/middle-70b"]});
    let (answer, record) = ask(&mut app, "a/small-8b", "hi", &more).await;
    assert_eq!(served(&record), "c/grand-400b", "{}", answer.text());
    let tried: Vec<String> = record.attempts.iter().map(|one| one.deployment.to_string()).collect();
    assert_eq!(tried, ["a/small-8b", "c/grand-400b"]);
}

#[tokio::test]
async fn a_session_stays_where_it_was_served() {
    let mut app = app().await;
    let say = |turns: usize| {
        let mut messages = vec![json!({"role": "user", "content": "Remember this."})];
        for turn in 1..turns {
            messages.push(json!({"role": "assistant", "content": "Yes."}));
            messages.push(json!({"role": "user", "content": format!("And this: {turn}")}));
        }
        json!({"messages": messages})
    };
    let (_, first) = ask(&mut app, "balanced", "", &say(1)).await;
    for turns in 2..12 {
        let (_, record) = ask(&mut app, "balanced", "", &say(turns)).await;
        let affinity = decision(&record).affinity.clone().unwrap();
        if affinity.outcome.name() == "kept" {
            assert_eq!(served(&record), affinity.home.unwrap().to_string());
        }
    }
    let (_, other) = ask(&mut app, "balanced", "Something else.", &json!({})).await;
    assert_eq!(decision(&first).affinity.as_ref().unwrap().outcome.name(), "first");
    assert_eq!(decision(&other).affinity.as_ref().unwrap().outcome.name(), "first");
}

#[tokio::test]
async fn what_lies_at_one_provider_is_not_raced_for() {
    let script = "providers:\n  d: { dialect: openai_responses, models: { m: {} } }\n  \
                  e: { dialect: openai_responses, models: { m: {} } }\n";
    let config = "discover: false\nproviders:\n  \
                  d: { dialect: openai_responses, base_url: \"@d@\", api_key: k, models: [m] }\n  \
                  e: { dialect: openai_responses, base_url: \"@e@\", api_key: k, models: [m] }\n\
                  routes:\n  race: { targets: [d/m, e/m], hedge: { contenders: 2, mode: race } }\n";
    let mut app = TestApp::start_keeping(script, config).await;
    let mut kept = Value::Null;
    for (more, roles) in [
        (json!({}), &["primary", "hedge"][..]),
        (json!({"background": true}), &["primary"]),
        // Read of the first answer, below.
        (json!({"previous_response_id": null}), &["primary"]),
    ] {
        let mut body = json!({"model": "race", "input": "one"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        if body.get("previous_response_id").is_some() {
            body["previous_response_id"] = kept.clone();
        }
        let (answer, record) = app.recorded(Call::post("/v1/responses", body.to_string())).await;
        assert_eq!(answer.status.as_u16(), 200, "{body}: {}", answer.text());
        let tried: Vec<&str> = record.attempts.iter().map(|attempt| attempt.role.name()).collect();
        assert_eq!(tried, roles, "{body}");
        if kept.is_null() {
            kept = answer.json()["id"].clone();
        }
    }
}
