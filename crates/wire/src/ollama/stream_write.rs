//! Writes a stream for the client. Calls are sent whole, because the dialect has no pieces of arguments.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wye_types::chat::{Block, BlockKind, Finish, Signature};
use wye_types::event::{Delta, StreamEvent};
use wye_types::{Map, Usage};

use super::message_write::{read_arguments, write_call};
use super::response::{numbered, write_finish, write_logprobs, write_usage};
use crate::assemble::seals_text;
use crate::dialect::{StreamAsk, StreamWriter};
use crate::openai_chat::reasoning::{write_detail, write_text_seal};
use crate::patch::json_string;
use crate::seal;
use crate::timestamp::rfc3339;

/// A stream that is being written.
#[derive(Debug)]
pub(super) struct Writer {
    ask: StreamAsk,
    /// The line up to its message's first field, once the answer began.
    head: String,
    calls: BTreeMap<u32, Call>,
    sent: usize,
    /// The thoughts since the last seal: a seal is sent with what it closes.
    thoughts: String,
    entries: usize,
    last: Last,
    finish: Option<Finish>,
    usage: Option<Usage>,
    ended: bool,
}

#[derive(Debug)]
struct Call {
    id: String,
    name: String,
    arguments: String,
}

#[derive(Debug, PartialEq, Eq)]
enum Last {
    Text,
    Thoughts,
    Other,
}

impl Writer {
    pub(super) fn new(ask: &StreamAsk) -> Self {
        Self {
            ask: ask.clone(),
            head: String::new(),
            calls: BTreeMap::new(),
            sent: 0,
            thoughts: String::new(),
            entries: 0,
            last: Last::Other,
            finish: None,
            usage: None,
            ended: false,
        }
    }

    fn start(&mut self, model: &str, created: Option<i64>) {
        self.head = format!(
            "{{\"model\":{},\"created_at\":\"{}\",\"message\":{{\"role\":\"assistant\",",
            json_string(if model.is_empty() { &self.ask.model } else { model }),
            rfc3339(created.unwrap_or(self.ask.now_s)),
        );
    }

    /// `message` is the rest of the message's fields, `more` what follows the message; both without braces.
    fn line(&mut self, message: &str, more: &str, out: &mut Vec<u8>) {
        if self.head.is_empty() {
            self.start("", None);
        }
        out.extend_from_slice(self.head.as_bytes());
        out.extend_from_slice(message.as_bytes());
        out.extend_from_slice(b"},");
        out.extend_from_slice(more.as_bytes());
        out.extend_from_slice(b"}\n");
    }

    fn piece(&mut self, message: &str, out: &mut Vec<u8>) {
        self.line(message, "\"done\":false", out);
    }

    fn delta(&mut self, delta: &Delta, out: &mut Vec<u8>) {
        match delta {
            Delta::Text(text) | Delta::Refusal(text) => {
                self.last = Last::Text;
                if !text.is_empty() {
                    self.piece(&format!("\"content\":{}", json_string(text)), out);
                }
            }
            Delta::Reasoning(text) => {
                self.last = Last::Thoughts;
                if !text.is_empty() {
                    self.thoughts.push_str(text);
                    self.piece(&format!("\"content\":\"\",\"thinking\":{}", json_string(text)), out);
                }
            }
            Delta::Signature(seal) => self.seal(seal, out),
            Delta::Redacted(seal) => {
                let kind = BlockKind::Redacted;
                self.detail(&Block { signature: Some(seal.clone()), ..Block::new(kind) }, out);
            }
            Delta::ToolStart { call, id, name, signature } => {
                self.last = Last::Other;
                let id = seal::id_with_seal(id, signature.as_ref());
                self.calls.insert(*call, Call { id, name: name.clone(), arguments: String::new() });
            }
            Delta::ToolArguments { call, json } => {
                if let Some(open) = self.calls.get_mut(call) {
                    open.arguments.push_str(json);
                }
            }
            Delta::Logprobs(value) => {
                if let Some(list) = write_logprobs(value) {
                    self.line("\"content\":\"\"", &format!("\"logprobs\":{list},\"done\":false"), out);
                }
            }
            Delta::Foreign(_) => {}
        }
    }

    fn seal(&mut self, seal: &Signature, out: &mut Vec<u8>) {
        let on_text = self.last == Last::Text || (self.last != Last::Thoughts && seals_text(&seal.maker));
        if on_text {
            let entry = write_text_seal(seal, self.entries);
            return self.entry(&entry, out);
        }
        let kind = BlockKind::Reasoning(std::mem::take(&mut self.thoughts));
        self.detail(&Block { signature: Some(seal.clone()), ..Block::new(kind) }, out);
    }

    fn detail(&mut self, block: &Block, out: &mut Vec<u8>) {
        if let Some(entry) = write_detail(block, self.entries, false) {
            self.entry(&entry, out);
        }
    }

    fn entry(&mut self, entry: &Value, out: &mut Vec<u8>) {
        self.entries += 1;
        self.last = Last::Other;
        self.piece(&format!("\"content\":\"\",\"reasoning_details\":[{entry}]"), out);
    }

    /// Sends the calls, whose arguments are whole by now.
    fn send_calls(&mut self, out: &mut Vec<u8>) {
        while let Some((_, call)) = self.calls.pop_first() {
            let arguments = read_arguments(&call.arguments).unwrap_or_default();
            let call = numbered(self.sent, write_call(Some(&call.id), &call.name, arguments, None));
            self.sent += 1;
            self.piece(&format!("\"content\":\"\",\"tool_calls\":[{call}]"), out);
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        self.send_calls(out);
        let mut last = Map::new();
        last.insert("done_reason".into(), json!(write_finish(self.finish.as_ref(), false)));
        last.insert("done".into(), json!(true));
        if let Some(usage) = &self.usage {
            last.extend(write_usage(usage));
        }
        let last = Value::Object(last).to_string();
        let fields =
            last.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or("\"done\":true");
        self.line("\"content\":\"\"", fields, out);
    }
}

impl StreamWriter for Writer {
    fn write(&mut self, event: &StreamEvent, out: &mut Vec<u8>) {
        if self.ended {
            return;
        }
        match event {
            StreamEvent::Start { model, created, .. } => {
                if self.head.is_empty() {
                    self.start(model, *created);
                }
            }
            // There is place for one answer.
            StreamEvent::Delta { choice: 0, delta } => self.delta(delta, out),
            StreamEvent::Finish { choice: 0, finish, .. } => {
                self.send_calls(out);
                self.finish = Some(finish.clone());
            }
            StreamEvent::Delta { .. } | StreamEvent::Finish { .. } | StreamEvent::Error(_) => {}
            StreamEvent::Usage(usage) => self.usage = Some(*usage),
            StreamEvent::End => {
                self.ended = true;
                self.end(out);
            }
        }
    }
}
