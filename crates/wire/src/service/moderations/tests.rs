//! What is taken, what is refused, and what an answer says.

use serde_json::json;

use super::super::{Reading, Rewrite, Service, Shape};
use super::Moderations;
use crate::patch::Patch;

#[test]
fn inputs_of_every_kind_are_taken_and_bad_ones_named() {
    let scan = |body: serde_json::Value| Moderations.scan(Shape::OpenAi, body.to_string().as_bytes());
    for (input, bytes) in [
        (json!("abc"), 3),
        (json!(["abc", "de"]), 5),
        (json!([{"type": "text", "text": "abc"}, {"type": "image_url", "image_url": {"url": "data:x"}}]), 3),
    ] {
        let head = scan(json!({"input": input})).unwrap();
        assert_eq!((head.text_bytes, head.model.as_str()), (bytes, "omni-moderation-latest"));
    }
    for (input, field) in [
        (json!(null), "input"),
        (json!(""), "input"),
        (json!([]), "input"),
        (json!(7), "input"),
        (json!(["a", 7]), "input[1]"),
        (json!([{"type": "text"}]), "input[0]"),
        (json!([{"type": "image_url", "image_url": "x"}]), "input[0]"),
    ] {
        let error = scan(json!({"input": input})).unwrap_err();
        assert_eq!(error.param.as_deref(), Some(field), "{}", error.message);
    }
}

#[test]
fn a_request_without_a_model_gets_the_deployments() {
    let body = br#"{"input":"a"}"#;
    let head = Moderations.scan(Shape::OpenAi, body).unwrap();
    let mut patch = Patch::new();
    let (from, to) = (Shape::OpenAi, Shape::OpenAi);
    Moderations.aim(&Rewrite { from, to, body, head: &head, model: "m" }, &mut patch);
    assert_eq!(patch.apply(body, &head.top), br#"{"input":"a","model":"m"}"#);
}

#[test]
fn an_answer_passes_and_tells_what_it_used() {
    let request = br#"{"input":"a"}"#;
    let head = Moderations.scan(Shape::OpenAi, request).unwrap();
    let read = |body: &[u8]| {
        let (from, to) = (Shape::OpenAi, Shape::OpenAi);
        Moderations.read_answer(&Reading {
            from,
            to,
            media_type: "application/json",
            body,
            request,
            head: &head,
            model: "m",
            now_s: 0,
        })
    };
    // Mistral counts tokens.
    let told = read(br#"{"results":[{"categories":{"pii":true}}],"usage":{"prompt_tokens":4}}"#).unwrap();
    assert_eq!((told.body.is_none(), told.content, told.ledger.unwrap().tokens.input), (true, true, 4));
    assert!(!read(br#"{"results":[]}"#).unwrap().content);
    assert!(read(br#"{"error":{"message":"no"}}"#).is_err());
}
