//! Each vendor is asked in its words and heard in its words.

use serde_json::{Value, json};
use wye_types::Kind;

use super::super::{Reading, Rewrite, Shape, Told, service};

fn asked(to: Shape, model: &str, body: &Value) -> (Option<Value>, String, Vec<String>) {
    let words = service(Kind::Images).unwrap();
    let body = body.to_string().into_bytes();
    let head = words.scan(Shape::OpenAi, &body).unwrap();
    let ask = Rewrite { from: Shape::OpenAi, to, body: &body, head: &head, model };
    let asked = words.write_request(&ask).unwrap();
    let body = asked.body.map(|body| serde_json::from_slice(&body).unwrap());
    (body, asked.behind, asked.losses.iter().map(ToString::to_string).collect())
}

fn told(to: Shape, media_type: &str, body: &[u8]) -> Told {
    let words = service(Kind::Images).unwrap();
    let request = br#"{"model":"m","prompt":"p"}"#;
    let head = words.scan(Shape::OpenAi, request).unwrap();
    let reading =
        Reading { from: Shape::OpenAi, to, media_type, body, request, head: &head, model: "m", now_s: 7 };
    words.read_answer(&reading).unwrap()
}

#[test]
fn vendors_are_asked_in_their_words() {
    let body = json!({"model": "r", "prompt": "a cat/ä?", "n": 2, "size": "1792x1024", "quality": "hd"});
    let (sent, behind, losses) = asked(Shape::Gemini, "imagen-4", &body);
    assert_eq!(
        sent.unwrap(),
        json!({"instances": [{"prompt": "a cat/ä?"}], "parameters": {"sampleCount": 2, "aspectRatio": "16:9"}})
    );
    assert_eq!(
        (behind.as_str(), losses),
        (":predict", vec!["size: drawn as 16:9".into(), "quality: dropped".into()])
    );
    let (sent, behind, losses) = asked(Shape::Vertex, "gemini-3-pro-image", &body);
    assert_eq!(
        sent.unwrap(),
        json!({"contents": [{"role": "user", "parts": [{"text": "a cat/ä?"}]}],
            "generationConfig": {"responseModalities": ["TEXT", "IMAGE"], "imageConfig": {"aspectRatio": "16:9"}}})
    );
    assert_eq!((behind.as_str(), losses.len()), (":generateContent", 3));
    let (sent, _, losses) = asked(Shape::Cloudflare, "@cf/leonardo/phoenix-1.0", &body);
    assert_eq!(sent.unwrap(), json!({"prompt": "a cat/ä?", "width": 1792, "height": 1024}));
    assert_eq!(losses, ["n: one image is made", "quality: dropped"]);
    let (sent, _, losses) = asked(Shape::Bedrock, "amazon.nova-canvas-v1:0", &body);
    assert_eq!(sent.as_ref().unwrap()["textToImageParams"]["text"], "a cat/ä?");
    assert_eq!(
        sent.unwrap()["imageGenerationConfig"],
        json!({"numberOfImages": 2, "width": 1792, "height": 1024, "quality": "premium"})
    );
    assert!(losses.is_empty(), "{losses:?}");
    let (sent, _, losses) = asked(Shape::Bedrock, "us.stability.sd3-5-large-v1:0", &body);
    assert_eq!(sent.unwrap()["aspect_ratio"], "16:9");
    assert_eq!(losses, ["n: one image is made", "size: drawn as 16:9", "quality: dropped"]);
    let (sent, _, _) = asked(Shape::SiliconFlow, "Kwai-Kolors/Kolors", &body);
    assert_eq!(
        sent.unwrap(),
        json!({"model": "Kwai-Kolors/Kolors", "prompt": "a cat/ä?", "batch_size": 2, "image_size": "1792x1024",
            "quality": "hd"})
    );
    let (sent, behind, losses) = asked(Shape::Pollinations, "flux", &body);
    assert_eq!(behind, "/a%20cat%2F%C3%A4%3F?model=flux&nologo=true&width=1792&height=1024");
    assert_eq!((sent, losses.len()), (None, 2));
}

#[test]
fn vendors_are_heard_in_their_words() {
    for (to, media_type, body, data) in [
        (
            Shape::Vertex,
            "application/json",
            json!({"predictions": [{"bytesBase64Encoded": "aW1n", "mimeType": "image/png", "prompt": "q"}]})
                .to_string(),
            json!([{"b64_json": "aW1n", "revised_prompt": "q"}]),
        ),
        (
            Shape::Bedrock,
            "application/json",
            json!({"images": ["aW1n"]}).to_string(),
            json!([{"b64_json": "aW1n"}]),
        ),
        (
            Shape::SiliconFlow,
            "application/json",
            json!({"images": [{"url": "https://x"}], "seed": 1}).to_string(),
            json!([{"url": "https://x"}]),
        ),
        (
            Shape::Cloudflare,
            "application/json",
            json!({"result": {"image": "aW1n"}, "success": true}).to_string(),
            json!([{"b64_json": "aW1n"}]),
        ),
        (Shape::Cloudflare, "image/png", "img".to_owned(), json!([{"b64_json": "aW1n"}])),
        (Shape::Pollinations, "image/jpeg", "img".to_owned(), json!([{"b64_json": "aW1n"}])),
    ] {
        let told = told(to, media_type, body.as_bytes());
        let body: Value = serde_json::from_slice(&told.body.unwrap()).unwrap();
        assert_eq!(body, json!({"created": 7, "data": data}), "{to:?}");
        assert_eq!(told.ledger.unwrap().units.images, Some(1));
        assert!(told.content);
    }
    let told = told(Shape::OpenAi, "application/json", br#"{"data":[{"url":"a"},{"url":"b"}]}"#);
    assert!(told.body.is_none() && told.content);
    assert_eq!(told.ledger.unwrap().units.images, Some(2));
}

#[test]
fn what_is_wrong_is_named() {
    let words = service(Kind::Images).unwrap();
    for (body, param) in [
        (json!({"prompt": "x"}), "model"),
        (json!({"model": "m"}), "prompt"),
        (json!({"model": "m", "prompt": " "}), "prompt"),
        (json!({"model": "m", "prompt": 1}), "prompt"),
        (json!({"model": "m", "prompt": "x", "n": 0}), "n"),
        (json!({"model": "m", "prompt": "x", "n": "2"}), "n"),
    ] {
        let error = words.scan(Shape::OpenAi, body.to_string().as_bytes()).unwrap_err();
        assert_eq!(error.param.as_deref(), Some(param), "{body}");
    }
}

#[test]
fn models_that_write_and_draw_are_counted_apart() {
    let body = json!({
        "candidates": [{"content": {"parts": [
            {"text": "hm", "thought": true},
            {"text": "Here it is."},
            {"inlineData": {"mimeType": "image/png", "data": "aW1n"}},
        ]}, "finishReason": "STOP"}],
        "usageMetadata": {"promptTokenCount": 8, "candidatesTokenCount": 1295, "thoughtsTokenCount": 7,
            "totalTokenCount": 1310, "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1290}]},
    });
    let told = told(Shape::Gemini, "application/json", body.to_string().as_bytes());
    let written: Value = serde_json::from_slice(&told.body.unwrap()).unwrap();
    assert_eq!(written["data"], json!([{"b64_json": "aW1n", "revised_prompt": "Here it is."}]));
    let ledger = told.ledger.unwrap();
    assert_eq!((ledger.tokens.total(), ledger.units.images), (1310, Some(1)));
    assert_eq!((ledger.tokens.input, ledger.tokens.output, ledger.tokens.image_out), (8, 5, Some(1290)));
}
