//! Calls besides chat: what is taken is written as JSON for whoever it is for, and an answer is JSON for whoever reads it.

use serde::de::IgnoredAny;
use wye_types::Kind;
use wye_wire::patch::Patch;
use wye_wire::service::{Reading, Rewrite, Service, Shape, service};

use crate::input::HEADER;

const KINDS: [Kind; 3] = [Kind::Embeddings, Kind::Rerank, Kind::Moderations];

const SHAPES: [Shape; 11] = [
    Shape::OpenAi,
    Shape::Cohere,
    Shape::CohereOne,
    Shape::Jina,
    Shape::Voyage,
    Shape::Gemini,
    Shape::GeminiOne,
    Shape::Ollama,
    Shape::OllamaOne,
    Shape::Vertex,
    Shape::Bedrock,
];

/// The steering bytes of a seed: its kind, whose words it is in, and whether it is an answer.
#[must_use]
pub fn steering(kind: Kind, shape: Shape, answer: bool) -> [u8; HEADER] {
    let place = |at: Option<usize>| at.and_then(|at| u8::try_from(at).ok()).unwrap_or(0);
    let kind = place(KINDS.into_iter().position(|one| one == kind));
    [kind * 2 + u8::from(answer), place(SHAPES.into_iter().position(|one| one == shape)), 0]
}

/// Takes the input for a request, or for an answer to one.
pub fn check(data: &[u8]) {
    let Some((head, body)) = data.split_at_checked(HEADER) else { return };
    let kind = KINDS[usize::from(head[0] / 2) % KINDS.len()];
    let pick = |byte: u8| SHAPES[usize::from(byte) % SHAPES.len()];
    let Some(words) = service(kind) else { return };
    let (one, other) = (pick(head[1]), pick(head[2]));
    if head[0] & 1 == 1 {
        answer(words, kind, (other, one), body)
    } else {
        request(words, (one, other), body)
    }
}

fn request(words: &dyn Service, (from, to): (Shape, Shape), body: &[u8]) {
    let Ok(head) = words.scan(from, body) else { return };
    let mut patch = Patch::new();
    words.aim(&Rewrite { from, to: from, body, head: &head, model: "m" }, &mut patch);
    let aimed = patch.apply(body, &head.top);
    assert!(is_json(&aimed), "{from:?}: {}", String::from_utf8_lossy(&aimed));
    for model in ["m", "amazon.titan-embed-text-v2:0", "cohere.embed-english-v3"] {
        let Ok(asked) = words.write_request(&Rewrite { from, to, body, head: &head, model }) else {
            continue;
        };
        assert!(asked.body.is_none_or(|body| is_json(&body)), "{from:?} to {to:?}");
    }
}

fn answer(words: &dyn Service, kind: Kind, (from, to): (Shape, Shape), body: &[u8]) {
    let request = match (kind, from) {
        (Kind::Embeddings, Shape::Cohere | Shape::CohereOne) => r#"{"model":"m","texts":["a"]}"#,
        (Kind::Embeddings, Shape::Gemini) => r#"{"requests":[{"content":{"parts":[{"text":"a"}]}}]}"#,
        (Kind::Embeddings, Shape::GeminiOne) => r#"{"content":{"parts":[{"text":"a"}]}}"#,
        (Kind::Embeddings, Shape::OllamaOne) => r#"{"model":"m","prompt":"a"}"#,
        (Kind::Rerank, _) => r#"{"model":"m","query":"q","documents":["a","b"]}"#,
        // Base64 makes the most of a vector.
        _ => r#"{"model":"m","input":["a"],"encoding_format":"base64"}"#,
    };
    let Ok(head) = words.scan(from, request.as_bytes()) else { return };
    let told = words.read_answer(&Reading {
        from,
        to,
        media_type: "application/json",
        body,
        request: request.as_bytes(),
        head: &head,
        model: "m",
        now_s: 0,
    });
    if let Ok(written) = told.map(|told| told.body) {
        assert!(written.is_none_or(|body| is_json(&body)), "{from:?} from {to:?}");
    }
}

/// By its grammar: a vector's numbers stay text, however large they are.
fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(body).is_ok()
}
