//! A stream that breaks in the middle of its text goes on from another target, and is one answer for the client.

use http::HeaderMap;
use serde_json::{Value, json};
use wye_sim::Script;
use wye_types::DialectId;
use wye_types::record::{Outcome, RequestRecord};
use wye_wire::dialect::PathAsk;

use crate::house::{Ask, Got, House, read};

/// A gateway with a route `r` over the providers `a`, `b` and `c` (which speaks Anthropic's), each of which has a fault.
async fn house(faults: [Value; 3], continues: bool) -> House {
    let providers = [("a", "openai_chat"), ("b", "openai_chat"), ("c", "anthropic_messages")];
    let mut script = "seed: 1\nepoch: 1750000000\nproviders:\n".to_owned();
    for ((name, dialect), fault) in providers.into_iter().zip(faults) {
        script.push_str(&format!(
            "  {name}: {{ dialect: {dialect}, models: {{ m: {{ tokens: 60 }} }}, faults: [{{ fault: {fault} }}] }}\n"
        ));
    }
    House::of(Script::from_yaml(&script).unwrap(), |fleet| {
        let mut config = "discover: false\nproviders:\n".to_owned();
        for (name, dialect) in providers {
            let url = fleet.base_url(name);
            config.push_str(&format!(
                "  {name}: {{ dialect: {dialect}, base_url: \"{url}\", limits: {{ concurrent: 1 }}, \
                 models: [{{ id: m, price: {{ input: 4, output: 8 }} }}] }}\n"
            ));
        }
        config.push_str(&format!(
            "routes:\n  r: {{ targets: [a/m, c/m, b/m], continue_streams: {continues} }}\n"
        ));
        config
    })
    .await
}

fn ask(dialect: DialectId, more: Value) -> Ask {
    let question = "Tell me about the sea. [[talk]]";
    let mut body = json!({
        "model": "r", "stream": true, "max_tokens": 500,
        "messages": [{ "role": "user", "content": question }]
    });
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    Ask { dialect, path: PathAsk::default(), headers: HeaderMap::new(), body }
}

async fn answered(house: &House, ask: &Ask) -> (Got, RequestRecord) {
    let got = Box::pin(house.ask(ask)).await.unwrap();
    let mut records = house.records();
    assert_eq!(records.len(), 1);
    (got, records.remove(0))
}

fn attempts(record: &RequestRecord) -> Vec<String> {
    let one = |attempt: &wye_types::record::AttemptRecord| {
        let outcome = match attempt.outcome {
            Outcome::Served => "served".to_owned(),
            Outcome::Failed(code) => code.name().to_owned(),
            Outcome::Cancelled => "cancelled".to_owned(),
        };
        format!("{} {} {outcome}", attempt.deployment.provider, attempt.role.name())
    };
    record.attempts.iter().map(one).collect()
}

fn cut() -> Value {
    json!({ "cut_after_events": 6 })
}

fn fine() -> Value {
    json!({ "text_200": "and that is all." })
}

#[tokio::test]
async fn a_stream_that_breaks_goes_on() {
    for dialect in [DialectId::OpenAiChat, DialectId::AnthropicMessages, DialectId::OpenAiResponses] {
        let mut more = json!({});
        if dialect == DialectId::OpenAiResponses {
            more = json!({ "input": "Tell me about the sea. [[talk]]", "store": false });
        }
        for fault in [cut(), json!({ "error_after_events": 6 })] {
            let house = house([fault, fine(), fine()].map(|fault| fault), true).await;
            let mut ask = ask(dialect, more.clone());
            if dialect == DialectId::OpenAiResponses {
                let fields = ask.body.as_object_mut().unwrap();
                fields.shift_remove("messages");
                fields.shift_remove("max_tokens");
            }
            let (got, record) = answered(&house, &ask).await;
            let answer = read(&ask, &got.body).unwrap();
            let [block] = answer.choices[0].content.as_slice() else { panic!("{}", got.text()) };
            let text = block.as_text().unwrap();
            assert!(text.starts_with("This is m answering") && text.ends_with("and that is all."), "{text}");
            assert_eq!(attempts(&record), ["a primary provider_stream_broken", "c continuation served"]);
            assert!(got.text().contains(": wye-continued deployment=c/m\n\n"), "{}", got.text());
            assert_eq!(got.trailers.get("x-wye-continued").unwrap(), "c/m");
            assert_eq!((record.status, record.code), (200, None));
            assert_eq!(record.served.as_ref().map(ToString::to_string).as_deref(), Some("c/m"));
            // Both are counted and paid.
            let usage = record.usage.unwrap();
            assert_eq!(
                record.cost,
                Some(usage.prompt_total() * 4000 + usage.output_total() * 8000),
                "{usage:?}"
            );
            // The next one saw what the client has.
            let received = house.received();
            let sent = received.last().unwrap().body.to_string();
            assert!(sent.contains("This is m answering") && sent.contains("was cut off"), "{sent}");
        }
    }
}

#[tokio::test]
async fn it_goes_on_twice_and_no_further() {
    let broken = house([cut(), cut(), cut()], true).await;
    let ask = ask(DialectId::OpenAiChat, json!({}));
    let (got, record) = answered(&broken, &ask).await;
    assert!(read(&ask, &got.body).is_err());
    assert!(got.text().contains("provider_stream_broken"), "{}", got.text());
    assert_eq!(record.attempts.len(), 3, "{:?} {}", attempts(&record), got.text());
    assert_eq!(got.trailers.get("x-wye-continued").unwrap(), "c/m, b/m");
    let both = house([cut(), fine(), cut()], true).await;
    let (got, record) = answered(&both, &ask).await;
    assert!(read(&ask, &got.body).is_ok(), "{}", got.text());
    assert_eq!(record.attempts.len(), 3, "{:?} {}", attempts(&record), got.text());
}

#[tokio::test]
async fn nobody_else_is_there() {
    let down = || json!({ "status": 503 });
    let house = house([cut(), down(), down()], true).await;
    let ask = ask(DialectId::OpenAiChat, json!({}));
    let (got, record) = answered(&house, &ask).await;
    assert!(got.text().contains("provider_stream_broken"), "{}", got.text());
    assert_eq!(record.code.map(|code| code.name()), Some("provider_stream_broken"));
    assert_eq!(record.served.as_ref().map(ToString::to_string).as_deref(), Some("a/m"));
    let usage = record.usage.unwrap();
    assert_eq!(record.cost, Some(usage.prompt_total() * 4000 + usage.output_total() * 8000), "{usage:?}");
}

#[tokio::test]
async fn what_is_no_text_alone_does_not_go_on() {
    let schema = json!({ "response_format": { "type": "json_schema", "json_schema": { "name": "w", "schema": { "type": "object" } } } });
    let house_on = house([cut(), fine(), fine()], true).await;
    for more in [schema, json!({ "n": 2 })] {
        let ask = ask(DialectId::OpenAiChat, more);
        let (got, record) = answered(&house_on, &ask).await;
        assert!(got.text().contains("provider_stream_broken"), "{}", got.text());
        assert_eq!(record.attempts.len(), 1);
        house_on.calm();
    }
    let tools = json!({
        "messages": [{ "role": "user", "content": "What is the weather in Ulm and Bonn and Rome?" }],
        "tools": [{ "type": "function", "function": { "name": "weather", "parameters": { "type": "object" } } }]
    });
    let ask_tools = ask(DialectId::OpenAiChat, tools);
    let (got, record) = answered(&house_on, &ask_tools).await;
    assert!(got.text().contains("provider_stream_broken"), "{}", got.text());
    assert_eq!(record.attempts.len(), 1);
    // Who does not want it does not get it.
    let off = house([cut(), fine(), fine()], false).await;
    let (got, record) = answered(&off, &ask(DialectId::OpenAiChat, json!({}))).await;
    assert!(got.text().contains("provider_stream_broken"), "{}", got.text());
    assert_eq!(record.attempts.len(), 1);
}

#[tokio::test]
async fn where_nothing_could_mark_the_place_it_does_not_go_on() {
    let house = house([cut(), fine(), fine()], true).await;
    let mut gemini = ask(DialectId::Gemini, json!({}));
    gemini.body =
        json!({ "contents": [{ "role": "user", "parts": [{ "text": "Tell me about the sea. [[talk]]" }] }] });
    for sse in [false, true] {
        gemini.path = PathAsk { model: Some("r".to_owned()), stream: true, sse };
        let (got, record) = answered(&house, &gemini).await;
        assert_eq!(
            (record.attempts.len() > 1, got.text().contains("wye-continued")),
            (sse, sse),
            "{}",
            got.text()
        );
        house.calm();
    }
    let (got, record) = answered(&house, &ask(DialectId::Ollama, json!({}))).await;
    assert_eq!((record.attempts.len(), got.trailers.len()), (1, 0), "{}", got.text());
    assert!(record.code.is_some());
}

/// The route waits for quotas, and `a` is the only one that has any at first: it is not asked to go on with its own answer.
#[tokio::test]
async fn who_broke_is_not_asked_again_after_a_wait() {
    let script = "seed: 1\nepoch: 1750000000\nproviders:\n  \
                  a: { dialect: openai_chat, models: { m: { tokens: 60 } }, faults: [{ fault: { cut_after_events: 6 } }] }\n  \
                  b: { dialect: openai_chat, models: { m: { tokens: 60 } } }\n";
    tokio::time::pause();
    let house = House::in_time(Script::from_yaml(script).unwrap(), |fleet| {
        let (a, b) = (fleet.base_url("a"), fleet.base_url("b"));
        format!(
            "discover: false\nproviders:\n  \
             a: {{ dialect: openai_chat, base_url: \"{a}\", models: [m] }}\n  \
             b: {{ dialect: openai_chat, base_url: \"{b}\", models: [m], limits: {{ rpm: 1 }} }}\n\
             routes:\n  r: {{ targets: [a/m, b/m], continue_streams: true, wait: 90s }}\n  lone: {{ targets: [b/m] }}\n"
        )
    })
    .await;
    // The one request a minute of `b` is used.
    let other = ask(DialectId::OpenAiChat, json!({ "model": "lone", "stream": false }));
    Box::pin(house.ask(&other)).await.unwrap();
    house.records();
    let (got, record) = answered(&house, &ask(DialectId::OpenAiChat, json!({}))).await;
    assert_eq!(
        attempts(&record),
        ["a primary provider_stream_broken", "b continuation served"],
        "{}",
        got.text()
    );
    assert!(record.waited.as_secs() > 0);
}
