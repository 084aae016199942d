//! Calls besides chat: what vendors answer and refuse.

use serde_json::{Value, json};
use wye_sim::FleetHandle;

use super::client::{Answer, PLAIN, call, fleet};

const MORE: &str = "
  j: { dialect: openai_chat, vendor: jina, models: { m: {} } }
  v: { dialect: openai_chat, vendor: voyage, models: { m: {}, sick: {} }, faults: [{ fault: { status: 503 }, on: { model: sick } }] }
  z:
    dialect: bedrock_converse
    models: { 'amazon.titan-embed-text-v2:0': {}, cohere.embed-english-v3: {}, 'cohere.rerank-v3-5:0': {} }
";

async fn post(fleet: &FleetHandle, path: &str, body: Value) -> Answer {
    call(fleet, &format!("POST {path} HTTP/1.1"), &body).await
}

#[tokio::test]
async fn a_model_has_the_same_vectors_everywhere_and_in_every_form() {
    let fleet = fleet(&format!("{PLAIN}{MORE}")).await;
    let openai = post(&fleet, "/o/v1/embeddings", json!({"model": "m", "input": ["a", "b"]})).await.json();
    let [a, b] = [0, 1].map(|n| openai["data"][n]["embedding"].clone());
    assert_eq!((a.as_array().unwrap().len(), &openai["usage"]["prompt_tokens"]), (8, &json!(2)));
    assert_ne!(a, b);
    let cohere = json!({"model": "m", "texts": ["b"], "input_type": "search_query"});
    assert_eq!(post(&fleet, "/c/v2/embed", cohere).await.json()["embeddings"]["float"][0], b);
    let gemini = json!({"requests": [{"model": "models/m", "content": {"parts": [{"text": "a"}]}}]});
    let gemini = post(&fleet, "/g/v1beta/models/m:batchEmbedContents", gemini).await.json();
    assert_eq!(gemini["embeddings"][0]["values"], a);
    for (provider, more) in [("j", json!({"task": "text-matching"})), ("v", json!({"input_type": "query"}))] {
        let mut body = json!({"model": "m", "input": "a"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = post(&fleet, &format!("/{provider}/v1/embeddings"), body).await.json();
        assert_eq!(answer["data"][0]["embedding"], a, "{provider}");
    }
    let base64 = json!({"model": "m", "input": "a", "encoding_format": "base64", "dimensions": 3});
    let base64 = post(&fleet, "/o/v1/embeddings", base64).await.json();
    assert_eq!(base64["data"][0]["embedding"].as_str().unwrap().len(), 16);
    let titan = "/z/model/amazon.titan-embed-text-v2%3A0/invoke";
    let titan = post(&fleet, titan, json!({"inputText": "a", "dimensions": 2})).await.json();
    assert_eq!((titan["embedding"].as_array().unwrap().len(), &titan["inputTextTokenCount"]), (2, &json!(1)));
}

#[tokio::test]
async fn documents_are_ranked_and_texts_judged() {
    let fleet = fleet(&format!("{PLAIN}{MORE}")).await;
    let documents = ["snow falls", "a red apple", "apple"];
    let ask = json!({"model": "m", "query": "red apple", "documents": documents});
    for (path, list) in [("/c/v2/rerank", "results"), ("/j/v1/rerank", "results"), ("/v/v1/rerank", "data")] {
        let answer = post(&fleet, path, ask.clone()).await.json();
        let order: Vec<u64> =
            answer[list].as_array().unwrap().iter().map(|one| one["index"].as_u64().unwrap()).collect();
        assert_eq!(order, [1, 2, 0], "{path}");
    }
    let ask = json!({"query": "red apple", "documents": documents, "top_n": 1, "api_version": 2});
    let answer = post(&fleet, "/z/model/cohere.rerank-v3-5:0/invoke", ask).await.json();
    assert_eq!(answer, json!({"results": [{"index": 1, "relevance_score": 1.0}]}));
    let judged =
        post(&fleet, "/o/v1/moderations", json!({"model": "m", "input": ["hi", "attack"]})).await.json();
    assert_eq!(
        (&judged["results"][0]["flagged"], &judged["results"][1]["flagged"]),
        (&json!(false), &json!(true))
    );
}

#[tokio::test]
async fn vendors_refuse_what_is_not_theirs() {
    let fleet = fleet(&format!("{PLAIN}{MORE}")).await;
    let many: Vec<String> = (0..97).map(|n| n.to_string()).collect();
    for (path, body, status) in [
        ("/o/v1/embeddings", json!({"model": "m", "input": "a", "input_type": "query"}), 400),
        ("/o/v1/embeddings", json!({"model": "m", "input": ""}), 400),
        ("/o/v1/embeddings", json!({"model": "m", "input": []}), 400),
        ("/o/v1/embeddings", json!({"model": "none", "input": "a"}), 404),
        ("/v/v1/embeddings", json!({"model": "m", "input": "a", "dimensions": 3}), 400),
        ("/v/v1/embeddings", json!({"model": "sick", "input": "a"}), 503),
        ("/c/v2/embed", json!({"model": "m", "texts": ["a"]}), 400),
        ("/c/v2/embed", json!({"model": "m", "texts": many, "input_type": "search_query"}), 400),
        ("/c/v2/rerank", json!({"model": "m", "query": "q", "documents": [{"text": "a"}]}), 400),
        ("/g/v1beta/models/m:batchEmbedContents", json!({"requests": []}), 400),
        ("/o/v1/moderations", json!({"model": "m", "input": [7]}), 400),
        ("/a/v1/embeddings", json!({"model": "m", "input": "a"}), 404),
    ] {
        assert_eq!(post(&fleet, path, body.clone()).await.status, status, "{path} {body}");
    }
}
