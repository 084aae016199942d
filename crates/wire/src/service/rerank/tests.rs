//! Pairs of words, bad input, and bytes that are none.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{Reading, Rewrite, Service, Shape, Told};
use super::Rerank;
use crate::dialect::ReadError;

const CLIENTS: [Shape; 3] = [Shape::Jina, Shape::Cohere, Shape::Voyage];
const PROVIDERS: [Shape; 5] = [Shape::Jina, Shape::Cohere, Shape::Voyage, Shape::Bedrock, Shape::Cloudflare];

fn request() -> Value {
    json!({"model": "m", "query": "what", "documents": ["a", "b", "c"], "top_n": 2, "return_documents": true})
}

fn asked(from: Shape, to: Shape, body: &Value) -> Result<(Value, Vec<String>), crate::RequestError> {
    let bytes = body.to_string().into_bytes();
    let head = Rerank.scan(from, &bytes)?;
    let model = "cohere.rerank-v3-5:0";
    let asked = Rerank.write_request(&Rewrite { from, to, body: &bytes, head: &head, model })?;
    let losses = asked.losses.iter().map(ToString::to_string).collect();
    Ok((serde_json::from_slice(&asked.body.unwrap()).unwrap(), losses))
}

fn told(from: Shape, to: Shape, body: &Value, answer: &Value) -> Result<Told, ReadError> {
    let bytes = body.to_string().into_bytes();
    let head = Rerank.scan(from, &bytes).unwrap();
    let answer = answer.to_string();
    Rerank.read_answer(&Reading {
        from,
        to,
        media_type: "application/json",
        body: answer.as_bytes(),
        request: &bytes,
        head: &head,
        model: "up",
        now_s: 7,
    })
}

fn answer(shape: Shape) -> Value {
    match shape {
        Shape::Cohere => json!({
            "id": "r", "results": [{"index": 2, "relevance_score": 0.9}, {"index": 0, "relevance_score": 0.25}],
            "meta": {"billed_units": {"search_units": 1}},
        }),
        Shape::Voyage => json!({
            "object": "list", "data": [{"index": 2, "relevance_score": 0.9}, {"index": 0, "relevance_score": 0.25}],
            "model": "up", "usage": {"total_tokens": 9},
        }),
        Shape::Bedrock => {
            json!({"results": [{"index": 2, "relevance_score": 0.9}, {"index": 0, "relevance_score": 0.25}]})
        }
        Shape::Cloudflare => {
            json!({"result": {"response": [{"id": 2, "score": 0.9}, {"id": 0, "score": 0.25}]}, "success": true})
        }
        _ => json!({
            "model": "up", "usage": {"total_tokens": 9},
            "results": [{"index": 2, "relevance_score": 0.9}, {"index": 0, "relevance_score": 0.25}],
        }),
    }
}

#[test]
fn every_client_is_answered_by_every_provider() {
    for from in CLIENTS {
        for to in PROVIDERS.into_iter().filter(|to| *to != from) {
            let mut body = request();
            if from == Shape::Voyage {
                let top = body.as_object_mut().unwrap().remove("top_n").unwrap();
                body["top_k"] = top;
            }
            let (sent, losses) = asked(from, to, &body).unwrap();
            assert!(losses.is_empty(), "{from:?} to {to:?}: {losses:?}");
            assert_eq!(sent["query"], "what");
            let top = if matches!(to, Shape::Voyage | Shape::Cloudflare) { "top_k" } else { "top_n" };
            assert_eq!(sent[top], 2, "{from:?} to {to:?}: {sent}");
            let found = told(from, to, &body, &answer(to)).unwrap();
            let got: Value = serde_json::from_slice(&found.body.unwrap()).unwrap();
            let list = if from == Shape::Voyage { &got["data"] } else { &got["results"] };
            assert_eq!((&list[0]["index"], &list[0]["relevance_score"]), (&json!(2), &json!(0.9)));
            let document = if from == Shape::Voyage { json!("c") } else { json!({"text": "c"}) };
            assert_eq!((&list[0]["document"], list[1].get("index")), (&document, Some(&json!(0))));
            let ledger = found.ledger.map(|ledger| (ledger.tokens.input, ledger.units.search_units));
            let want = match to {
                Shape::Cohere | Shape::Bedrock => Some((0, Some(1))),
                Shape::Cloudflare => None,
                _ => Some((9, None)),
            };
            assert_eq!(ledger, want, "{from:?} from {to:?}");
        }
    }
}

#[test]
fn the_words_of_each_provider() {
    let documents = json!([{"text": "a", "title": "t"}, "b"]);
    let body = json!({"model": "m", "query": "what", "documents": documents, "max_chunks_per_doc": 3});
    let sent = |to| asked(Shape::Cohere, to, &body).unwrap();
    assert_eq!(
        sent(Shape::Voyage),
        (
            json!({"model": "cohere.rerank-v3-5:0", "query": "what", "documents": ["a", "b"]}),
            vec!["max_chunks_per_doc: dropped".into()]
        )
    );
    assert_eq!(sent(Shape::Bedrock).0, json!({"query": "what", "documents": ["a", "b"], "api_version": 2}));
    assert_eq!(sent(Shape::Jina).0["documents"], documents);
    assert_eq!(
        sent(Shape::Cloudflare).0,
        json!({"query": "what", "contexts": [{"text": "a"}, {"text": "b"}]})
    );
    // Cohere's first version ranks by some fields of objects.
    let ranked = json!({"model": "m", "query": "what", "documents": [{"text": "a", "title": "t"}], "rank_fields": ["title", "text"]});
    assert_eq!(
        asked(Shape::Jina, Shape::Cohere, &ranked).unwrap().0["documents"],
        json!(["title: t\ntext: a"])
    );
    let picture = json!({"model": "m", "query": "what", "documents": [{"image": "https://x"}]});
    let error = asked(Shape::Jina, Shape::Cohere, &picture).unwrap_err();
    assert_eq!(error.param.as_deref(), Some("documents[0]"));
}

#[test]
fn the_same_words_pass_unless_they_are_not_the_same() {
    for shape in CLIENTS {
        assert!(told(shape, shape, &request(), &answer(shape)).unwrap().body.is_none(), "{shape:?}");
    }
    // Fireworks is asked in Cohere's words and lists as Voyage does.
    let got = told(Shape::Cohere, Shape::Cohere, &request(), &answer(Shape::Voyage)).unwrap();
    let body: Value = serde_json::from_slice(&got.body.unwrap()).unwrap();
    assert_eq!(body["results"][1], json!({"index": 0, "relevance_score": 0.25, "document": {"text": "a"}}));
    assert_eq!(body["meta"]["billed_units"], json!({"input_tokens": 9}));
}

#[test]
fn bad_input_and_bad_answers_are_named() {
    let many: Vec<u32> = (0..10_001).collect();
    let many: Vec<String> = many.iter().map(u32::to_string).collect();
    for (body, field) in [
        (json!({"model": "m", "documents": ["a"]}), "query"),
        (json!({"model": "m", "query": "", "documents": ["a"]}), "query"),
        (json!({"model": "m", "query": 1, "documents": ["a"]}), "query"),
        (json!({"model": "m", "query": "a"}), "documents"),
        (json!({"model": "m", "query": "a", "documents": []}), "documents"),
        (json!({"model": "m", "query": "a", "documents": "a"}), "documents"),
        (json!({"model": "m", "query": "a", "documents": ["a", 1]}), "documents[1]"),
        (json!({"model": "m", "query": "a", "documents": many}), "documents"),
        (json!({"model": "m", "query": "a", "documents": ["a"], "top_n": 0}), "top_n"),
        (json!({"model": "m", "query": "a", "documents": ["a"], "top_n": "2"}), "top_n"),
        (json!({"model": "m", "query": "a", "documents": ["a"], "top_k": -1}), "top_k"),
    ] {
        let error = Rerank.scan(Shape::Jina, body.to_string().as_bytes()).unwrap_err();
        assert_eq!(error.param.as_deref(), Some(field), "{}", error.message);
    }
    let beyond = json!({"results": [{"index": 3, "relevance_score": 1}]});
    assert!(told(Shape::Cohere, Shape::Jina, &request(), &beyond).is_err());
    assert!(told(Shape::Cohere, Shape::Cohere, &request(), &json!({})).is_err());
    let error = told(Shape::Cohere, Shape::Jina, &request(), &json!({"error": {"message": "no"}}));
    assert!(matches!(error, Err(ReadError::Upstream(_))));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(body in "[\\[\\]{}\":,a-z0-9. ]{0,60}", field in 0_usize..5) {
        let name = ["documents", "query", "results", "data", "meta"][field];
        let raw = format!("{{\"model\":\"m\",\"{name}\":{body}}}");
        let fixed = request().to_string();
        let head = Rerank.scan(Shape::Jina, fixed.as_bytes()).unwrap();
        for from in CLIENTS {
            for to in PROVIDERS {
                if let Ok(head) = Rerank.scan(from, raw.as_bytes()) {
                    let _ = Rerank.write_request(&Rewrite { from, to, body: raw.as_bytes(), head: &head, model: "m" });
                }
                for bytes in [raw.as_bytes(), body.as_bytes()] {
                    let _ = Rerank.read_answer(&Reading {
                        from, to, media_type: "", body: bytes, request: fixed.as_bytes(), head: &head, model: "m", now_s: 0,
                    });
                }
            }
        }
    }
}
