//! The item of a stream that is being written, part by part.

use serde_json::Value;
use wye_types::Map;
use wye_types::chat::Signature;

use super::output;
use crate::patch::json_string;

/// The item that is being written.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) place: usize,
    pub(super) id: String,
    /// Parts that are complete.
    parts: Vec<Value>,
    pub(super) part: Option<Part>,
}

/// The part that is being written.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) kind: Kind,
    pub(super) text: String,
    pub(super) logprobs: Vec<Value>,
}

/// What a part holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text of a message.
    Text,
    /// A refusal in a message.
    Refusal,
    /// Thoughts, told as a summary; they have one part.
    Thoughts,
}

/// An event about a part: its name and its members after the type and the number.
pub(super) struct Event {
    pub(super) name: &'static str,
    pub(super) fields: String,
}

impl Open {
    pub(super) fn new(place: usize, id: String) -> Self {
        Self { place, id, parts: Vec::new(), part: None }
    }

    /// Whether the item is thoughts, not a message.
    pub(super) fn is_thoughts(&self) -> bool {
        self.id.starts_with("rs_")
    }

    /// Where the open part stands.
    pub(super) fn whereabouts(&self) -> String {
        let (id, place, part) = (&self.id, self.place, self.parts.len());
        let key = if self.is_thoughts() { "summary_index" } else { "content_index" };
        format!("\"item_id\":\"{id}\",\"output_index\":{place},\"{key}\":{part}")
    }

    /// Begins a part.
    pub(super) fn begin(&mut self, kind: Kind) -> Event {
        self.part = Some(Part { kind, text: String::new(), logprobs: Vec::new() });
        let name = match kind {
            Kind::Text | Kind::Refusal => "response.content_part.added",
            Kind::Thoughts => "response.reasoning_summary_part.added",
        };
        let part = Value::Object(part_of(kind, "", Vec::new()));
        Event { name, fields: format!("{},\"part\":{part}", self.whereabouts()) }
    }

    /// Ends the part that is being written: it is told whole, first its words, then itself.
    pub(super) fn end(&mut self) -> Option<[Event; 2]> {
        let place = self.whereabouts();
        let Part { kind, text, logprobs } = self.part.take()?;
        let words = json_string(&text);
        let (name, fields, ended) = match kind {
            Kind::Text => {
                let all = Value::Array(logprobs.clone());
                let fields = format!("{place},\"text\":{words},\"logprobs\":{all}");
                ("response.output_text.done", fields, "response.content_part.done")
            }
            Kind::Refusal => {
                let fields = format!("{place},\"refusal\":{words}");
                ("response.refusal.done", fields, "response.content_part.done")
            }
            Kind::Thoughts => (
                "response.reasoning_summary_text.done",
                format!("{place},\"text\":{words}"),
                "response.reasoning_summary_part.done",
            ),
        };
        let part = Value::Object(part_of(kind, &text, logprobs));
        let whole = Event { name: ended, fields: format!("{place},\"part\":{part}") };
        self.parts.push(part);
        Some([Event { name, fields }, whole])
    }

    /// The whole item. Thoughts end with their seal.
    pub(super) fn item(self, seal: Option<&Signature>) -> Map {
        if self.is_thoughts() {
            let text = self.parts.first().and_then(|part| part.get("text")?.as_str()).unwrap_or("");
            output::thoughts(&self.id, text, seal)
        } else {
            output::message(&self.id, "completed", self.parts)
        }
    }
}

fn part_of(kind: Kind, text: &str, logprobs: Vec<Value>) -> Map {
    match kind {
        Kind::Text => output::text_part(text, logprobs),
        Kind::Refusal => output::refusal_part(text),
        Kind::Thoughts => output::summary_part(text),
    }
}
