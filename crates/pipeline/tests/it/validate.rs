//! Answers that are looked at before the client gets any of them: what does not pass is answered by the next target, and
//! what no target does better is sent after all.

use http::HeaderMap;
use serde_json::{Value, json};
use wye_sim::Script;
use wye_types::DialectId;
use wye_types::chat::{BlockKind, Finish};
use wye_types::record::RequestRecord;
use wye_wire::dialect::PathAsk;

use crate::house::{Ask, Got, House, read};

/// A gateway whose route `r` asks the providers `a` and `b`, which say these texts, and looks at everything.
async fn house(texts: [&str; 2]) -> House {
    let mut script = "seed: 1\nepoch: 1750000000\nproviders:\n".to_owned();
    for (name, text) in ["a", "b"].into_iter().zip(texts) {
        let fault = match text {
            "" => json!("none"),
            "500" => json!({ "status": 500 }),
            text => json!({ "text_200": text }),
        };
        script.push_str(&format!(
            "  {name}: {{ dialect: openai_chat, models: {{ m: {{ tokens: 8 }} }}, faults: [{{ fault: {fault} }}] }}\n"
        ));
    }
    House::of(Script::from_yaml(&script).unwrap(), |fleet| {
        let mut config = "discover: false\nproviders:\n".to_owned();
        for name in ["a", "b"] {
            let url = fleet.base_url(name);
            config.push_str(&format!(
                "  {name}: {{ dialect: openai_chat, base_url: \"{url}\", \
                 models: [{{ id: m, price: {{ input: 4, output: 8 }} }}] }}\n"
            ));
        }
        config.push_str(
            "routes:\n  r: { targets: [a/m, b/m], validate: { refusal: true, tool_text: true, json: true, language: true } }\n",
        );
        config
    })
    .await
}

fn ask(dialect: DialectId, stream: bool, more: Value) -> Ask {
    let question = "What is the weather like in Ulm? [[talk]]";
    let mut body = json!({ "model": "r", "stream": stream, "max_tokens": 500, "messages": [{ "role": "user", "content": question }] });
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

fn text(ask: &Ask, got: &Got) -> String {
    let answer = read(ask, &got.body).unwrap();
    answer.choices[0].content.iter().filter_map(|block| block.as_text()).collect()
}

/// What the prompt and the answer of one call cost.
fn cost(record: &RequestRecord) -> u64 {
    let usage = record.usage.unwrap();
    usage.prompt_total() * 4000 + usage.output_total() * 8000
}

const REFUSAL: &str = "I'm sorry, but I can't help with that.";

#[tokio::test]
async fn a_refusal_is_answered_by_the_next() {
    for dialect in [DialectId::OpenAiChat, DialectId::AnthropicMessages] {
        for stream in [false, true] {
            let house = house([REFUSAL, "It rains."]).await;
            let ask = ask(dialect, stream, json!({}));
            let (got, record) = answered(&house, &ask).await;
            assert_eq!((got.served.as_str(), text(&ask, &got).as_str()), ("b/m", "It rains."));
            assert_eq!(record.attempts.len(), 2);
            assert!(record.cost.unwrap() > cost(&record), "both are paid");
        }
    }
}

#[tokio::test]
async fn an_answer_that_does_not_pass_is_better_than_none() {
    for other in ["500", "Unfortunately, I cannot comply."] {
        for stream in [false, true] {
            let house = house([REFUSAL, other]).await;
            let ask = ask(DialectId::OpenAiChat, stream, json!({}));
            let (got, record) = answered(&house, &ask).await;
            assert_eq!(
                (got.served.as_str(), text(&ask, &got).as_str()),
                ("a/m", REFUSAL),
                "{other} {stream}"
            );
            assert_eq!(record.served.as_ref().map(ToString::to_string).as_deref(), Some("a/m"));
            assert!(record.warnings[0].contains("did not pass"), "{:?}", record.warnings);
            assert_eq!(got.warnings, record.warnings);
            if other == "500" {
                assert_eq!(record.cost, Some(cost(&record)), "it is paid once");
            } else {
                assert!(record.cost.unwrap() > cost(&record));
            }
            assert_eq!(record.code, None);
        }
    }
}

#[tokio::test]
async fn a_call_in_words_becomes_a_call() {
    let tools = json!({ "tools": [{ "type": "function", "function": { "name": "weather", "parameters": { "type": "object" } } }] });
    let claude = json!({ "tools": [{ "name": "weather", "input_schema": { "type": "object" } }] });
    for (dialect, tools) in [(DialectId::OpenAiChat, tools), (DialectId::AnthropicMessages, claude)] {
        for stream in [false, true] {
            let house =
                house(["{\"name\": \"weather\", \"arguments\": {\"city\": \"Ulm\"}}", "It rains."]).await;
            let ask = ask(dialect, stream, tools.clone());
            let (got, record) = answered(&house, &ask).await;
            assert_eq!((got.served.as_str(), record.attempts.len()), ("a/m", 1));
            let answer = read(&ask, &got.body).unwrap();
            let [block] = answer.choices[0].content.as_slice() else { panic!("{}", got.text()) };
            let BlockKind::ToolCall(call) = &block.kind else { panic!("{block:?}") };
            assert_eq!((call.name.as_str(), call.arguments.as_str()), ("weather", "{\"city\":\"Ulm\"}"));
            assert_eq!(answer.choices[0].finish, Some(Finish::ToolCalls));
            assert_eq!(record.cost, Some(cost(&record)));
        }
    }
}

#[tokio::test]
async fn what_only_looks_like_a_call_is_sent_as_it_is() {
    let tools = json!({ "tools": [{ "type": "function", "function": { "name": "weather" } }] });
    for stream in [false, true] {
        let other = "{\"name\": \"another\", \"arguments\": {}}";
        let house = house([other, "It rains."]).await;
        let ask = ask(DialectId::OpenAiChat, stream, tools.clone());
        let (got, _) = answered(&house, &ask).await;
        assert_eq!((got.served.as_str(), text(&ask, &got).as_str()), ("a/m", other));
    }
}

#[tokio::test]
async fn json_must_be_what_was_asked_for() {
    let schema =
        json!({ "type": "object", "required": ["sky"], "properties": { "sky": { "type": "string" } } });
    let format = json!({ "response_format": { "type": "json_schema", "json_schema": { "name": "w", "schema": schema } } });
    let good = "{\"sky\": \"grey\"}";
    for (bad, format) in [
        ("Sure! {\"sky\": \"grey\"}", format.clone()),
        ("{\"sky\": 7}", format),
        ("[1]", json!({ "response_format": { "type": "json_object" } })),
    ] {
        for stream in [false, true] {
            let house = house([bad, good]).await;
            let ask = ask(DialectId::OpenAiChat, stream, format.clone());
            let (got, _) = answered(&house, &ask).await;
            assert_eq!((got.served.as_str(), text(&ask, &got).as_str()), ("b/m", good), "{bad} {stream}");
        }
    }
}

#[tokio::test]
async fn a_strange_language_is_answered_by_the_next() {
    for stream in [false, true] {
        let house = house(["今天的天气非常好，阳光明媚，适合出门散步。", "It rains."]).await;
        let ask = ask(DialectId::OpenAiChat, stream, json!({}));
        let (got, _) = answered(&house, &ask).await;
        assert_eq!((got.served.as_str(), text(&ask, &got).as_str()), ("b/m", "It rains."));
    }
}
