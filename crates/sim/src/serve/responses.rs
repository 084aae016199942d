//! Responses that OpenAI keeps: what later requests of the same key go on from, and what can be asked of them.

use http::Method;
use serde_json::{Value, json};

use super::kept::{Place, Said, nothing};
use super::{Call, Visit};
use crate::answer::Answer;
use crate::ask::Ask;
use crate::fail::{Fail, Outcome};
use crate::kept::{Of, Thing};
use crate::script::Dialect;

/// The field that names what a request goes on from.
const PREVIOUS: &str = "previous_response_id";

impl Visit<'_> {
    /// Puts what a request goes on from before its input.
    pub(super) fn recall(&self, account: Option<usize>, body: &mut Value) -> Outcome<()> {
        let previous = body.get(PREVIOUS).and_then(Value::as_str);
        let Some(id) = previous.filter(|_| self.dialect == Dialect::OpenaiResponses) else { return Ok(()) };
        let kept = self.seat.kept.find((Of::Response, account), id, |thing| thing.content.clone());
        let kept =
            kept.ok_or_else(|| Fail::bad(PREVIOUS, format!("Previous response with id '{id}' not found.")))?;
        let mut items: Vec<Value> = serde_json::from_slice(&kept).unwrap_or_default();
        items.extend(items_of(body.get("input")));
        body["input"] = items.into();
        Ok(())
    }

    /// Keeps an answer, unless the request says otherwise.
    pub(super) fn remember(&self, call: &Call<'_>, ask: &Ask, answer: &Answer) {
        if self.dialect != Dialect::OpenaiResponses || !ask.responses.stored {
            return;
        }
        let told = self.dialect.plain(ask, answer, &call.stamp, &self.seat.signer);
        let mut items = items_of(call.body.get("input"));
        items.extend(told["output"].as_array().cloned().unwrap_or_default());
        let id = told["id"].as_str().unwrap_or("").to_owned();
        let content = Value::from(items).to_string().into();
        self.seat.kept.put(Thing { of: Of::Response, id, account: call.key, told, content, asked: 0 });
    }

    /// Answers a call about a response.
    pub(super) fn response(&self, place: &Place, account: Option<usize>) -> Outcome<Said> {
        let kept = &self.seat.kept;
        let steps: Vec<&str> = place.steps.iter().map(String::as_str).collect();
        match (&self.parts.method, steps.as_slice()) {
            (&Method::GET, [id]) => {
                let found = kept.find((Of::Response, account), id, |thing| thing.told.clone());
                found.map(Said::Value).ok_or_else(|| nothing(id))
            }
            (&Method::DELETE, [id]) if kept.remove(Of::Response, account, id) => {
                Ok(Said::Value(json!({ "id": id, "object": "response", "deleted": true })))
            }
            (&Method::DELETE, [id]) => Err(nothing(id)),
            _ => Err(Fail::new(405, "Not allowed on this path.")),
        }
    }
}

/// The items of an `input`.
fn items_of(input: Option<&Value>) -> Vec<Value> {
    match input {
        Some(Value::Array(items)) => items.clone(),
        Some(Value::String(text)) => vec![json!({ "type": "message", "role": "user", "content": text })],
        _ => Vec::new(),
    }
}
