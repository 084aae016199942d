//! What of a Responses body's top level must change for a provider. The models are those of its other dialect, and
//! refuse the same things; they only stand elsewhere.

use serde_json::{Map, Value};
use wye_types::chat::Effort;

use super::Quirks;
use super::edit::{Body, Edit, Word, word_for};
use super::rule::Quirk;

/// The fields of rules that this dialect has under the same name. Others are nothing to it, or mean something else.
const SHARED: [&str; 5] = ["temperature", "top_p", "presence_penalty", "frequency_penalty", "top_logprobs"];

/// How log probabilities are asked for here: by this word in `include`.
const LOGPROBS: &str = "message.output_text.logprobs";

impl Quirks {
    /// The changes of top-level fields that a body in `openai_responses` needs.
    #[must_use]
    pub fn edits_of_responses(&self, body: Body<'_>) -> Vec<Edit> {
        let reasoning = read(body, "reasoning").and_then(|value| match value {
            Value::Object(fields) => Some(fields),
            _ => None,
        });
        let effort =
            reasoning.as_ref().and_then(|fields| fields.get("effort")).filter(|word| !word.is_null());
        let asked = effort.and_then(Value::as_str).and_then(Effort::parse);
        let mut edits: Vec<Edit> = Vec::new();
        let mut effort_known = false;
        for rule in self.rules {
            match rule.quirk {
                Quirk::Refuses(fields) | Quirk::RefusesThinking { fields, .. } => {
                    let holds = match rule.quirk {
                        Quirk::RefusesThinking { unasked, .. } => {
                            self.sent_effort(body.model, asked).map_or(unasked, |word| word != Effort::None)
                        }
                        _ => true,
                    };
                    let found = if holds { refused(body, fields) } else { Vec::new() };
                    if !found.is_empty() && rule.is_about(body.model) {
                        edits.extend(found);
                    }
                }
                Quirk::Efforts(words) => {
                    if !effort_known && effort.is_some() && rule.is_about(body.model) {
                        effort_known = true;
                        edits
                            .extend(reasoning.as_ref().and_then(|fields| other_effort(fields, words, asked)));
                    }
                }
                Quirk::Renames { .. } | Quirk::Default { .. } | Quirk::MissingThoughts(_) => {}
            }
        }
        edits
    }
}

fn read(body: Body<'_>, key: &str) -> Option<Value> {
    serde_json::from_slice((body.field)(key)?).ok()
}

/// Leaves out what is refused of a body.
fn refused(body: Body<'_>, fields: &[&'static str]) -> Vec<Edit> {
    let shared = fields.iter().filter(|field| SHARED.contains(field));
    let mut edits: Vec<Edit> = shared.filter_map(|field| body.drop(field)).collect();
    if let Some(Value::Array(mut include)) = read(body, "include").filter(|_| fields.contains(&"logprobs")) {
        let all = include.len();
        include.retain(|what| what != LOGPROBS);
        if include.is_empty() && all > 0 {
            edits.push(Edit::Drop { field: "include", loss: true });
        } else if include.len() < all {
            edits.push(Edit::Set { field: "include", value: Value::Array(include).to_string(), loss: true });
        }
    }
    edits
}

/// `reasoning` with an effort that the model knows.
fn other_effort(fields: &Map<String, Value>, words: &[Effort], asked: Option<Effort>) -> Option<Edit> {
    const FIELD: &str = "reasoning";
    let mut fields = fields.clone();
    let loss = match word_for(words, asked) {
        Word::Stays => return None,
        Word::Goes { loss } => {
            fields.shift_remove("effort");
            loss
        }
        Word::Becomes(word) => {
            fields.insert("effort".to_owned(), word.name().into());
            true
        }
    };
    Some(if fields.is_empty() {
        Edit::Drop { field: FIELD, loss }
    } else {
        Edit::Set { field: FIELD, value: Value::Object(fields).to_string(), loss }
    })
}
