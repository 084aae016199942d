//! Embeddings, rerank and moderations through the whole request path, against vendors that refuse what is not theirs.

use serde_json::{Value, json};
use wye_sim::Script;
use wye_types::Kind;
use wye_types::error::GatewayError;
use wye_wire::Shape;

use crate::captured;
use crate::house::{Got, House};

const FLEET: &str = "
seed: 5
providers:
  a: { dialect: openai_chat, models: { e: {}, other: {}, only-a: {} }, faults: [{ fault: { status: 500 }, on: { model: e } }] }
  b: { dialect: openai_chat, models: { maker/e: {}, 'maker/e:free': {}, 'e:8b': {}, other: {} } }
  jina: { dialect: openai_chat, vendor: jina, models: { e: {} } }
  voyage: { dialect: openai_chat, vendor: voyage, models: { e: {} } }
  cohere: { dialect: cohere, models: { e: {} } }
  gemini: { dialect: gemini, models: { e: {} } }
  bedrock:
    dialect: bedrock_converse
    models: { 'amazon.titan-embed-text-v2:0': {}, 'cohere.rerank-v3-5:0': {} }
";

const ALL: [&str; 5] = ["b/maker/e", "jina/e", "voyage/e", "cohere/e", "gemini/e"];

async fn house() -> House {
    House::of(Script::from_yaml(FLEET).unwrap(), |fleet| {
        let mut config = "discover: false\nproviders:\n".to_owned();
        for (name, like, models) in [
            ("a", "dialect: openai_chat", "[e, other, only-a]"),
            ("b", "dialect: openai_chat", "[maker/e, other]"),
            ("jina", "like: jina", "[e]"),
            ("voyage", "like: voyage", "[e]"),
            ("cohere", "like: cohere", "[e]"),
            ("gemini", "like: gemini", "[e]"),
            ("bedrock", "like: bedrock", "['amazon.titan-embed-text-v2:0', 'cohere.rerank-v3-5:0']"),
        ] {
            let url = fleet.base_url(name);
            config.push_str(&format!(
                "  {name}: {{ {like}, base_url: \"{url}\", api_key: any, models: {models} }}\n"
            ));
        }
        config.push_str("routes:\n  falls: { targets: [a/e, b/other, 'b/e:8b', 'b/maker/e:free'] }\n");
        config.push_str("  mute: { targets: [voyage/e] }\n");
        config
    })
    .await
}

/// The words of a client's, with its texts.
fn request(shape: Shape, model: &str, texts: &[&str]) -> Value {
    match shape {
        Shape::Cohere | Shape::CohereOne => {
            json!({"model": model, "texts": texts, "input_type": "search_query"})
        }
        Shape::Gemini => {
            let each = texts.iter().map(|text| json!({"content": {"parts": [{"text": text}]}}));
            json!({"requests": each.collect::<Vec<_>>()})
        }
        _ => json!({"model": model, "input": texts}),
    }
}

async fn asked(
    house: &House,
    (kind, shape): (Kind, Shape),
    model: &str,
    body: Value,
) -> Result<Got, GatewayError> {
    let in_path = matches!(shape, Shape::Gemini | Shape::GeminiOne).then(|| model.to_owned());
    house.serve((kind, shape), in_path, body).await
}

fn tree(got: &Got) -> Value {
    serde_json::from_slice(&got.body).unwrap()
}

fn vectors(shape: Shape, body: &Value) -> Vec<Value> {
    let (list, inner) = match shape {
        Shape::Cohere => ("/embeddings/float", ""),
        Shape::CohereOne | Shape::Ollama => ("/embeddings", ""),
        Shape::Gemini => ("/embeddings", "/values"),
        _ => ("/data", "/embedding"),
    };
    let list = body.pointer(list).and_then(Value::as_array).unwrap();
    list.iter().map(|one| one.pointer(inner).unwrap().clone()).collect()
}

#[tokio::test]
async fn every_client_gets_the_vectors_of_every_provider() {
    let house = house().await;
    for shape in [Shape::OpenAi, Shape::Cohere, Shape::CohereOne, Shape::Gemini, Shape::Ollama] {
        let mut of_e = Vec::new();
        for model in ALL {
            let body = request(shape, model, &["red", "green"]);
            let got = asked(&house, (Kind::Embeddings, shape), model, body).await;
            let got = got.unwrap_or_else(|error| panic!("{shape:?} to {model}: {error:?}"));
            assert_eq!((got.status, got.served.as_str()), (200, model));
            let found = vectors(shape, &tree(&got));
            assert_eq!(found.len(), 2, "{shape:?} to {model}");
            // The maker is part of the name that the simulated vectors are made of.
            if model != "b/maker/e" {
                of_e.push(found);
            }
        }
        assert!(of_e.windows(2).all(|two| two[0] == two[1]), "{shape:?}: {of_e:?}");
    }
}

#[tokio::test]
async fn what_clients_of_openai_want_of_vectors_they_get_everywhere() {
    let house = house().await;
    for model in ALL {
        for format in ["base64", "float"] {
            let body = json!({"model": model, "input": "red", "dimensions": 3, "encoding_format": format});
            let got = asked(&house, (Kind::Embeddings, Shape::OpenAi), model, body).await.unwrap();
            let embedding = tree(&got)["data"][0]["embedding"].clone();
            match format {
                // Twelve bytes.
                "base64" => assert_eq!(embedding.as_str().map(str::len), Some(16), "{model}"),
                _ => assert_eq!(embedding.as_array().map(Vec::len), Some(3), "{model}"),
            }
        }
    }
}

#[tokio::test]
async fn a_fallback_keeps_the_vector_space() {
    let house = house().await;
    let body = json!({"model": "falls", "input": "red"});
    let got = asked(&house, (Kind::Embeddings, Shape::OpenAi), "falls", body).await.unwrap();
    assert_eq!(got.served, "b/maker/e:free");
    let [record] = <[_; 1]>::try_from(house.records()).unwrap();
    let over: Vec<String> =
        record.passed_over.iter().map(|over| format!("{}: {}", over.deployment, over.reason)).collect();
    // What stands behind a colon is a tariff with some, and with others which of several models it is.
    assert_eq!(over, ["b/other", "b/e:8b"].map(|name| format!("{name}: its vectors are not those of e")));
    assert_eq!(record.usage.map(|usage| usage.input), Some(1));
    let asked: Vec<String> =
        house.received().into_iter().map(|one| format!("{}/{}", one.provider, one.model)).collect();
    assert_eq!(asked.last().map(String::as_str), Some("b/maker/e:free"), "{asked:?}");
    assert!(asked.iter().all(|one| one != "b/other"), "{asked:?}");
}

#[tokio::test]
async fn more_inputs_than_a_provider_takes_are_refused_by_its_limit() {
    let house = house().await;
    let texts: Vec<String> = (0..97).map(|n| n.to_string()).collect();
    let body = json!({"model": "cohere/e", "input": texts});
    let error = asked(&house, (Kind::Embeddings, Shape::OpenAi), "cohere/e", body).await.err().unwrap();
    let param = error.upstream.as_ref().and_then(|error| error.param.as_deref());
    assert_eq!(param, Some("input"), "{error:?}");
    assert!(error.message.contains("97") && error.message.contains("96"), "{error:?}");
    assert_eq!(house.received().len(), 0);
    let many: Vec<String> = (0..10_000).map(|n| n.to_string()).collect();
    let body = json!({"model": "a/e", "input": many});
    let error = asked(&house, (Kind::Embeddings, Shape::OpenAi), "a/e", body).await.err().unwrap();
    assert!(error.message.contains("10000 entries; at most 2048"), "{}", error.message);
}

#[tokio::test]
async fn one_text_at_once_is_what_titan_takes() {
    let house = house().await;
    let model = "bedrock/amazon.titan-embed-text-v2:0";
    let ask = |texts: &[&str]| json!({"model": model, "input": texts, "dimensions": 4});
    let kind = (Kind::Embeddings, Shape::OpenAi);
    let got = asked(&house, kind, model, ask(&["red apple"])).await.unwrap();
    assert_eq!(tree(&got)["data"][0]["embedding"].as_array().map(Vec::len), Some(4));
    let [record] = <[_; 1]>::try_from(house.records()).unwrap();
    assert_eq!(record.usage.map(|usage| usage.input), Some(3));
    let error = asked(&house, kind, model, ask(&["red", "green"])).await.err().unwrap();
    assert!(error.message.contains("takes at most 1 at once"), "{}", error.message);
}

#[tokio::test]
async fn documents_are_ranked_for_every_client_by_every_provider() {
    let house = house().await;
    let documents = ["snow falls", "a red apple", "apple"];
    for shape in [Shape::Jina, Shape::Cohere] {
        for model in ["b/maker/e", "jina/e", "voyage/e", "cohere/e", "bedrock/cohere.rerank-v3-5:0"] {
            let body = json!({"model": model, "query": "red apple", "documents": documents, "top_n": 2});
            let got = asked(&house, (Kind::Rerank, shape), model, body).await;
            let body = tree(&got.unwrap_or_else(|error| panic!("{shape:?} to {model}: {error:?}")));
            let results = body["results"].as_array().unwrap();
            let order: Vec<u64> = results.iter().map(|one| one["index"].as_u64().unwrap()).collect();
            assert_eq!(order, [1, 2], "{shape:?} to {model}: {body}");
            let text = &results[0]["document"]["text"];
            match shape {
                Shape::Jina => assert_eq!(text, "a red apple", "{model}: {body}"),
                _ => assert!(text.is_null() && body["meta"]["billed_units"].is_object(), "{model}: {body}"),
            }
        }
    }
}

#[tokio::test]
async fn moderations_pass_and_other_providers_are_refused_by_name() {
    let house = house().await;
    let input =
        json!([{"type": "text", "text": "attack"}, {"type": "image_url", "image_url": {"url": "data:x"}}]);
    let ask = |model: &str| json!({"model": model, "input": input});
    let kind = (Kind::Moderations, Shape::OpenAi);
    let got = asked(&house, kind, "a/other", ask("a/other")).await.unwrap();
    assert_eq!(tree(&got)["results"][0]["flagged"], true);
    // Nothing is counted because nothing is billed.
    assert_eq!(house.records().first().map(|record| record.cost), Some(Some(0)));
    let error = asked(&house, kind, "mute", ask("mute")).await.err().unwrap();
    assert_eq!(error.param.as_deref(), Some("model"));
    assert!(error.message.contains("`mute` serves no moderations"), "{}", error.message);
}

#[tokio::test]
async fn captured_requests_are_served() {
    let house = house().await;
    for (name, kind, mut body) in captured::services() {
        for model in ALL.into_iter().filter(|model| kind == Kind::Embeddings || model.starts_with("b/")) {
            body["model"] = model.into();
            let got = asked(&house, (kind, Shape::OpenAi), model, body.clone()).await;
            let got = got.unwrap_or_else(|error| panic!("{name} to {model}: {error:?}"));
            assert_eq!((got.status, got.served.as_str()), (200, model), "{name}");
        }
    }
}
