//! Writes a stream for the client. Chunks are put together as text: this runs once a token.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde_json::{Value, json};
use wye_types::chat::Signature;
use wye_types::event::{Delta, StreamEvent};
use wye_types::{Map, Usage};

use super::reasoning::{format_of, write_text_seal};
use super::{functions, response, tool_call, usage};
use crate::assemble::seals_text;
use crate::dialect::{StreamAsk, StreamWriter};
use crate::patch::json_string;
use crate::seal;

/// A stream that is being written.
#[derive(Debug)]
pub(super) struct Writer {
    ask: StreamAsk,
    /// The chunk up to its choices, once the answer began.
    head: String,
    choices: BTreeMap<u32, Open>,
    usage: Option<Usage>,
    ended: bool,
}

/// One of the answers, as far as it was written.
#[derive(Debug, Default)]
struct Open {
    last: Last,
    refused: bool,
    /// The place of the entry of `reasoning_details` that is being written.
    entry: usize,
    /// Whether that entry has been begun.
    begun: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Last {
    #[default]
    Nothing,
    Text,
    Thoughts,
    Other,
}

impl Writer {
    pub(super) fn new(ask: &StreamAsk) -> Self {
        Self { ask: ask.clone(), head: String::new(), choices: BTreeMap::new(), usage: None, ended: false }
    }

    fn start(&mut self, id: &str, model: &str, created: Option<i64>, out: &mut Vec<u8>) {
        let or = |text: &str, other: &str| json_string(if text.is_empty() { other } else { text });
        self.head = format!(
            "data: {{\"id\":{},\"object\":\"chat.completion.chunk\",\"created\":{},\"model\":{},\"choices\":[",
            or(id, &self.ask.fallback_id),
            created.unwrap_or(self.ask.now_s),
            or(model, &self.ask.model),
        );
        self.open(0, out);
    }

    /// The first chunk of a choice names the role.
    fn open(&mut self, choice: u32, out: &mut Vec<u8>) {
        if self.head.is_empty() {
            self.start("", "", None, out);
        }
        if let Entry::Vacant(place) = self.choices.entry(choice) {
            place.insert(Open::default());
            self.chunk(choice, "{\"role\":\"assistant\",\"content\":\"\"}", "", out);
        }
    }

    /// `more` is what follows the delta: `,"finish_reason":…` or nothing.
    fn chunk(&self, choice: u32, delta: &str, more: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(self.head.as_bytes());
        out.extend_from_slice(b"{\"index\":");
        out.extend_from_slice(choice.to_string().as_bytes());
        out.extend_from_slice(b",\"delta\":");
        out.extend_from_slice(delta.as_bytes());
        let more = if more.is_empty() { ",\"finish_reason\":null" } else { more };
        out.extend_from_slice(more.as_bytes());
        out.extend_from_slice(b"}]}\n\n");
    }

    fn delta(&mut self, choice: u32, delta: &Delta, out: &mut Vec<u8>) {
        self.open(choice, out);
        let open = self.choices.entry(choice).or_default();
        let text = match delta {
            Delta::Logprobs(value) => {
                let more = format!(",\"logprobs\":{value},\"finish_reason\":null");
                return self.chunk(choice, "{}", &more, out);
            }
            Delta::Foreign(_) => return,
            Delta::ToolStart { .. } | Delta::ToolArguments { .. } if self.ask.legacy_functions => {
                open.turn_to(Last::Other);
                functions::write_piece(delta)
            }
            delta => open.delta(delta),
        };
        if let Some(text) = text {
            self.chunk(choice, &text, "", out);
        }
    }
}

impl Open {
    fn delta(&mut self, delta: &Delta) -> Option<String> {
        match delta {
            Delta::Text(text) => {
                self.turn_to(Last::Text);
                (!text.is_empty()).then(|| format!("{{\"content\":{}}}", json_string(text)))
            }
            Delta::Refusal(text) => {
                self.turn_to(Last::Other);
                self.refused = true;
                (!text.is_empty()).then(|| format!("{{\"refusal\":{}}}", json_string(text)))
            }
            Delta::Reasoning(text) => {
                self.turn_to(Last::Thoughts);
                let text = (!text.is_empty()).then(|| json_string(text))?;
                self.begun = true;
                // Clients that keep `reasoning_details` put its pieces together by index and send them back with the
                // seal, so the text stands there as well.
                Some(format!(
                    "{{\"reasoning_content\":{text},\"reasoning_details\":[{{\"type\":\"reasoning.text\",\"text\":{text},\"index\":{}}}]}}",
                    self.entry
                ))
            }
            Delta::Signature(seal) => Some(self.seal(seal).to_string()),
            Delta::Redacted(seal) => {
                self.turn_to(Last::Other);
                let entry = json!({
                    "type": "reasoning.encrypted",
                    "data": seal.data,
                    "format": format_of(&seal.maker),
                    "index": self.entry,
                });
                self.entry += 1;
                Some(json!({"reasoning_details": [entry]}).to_string())
            }
            Delta::ToolStart { call, id, name, signature } => {
                self.turn_to(Last::Other);
                Some(start_of_call(*call, id, name, signature.as_ref()).to_string())
            }
            Delta::ToolArguments { call, json } => {
                self.turn_to(Last::Other);
                (!json.is_empty()).then(|| {
                    let json = json_string(json);
                    format!("{{\"tool_calls\":[{{\"index\":{call},\"function\":{{\"arguments\":{json}}}}}]}}")
                })
            }
            Delta::Logprobs(_) | Delta::Foreign(_) => None,
        }
    }

    /// Another kind of content closes the entry of thoughts that was being written.
    fn turn_to(&mut self, now: Last) {
        if self.begun && now != Last::Thoughts {
            self.entry += 1;
            self.begun = false;
        }
        self.last = now;
    }

    fn seal(&mut self, seal: &Signature) -> Value {
        let on_text = self.last == Last::Text || (self.last != Last::Thoughts && seals_text(&seal.maker));
        let entry = if on_text {
            write_text_seal(seal, self.entry)
        } else {
            json!({
                "type": "reasoning.text",
                "signature": seal.data,
                "format": format_of(&seal.maker),
                "index": self.entry,
            })
        };
        self.entry += 1;
        self.begun = false;
        self.last = Last::Other;
        json!({"reasoning_details": [entry]})
    }
}

fn start_of_call(call: u32, id: &str, name: &str, signature: Option<&Signature>) -> Value {
    let mut out = Map::new();
    out.insert("index".into(), json!(call));
    out.insert("id".into(), json!(seal::id_with_seal(id, signature)));
    out.insert("type".into(), json!("function"));
    out.insert("function".into(), json!({"name": name, "arguments": ""}));
    if let Some(seal) = signature {
        out.insert("extra_content".into(), tool_call::write_extra(seal));
    }
    json!({"tool_calls": [out]})
}

impl StreamWriter for Writer {
    fn write(&mut self, event: &StreamEvent, out: &mut Vec<u8>) {
        if self.ended {
            return;
        }
        match event {
            StreamEvent::Start { id, model, created } => {
                if self.head.is_empty() {
                    self.start(id, model, *created, out);
                }
            }
            StreamEvent::Delta { choice, delta } => self.delta(*choice, delta, out),
            StreamEvent::Finish { choice, finish, .. } => {
                self.open(*choice, out);
                let refused = self.choices.get(choice).is_some_and(|open| open.refused);
                let word = response::write_finish(finish, refused);
                let word = if self.ask.legacy_functions { functions::finish_word(word) } else { word };
                self.chunk(*choice, "{}", &format!(",\"finish_reason\":\"{word}\""), out);
            }
            StreamEvent::Usage(counts) => self.usage = Some(*counts),
            StreamEvent::Error(_) => {}
            StreamEvent::End => {
                self.ended = true;
                if let Some(counts) = self.usage.filter(|_| self.ask.include_usage) {
                    if self.head.is_empty() {
                        self.start("", "", None, out);
                    }
                    out.extend_from_slice(self.head.as_bytes());
                    let counts = usage::write(&counts, None);
                    out.extend_from_slice(format!("],\"usage\":{counts}}}\n\n").as_bytes());
                }
                out.extend_from_slice(b"data: [DONE]\n\n");
            }
        }
    }
}
