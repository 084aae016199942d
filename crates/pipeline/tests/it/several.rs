//! Several targets answer one request: what is sent, what is paid, what is told.

use http::HeaderMap;
use serde_json::{Value, json};
use wye_pipeline::answer::Compared;
use wye_sim::Script;
use wye_types::record::{InnerCall, Outcome, Purpose, RequestRecord, Role};
use wye_types::{DialectId, Kind};
use wye_wire::dialect::PathAsk;

use crate::house::{Ask, Got, House, read};

/// A gateway with a route `r` over the models of four providers, which say these texts or fail with a status. Their prices
/// rise in their order, and `d` has the largest model.
async fn house(route: &str, texts: [&str; 4]) -> House {
    house_with(route, texts, None).await
}

/// The same, whose embeddings come from a provider `e`, which may fail with a status.
async fn house_with(route: &str, texts: [&str; 4], embeddings: Option<&str>) -> House {
    let names = ["a", "b", "c", "d"];
    let mut script = "seed: 1\nepoch: 1750000000\nproviders:\n".to_owned();
    for (name, text) in names.into_iter().zip(texts) {
        let fault = match text.parse::<u16>() {
            Ok(status) if status >= 400 => json!({ "status": status }),
            _ => json!({ "text_200": text }),
        };
        let model = if name == "d" { "m-400b" } else { "m-8b" };
        script.push_str(&format!(
            "  {name}: {{ dialect: openai_chat, models: {{ {model}: {{ tokens: 8 }} }}, faults: [{{ fault: {fault} }}] }}\n"
        ));
    }
    if let Some(fault) = embeddings {
        script.push_str(&format!(
            "  e: {{ dialect: openai_chat, models: {{ v: {{}} }}, faults: [{fault}] }}\n"
        ));
    }
    House::of(Script::from_yaml(&script).unwrap(), |fleet| {
        let mut config = "discover: false\nproviders:\n".to_owned();
        for (place, name) in names.into_iter().enumerate() {
            let url = fleet.base_url(name);
            let (model, price) = (if name == "d" { "m-400b" } else { "m-8b" }, place + 1);
            config.push_str(&format!(
                "  {name}: {{ dialect: openai_chat, base_url: \"{url}\", limits: {{ concurrent: 1 }}, \
                 models: [{{ id: {model}, price: {{ input: {price}, output: {price} }} }}] }}\n"
            ));
        }
        if embeddings.is_some() {
            let url = fleet.base_url("e");
            config.push_str(&format!(
                "  e: {{ dialect: openai_chat, base_url: \"{url}\", models: [{{ id: v, price: {{ input: 1 }} }}] }}\n"
            ));
        }
        config
            .push_str(&format!("routes:\n  r: {{ targets: [a/m-8b, b/m-8b, c/m-8b, d/m-400b], {route} }}\n"));
        if embeddings.is_some() {
            config.push_str("embeddings: { use: e/v }\n");
        }
        config
    })
    .await
}

fn ask(dialect: DialectId, stream: bool, question: &str) -> Ask {
    let body = json!({ "model": "r", "stream": stream, "max_tokens": 500, "messages": [{ "role": "user", "content": question }] });
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

fn told(got: &Got) -> String {
    got.compared.as_deref().map_or_else(String::new, Compared::to_string)
}

/// `a member served`, without what was not called.
fn attempts(record: &RequestRecord) -> Vec<String> {
    let one = |attempt: &wye_types::record::AttemptRecord| {
        let outcome = match attempt.outcome {
            Outcome::Served => "served".to_owned(),
            Outcome::Failed(code) => code.name().to_owned(),
            Outcome::Cancelled => "cancelled".to_owned(),
        };
        format!("{} {} {outcome}", attempt.deployment.provider, attempt.role.name())
    };
    let mut all: Vec<String> = record.attempts.iter().map(one).collect();
    all.sort();
    all
}

const CONSENSUS: &str = "strategy: consensus, consensus: { members: 3 }";
const VERIFIED: &str = "strategy: verified";
const SUM: &str = "What is 6 * 7?";

#[tokio::test]
async fn the_answer_is_sent_that_the_others_agree_with() {
    for dialect in [DialectId::OpenAiChat, DialectId::AnthropicMessages] {
        for stream in [false, true] {
            let house = house(CONSENSUS, ["41", "The answer is 42.", "42", "42"]).await;
            let ask = ask(dialect, stream, SUM);
            // Whatever order the route has, three of four are asked.
            let (got, record) = answered(&house, &ask).await;
            let said = text(&ask, &got);
            assert!(said.contains("42"), "{said}");
            assert_eq!(record.attempts.len(), 3);
            assert!(record.attempts.iter().all(|attempt| attempt.role == Role::Member));
            assert!(told(&got).contains("; agreement="), "{}", told(&got));
            assert_eq!(record.served.as_ref().map(ToString::to_string), Some(got.served.clone()));
            assert_eq!(record.decision.as_ref().unwrap().mode.name(), "consensus");
            assert_eq!((record.stream, record.code), (stream, None));
            // All three are paid.
            let usage = record.usage.unwrap();
            let dearest = (usage.prompt_total() + usage.output_total()) * 4000;
            assert!(record.cost.unwrap() > dearest, "{:?} {dearest}", record.cost);
            // What they held of their providers is free again.
            let (_, record) = answered(&house, &ask).await;
            assert_eq!(record.attempts.len(), 3);
        }
    }
}

#[tokio::test]
async fn answers_are_compared_by_what_they_mean_where_somebody_knows() {
    let texts = ["It rains a lot there", "There it is wet", "It is a dry place", "It rains a lot there"];
    let ask = ask(DialectId::OpenAiChat, false, "How is the weather there?");
    let house = house_with(CONSENSUS, texts, Some("")).await;
    for asked_before in [false, true] {
        let got = Box::pin(house.ask(&ask)).await.unwrap();
        assert!(texts.contains(&text(&ask, &got).as_str()));
        let records = house.records();
        let of = |is: fn(&RequestRecord) -> bool| records.iter().find(|record| is(record));
        let record = of(|record| record.inner.is_none()).unwrap();
        let why = record.decision.as_ref().unwrap().chain[0].reason.clone().unwrap();
        assert!(why.ends_with("by what they mean"), "{why}");
        // What was asked for once is remembered, as far as the same three answered.
        let Some(embedded) = of(|record| record.inner.is_some()) else {
            assert!(asked_before);
            continue;
        };
        assert_eq!(embedded.inner, Some(InnerCall { parent: record.id, purpose: Purpose::Embed }));
        assert_eq!((embedded.kind, embedded.status), (Kind::Embeddings, 200));
        assert_eq!(embedded.served.as_ref().map(ToString::to_string).as_deref(), Some("e/v"));
        assert!(embedded.cost.unwrap() > 0);
    }
    // Who makes the vectors fails: the words decide.
    let house = house_with(CONSENSUS, texts, Some("{ fault: { status: 500 } }")).await;
    let got = Box::pin(house.ask(&ask)).await.unwrap();
    assert!(texts.contains(&text(&ask, &got).as_str()));
    let records = house.records();
    assert_eq!(records.len(), 2);
    let reasons: Vec<String> = records
        .iter()
        .filter(|record| record.inner.is_none())
        .filter_map(|record| record.decision.as_ref()?.chain[0].reason.as_deref().map(str::to_owned))
        .collect();
    assert!(reasons[0].ends_with("the most agreed on"), "{reasons:?}");
}

#[tokio::test]
async fn one_answer_is_the_answer_and_none_is_asked_for_in_turn() {
    let lone = house(CONSENSUS, ["42", "503", "503", "503"]).await;
    let ask_it = ask(DialectId::OpenAiChat, false, SUM);
    let (got, record) = answered(&lone, &ask_it).await;
    if record
        .attempts
        .iter()
        .any(|attempt| attempt.deployment.provider == "a" && attempt.role == Role::Member)
    {
        assert_eq!(told(&got), "members=a/m-8b; agreement=none");
    }
    assert_eq!(text(&ask_it, &got), "42");

    let none = house("strategy: consensus, consensus: { members: 2 }", ["503", "503", "503", "503"]).await;
    let error = Box::pin(none.ask(&ask_it)).await.err().unwrap();
    assert_eq!(error.http_status(), 503);
    let record = none.records().remove(0);
    let members = record.attempts.iter().filter(|attempt| attempt.role == Role::Member).count();
    assert_eq!(members, 2);
    assert!(record.attempts.len() >= 4, "{:?}", attempts(&record));
}

#[tokio::test]
async fn a_stream_can_be_refused() {
    let house = house("strategy: consensus, consensus: { stream: refuse }", ["1", "1", "1", "1"]).await;
    let error = Box::pin(house.ask(&ask(DialectId::OpenAiChat, true, SUM))).await.err().unwrap();
    assert_eq!((error.http_status(), error.param.as_deref()), (400, Some("stream")));
    let (_, record) = {
        house.records();
        answered(&house, &ask(DialectId::OpenAiChat, false, SUM)).await
    };
    assert_eq!(record.attempts.len(), 3);
}

#[tokio::test]
async fn cheap_answers_that_agree_are_enough() {
    for stream in [false, true] {
        let house = house(VERIFIED, ["42", "The answer is 42.", "7", "7"]).await;
        let ask = ask(DialectId::OpenAiChat, stream, SUM);
        let (got, record) = answered(&house, &ask).await;
        assert_eq!((got.served.as_str(), text(&ask, &got).as_str()), ("a/m-8b", "42"));
        assert_eq!(attempts(&record), ["a member served", "b member served"]);
        let outcome = told(&got);
        assert!(
            outcome.contains("a/m-8b") && outcome.ends_with("; agreement=1.00; outcome=agreed"),
            "{outcome}"
        );
        let decision = record.decision.unwrap();
        assert_eq!(decision.mode.name(), "verified");
        assert_eq!(decision.chain[0].reason.as_deref(), Some("math: the cheap answers agree"));
    }
}

#[tokio::test]
async fn the_strong_one_answers_where_cheap_ones_differ() {
    for stream in [false, true] {
        let house = house(VERIFIED, ["41", "42", "7", "It is 42."]).await;
        let ask = ask(DialectId::OpenAiChat, stream, SUM);
        let (got, record) = answered(&house, &ask).await;
        assert_eq!((got.served.as_str(), text(&ask, &got).as_str()), ("d/m-400b", "It is 42."));
        assert_eq!(attempts(&record), ["a member served", "b member served", "d retry served"]);
        assert!(told(&got).ends_with("; agreement=0.00; outcome=differ"), "{}", told(&got));
        let usage = record.usage.unwrap();
        assert!(record.cost.unwrap() > (usage.prompt_total() + usage.output_total()) * 4000);
    }
}

#[tokio::test]
async fn a_cheap_answer_is_better_than_none() {
    for stream in [false, true] {
        let house = house(VERIFIED, ["41", "42", "503", "503"]).await;
        let ask = ask(DialectId::OpenAiChat, stream, SUM);
        let (got, record) = answered(&house, &ask).await;
        assert_eq!((got.served.as_str(), text(&ask, &got).as_str()), ("a/m-8b", "41"));
        assert!(record.warnings.iter().any(|warning| warning.contains("could not be checked")));
    }
}

#[tokio::test]
async fn what_cannot_be_checked_goes_to_the_strong_one() {
    let house = house(VERIFIED, ["1", "1", "1", "Once upon a time"]).await;
    let ask = ask(DialectId::OpenAiChat, false, "Write a story about a bear");
    let (got, record) = answered(&house, &ask).await;
    assert_eq!((got.served.as_str(), got.compared.is_none()), ("d/m-400b", true));
    assert_eq!(attempts(&record), ["d primary served"]);
}

#[tokio::test]
async fn any_route_may_verify() {
    let house = house("verify: true", ["1", "42", "42", "1"]).await;
    // The first is whom the route wants; the two cheapest beside it agree.
    let sum = ask(DialectId::OpenAiChat, false, SUM);
    let (got, record) = answered(&house, &sum).await;
    assert_eq!((got.served.as_str(), attempts(&record).len()), ("b/m-8b", 2));
    let story = ask(DialectId::OpenAiChat, false, "Write a story about a bear");
    let (got, record) = answered(&house, &story).await;
    assert_eq!((got.served.as_str(), attempts(&record)), ("a/m-8b", vec!["a primary served".to_owned()]));
}

#[tokio::test]
async fn named_ones_are_asked() {
    let house =
        house("strategy: verified, verified: { cheap: [1, 2], strong: 0 }", ["7", "42", "41", "1"]).await;
    let ask = ask(DialectId::OpenAiChat, false, SUM);
    let (got, record) = answered(&house, &ask).await;
    assert_eq!((got.served.as_str(), text(&ask, &got).as_str()), ("a/m-8b", "7"));
    assert_eq!(attempts(&record), ["a retry served", "b member served", "c member served"]);
    let _: Value = serde_json::from_slice(&got.body).unwrap();
}

#[tokio::test]
async fn who_would_be_compared_is_told_without_asking_anybody() {
    let names = |told: &wye_pipeline::Explained| {
        told.members.iter().map(|one| one.provider.clone()).collect::<Vec<_>>().join(" ")
    };
    let consensus = house(CONSENSUS, ["1"; 4]).await;
    let told = consensus.explain(&ask(DialectId::OpenAiChat, true, SUM)).unwrap();
    assert_eq!((told.members.len(), told.decision.mode.name()), (3, "consensus"), "{}", names(&told));
    let verified = house(VERIFIED, ["1"; 4]).await;
    let told = verified.explain(&ask(DialectId::OpenAiChat, false, SUM)).unwrap();
    assert_eq!((names(&told).as_str(), told.decision.mode.name()), ("a b", "verified"));
    // What cannot be checked is not, and whoever wants one at a time gets one.
    let told = verified.explain(&ask(DialectId::OpenAiChat, false, "Tell me of the sea.")).unwrap();
    assert_eq!((names(&told).as_str(), told.decision.mode.name()), ("", "in_turn"));
    let mut alone = ask(DialectId::OpenAiChat, false, SUM);
    alone.body["hedge"] = "off".into();
    assert!(consensus.explain(&alone).unwrap().members.is_empty());
    assert!(consensus.received().is_empty() && verified.received().is_empty());
}
