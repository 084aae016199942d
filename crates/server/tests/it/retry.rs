//! When a route tries again, where, and what it tells if nothing helped.

use serde_json::json;
use wye_types::DialectId;

use super::support::{Answer, Call, TIMEOUTS, TestApp, attempts, code};

/// Two providers of OpenAI's dialect, the first with faults, both with two keys.
async fn app(faults: &str, routes: &str) -> TestApp {
    let script = format!(
        r#"
providers:
  faulty:
    dialect: openai_chat
    keys: [sk-sim-a, sk-sim-b]
    models: {{ m: {{}}, tiny: {{ context: 50 }} }}
    faults: {faults}
  backup:
    dialect: openai_chat
    models: {{ m: {{}} }}
    faults: [{{ fault: {{ text_200: "The backup answers." }} }}]
  other:
    dialect: anthropic_messages
    models: {{ m: {{}} }}
"#
    );
    let config = format!(
        r#"
discover: false
providers:
  faulty: {{ dialect: openai_chat, base_url: "@faulty@", api_key: sk-sim-a }}
  pair: {{ dialect: openai_chat, base_url: "@faulty@", api_keys: [sk-sim-a, sk-sim-b] }}
  backup: {{ dialect: openai_chat, base_url: "@backup@" }}
  other: {{ dialect: anthropic_messages, base_url: "@other@" }}
defaults: {{ timeouts: {TIMEOUTS} }}
routes:
{routes}
"#
    );
    TestApp::start(&script, &config).await
}

fn keys(app: &TestApp) -> Vec<Option<usize>> {
    app.fleet.received().iter().map(|r| r.key).collect()
}

fn said_backup(answer: &Answer) -> bool {
    answer.status == 200 && answer.said() == "The backup answers."
}

#[tokio::test]
async fn the_list_of_statuses_decides() {
    let routes = "  r: { targets: [faulty/m, backup/m], retry: { statuses: [500] } }";
    let faults = "[{ on: { nth: [1] }, fault: { status: 503 } }, { fault: { status: 500 } }]";
    let mut app = app(faults, routes).await;
    let (answer, record) = app.recorded(Call::ask("r", false)).await;
    assert_eq!((answer.status.as_u16(), code(&record)), (503, "provider_overloaded"));
    assert_eq!(answer.header("x-wye-code"), "provider_overloaded");
    assert!(!answer.header("retry-after").is_empty());
    app.forget_failures();
    let (answer, record) = app.recorded(Call::ask("r", false)).await;
    assert!(said_backup(&answer), "{}", answer.text());
    assert_eq!(attempts(&record), "faulty 500 provider_error, backup 200 served");
}

#[tokio::test]
async fn words_are_searched_only_where_the_route_names_them() {
    let routes = r#"  plain: { targets: [faulty/m, backup/m] }
  words: { targets: [faulty/m, backup/m], retry: { keywords: ["RATE limit reached"] } }"#;
    let faults = r#"[{ fault: { text_200: "I am sorry: Rate Limit Reached, come back later." } }]"#;
    let mut app = app(faults, routes).await;
    for stream in [false, true] {
        app.forget_failures();
        let (answer, _) = app.recorded(Call::ask("plain", stream)).await;
        assert!(answer.said().contains("Rate Limit Reached"), "{}", answer.text());
        let (answer, record) = app.recorded(Call::ask("words", stream)).await;
        assert!(said_backup(&answer), "{}", answer.text());
        assert_eq!(attempts(&record), "faulty 200 provider_bad_answer, backup 200 served");
    }
}

#[tokio::test]
async fn of_a_stream_only_the_beginning_is_searched() {
    let routes = r#"  words: { targets: [faulty/m, backup/m], retry: { keywords: ["overloaded"] } }"#;
    let text = format!("{} and then it was overloaded.", "So many words. ".repeat(40));
    let mut app = app(&format!("[{{ fault: {{ text_200: \"{text}\" }} }}]"), routes).await;
    let (answer, _) = app.recorded(Call::ask("words", true)).await;
    assert_eq!(answer.said(), text);
    let (answer, _) = app.recorded(Call::ask("words", false)).await;
    assert!(said_backup(&answer), "a whole answer is searched to its end");
}

#[tokio::test]
async fn an_empty_answer_is_one_where_the_route_says_so() {
    let routes = "  r: { targets: [faulty/m, backup/m], retry: { empty: false } }";
    let mut app = app("[{ fault: empty }]", routes).await;
    for stream in [false, true] {
        let (answer, record) = app.recorded(Call::ask("r", stream)).await;
        assert_eq!((answer.status.as_u16(), answer.said().as_str()), (200, ""));
        assert_eq!((attempts(&record).as_str(), code(&record)), ("faulty 200 served", "-"));
    }
}

#[tokio::test]
async fn what_is_no_answer_at_all_is_not_an_empty_one() {
    let script = "providers: { faulty: { dialect: anthropic_messages, models: { m: {} }, faults: [{ fault: garbage }] } }";
    let config = format!(
        "discover: false\nproviders: {{ faulty: {{ dialect: anthropic_messages, base_url: \"@faulty@\" }} }}\n\
         defaults: {{ retry: {{ empty: false }}, timeouts: {TIMEOUTS} }}"
    );
    let mut app = TestApp::start(script, &config).await;
    let call = Call::chat(DialectId::AnthropicMessages, "faulty/m", false, "Hello");
    let (answer, record) = app.recorded(call).await;
    assert_eq!((answer.status.as_u16(), code(&record)), (502, "provider_bad_answer"));
}

#[tokio::test]
async fn rounds_go_through_the_list_again_after_a_pause() {
    let routes = "  r: { targets: [faulty/m], retry: { rounds: 3, backoff: 40ms } }";
    let mut app = app("[{ on: { to: 2 }, fault: { status: 500 } }]", routes).await;
    let (answer, record) = app.recorded(Call::ask("r", false)).await;
    assert_eq!(answer.status.as_u16(), 200);
    assert_eq!(attempts(&record), "faulty 500 provider_error, faulty 500 provider_error, faulty 200 served");
    let pause =
        |n: usize| record.attempts[n + 1].started - record.attempts[n].started - record.attempts[n].took;
    assert!(pause(0).as_millis() >= 40 && pause(1).as_millis() >= 80, "{:?} {:?}", pause(0), pause(1));
}

#[tokio::test]
async fn a_long_prompt_goes_to_a_larger_context_only() {
    let routes = r"  r: { targets: [{ deployment: faulty/tiny, context: 500 }, other/m, { deployment: backup/m, context: 9000 }] }
  alone: { targets: [{ deployment: faulty/tiny, context: 500 }, other/m] }";
    let mut app = app("[]", routes).await;
    let long = "A rather long story. ".repeat(30);
    let (answer, record) = app.recorded(Call::chat(DialectId::OpenAiChat, "r", false, &long)).await;
    assert!(said_backup(&answer), "{}", answer.text());
    assert_eq!(attempts(&record), "faulty 400 caller_context_too_long, backup 200 served");
    let (answer, record) = app.recorded(Call::chat(DialectId::OpenAiChat, "alone", false, &long)).await;
    assert_eq!((answer.status.as_u16(), code(&record)), (400, "caller_context_too_long"));
    assert_eq!(answer.json()["error"]["code"], "context_length_exceeded");
    assert_eq!(record.attempts.len(), 1);
}

#[tokio::test]
async fn accounts_take_turns_and_a_limit_rests_only_its_own() {
    let faults = "[{ on: { key: sk-sim-a, from: 5 }, fault: { status: 429, retry_after: 60s } }]";
    let mut app = app(faults, "").await;
    for _ in 0..4 {
        app.recorded(Call::ask("pair/m", false)).await;
    }
    assert_eq!(keys(&app), [Some(0), Some(1), Some(0), Some(1)]);
    let (answer, record) = app.recorded(Call::ask("pair/m", false)).await;
    assert_eq!(answer.status.as_u16(), 200);
    assert_eq!(attempts(&record), "pair 429 provider_rate_limited, pair 200 served");
    for _ in 0..3 {
        let (_, record) = app.recorded(Call::ask("pair/m", false)).await;
        assert_eq!((attempts(&record).as_str(), record.attempts[0].account), ("pair 200 served", 1));
    }
}

#[tokio::test]
async fn a_refused_key_fails_over_to_the_other_account() {
    let mut app = app("[{ on: { key: sk-sim-a }, fault: { status: 401 } }]", "").await;
    for stream in [false, true] {
        let (answer, record) = app.recorded(Call::ask("pair/m", stream)).await;
        assert_eq!(answer.status.as_u16(), 200);
        assert_eq!(record.attempts.last().unwrap().account, 1);
    }
}

#[tokio::test]
async fn when_every_account_rests_the_soonest_time_is_told() {
    let faults = "[{ on: { key: sk-sim-a }, fault: { status: 429, retry_after: 60s } }, \
                  { fault: { status: 429, retry_after: 30s } }]";
    let mut app = app(faults, "  r: { targets: [pair/m, faulty/m] }").await;
    let (answer, record) = app.recorded(Call::ask("pair/m", false)).await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (429, "30"));
    assert_eq!(answer.header("x-wye-limit-owner"), "provider");
    assert_eq!(record.attempts.len(), 2);
    assert_eq!(answer.json()["error"]["details"]["attempts"].as_array().unwrap().len(), 2);
    // What the provider said holds: it is not asked again before.
    let (answer, record) = app.recorded(Call::ask("pair/m", false)).await;
    assert_eq!((answer.status.as_u16(), answer.header("x-wye-limit-owner")), (429, "provider"));
    assert!((28..=30).contains(&answer.header("retry-after").parse::<u64>().unwrap()));
    assert_eq!((record.attempts.len(), record.passed_over.len()), (0, 1));
    // Where another target does not rest, it is the only one asked.
    let (_, record) = app.recorded(Call::ask("r", false)).await;
    assert_eq!(attempts(&record), "faulty 429 provider_rate_limited");
}

#[tokio::test]
async fn losses_are_warned_of_or_refused() {
    let routes = "  drop: { targets: [other/m] }\n  refuse: { targets: [other/m], on_loss: refuse }\n  \
                  second: { targets: [other/m, backup/m], on_loss: refuse }";
    let mut app = app("[]", routes).await;
    let call = |model: &str| {
        let body = json!({"model": model, "seed": 7, "messages": [{"role": "user", "content": "Hello"}]});
        Call::post("/v1/chat/completions", body.to_string())
    };
    let (answer, record) = app.recorded(call("drop")).await;
    assert_eq!(answer.status.as_u16(), 200);
    assert!(answer.header("x-wye-warnings").contains("seed"), "{:?}", answer.headers);
    assert!(record.warnings.iter().any(|w| w.contains("seed")));
    let (answer, record) = app.recorded(call("refuse")).await;
    assert_eq!((answer.status.as_u16(), code(&record)), (400, "policy_loss_refused"));
    assert_eq!((record.attempts.len(), app.fleet.counts().requests), (0, 1));
    let (answer, record) = app.recorded(call("second")).await;
    assert!(said_backup(&answer), "{}", answer.text());
    assert_eq!(attempts(&record), "backup 200 served");
    let told: Vec<String> =
        record.passed_over.iter().map(|over| format!("{} {}", over.deployment, over.reason)).collect();
    assert_eq!(told, ["other/m it cannot be told everything in the request: seed: dropped"]);
    assert_eq!(answer.header("x-wye-reason"), "ordered: backup/m; 1 refused (loss)");
}

#[tokio::test]
async fn a_client_fault_is_passed_on_byte_for_byte() {
    let odd = r#"{"error":   {"message":"odd","x":[1.0, 2e3]}, "extra": null}"#;
    let script = format!("[{{ fault: {{ status: 422, body: {} }} }}]", serde_json::to_string(odd).unwrap());
    let mut app = app(&script, "  r: { targets: [other/none, faulty/m, backup/m] }").await;
    let (answer, record) = app.recorded(Call::ask("r", false)).await;
    assert_eq!((answer.status.as_u16(), answer.text().as_str()), (422, odd));
    assert_eq!(attempts(&record), "other 404 provider_model_not_found, faulty 422 caller_rejected");
}

#[tokio::test]
async fn a_provider_that_quotes_our_key_is_not_repeated() {
    for status in [400, 401, 500] {
        let body = r#"{"error":{"message":"bad key sk-sim-a","type":"x","param":"sk-sim-a"}}"#;
        let faults =
            format!("[{{ fault: {{ status: {status}, body: {} }} }}]", serde_json::to_string(body).unwrap());
        let mut app = app(&faults, "").await;
        let (answer, record) = app.recorded(Call::ask("faulty/m", false)).await;
        let seen = format!("{}{:?}{record:?}", answer.text(), answer.headers);
        assert!(!seen.contains("sk-sim-a"), "{status}: {seen}");
    }
}
