//! What requests cost, as clients are told it; and requests that may cost nothing.

use serde_json::{Value, json};
use wye_types::{Code, DialectId};

use super::support::{CLIENTS, Call, TestApp, code};

const SCRIPT: &str = "{ providers: { p: { dialect: openai_chat, models: { m: {}, free: {}, none: {} } } } }";

const CONFIG: &str = "discover: false
keys:
  - { name: any, key: sk-any }
  - { name: free, key: sk-free, free_only: true }
providers:
  p:
    dialect: openai_chat
    base_url: \"@p@\"
    api_key: k
    models:
      - { id: m, price: { input: 100, output: 1000 } }
      - { id: free, price: { input: 0, output: 0 } }
      - none
routes:
  mixed: { targets: [p/m, p/free] }
  searching: { targets: [{ deployment: p/free, params: { web_search_options: {} } }] }
";

async fn app() -> TestApp {
    TestApp::start(SCRIPT, CONFIG).await
}

fn ask(client: DialectId, model: &str, stream: bool) -> Call {
    Call::chat(client, model, stream, "Tell me something.").with("authorization", "Bearer sk-any")
}

/// A question in OpenAI's dialect with more fields.
fn with_fields(model: &str, stream: bool, more: &Value) -> Call {
    let mut body = json!({"model": model, "stream": stream, "messages": [{"role": "user", "content": "x"}]});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Call::post("/v1/chat/completions", body.to_string()).with("authorization", "Bearer sk-any")
}

fn dollars(nano: u64) -> String {
    wye_types::money::dollars(nano)
}

#[tokio::test]
async fn whole_answers_say_what_they_cost_where_that_is_known() {
    let mut app = app().await;
    for client in CLIENTS {
        let (answer, record) = app.recorded(ask(client, "p/m", false)).await;
        let usage = record.usage.unwrap();
        let cost = usage.prompt_total() * 100_000 + usage.output_total() * 1_000_000;
        assert!(cost > 0);
        assert_eq!((record.cost, record.cost_basis), (Some(cost), Some("override")), "{client}");
        assert_eq!(answer.header("x-wye-cost-usd"), dollars(cost), "{client}");
        assert!(!answer.text().contains("\"cost\""), "nobody asked for it: {}", answer.text());
        let (answer, record) = app.recorded(ask(client, "p/none", false)).await;
        assert_eq!((record.cost, record.cost_basis), (None, Some("unknown")));
        assert!(!answer.headers.contains_key("x-wye-cost-usd"));
        let (answer, record) = app.recorded(ask(client, "p/free", false)).await;
        assert_eq!((record.cost, answer.header("x-wye-cost-usd")), (Some(0), "0"));
    }
}

#[tokio::test]
async fn who_asks_is_told_the_cost_beside_the_usage() {
    let mut app = app().await;
    let plain = with_fields("p/m", false, &json!({}));
    for call in
        [plain.with("x-wye-cost", "true"), with_fields("p/m", false, &json!({"usage": {"include": true}}))]
    {
        let (answer, record) = app.recorded(call).await;
        let told = answer.json()["usage"]["cost"].to_string();
        assert_eq!(told.parse::<f64>().ok(), dollars(record.cost.unwrap()).parse().ok());
        assert!(!told.contains('e'));
        assert!(app.fleet.received().last().unwrap().body.get("usage").is_none(), "it is for the gateway");
    }
    let (answer, _) = app.recorded(with_fields("p/none", false, &json!({"usage": {"include": true}}))).await;
    assert!(answer.json()["usage"]["cost"].is_null(), "what is not known is not told");
}

#[tokio::test]
async fn streams_tell_the_cost_before_their_end() {
    let mut app = app().await;
    for client in CLIENTS {
        let (answer, record) = app.recorded(ask(client, "p/m", true).with("x-wye-cost", "true")).await;
        let (text, cost) = (answer.text(), dollars(record.cost.unwrap()));
        assert!(!answer.headers.contains_key("x-wye-cost-usd"), "nobody knew it then");
        let comment = format!(": wye cost_usd={cost}\n\n");
        if answer.header("content-type").starts_with("text/event-stream") {
            assert_eq!(text.matches(&comment).count(), 1, "{client}: {text}");
            let end = text.split(&comment).nth(1).unwrap();
            assert!(end.is_empty() || end == "data: [DONE]\n\n", "{client}: {end}");
        } else {
            assert!(!text.contains("cost_usd"), "{client}: {text}");
        }
        // Where the answer's dialect has a `usage` object at the top of an event, or of its answer.
        let beside = !matches!(client, DialectId::Gemini | DialectId::Cohere | DialectId::Ollama);
        assert_eq!(text.contains(&format!("\"cost\":{cost}")), beside, "{client}: {text}");
        let (answer, _) = app.recorded(ask(client, "p/m", true)).await;
        assert!(!answer.text().contains("cost"), "nobody asked: {}", answer.text());
    }
}

#[tokio::test]
async fn who_may_pay_nothing_is_served_by_what_is_free() {
    let mut app = app().await;
    let by_key = Call::ask("mixed", false).with("authorization", "Bearer sk-free");
    let by_header = with_fields("mixed", false, &json!({})).with("x-wye-free-only", "true");
    for call in [by_key, by_header, with_fields("mixed", true, &json!({"free_only": true}))] {
        let (answer, record) = app.recorded(call).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("x-wye-model"), "free");
        assert_eq!(record.cost, Some(0));
        let over: Vec<String> =
            record.passed_over.iter().map(|over| format!("{}: {}", over.deployment, over.reason)).collect();
        assert_eq!(over, ["p/m: it is not proved to cost nothing, and the request may cost nothing"]);
        assert!(
            app.fleet.received().last().unwrap().body.get("free_only").is_none(),
            "it is for the gateway"
        );
    }
    let (answer, _) = app.recorded(with_fields("mixed", false, &json!({"free_only": false}))).await;
    assert_eq!(answer.header("x-wye-model"), "m");
}

#[tokio::test]
async fn what_may_cost_something_is_refused_by_name() {
    let mut app = app().await;
    let free = |model: &str, more: Value| {
        let mut more = more;
        more["free_only"] = true.into();
        with_fields(model, false, &more)
    };
    for (call, param, says) in [
        (free("p/m", json!({})), "model", "proved to cost nothing"),
        (free("p/none", json!({})), "model", "proved to cost nothing"),
        (free("searching", json!({})), "model", "proved to cost nothing"),
        (free("mixed", json!({"web_search_options": {}})), "web_search_options", "billed apart"),
        (free("mixed", json!({"plugins": [{"id": "web"}]})), "plugins", "billed apart"),
        (free("mixed", json!({"tools": [{"type": "web_search_preview"}]})), "tools[0]", "billed apart"),
        (free("p/free:online", json!({})), "model", "billed apart"),
        // Nor can a request undo what its key says.
        (
            Call::ask("p/m", false).with("authorization", "Bearer sk-free").with("x-wye-free-only", "false"),
            "model",
            "proved to cost nothing",
        ),
    ] {
        let (answer, record) = app.recorded(call).await;
        assert_eq!(answer.status, 402, "{}", answer.text());
        assert_eq!(answer.header("x-wye-code"), "cost_policy_blocked");
        let error = &answer.json()["error"];
        assert_eq!(error["param"], param, "{error}");
        assert!(error["message"].as_str().unwrap().contains(says), "{error}");
        assert_eq!((code(&record), record.attempts.len()), (Code::CostPolicyBlocked.name(), 0));
    }
    assert!(app.fleet.received().is_empty(), "nothing was called");
    let (answer, _) = app.recorded(with_fields("mixed", false, &json!({"free_only": "yes"}))).await;
    assert_eq!((answer.status.as_u16(), answer.json()["error"]["param"].clone()), (400, json!("free_only")));
}

#[tokio::test]
async fn a_class_of_service_is_paid_for_only_where_it_is_had() {
    const SCRIPT: &str = "providers:
  a: { dialect: anthropic_messages, models: { claude-sonnet-4-5: {} } }
  o: { dialect: openai_chat, models: { gpt-5-mini: {} } }
";
    const CONFIG: &str = "discover: false
keys: [{ name: any, key: sk-any }]
providers:
  a: { like: anthropic, base_url: \"@a@\", api_key: k }
  o: { like: openai, dialects: [openai_chat], base_url: \"@o@\", api_key: k }
";
    let mut app = TestApp::start(SCRIPT, CONFIG).await;
    let config = CONFIG.replace("@a@", &app.fleet.base_url("a")).replace("@o@", &app.fleet.base_url("o"));
    let sources = wye_config::Sources {
        env: &|_| None,
        vault: &|_| None,
        file: &|_| Err(std::io::ErrorKind::NotFound.into()),
        local: &[],
    };
    let config = wye_config::load(&config, wye_config::Format::Yaml, &sources).unwrap();
    let limits = wye_live::Limiting::new(std::sync::Arc::new(wye_pipeline::chance::ProcessClock::start()));
    let builder = wye_live::Builder::new(tokio_util::task::TaskTracker::new(), limits);
    let catalog = wye_catalog::Catalog::embedded().unwrap().into();
    app.pipeline.swap(builder.knowing(catalog).build(&config).unwrap());
    for (model, input, output, halved) in
        [("a/claude-sonnet-4-5", 3000, 15_000, false), ("o/gpt-5-mini", 250, 2000, true)]
    {
        for tier in [json!({}), json!({"service_tier": "batch"}), json!({"service_tier": "flex"})] {
            let (answer, record) = app.recorded(with_fields(model, false, &tier)).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            let usage = record.usage.unwrap();
            let whole = usage.prompt_total() * input + usage.output_total() * output;
            let less = halved && tier["service_tier"] == "flex";
            let cost = if less { whole.div_ceil(2) } else { whole };
            assert_eq!(record.cost, Some(cost), "{model} {tier}");
        }
    }
}
