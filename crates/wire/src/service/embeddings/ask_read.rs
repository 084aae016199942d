//! Requests for embeddings, read in every client's words.

use serde_json::Value;
use wye_types::Map;

use super::super::Shape;
use super::ask::{Ask, Cut, Input, Purpose, Type};
use super::content;
use super::field_of;
use crate::RequestError;
use crate::fields::Fields;
use crate::scan::TopLevel;

/// Reads a request.
///
/// # Errors
/// The field that is wrong.
pub(super) fn read(shape: Shape, body: &[u8]) -> Result<Ask, RequestError> {
    let map: Map = serde_json::from_slice(body)
        .map_err(|error| RequestError::syntax(format!("the body is not a JSON object: {error}")))?;
    let mut fields = Fields::top(map);
    fields.take("model");
    match shape {
        Shape::Gemini => content::read_batch(fields),
        Shape::GeminiOne => content::read_one(fields),
        Shape::Cohere | Shape::CohereOne => cohere(fields),
        Shape::Ollama | Shape::OllamaOne => ollama(shape, fields),
        _ => openai(fields),
    }
}

/// OpenAI's, with the fields that Jina and Voyage have beside them.
fn openai(mut fields: Fields) -> Result<Ask, RequestError> {
    let inputs = match fields.take("input") {
        Some(value) => inputs(value)?,
        None => return Err(fields.missing("input", "give a text or a list of texts")),
    };
    let types = types(Shape::OpenAi, &mut fields)?;
    let dimensions = count_of(&mut fields, &["dimensions", "output_dimension"])?;
    let purpose = purpose_of(&mut fields, &["input_type", "task", "task_type"])?;
    let cut = cut_of(&mut fields, &["truncation", "truncate"])?;
    Ok(Ask { inputs, purpose, title: None, dimensions, types, cut, rest: fields.rest() })
}

fn cohere(mut fields: Fields) -> Result<Ask, RequestError> {
    let mut inputs = Vec::new();
    for (place, text) in fields.array("texts")?.unwrap_or_default().into_iter().enumerate() {
        match text {
            Value::String(text) => inputs.push(Input::Text(text)),
            _ => return Err(not_text(&format!("texts[{place}]"))),
        }
    }
    for (place, image) in fields.array("images")?.unwrap_or_default().into_iter().enumerate() {
        match image {
            Value::String(url) => inputs.push(Input::Image(url)),
            _ => return Err(not_text(&format!("images[{place}]"))),
        }
    }
    for (place, input) in fields.array("inputs")?.unwrap_or_default().into_iter().enumerate() {
        inputs.push(content::cohere_input(place, input)?);
    }
    let types = types(Shape::Cohere, &mut fields)?;
    // That the input is a picture says nothing of what its vector is for.
    let image = fields.string("input_type")?;
    if let Some(word) = image.filter(|word| word != "image") {
        fields.put("input_type", word.into());
    }
    let purpose = purpose_of(&mut fields, &["input_type"])?;
    let dimensions = count_of(&mut fields, &["output_dimension"])?;
    let cut = cut_of(&mut fields, &["truncate"])?;
    Ok(Ask { inputs, purpose, title: None, dimensions, types, cut, rest: fields.rest() })
}

fn ollama(shape: Shape, mut fields: Fields) -> Result<Ask, RequestError> {
    let field = field_of(shape);
    let inputs = match fields.take(field) {
        Some(value) => inputs(value)?,
        None => return Err(fields.missing(field, "give a text")),
    };
    let dimensions = count_of(&mut fields, &["dimensions"])?;
    let cut = cut_of(&mut fields, &["truncate"])?;
    Ok(Ask { inputs, purpose: None, title: None, dimensions, types: Vec::new(), cut, rest: fields.rest() })
}

/// A text, a list of texts, a text in tokens, a list of those, or Jina's objects.
fn inputs(value: Value) -> Result<Vec<Input>, RequestError> {
    match value {
        Value::Array(items) if items.first().is_some_and(Value::is_number) => {
            Ok(vec![Input::Tokens(Value::Array(items))])
        }
        Value::Array(items) => {
            items.into_iter().enumerate().map(|(n, item)| input(&format!("input[{n}]"), item)).collect()
        }
        one => Ok(vec![input("input", one)?]),
    }
}

fn input(path: &str, item: Value) -> Result<Input, RequestError> {
    match item {
        Value::String(text) => Ok(Input::Text(text)),
        Value::Array(tokens) => Ok(Input::Tokens(Value::Array(tokens))),
        Value::Object(mut map) => match (map.shift_remove("text"), map.shift_remove("image")) {
            (Some(Value::String(text)), None) => Ok(Input::Text(text)),
            (None, Some(Value::String(image))) => Ok(Input::Image(image)),
            _ => Err(not_text(path)),
        },
        _ => Err(not_text(path)),
    }
}

fn not_text(path: &str) -> RequestError {
    RequestError::field(
        path,
        format!("`{path}` must be a text or a picture that other providers can be sent"),
    )
}

/// The fields that say what the numbers are.
const TYPE_FIELDS: [&str; 4] = ["encoding_format", "output_dtype", "embedding_type", "embedding_types"];

/// What the client wants the numbers to be, from a request that is not read whole.
pub(super) fn types_in(shape: Shape, top: &TopLevel, body: &[u8]) -> Result<Vec<Type>, RequestError> {
    let mut map = Map::new();
    for field in TYPE_FIELDS {
        if let Some(value) = top.get::<Value>(body, field, "a type")? {
            map.insert(field.to_owned(), value);
        }
    }
    types(shape, &mut Fields::top(map))
}

fn types(shape: Shape, fields: &mut Fields) -> Result<Vec<Type>, RequestError> {
    let mut types = Vec::new();
    for field in TYPE_FIELDS {
        let words = match fields.take(field) {
            None => continue,
            Some(Value::Array(words)) => words,
            Some(one) => vec![one],
        };
        for word in words {
            let word = word.as_str().ok_or_else(|| {
                RequestError::field(field, format!("`{field}` must be a string or a list of strings"))
            })?;
            let one = Type::named(word, field)?;
            if !types.contains(&one) {
                types.push(one);
            }
        }
    }
    let many = matches!(shape, Shape::Cohere | Shape::CohereOne);
    // Base64 of floats; `float` beside it says nothing more.
    if !many && types.contains(&Type::Base64) {
        types.retain(|one| *one != Type::Float);
    }
    if types.len() > 1 && !many {
        let names: Vec<&str> = types.iter().map(|one| one.name()).collect();
        let message =
            format!("one vector cannot be {} at once for this provider; ask for one", names.join(" and "));
        return Err(RequestError::field("encoding_format", message));
    }
    Ok(types)
}

/// A number that has one of these names.
pub(super) fn count_of(
    fields: &mut Fields,
    names: &[&'static str],
) -> Result<Option<(u64, &'static str)>, RequestError> {
    first(names, |name| fields.count(name))
}

/// What vectors are for, under one of these names.
pub(super) fn purpose_of(
    fields: &mut Fields,
    names: &[&'static str],
) -> Result<Option<(Purpose, &'static str)>, RequestError> {
    let found = first(names, |name| fields.string(name))?;
    found.map(|(word, name)| Ok((Purpose::named(&word, name)?, name))).transpose()
}

fn cut_of(fields: &mut Fields, names: &[&'static str]) -> Result<Option<(Cut, &'static str)>, RequestError> {
    first(names, |name| match fields.take(name) {
        None => Ok(None),
        Some(Value::Bool(true)) => Ok(Some(Cut::End)),
        Some(Value::Bool(false)) => Ok(Some(Cut::Refuse)),
        Some(Value::String(word)) => match word.to_ascii_uppercase().as_str() {
            "START" | "LEFT" => Ok(Some(Cut::Start)),
            "END" | "RIGHT" => Ok(Some(Cut::End)),
            "NONE" => Ok(Some(Cut::Refuse)),
            _ => Err(wrong_cut(name)),
        },
        Some(_) => Err(wrong_cut(name)),
    })
}

fn wrong_cut(name: &str) -> RequestError {
    RequestError::field(name, format!("`{name}` must be true, false, START, END or NONE"))
}

fn first<T>(
    names: &[&'static str],
    mut take: impl FnMut(&str) -> Result<Option<T>, RequestError>,
) -> Result<Option<(T, &'static str)>, RequestError> {
    let mut found = None;
    for name in names {
        if let Some(value) = take(name)? {
            found = found.or(Some((value, *name)));
        }
    }
    Ok(found)
}
