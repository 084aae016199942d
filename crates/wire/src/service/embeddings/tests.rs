//! Pairs of words, bad input, and bytes that are none.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{Reading, Rewrite, Service, Shape, Told};
use super::Embeddings;
use crate::RequestError;
use crate::dialect::ReadError;

const CLIENTS: [Shape; 9] = [
    Shape::OpenAi,
    Shape::Jina,
    Shape::Voyage,
    Shape::Cohere,
    Shape::CohereOne,
    Shape::Gemini,
    Shape::GeminiOne,
    Shape::Ollama,
    Shape::OllamaOne,
];

const PROVIDERS: [Shape; 8] = [
    Shape::OpenAi,
    Shape::Jina,
    Shape::Voyage,
    Shape::Cohere,
    Shape::Gemini,
    Shape::Vertex,
    Shape::Bedrock,
    Shape::Cloudflare,
];

const MODEL: &str = "amazon.titan-embed-text-v2:0";

/// A request of a client's for these texts.
fn request(shape: Shape, texts: &[&str]) -> Value {
    match shape {
        Shape::Cohere | Shape::CohereOne => json!({"model": "m", "texts": texts}),
        Shape::Gemini => {
            let requests = texts.iter().map(|text| json!({"content": {"parts": [{"text": text}]}}));
            json!({"requests": requests.collect::<Vec<_>>()})
        }
        Shape::GeminiOne => json!({"content": {"parts": [{"text": texts[0]}]}}),
        Shape::OllamaOne => json!({"model": "m", "prompt": texts[0]}),
        _ => json!({"model": "m", "input": texts}),
    }
}

fn with(mut body: Value, more: Value) -> Value {
    let more = more.as_object().cloned().unwrap_or_default();
    body.as_object_mut().unwrap().extend(more);
    body
}

fn asked(from: Shape, to: Shape, body: &Value) -> Result<(Value, Vec<String>), RequestError> {
    asked_of(from, to, body, MODEL)
}

fn asked_of(from: Shape, to: Shape, body: &Value, model: &str) -> Result<(Value, Vec<String>), RequestError> {
    let bytes = body.to_string().into_bytes();
    let head = Embeddings.scan(from, &bytes)?;
    let asked = Embeddings.write_request(&Rewrite { from, to, body: &bytes, head: &head, model })?;
    let losses = asked.losses.iter().map(ToString::to_string).collect();
    Ok((serde_json::from_slice(&asked.body.unwrap()).unwrap(), losses))
}

fn told(from: Shape, to: Shape, body: &Value, answer: &Value) -> Result<Told, ReadError> {
    let bytes = body.to_string().into_bytes();
    let head = Embeddings.scan(from, &bytes).unwrap();
    Embeddings.read_answer(&Reading {
        from,
        to,
        media_type: "application/json",
        body: answer.to_string().as_bytes(),
        request: &bytes,
        head: &head,
        model: "up",
        now_s: 7,
    })
}

fn written(from: Shape, to: Shape, body: &Value, answer: &Value) -> Value {
    serde_json::from_slice(&told(from, to, body, answer).unwrap().body.unwrap()).unwrap()
}

/// What a provider answers with these vectors.
fn answer(shape: Shape, vectors: &[Value]) -> Value {
    match shape {
        Shape::Cohere => json!({
            "id": "e", "embeddings": {"float": vectors}, "texts": [],
            "meta": {"billed_units": {"input_tokens": 5}}, "response_type": "embeddings_by_type",
        }),
        Shape::Gemini => {
            let list: Vec<Value> = vectors.iter().map(|vector| json!({"values": vector})).collect();
            json!({"embeddings": list})
        }
        Shape::Vertex => {
            let one = |vector| json!({"embeddings": {"values": vector, "statistics": {"token_count": 5}}});
            json!({"predictions": vectors.iter().map(one).collect::<Vec<_>>()})
        }
        Shape::Bedrock => json!({"embedding": vectors[0], "inputTextTokenCount": 5}),
        Shape::Cloudflare => json!({"result": {"shape": [1, 2], "data": vectors}, "success": true}),
        _ => {
            // Out of order: the index counts.
            let one = |(n, vector)| json!({"object": "embedding", "index": n, "embedding": vector});
            let list: Vec<Value> = vectors.iter().enumerate().map(one).rev().collect();
            json!({"object": "list", "data": list, "model": "up", "usage": {"total_tokens": 5}})
        }
    }
}

/// The vectors in a client's answer.
fn vectors(shape: Shape, answer: &Value) -> Vec<Value> {
    let list = |pointer: &str, inner: &str| -> Vec<Value> {
        let list = answer.pointer(pointer).and_then(Value::as_array).unwrap();
        list.iter().map(|one| one.pointer(inner).cloned().unwrap()).collect()
    };
    match shape {
        Shape::Cohere => list("/embeddings/float", ""),
        Shape::CohereOne | Shape::Ollama => list("/embeddings", ""),
        Shape::Gemini => list("/embeddings", "/values"),
        Shape::GeminiOne => vec![answer["embedding"]["values"].clone()],
        Shape::OllamaOne => vec![answer["embedding"].clone()],
        _ => list("/data", "/embedding"),
    }
}

#[test]
fn every_client_is_answered_by_every_provider() {
    let (a, b) = (json!([0.25, -1.5e-9, 3]), json!([1, 0.123_456_789_012_345_68, -0.0]));
    for from in CLIENTS {
        for to in PROVIDERS.into_iter().filter(|to| *to != from) {
            let single = matches!(from, Shape::GeminiOne | Shape::OllamaOne) || to == Shape::Bedrock;
            let (texts, list) = if single {
                (&["x"][..], vec![a.clone()])
            } else {
                (&["x", "y"][..], vec![a.clone(), b.clone()])
            };
            let body = request(from, texts);
            let (sent, losses) = asked(from, to, &body).unwrap();
            let unsaid: Vec<&String> =
                losses.iter().filter(|loss| !loss.starts_with("input_type: search_document")).collect();
            assert!(unsaid.is_empty(), "{from:?} to {to:?}: {unsaid:?}");
            for text in texts {
                assert!(sent.to_string().contains(&format!("\"{text}\"")), "{from:?} to {to:?}: {sent}");
            }
            if matches!(from, Shape::Jina | Shape::Voyage) {
                // No doors of their own: their clients come through OpenAI's.
                continue;
            }
            let reply = answer(to, &list);
            let told = told(from, to, &body, &reply).unwrap();
            let told_body: Value = serde_json::from_slice(told.body.as_deref().unwrap()).unwrap();
            assert_eq!(vectors(from, &told_body), list, "{from:?} from {to:?}");
            assert!(told.content);
            let counted = told.ledger.map(|ledger| ledger.tokens.input);
            let want = match to {
                Shape::Gemini | Shape::Cloudflare => None,
                Shape::Vertex if !single => Some(10),
                _ => Some(5),
            };
            assert_eq!(counted, want, "{from:?} from {to:?}");
        }
    }
}

/// What is said in a provider's words is what was meant: read again by whoever speaks them as a client.
#[test]
fn requests_survive_there_and_back() {
    let more = json!({"dimensions": 256, "input_type": "search_query", "truncate": "END"});
    let body = with(request(Shape::OpenAi, &["x", "y"]), more);
    let read = |shape, body: &Value| super::ask_read::read(shape, body.to_string().as_bytes()).unwrap();
    let meant = read(Shape::OpenAi, &body);
    for to in [Shape::Jina, Shape::Voyage, Shape::Cohere, Shape::Gemini] {
        let (sent, losses) = asked(Shape::OpenAi, to, &body).unwrap();
        let got = read(to, &sent);
        assert_eq!(got.inputs, meant.inputs, "{to:?}");
        assert_eq!(got.dimensions.map(|d| d.0), Some(256), "{to:?}");
        assert_eq!(got.purpose.map(|p| p.0), meant.purpose.map(|p| p.0), "{to:?}");
        let cut = if to == Shape::Gemini { None } else { meant.cut.map(|c| c.0) };
        assert_eq!(got.cut.map(|c| c.0), cut, "{to:?}");
        let lost = if to == Shape::Gemini { vec!["truncate: dropped".to_owned()] } else { vec![] };
        assert_eq!(losses, lost, "{to:?}");
    }
}

#[test]
fn the_words_of_each_provider() {
    let body = json!({
        "model": "m", "input": ["x"], "dimensions": 8, "user": "me", "encoding_format": "base64",
        "task": "retrieval.passage", "late_chunking": true,
    });
    let sent = |to| asked(Shape::OpenAi, to, &body).unwrap();
    assert_eq!(
        sent(Shape::Cohere),
        (
            json!({"model": MODEL, "texts": ["x"], "input_type": "search_document", "embedding_types": ["float"], "output_dimension": 8}),
            vec!["user: dropped".into(), "late_chunking: dropped".into()]
        )
    );
    assert_eq!(
        sent(Shape::Jina),
        (
            json!({"model": MODEL, "input": ["x"], "dimensions": 8, "task": "retrieval.passage", "late_chunking": true}),
            vec!["user: dropped".into()]
        )
    );
    assert_eq!(
        sent(Shape::Voyage).0,
        json!({"model": MODEL, "input": ["x"], "input_type": "document", "output_dimension": 8})
    );
    assert_eq!(
        sent(Shape::Gemini).0,
        json!({"requests": [{
            "model": format!("models/{MODEL}"), "taskType": "RETRIEVAL_DOCUMENT", "outputDimensionality": 8,
            "content": {"parts": [{"text": "x"}]},
        }]})
    );
    assert_eq!(
        sent(Shape::Vertex).0,
        json!({
            "instances": [{"task_type": "RETRIEVAL_DOCUMENT", "content": "x"}],
            "parameters": {"outputDimensionality": 8},
        })
    );
    assert_eq!(sent(Shape::Bedrock).0, json!({"inputText": "x", "dimensions": 8}));
    let cohere = asked_of(Shape::OpenAi, Shape::Bedrock, &body, "cohere.embed-english-v3").unwrap().0;
    assert_eq!(
        cohere,
        json!({"texts": ["x"], "input_type": "search_document", "embedding_types": ["float"], "output_dimension": 8})
    );
    let refused = asked(Shape::OpenAi, Shape::Cloudflare, &body).unwrap_err();
    assert_eq!(refused.param.as_deref(), Some("dimensions"));
}

#[test]
fn floats_and_base64_are_made_of_each_other() {
    // 1.0 and -2.5, little-endian.
    let (floats, base64) = (json!([1.0, -2.5]), json!("AACAPwAAIMA="));
    let plain = request(Shape::OpenAi, &["x"]);
    let wants = with(plain.clone(), json!({"encoding_format": "base64"}));
    // A server that does not know `encoding_format`: everything else passes as it came.
    let reply = json!({"data": [{"embedding": floats, "index": 0, "own": [1, {"a": "]"}]}], "usage": {"prompt_tokens": 3, "cost": 0.000_5}, "x": 1});
    let found = told(Shape::OpenAi, Shape::OpenAi, &wants, &reply).unwrap();
    let mut wanted = reply.clone();
    wanted["data"][0]["embedding"] = base64.clone();
    assert_eq!(serde_json::from_slice::<Value>(&found.body.unwrap()).unwrap(), wanted);
    let ledger = found.ledger.unwrap();
    assert_eq!((ledger.tokens.input, ledger.reported), (3, Some(500_000)));
    // What is as the client wants it stays.
    assert!(told(Shape::OpenAi, Shape::OpenAi, &plain, &reply).unwrap().body.is_none());
    assert!(told(Shape::OpenAi, Shape::OpenAi, &wants, &wanted).unwrap().body.is_none());
    // Between words.
    let got =
        written(Shape::OpenAi, Shape::Gemini, &wants, &answer(Shape::Gemini, std::slice::from_ref(&floats)));
    assert_eq!(got["data"][0]["embedding"], base64);
    let cohere = with(request(Shape::Cohere, &["x"]), json!({"embedding_types": ["float", "base64"]}));
    let got =
        written(Shape::Cohere, Shape::Voyage, &cohere, &answer(Shape::Voyage, std::slice::from_ref(&base64)));
    assert_eq!((&got["embeddings"]["float"][0], &got["embeddings"]["base64"][0]), (&floats, &base64));
    assert_eq!((&got["texts"], &got["meta"]["billed_units"]["input_tokens"]), (&json!(["x"]), &json!(5)));
}

#[test]
fn types_that_a_provider_does_not_know_are_refused() {
    let whole = with(request(Shape::Cohere, &["x"]), json!({"embedding_types": ["int8", "float"]}));
    for to in [Shape::OpenAi, Shape::Gemini, Shape::Vertex, Shape::Jina, Shape::Voyage] {
        let error = asked(Shape::Cohere, to, &whole).unwrap_err();
        assert_eq!(error.param.as_deref(), Some("embedding_types"), "{to:?}: {}", error.message);
    }
    let one = with(request(Shape::Cohere, &["x"]), json!({"embedding_types": ["int8"]}));
    assert_eq!(asked(Shape::Cohere, Shape::Voyage, &one).unwrap().0["output_dtype"], "int8");
    let got = written(Shape::Cohere, Shape::Voyage, &one, &answer(Shape::Voyage, &[json!([1, -2])]));
    assert_eq!(got["embeddings"], json!({"int8": [[1, -2]]}));
}

#[test]
fn bad_input_is_named() {
    let many: Vec<String> = (0..10_000).map(|n| n.to_string()).collect();
    let mut mixed: Vec<Value> = many.iter().map(|text| json!(text)).collect();
    mixed.push(json!(1));
    let cases = [
        (Shape::OpenAi, json!({"model": "m", "input": mixed}), "input[10000]"),
        (Shape::OpenAi, json!({"model": "m", "input": [1, "a"]}), "input[1]"),
        (Shape::OpenAi, json!({"model": "m", "input": [1, -1]}), "input[1]"),
        (Shape::OpenAi, json!({"model": "m", "input": [1.5]}), "input[0]"),
        (Shape::OpenAi, json!({"model": "m", "input": "a", "dimensions": 0}), "dimensions"),
        (Shape::OpenAi, json!({"model": "m", "input": "a", "dimensions": "8"}), "dimensions"),
        (Shape::OpenAi, json!({"model": "m", "input": "a", "encoding_format": 1}), "encoding_format"),
        (Shape::Gemini, json!({"requests": [{}, 1]}), "requests[1]"),
        (Shape::OpenAi, json!({"model": "m"}), "input"),
        (Shape::OpenAi, json!({"model": "m", "input": ""}), "input"),
        (Shape::OpenAi, json!({"model": "m", "input": []}), "input"),
        (Shape::OpenAi, json!({"model": "m", "input": ["a", ""]}), "input[1]"),
        (Shape::OpenAi, json!({"model": "m", "input": [[1], []]}), "input[1]"),
        (Shape::OpenAi, json!({"model": "m", "input": ["a", null]}), "input[1]"),
        (Shape::OpenAi, json!({"model": "m", "input": 7}), "input"),
        (Shape::OpenAi, json!({"model": "m", "input": many}), "input"),
        (Shape::Cohere, json!({"model": "m", "texts": "a"}), "texts"),
        (Shape::Cohere, json!({"model": "m"}), "texts"),
        (Shape::Gemini, json!({}), "requests"),
        (Shape::GeminiOne, json!({"content": "a"}), "content"),
        (Shape::OllamaOne, json!({"model": "m", "prompt": ["a"]}), "prompt"),
    ];
    for (shape, body, field) in cases {
        let error = Embeddings.scan(shape, body.to_string().as_bytes()).unwrap_err();
        assert_eq!(error.param.as_deref(), Some(field), "{}", error.message);
    }
    // One that cannot be read could not be given the model's name, and would go on with its own.
    let twice = br#"{"requests": [{"model": "a", "model": "b", "content": {"parts": [{"text": "x"}]}}]}"#;
    let error = Embeddings.scan(Shape::Gemini, twice).unwrap_err();
    assert_eq!(error.param.as_deref(), Some("requests[0]"), "{}", error.message);
    // A text in tokens may have more of them than there may be texts.
    let tokens: Vec<u32> = (0..5000).collect();
    let body = json!({"model": "m", "input": tokens});
    assert!(Embeddings.scan(Shape::OpenAi, body.to_string().as_bytes()).is_ok());
    let texts: Vec<String> = (0..97).map(|n| n.to_string()).collect();
    let error = asked(Shape::OpenAi, Shape::Cohere, &json!({"model": "m", "input": texts})).unwrap_err();
    assert_eq!(error.message, format!("`input` has 97 entries; {MODEL} takes at most 96 at once"));
    let error = asked(Shape::OpenAi, Shape::Gemini, &json!({"model": "m", "input": [[1, 2]]})).unwrap_err();
    assert_eq!(error.param.as_deref(), Some("input[0]"));
}

#[test]
fn errors_in_disguise_and_empty_answers_are_seen() {
    let body = request(Shape::OpenAi, &["x"]);
    for to in [Shape::OpenAi, Shape::Gemini, Shape::Cohere] {
        let found = told(Shape::OpenAi, to, &body, &json!({"error": {"message": "no", "code": 500}}));
        assert!(matches!(found, Err(ReadError::Upstream(_))), "{to:?}: {found:?}");
    }
    assert!(!told(Shape::OpenAi, Shape::OpenAi, &body, &json!({"data": []})).unwrap().content);
    assert!(!told(Shape::OpenAi, Shape::Gemini, &body, &json!({"embeddings": []})).unwrap().content);
    let two = answer(Shape::Gemini, &[json!([1]), json!([2])]);
    let one = request(Shape::OllamaOne, &["x"]);
    assert!(matches!(told(Shape::OllamaOne, Shape::Gemini, &one, &two), Err(ReadError::Malformed(_))));
    let short = told(Shape::OpenAi, Shape::Gemini, &request(Shape::OpenAi, &["x", "y", "z"]), &two);
    assert!(matches!(short, Err(ReadError::Malformed(_))), "{short:?}");
}

#[test]
fn a_batch_names_the_model_that_serves_it() {
    let body = json!({"requests": [{"model": "models/gemini/e", "content": {"parts": [{"text": "x"}]}}, {"content": {"parts": [{"text": "y"}]}}]});
    let bytes = body.to_string().into_bytes();
    let head = Embeddings.scan(Shape::Gemini, &bytes).unwrap();
    let mut patch = crate::patch::Patch::new();
    let (from, to) = (Shape::Gemini, Shape::Gemini);
    Embeddings.aim(&Rewrite { from, to, body: &bytes, head: &head, model: "e" }, &mut patch);
    let sent: Value = serde_json::from_slice(&patch.apply(&bytes, &head.top)).unwrap();
    assert_eq!(
        (&sent["requests"][0]["model"], &sent["requests"][1]["model"]),
        (&json!("models/e"), &json!("models/e"))
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn floats_survive_base64(floats in prop::collection::vec(-1e30_f32..1e30, 1..40)) {
        let text = serde_json::to_string(&floats).unwrap();
        let base64 = super::answer::to_base64(&text).unwrap();
        let back = super::answer::Vector::Base64(base64.into());
        let back: Vec<f32> = serde_json::from_str(&back.numbers().unwrap()).unwrap();
        prop_assert_eq!(back, floats);
    }

    #[test]
    fn any_bytes_are_read_or_refused(body in "[\\[\\]{}\":,a-z0-9. ]{0,60}", field in 0_usize..9) {
        let raw = format!("{{\"model\":\"m\",\"{}\":{body}}}", ["input", "texts", "requests", "content", "prompt", "data", "embeddings", "usage", "result"][field]);
        let fixed = request(Shape::OpenAi, &["x"]).to_string();
        let head = Embeddings.scan(Shape::OpenAi, fixed.as_bytes()).unwrap();
        for from in CLIENTS {
            for to in PROVIDERS {
                if let Ok(head) = Embeddings.scan(from, raw.as_bytes()) {
                    let _ = Embeddings.write_request(&Rewrite { from, to, body: raw.as_bytes(), head: &head, model: "m" });
                }
                for bytes in [raw.as_bytes(), body.as_bytes()] {
                    let _ = Embeddings.read_answer(&Reading {
                        from, to, media_type: "", body: bytes, request: fixed.as_bytes(), head: &head, model: "m", now_s: 0,
                    });
                }
            }
        }
    }

    /// What the quick walk sees is what a tree holds.
    #[test]
    fn the_walk_sees_what_a_tree_does(
        vectors in prop::collection::vec(prop::collection::vec(any::<i32>(), 0..5), 0..4),
        tokens in prop::option::of(0_u64..1000),
        first in any::<bool>(),
    ) {
        let data: Vec<Value> = vectors.iter().map(|v| json!({"embedding": v})).collect();
        let mut reply = if first { json!({"usage": {"prompt_tokens": tokens}}) } else { json!({}) };
        reply["data"] = json!(data);
        reply["usage"] = json!({"prompt_tokens": tokens});
        let found = told(Shape::OpenAi, Shape::OpenAi, &request(Shape::OpenAi, &["x"]), &reply).unwrap();
        prop_assert_eq!(found.ledger.map(|ledger| ledger.tokens.input), tokens);
        prop_assert_eq!(found.content, !vectors.is_empty());
    }
}
