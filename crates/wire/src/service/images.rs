//! Images: a text, or images and a text, to images.
//!
//! Vendors that have no words for more than one size or number say so by a loss; all of them answer with the images
//! themselves or with links, which is told as OpenAI tells it.

mod elsewhere;

use serde_json::value::RawValue;
use serde_json::{Value, json};
use wye_types::usage::{Ledger, Units};

use super::billed::{Makes, ledger};
use super::{Asked, Head, Reading, Rewrite, Service, Shape, Told, model_in, user_in};
use crate::RequestError;
use crate::dialect::ReadError;
use crate::scan::{TopLevel, kind_of};

/// The most images of one request; more than any vendor makes.
const MOST_IMAGES: u64 = 32;

pub(super) struct Images {
    /// What a request in JSON must have.
    needs: &'static [Need],
}

/// Fields of which one must be there, and what to give.
struct Need {
    names: &'static [&'static str],
    give: &'static str,
}

const PROMPT: Need = Need { names: &["prompt"], give: "`prompt` is missing; say what to draw" };
const IMAGE: Need = Need {
    names: &["images", "image"],
    give: "`image` is missing; send it as a file of multipart/form-data, or as `images` in JSON",
};

pub(super) const GENERATIONS: Images = Images { needs: &[PROMPT] };
pub(super) const EDITS: Images = Images { needs: &[PROMPT, IMAGE] };
pub(super) const VARIATIONS: Images = Images { needs: &[IMAGE] };

impl Service for Images {
    fn scan(&self, _: Shape, body: &[u8]) -> Result<Head, RequestError> {
        let top = TopLevel::scan(body)?;
        let model = model_in(&top, body)?;
        for need in self.needs {
            if need.names.iter().all(|name| top.raw(body, name).is_none()) {
                return Err(RequestError::field(need.names[need.names.len() - 1], need.give));
            }
        }
        if let Some(raw) = top.raw(body, "prompt") {
            match serde_json::from_slice::<String>(raw) {
                Ok(prompt) if !prompt.trim().is_empty() => {}
                Ok(_) => {
                    return Err(RequestError::field("prompt", "`prompt` is empty; say what to draw"));
                }
                Err(_) => {
                    let message = format!("`prompt` must be a text, not {}", kind_of(raw));
                    return Err(RequestError::field("prompt", message));
                }
            }
        }
        let count: Option<u64> = top.get(body, "n", "a whole number from 1")?;
        let count = count.unwrap_or(1);
        check_count(count)?;
        Ok(Head {
            model,
            stream: top.raw(body, "stream") == Some(b"true"),
            user: user_in(&top, body),
            text_bytes: top.raw(body, "prompt").map_or(0, <[u8]>::len) as u64,
            top,
            units: Units { images: Some(count), ..Units::default() },
        })
    }

    fn write_request(&self, ask: &Rewrite<'_>) -> Result<Asked, RequestError> {
        elsewhere::write(ask)
    }

    fn read_answer(&self, answer: &Reading<'_>) -> Result<Told, ReadError> {
        match answer.to {
            Shape::OpenAi => read(answer),
            _ => elsewhere::read(answer),
        }
    }

    fn is_read_whole(&self, to: Shape, media_type: &str) -> bool {
        matches!(to, Shape::Pollinations | Shape::Cloudflare)
            || media_type.is_empty()
            || media_type.contains("json")
            || media_type.starts_with("text/plain")
    }

    fn told_in_events(&self, usage: &[u8], head: &Head) -> Option<Ledger> {
        Some(ledger(&serde_json::from_slice(usage).ok()?, Makes::Images, head.units))
    }
}

/// Refuses a number of images that nobody makes.
pub(super) fn check_count(count: u64) -> Result<(), RequestError> {
    if (1..=MOST_IMAGES).contains(&count) {
        return Ok(());
    }
    Err(RequestError::field("n", format!("`n` is {count}; ask for 1 to {MOST_IMAGES} images at once")))
}

/// Reads an answer in OpenAI's words, whose images stay where they are.
fn read(answer: &Reading<'_>) -> Result<Told, ReadError> {
    let top = TopLevel::scan(answer.body).map_err(|error| ReadError::Malformed(error.message))?;
    let Some(data) = top.raw(answer.body, "data") else {
        return Err(ReadError::Malformed("there is no `data` in it".to_owned()));
    };
    let images: Vec<&RawValue> =
        serde_json::from_slice(data).map_err(|_| ReadError::Malformed("`data` is no list".to_owned()))?;
    let usage: Value =
        top.raw(answer.body, "usage").and_then(|raw| serde_json::from_slice(raw).ok()).unwrap_or(Value::Null);
    let units = Units { images: Some(images.len() as u64), ..answer.head.units };
    let content = !images.is_empty();
    Ok(Told { ledger: Some(ledger(&usage, Makes::Images, units)), content, ..Told::default() })
}

/// An answer in OpenAI's words, from images or links.
fn told(images: Vec<Value>, answer: &Reading<'_>) -> Told {
    let units = Units { images: Some(images.len() as u64), ..answer.head.units };
    Told {
        ledger: Some(Ledger { units, ..Ledger::default() }),
        content: !images.is_empty(),
        body: Some(json!({ "created": answer.now_s, "data": images }).to_string().into_bytes()),
        ..Told::default()
    }
}

#[cfg(test)]
mod tests;
