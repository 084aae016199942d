//! Recordings of calls besides chat: taken as they are, understood, counted, and told to clients in other words.

use serde_json::Value;
use wye_types::{DialectId, Kind};
use wye_wire::dialect::{ReadError, dialect};
use wye_wire::patch::Patch;
use wye_wire::service::{Head, Reading, Rewrite, Service, Shape, Told, service};

use crate::corpus::Case;
use crate::vendor::same;

type Checked = Vec<(String, Result<(), String>)>;

/// What a recording is of, and in whose words. `None`: of something else.
pub(crate) fn of(case: &Case) -> Option<(Kind, Shape)> {
    let kind = match case.api.as_str() {
        "embeddings" => Kind::Embeddings,
        "rerank" => Kind::Rerank,
        "moderations" => Kind::Moderations,
        _ => return None,
    };
    let path = case.request["path"].as_str().unwrap_or("");
    let shape = match (kind, case.provider.as_str()) {
        (_, "cohere") if path == "/v1/embed" => Shape::CohereOne,
        (Kind::Rerank, "openrouter") | (_, "cohere") => Shape::Cohere,
        (Kind::Rerank, "llamacpp") => Shape::Jina,
        (Kind::Embeddings, "voyage") => Shape::Voyage,
        (Kind::Embeddings, "gemini") => Shape::Gemini,
        (Kind::Embeddings, "vertex") => Shape::Vertex,
        (Kind::Embeddings, "ollama") => Shape::Ollama,
        _ => Shape::OpenAi,
    };
    Some((kind, shape))
}

/// Checks a recording.
pub(crate) fn check(case: &Case, (kind, shape): (Kind, Shape)) -> Checked {
    let words = service(kind).unwrap();
    let mut done = Vec::new();
    let body = &case.request["body"];
    let sent = body.to_string().into_bytes();
    // Vertex's words are no client's.
    if body.is_object() && shape != Shape::Vertex {
        match words.scan(shape, &sent) {
            Ok(head) => done.push(("taken".to_owned(), taken(words, shape, (body, &sent), &head))),
            // The vendor refused it, too.
            Err(error) if case.status() >= 400 => done.push((format!("refused: {}", error.message), Ok(()))),
            Err(error) => done.push(("taken".to_owned(), Err(error.message))),
        }
    }
    if case.status() >= 400 {
        let id = match shape {
            Shape::Cohere | Shape::CohereOne => DialectId::Cohere,
            _ => DialectId::OpenAiChat,
        };
        let error = dialect(id).read_error(case.status(), &case.body());
        let told = !error.message.is_empty() && error.status >= 400;
        done.push((format!("error {:?}", error.fault), same(&told, &true)));
        return done;
    }
    let answer = case.body();
    let own = if body.is_object() && shape != Shape::Vertex {
        Client { shape, request: sent }
    } else {
        Client::of(kind, shape, &case.response["body"])
    };
    match own.told(words, shape, &answer) {
        Ok(told) => {
            // Vertex's answers are read for clients of other words only.
            let as_it_is = told.body.is_none() || shape == Shape::Vertex;
            done.push(("passes".to_owned(), same(&(told.content, as_it_is), &(true, true))));
            done.push(("usage".to_owned(), counted(&told, &case.response["body"])));
        }
        Err(error) => done.push(("passes".to_owned(), Err(format!("{error:?}")))),
    }
    // Ollama is asked in OpenAI's words.
    let others = if shape == Shape::Ollama { &[] } else { clients(kind) };
    for client in others.iter().filter(|client| **client != shape) {
        let asks = Client::of(kind, *client, &case.response["body"]);
        let told = asks.told(words, shape, &answer).map_err(|error| format!("{error:?}"));
        let result = told.and_then(|told| {
            let written: Value = serde_json::from_slice(&told.body.unwrap_or(answer.clone()))
                .map_err(|error| error.to_string())?;
            same(&figures(&written), &figures(&case.response["body"]))
        });
        done.push((format!("for {client:?}"), result));
    }
    done
}

/// A request that stays in its words and at its model is not touched.
fn taken(
    words: &dyn Service,
    shape: Shape,
    (body, sent): (&Value, &[u8]),
    head: &Head,
) -> Result<(), String> {
    let mut patch = Patch::new();
    let model = body["model"].as_str().unwrap_or("");
    words.aim(&Rewrite { from: shape, to: shape, body: sent, head, model }, &mut patch);
    same(&patch.apply(sent, &head.top).as_slice(), &sent)
}

/// Those whose clients have doors of their own.
const fn clients(kind: Kind) -> &'static [Shape] {
    match kind {
        Kind::Embeddings => &[Shape::OpenAi, Shape::Cohere, Shape::CohereOne, Shape::Gemini, Shape::Ollama],
        Kind::Rerank => &[Shape::Jina, Shape::Cohere],
        _ => &[],
    }
}

/// Who asks.
struct Client {
    shape: Shape,
    request: Vec<u8>,
}

impl Client {
    /// With as many inputs as the answer has vectors.
    fn of(kind: Kind, shape: Shape, answer: &Value) -> Self {
        let count = figures(answer).len();
        let texts: Vec<String> = (0..count).map(|n| format!("text {n}")).collect();
        let request = match (kind, shape) {
            (Kind::Rerank, _) => {
                serde_json::json!({"model": "m", "query": "q", "documents": texts, "return_documents": false})
            }
            (_, Shape::Cohere | Shape::CohereOne) => {
                serde_json::json!({"model": "m", "texts": texts, "embedding_types": ["float"]})
            }
            (_, Shape::Gemini) => {
                let requests =
                    texts.iter().map(|text| serde_json::json!({"content": {"parts": [{"text": text}]}}));
                serde_json::json!({"requests": requests.collect::<Vec<_>>()})
            }
            _ => serde_json::json!({"model": "m", "input": texts}),
        };
        Self { shape, request: request.to_string().into_bytes() }
    }

    fn told(&self, words: &dyn Service, to: Shape, body: &[u8]) -> Result<Told, ReadError> {
        let from = if self.shape == Shape::Vertex { Shape::OpenAi } else { self.shape };
        let head = words.scan(from, &self.request).unwrap();
        words.read_answer(&Reading {
            from,
            to,
            media_type: "application/json",
            body,
            request: &self.request,
            head: &head,
            model: "m",
            now_s: 0,
        })
    }
}

/// The vectors and scores in an answer: every list of many numbers, and floats in base64 as such a list; every score with its
/// document.
fn figures(answer: &Value) -> Vec<Vec<f64>> {
    use base64::Engine as _;
    let floats = |bytes: Vec<u8>| -> Vec<f64> {
        bytes.as_chunks::<4>().0.iter().map(|four| f64::from(f32::from_le_bytes(*four))).collect()
    };
    match answer {
        Value::Array(items) if items.len() > 4 && items.iter().all(Value::is_number) => {
            vec![items.iter().map(|item| rounded(item.as_f64().unwrap())).collect()]
        }
        Value::Array(items) => items.iter().flat_map(figures).collect(),
        Value::Object(map) => match (map.get("relevance_score"), map.get("embedding")) {
            (Some(score), _) => vec![vec![map["index"].as_f64().unwrap(), score.as_f64().unwrap()]],
            (None, Some(Value::String(text))) => {
                let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap();
                vec![floats(bytes).into_iter().map(rounded).collect()]
            }
            _ => map.values().flat_map(figures).collect(),
        },
        _ => Vec::new(),
    }
}

/// As a float of four bytes has it.
#[expect(clippy::cast_possible_truncation, reason = "that is what is meant")]
fn rounded(number: f64) -> f64 {
    f64::from(number as f32)
}

/// What was counted is what the vendor says.
fn counted(told: &Told, answer: &Value) -> Result<(), String> {
    let number = |pointers: &[&str]| pointers.iter().find_map(|p| answer.pointer(p)?.as_f64());
    let ledger = told.ledger.unwrap_or_default();
    let tokens = number(&[
        "/usage/prompt_tokens",
        "/usage/total_tokens",
        "/meta/billed_units/input_tokens",
        "/prompt_eval_count",
        "/predictions/0/embeddings/statistics/token_count",
    ]);
    let cost = number(&["/usage/cost"]).map(|dollars| (dollars * 1e9).round());
    let units = number(&["/meta/billed_units/search_units"]);
    let found = [Some(ledger.tokens.input), ledger.reported, ledger.units.search_units];
    let wanted = [Some(tokens.unwrap_or(0.0)), cost, units];
    same(
        &found.map(|count| count.map(|count| count.to_string())),
        &wanted.map(|count| count.map(|n| n.to_string())),
    )
}
