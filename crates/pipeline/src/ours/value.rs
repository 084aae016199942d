//! From values as they came to what they mean: yes or no, lists, numbers. Each error says what to write instead.

use serde_json::Value;
use wye_types::error::GatewayError;
use wye_wire::scan::kind_of;

use super::gather::{Heard, Said};
use super::pattern::Pattern;
use super::wrong;

/// Names in a list of what is preferred or left out: each is compared with every candidate.
const MOST_NAMES: usize = 32;
/// Models to fall back on: each may be a route with targets of its own.
const MOST_MODELS: usize = 16;
/// The longest name in bytes, of a provider or a deployment, and of a model as elsewhere.
const LONGEST_NAME: usize = 256;
const LONGEST_MODEL: usize = 512;
/// Sessions that begin with so many bytes alike are one.
const LONGEST_SESSION: usize = 256;

/// A list of patterns, and where it stands.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) at: String,
    pub(super) patterns: Vec<Pattern>,
}

/// Whether it is so.
pub(super) fn yes_or_no(said: &Said) -> Result<bool, GatewayError> {
    match &said.value {
        Heard::Json(Value::Bool(yes)) => Ok(*yes),
        Heard::Text(text) if text == "true" || text == "1" => Ok(true),
        Heard::Text(text) if text == "false" || text == "0" => Ok(false),
        _ => Err(neither(&said.at)),
    }
}

pub(super) fn neither(at: &str) -> GatewayError {
    wrong(at, format!("`{at}` says neither yes nor no; write true or false"))
}

/// Patterns of deployments, or of providers alone. No list: an empty one.
pub(super) fn patterns(said: Option<Said>, providers: bool) -> Result<Listed, GatewayError> {
    let Some(said) = said else { return Ok(Listed::default()) };
    let such = if providers { "[\"groq\", \"cerebras\"]" } else { "[\"groq\", \"*llama*\"]" };
    let names = names(&said, (MOST_NAMES, LONGEST_NAME), such)?;
    let patterns = names.iter().map(|name| Pattern::new(name, providers));
    Ok(Listed { at: said.at, patterns: patterns.collect() })
}

/// Names of routes or deployments.
pub(super) fn models(said: &Said) -> Result<Vec<Box<str>>, GatewayError> {
    let names = names(said, (MOST_MODELS, LONGEST_MODEL), "[\"wye/cheap\", \"wye/strong\"]")?;
    Ok(names.into_iter().map(String::into_boxed_str).collect())
}

/// Names in their order, each once. A text has commas between them.
fn names(said: &Said, (most, longest): (usize, usize), such: &str) -> Result<Vec<String>, GatewayError> {
    let at = &said.at;
    let unlike = |kind: &str| wrong(at, format!("`{at}` must be a list of names such as {such}, not {kind}"));
    let mut found: Vec<String> = Vec::new();
    let mut add = |name: &str| {
        let name = name.trim();
        if name.len() > longest {
            let message =
                format!("a name in `{at}` is {} bytes long; names have at most {longest}", name.len());
            return Err(wrong(at, message));
        }
        if !name.is_empty() && !found.iter().any(|known| known == name) {
            found.push(name.to_owned());
        }
        Ok(())
    };
    match &said.value {
        Heard::Text(text) | Heard::Json(Value::String(text)) => {
            text.split(',').try_for_each(&mut add)?;
        }
        Heard::Json(Value::Array(all)) => {
            for (place, one) in all.iter().enumerate() {
                let Value::String(name) = one else {
                    let path = format!("{at}[{place}]");
                    let kind = kind_of(one.to_string().as_bytes());
                    return Err(wrong(&path, format!("`{path}` must be a name, a string, not {kind}")));
                };
                add(name)?;
            }
        }
        Heard::Json(other) => return Err(unlike(kind_of(other.to_string().as_bytes()))),
    }
    if found.len() > most {
        return Err(wrong(at, format!("`{at}` names {}; write at most {most}", found.len())));
    }
    Ok(found)
}

/// Milliseconds, at least one.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within bounds")]
pub(super) fn milliseconds(said: &Said) -> Result<u64, GatewayError> {
    let at = &said.at;
    let number = number(&said.value).ok_or_else(|| {
        wrong(
            at,
            format!("`{at}` must be a number of milliseconds, such as 3000; write that, or leave it out"),
        )
    })?;
    if number > 0.0 {
        return Ok(number.ceil() as u64);
    }
    Err(wrong(
        at,
        format!(
            "`{at}` is {number}, and nothing is as fast; write milliseconds such as 3000, or leave it out"
        ),
    ))
}

/// A number, also where it is written as a text; neither infinite nor none.
pub(super) fn number(value: &Heard) -> Option<f64> {
    let number = match value {
        Heard::Json(Value::Number(number)) => number.as_f64(),
        Heard::Json(Value::String(text)) | Heard::Text(text) => text.trim().parse().ok(),
        Heard::Json(_) => None,
    };
    number.filter(|number| number.is_finite())
}

/// A word in lower case.
pub(super) fn word(said: &Said, such: &str) -> Result<String, GatewayError> {
    match &said.value {
        Heard::Text(text) | Heard::Json(Value::String(text)) => Ok(text.trim().to_ascii_lowercase()),
        Heard::Json(other) => {
            let (at, kind) = (&said.at, kind_of(other.to_string().as_bytes()));
            Err(wrong(at, format!("`{at}` must be a word such as \"{such}\", not {kind}")))
        }
    }
}

/// The name of a session; `None` if it is empty. Whatever clients call it, it is only compared.
pub(super) fn session(said: &Said) -> Result<Option<Box<str>>, GatewayError> {
    let text = match &said.value {
        Heard::Text(text) | Heard::Json(Value::String(text)) => text.as_str(),
        Heard::Json(other) => {
            let (at, kind) = (&said.at, kind_of(other.to_string().as_bytes()));
            return Err(wrong(at, format!("`{at}` must be the name of a session, a string, not {kind}")));
        }
    };
    let text = &text[..text.floor_char_boundary(LONGEST_SESSION)];
    Ok((!text.is_empty()).then(|| text.into()))
}
