//! Images in the words of vendors that have their own: Google's, Amazon's, Cloudflare's, SiliconFlow's, Pollinations'.

mod gemini;

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::{Asked, Reading, Rewrite, Shape, Told, told};
use crate::RequestError;
use crate::dialect::{Loss, ReadError};

/// The ratios that Imagen and Stability draw.
const RATIOS: [(&str, f64); 5] =
    [("1:1", 1.0), ("3:4", 0.75), ("4:3", 4.0 / 3.0), ("9:16", 0.5625), ("16:9", 16.0 / 9.0)];
/// The longest prompt that a path can hold, in bytes.
const LONGEST_STEP: usize = 16 << 10;

/// What OpenAI's words say, by name; each word is taken out as it is said in others.
struct Words {
    fields: Map<String, Value>,
    losses: Vec<Loss>,
}

impl Words {
    fn text(&mut self, name: &str) -> Option<String> {
        match self.fields.remove(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// Width and height.
    fn size(&mut self) -> Option<(u32, u32)> {
        let text = self.text("size").filter(|size| size != "auto")?;
        let size = text.split_once('x').and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
        if size.is_none() {
            self.losses.push(Loss::dropped("size"));
        }
        size.filter(|(w, h)| *w > 0 && *h > 0)
    }

    /// The ratio that is nearest to the size.
    fn ratio(&mut self) -> Option<&'static str> {
        let (width, height) = self.size()?;
        let wanted = f64::from(width) / f64::from(height);
        let off = |ratio: f64| (ratio / wanted).ln().abs();
        let nearest = RATIOS.iter().min_by(|a, b| off(a.1).total_cmp(&off(b.1)))?;
        self.losses.push(Loss::changed("size", format!("drawn as {}", nearest.0)));
        Some(nearest.0)
    }

    /// How many; where only one can be had, the others are a loss.
    fn count(&mut self, several: bool) -> u64 {
        let count = self.fields.remove("n").and_then(|n| n.as_u64()).unwrap_or(1);
        if !several && count > 1 {
            self.losses.push(Loss::changed("n", "one image is made"));
            return 1;
        }
        count
    }

    /// What is left is not said.
    fn lost(mut self) -> Vec<Loss> {
        if self.text("response_format").as_deref() == Some("url") {
            self.losses.push(Loss::changed("response_format", "given as b64_json"));
        }
        for quiet in ["user", "stream", "model", "prompt", "moderation"] {
            self.fields.remove(quiet);
        }
        self.losses.extend(self.fields.keys().map(Loss::dropped));
        self.losses
    }
}

/// Writes a request in words that are not OpenAI's.
pub(super) fn write(ask: &Rewrite<'_>) -> Result<Asked, RequestError> {
    let fields: Map<String, Value> =
        serde_json::from_slice(ask.body).map_err(|error| RequestError::syntax(error.to_string()))?;
    let mut words = Words { fields, losses: Vec::new() };
    let Some(prompt) = words.text("prompt") else {
        return Err(RequestError::field("prompt", "`prompt` is missing; say what to draw"));
    };
    if ask.head.stream {
        words.losses.push(Loss::changed("stream", "the image comes whole"));
    }
    let mut behind = String::new();
    let body = match ask.to {
        Shape::Gemini | Shape::Vertex if ask.model.contains("imagen") => {
            ":predict".clone_into(&mut behind);
            google(&mut words, &prompt)
        }
        Shape::Gemini | Shape::Vertex => {
            ":generateContent".clone_into(&mut behind);
            gemini::write(&mut words, &prompt)
        }
        Shape::Cloudflare => cloudflare(&mut words, &prompt, ask.model),
        Shape::Bedrock => amazon(&mut words, &prompt, ask.model)?,
        Shape::SiliconFlow => siliconflow(words.fields.clone(), &prompt, ask.model),
        Shape::Pollinations => {
            let behind = pollinations(&mut words, &prompt, ask.model)?;
            return Ok(Asked { body: None, behind, losses: words.lost() });
        }
        _ => {
            let message = format!("images cannot be asked of {} in the words of {:?}", ask.model, ask.to);
            return Err(RequestError::field("model", message));
        }
    };
    // What SiliconFlow does not know it leaves aside itself.
    let losses = if ask.to == Shape::SiliconFlow { words.losses } else { words.lost() };
    Ok(Asked { body: Some(body.to_string().into_bytes()), behind, losses })
}

/// Imagen's `:predict`, <https://ai.google.dev/gemini-api/docs/imagen>.
fn google(words: &mut Words, prompt: &str) -> Value {
    let mut parameters = Map::new();
    parameters.insert("sampleCount".to_owned(), words.count(true).into());
    if let Some(ratio) = words.ratio() {
        parameters.insert("aspectRatio".to_owned(), ratio.into());
    }
    if let Some(format) = words.text("output_format").filter(|format| format != "webp") {
        parameters.insert("outputOptions".to_owned(), json!({ "mimeType": format!("image/{format}") }));
    }
    json!({ "instances": [{ "prompt": prompt }], "parameters": parameters })
}

/// <https://developers.cloudflare.com/workers-ai/models/>: the smallest of them draws one size only.
fn cloudflare(words: &mut Words, prompt: &str, model: &str) -> Value {
    words.count(false);
    let mut body = json!({ "prompt": prompt });
    if !model.ends_with("flux-1-schnell")
        && let Some((width, height)) = words.size()
    {
        body["width"] = width.into();
        body["height"] = height.into();
    }
    body
}

/// The bodies of image models on Bedrock, which are their makers'.
fn amazon(words: &mut Words, prompt: &str, model: &str) -> Result<Value, RequestError> {
    if model.contains("stability.") {
        words.count(false);
        let format = words.text("output_format").unwrap_or_else(|| "png".to_owned());
        let mut body = json!({ "prompt": prompt, "mode": "text-to-image", "output_format": format });
        if let Some(ratio) = words.ratio() {
            body["aspect_ratio"] = ratio.into();
        }
        return Ok(body);
    }
    if !model.contains("amazon.") {
        let message = format!("{model} draws nothing; on Bedrock, models of Amazon and Stability do");
        return Err(RequestError::field("model", message));
    }
    let mut config = json!({ "numberOfImages": words.count(true) });
    if let Some((width, height)) = words.size() {
        config["width"] = width.into();
        config["height"] = height.into();
    }
    match words.text("quality").as_deref() {
        Some("hd" | "high") => config["quality"] = "premium".into(),
        Some(_) => config["quality"] = "standard".into(),
        None => {}
    }
    Ok(json!({
        "taskType": "TEXT_IMAGE",
        "textToImageParams": { "text": prompt },
        "imageGenerationConfig": config,
    }))
}

/// OpenAI's words, two of which have other names,
/// <https://docs.siliconflow.com/en/api-reference/images/images-generations>.
fn siliconflow(mut fields: Map<String, Value>, prompt: &str, model: &str) -> Value {
    for (theirs, ours) in [("image_size", "size"), ("batch_size", "n")] {
        if let Some(value) = fields.remove(ours).filter(|value| *value != "auto") {
            fields.insert(theirs.to_owned(), value);
        }
    }
    fields.remove("response_format");
    fields.insert("prompt".to_owned(), prompt.into());
    fields.insert("model".to_owned(), model.into());
    Value::Object(fields)
}

/// All of it stands in the address, <https://github.com/pollinations/pollinations/blob/master/APIDOCS.md>.
fn pollinations(words: &mut Words, prompt: &str, model: &str) -> Result<String, RequestError> {
    let step = encoded(prompt);
    if step.len() > LONGEST_STEP || prompt.bytes().all(|byte| byte == b'.') {
        let message = format!("`prompt` does not fit into an address, which is where {model} takes it");
        return Err(RequestError::field("prompt", message));
    }
    words.count(false);
    let mut behind = format!("/{step}?model={}&nologo=true", encoded(model));
    if let Some((width, height)) = words.size() {
        // Writing to a string cannot fail.
        let _ = write!(behind, "&width={width}&height={height}");
    }
    Ok(behind)
}

/// A text as one step of a path.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_~.".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Reads an answer in words that are not OpenAI's.
pub(super) fn read(answer: &Reading<'_>) -> Result<Told, ReadError> {
    let may_be_one = matches!(answer.to, Shape::Pollinations | Shape::Cloudflare);
    if may_be_one && !answer.media_type.contains("json") {
        if !answer.media_type.starts_with("image/") {
            return Err(ReadError::Malformed(format!("{} is no image", answer.media_type)));
        }
        let images = if answer.body.is_empty() {
            Vec::new()
        } else {
            vec![json!({ "b64_json": STANDARD.encode(answer.body) })]
        };
        return Ok(told(images, answer));
    }
    let body: Value =
        serde_json::from_slice(answer.body).map_err(|error| ReadError::Malformed(error.to_string()))?;
    let list = |name: &str| body[name].as_array().cloned().unwrap_or_default();
    let images: Vec<Value> = match answer.to {
        Shape::Gemini | Shape::Vertex if body.get("candidates").is_some() => {
            return gemini::read(&body, answer);
        }
        Shape::Cloudflare => {
            let image = Some(&body["result"]["image"]).filter(|image| image.is_string());
            image.into_iter().map(|image| json!({ "b64_json": image })).collect()
        }
        Shape::Gemini | Shape::Vertex => list("predictions").iter().filter_map(prediction).collect(),
        Shape::Bedrock => list("images").into_iter().map(|image| json!({ "b64_json": image })).collect(),
        _ if body["data"].is_array() => list("data"),
        _ => list("images"),
    };
    if images.is_empty()
        && let Some(why) = refusal(&body)
    {
        return Err(ReadError::Malformed(why));
    }
    Ok(told(images, answer))
}

fn prediction(prediction: &Value) -> Option<Value> {
    let mut image = json!({ "b64_json": prediction.get("bytesBase64Encoded")? });
    if let Some(prompt) = prediction.get("prompt") {
        image["revised_prompt"] = prompt.clone();
    }
    Some(image)
}

/// Why there are no images, where the vendor says so in an answer.
fn refusal(body: &Value) -> Option<String> {
    let why = [
        &body["error"],
        &body["errors"][0]["message"],
        &body["finish_reasons"][0],
        &body["predictions"][0]["raiFilteredReason"],
        &body["promptFeedback"]["blockReason"],
    ];
    why.into_iter().find_map(|why| Some(format!("no image was made: {}", why.as_str()?)))
}
