//! The most that a request may cost, as `OpenRouter` is told it: dollars a million tokens, and dollars for the request.

use serde_json::Value;
use wye_types::error::GatewayError;
use wye_wire::scan::kind_of;

use super::gather::{Heard, Said};
use super::value::number;
use super::wrong;

/// Pico-dollars a token in a dollar a million tokens.
const PICO: f64 = 1e6;
/// Nano-dollars in a dollar.
const NANO: f64 = 1e9;
const SUCH: &str = "{\"prompt\": 1, \"completion\": 2.5}";

/// The most that a request may cost. What is `None` has no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MaxPrice {
    /// A token of the prompt, in pico-dollars.
    pub prompt: Option<u64>,
    /// A token of the answer, in pico-dollars.
    pub completion: Option<u64>,
    /// The whole request, as far as it can be foreseen, in nano-dollars.
    pub request: Option<u64>,
}

impl MaxPrice {
    /// Reads the object, or a header's `prompt=1, completion=2.5, request=0.01`. What it limits besides is told to the
    /// client as not done.
    pub(super) fn read(said: &Said, unheeded: &mut Vec<String>) -> Result<Self, GatewayError> {
        let at = &said.at;
        let mut price = Self::default();
        match &said.value {
            Heard::Json(Value::Object(fields)) => {
                for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
                    let path = format!("{at}.{name}");
                    if !price.set(name, &path, &Heard::Json(value.clone()))? {
                        unheeded.push(format!(
                            "{path}: dropped, only prompt, completion and request are limited"
                        ));
                    }
                }
            }
            Heard::Json(other) => {
                let kind = kind_of(other.to_string().as_bytes());
                let message = format!(
                    "`{at}` must be an object such as {SUCH}, in dollars a million tokens, not {kind}"
                );
                return Err(wrong(at, message));
            }
            Heard::Text(text) => {
                for part in text.split(',').filter(|part| !part.trim().is_empty()) {
                    let known = match part.split_once('=') {
                        Some((name, value)) => {
                            price.set(name.trim(), at, &Heard::Text(value.trim().to_owned()))?
                        }
                        None => false,
                    };
                    if !known {
                        let message = format!(
                            "`{at}` cannot be read at `{}`; write such as prompt=1, completion=2.5, request=0.01",
                            part.trim()
                        );
                        return Err(wrong(at, message));
                    }
                }
            }
        }
        Ok(price)
    }

    /// Sets one limit; `false` if there is none of that name.
    fn set(&mut self, name: &str, at: &str, value: &Heard) -> Result<bool, GatewayError> {
        let (limit, unit, of) = match name {
            "prompt" => (&mut self.prompt, PICO, "dollars a million tokens"),
            "completion" => (&mut self.completion, PICO, "dollars a million tokens"),
            "request" => (&mut self.request, NANO, "dollars"),
            _ => return Ok(false),
        };
        let amount = number(value).and_then(|dollars| whole(dollars, unit));
        let amount = amount
            .ok_or_else(|| wrong(at, format!("`{at}` is no price; write {of}, 0 or more, such as 0.5")))?;
        *limit = Some(amount);
        Ok(true)
    }
}

/// Dollars in a smaller unit; `None` for what is no price.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within bounds")]
fn whole(dollars: f64, unit: f64) -> Option<u64> {
    let whole = (dollars * unit).round();
    // Within these bounds a floating-point number is a whole one.
    (dollars >= 0.0 && (0.0..1e15).contains(&whole)).then_some(whole as u64)
}
