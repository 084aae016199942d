//! Inputs that are made of parts: Gemini's contents and Cohere's newer inputs. One content is one vector.

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::super::Rewrite;
use super::ask::{Ask, Input};
use super::ask_read::{count_of, purpose_of};
use crate::RequestError;
use crate::fields::Fields;
use crate::patch::{Patch, json_string};
use crate::scan::TopLevel;

/// Google's fields go by two spellings.
const TASK: [&str; 2] = ["taskType", "task_type"];
const DIMENSIONS: [&str; 2] = ["outputDimensionality", "output_dimensionality"];

/// `:embedContent`.
pub(super) fn read_one(mut fields: Fields) -> Result<Ask, RequestError> {
    let content = match fields.take("content") {
        Some(content) => content,
        None => return Err(fields.missing("content", "give it `parts`")),
    };
    let inputs = vec![google_input(content, &fields.path_of("content"))?];
    let purpose = purpose_of(&mut fields, &TASK)?;
    let dimensions = count_of(&mut fields, &DIMENSIONS)?;
    let title = fields.string("title")?;
    Ok(Ask { inputs, purpose, title, dimensions, types: Vec::new(), cut: None, rest: fields.rest() })
}

/// `:batchEmbedContents`: what differs between its requests cannot be said in one request of another vendor.
pub(super) fn read_batch(mut fields: Fields) -> Result<Ask, RequestError> {
    let requests = match fields.array("requests")? {
        Some(requests) => requests,
        None => return Err(fields.missing("requests", "give a list of requests")),
    };
    let mut all: Option<Ask> = None;
    for (place, request) in requests.into_iter().enumerate() {
        let path = format!("requests[{place}]");
        let mut request = Fields::of(request, &path)?;
        request.take("model");
        let one = read_one(request)?;
        match &mut all {
            None => all = Some(one),
            Some(all) => {
                let same = |name: &str, same: bool| {
                    let message = format!(
                        "`{path}.{name}` differs from the first request's, which this provider cannot be told; send them apart"
                    );
                    if same { Ok(()) } else { Err(RequestError::field(format!("{path}.{name}"), message)) }
                };
                same("taskType", all.purpose.map(|found| found.0) == one.purpose.map(|found| found.0))?;
                same(
                    "outputDimensionality",
                    all.dimensions.map(|found| found.0) == one.dimensions.map(|found| found.0),
                )?;
                same("title", all.title == one.title)?;
                all.inputs.extend(one.inputs);
                all.rest.extend(one.rest);
            }
        }
    }
    let mut all = all.ok_or_else(|| fields.missing("requests", "give at least one request"))?;
    all.rest.extend(fields.rest());
    Ok(all)
}

fn google_input(content: Value, path: &str) -> Result<Input, RequestError> {
    let mut content = Fields::of(content, path)?;
    let parts = content.array("parts")?.unwrap_or_default();
    let mut texts = Vec::with_capacity(1);
    let mut image = None;
    for (place, part) in parts.into_iter().enumerate() {
        let at = format!("{path}.parts[{place}]");
        let mut part = Fields::of(part, &at)?;
        if let Some(text) = part.string("text")? {
            texts.push(text);
            continue;
        }
        let data = match part.object("inlineData")? {
            Some(data) => Some(data),
            None => part.object("inline_data")?,
        };
        let mut data = data.ok_or_else(|| part.missing("text", "other providers take text and pictures"))?;
        let mime = data.string("mimeType")?.or(data.string("mime_type")?);
        image = Some(format!("data:{};base64,{}", mime.unwrap_or_default(), data.need_string("data")?));
    }
    match (image, texts.is_empty()) {
        (None, false) => Ok(Input::Text(texts.join("\n"))),
        (Some(image), true) => Ok(Input::Image(image)),
        (None, true) => {
            Err(RequestError::field(path, format!("`{path}` is empty; give it a part with `text`")))
        }
        (Some(_), false) => Err(mixed(path)),
    }
}

/// Cohere's `inputs[]`.
pub(super) fn cohere_input(place: usize, input: Value) -> Result<Input, RequestError> {
    let path = format!("inputs[{place}]");
    let mut input = Fields::of(input, &path)?;
    let mut found = None;
    for (place, part) in input.array("content")?.unwrap_or_default().into_iter().enumerate() {
        let mut part = Fields::of(part, format!("{path}.content[{place}]"))?;
        let one = match part.object("image_url")? {
            Some(mut image) => Input::Image(image.need_string("url")?),
            None => Input::Text(part.need_string("text")?),
        };
        if found.replace(one).is_some() {
            return Err(mixed(&path));
        }
    }
    found.ok_or_else(|| RequestError::field(&path, format!("`{path}` is empty; give it a `content`")))
}

fn mixed(path: &str) -> RequestError {
    let message = format!(
        "`{path}` mixes several parts in one vector, which this provider cannot be told; send them apart"
    );
    RequestError::field(path, message)
}

/// Every request of a batch names the model again, as the client knows it.
pub(super) fn aim(ask: &Rewrite<'_>, patch: &mut Patch) {
    let raw = ask.head.top.raw(ask.body, "requests");
    let Some(Ok(requests)) = raw.map(serde_json::from_slice::<Vec<&RawValue>>) else { return };
    let mut each = Patch::new();
    each.set("model", json_string(&named(ask.model)));
    let aimed: Option<Vec<String>> = requests
        .into_iter()
        .map(|request| {
            let bytes = request.get().as_bytes();
            String::from_utf8(each.apply(bytes, &TopLevel::scan(bytes).ok()?)).ok()
        })
        .collect();
    // What cannot be read stays: the provider says what is wrong with it.
    if let Some(aimed) = aimed {
        patch.set("requests", format!("[{}]", aimed.join(",")));
    }
}

/// A model as Google's bodies name it.
pub(super) fn named(model: &str) -> String {
    if model.contains("models/") || model.contains("tunedModels/") {
        model.to_owned()
    } else {
        format!("models/{model}")
    }
}

/// A content of Google's. `None` for tokens, and for pictures that are no `data:` URL.
pub(super) fn google(input: &Input) -> Option<Value> {
    match input {
        Input::Text(text) => Some(json!({"parts": [{"text": text}]})),
        Input::Tokens(_) => None,
        Input::Image(url) => {
            let (mime, data) = url.strip_prefix("data:")?.split_once(";base64,")?;
            Some(json!({"parts": [{"inlineData": {"mimeType": mime, "data": data}}]}))
        }
    }
}

/// One of Cohere's `inputs`.
pub(super) fn cohere(input: &Input) -> Option<Value> {
    match input {
        Input::Text(text) => Some(json!({"content": [{"type": "text", "text": text}]})),
        Input::Tokens(_) => None,
        Input::Image(url) => Some(json!({"content": [{"type": "image_url", "image_url": {"url": url}}]})),
    }
}
