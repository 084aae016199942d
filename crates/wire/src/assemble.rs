//! Folds the events of a stream into the whole answer they mean, and takes a whole answer apart into such events.

use std::collections::BTreeMap;

use serde_json::Value;
use wye_types::DialectId;
use wye_types::chat::{Block, BlockKind, ChatResponse, Choice, Maker, Signature, ToolCall};
use wye_types::event::{Delta, StreamEvent};

/// Collects events until the answer is whole.
#[derive(Debug)]
pub struct Assembler {
    response: ChatResponse,
    /// Where the block of a call stands, by answer and call number.
    calls: BTreeMap<(u32, u32), usize>,
}

impl Assembler {
    /// An empty answer. `from` is the dialect the events were read from.
    #[must_use]
    pub fn new(from: DialectId) -> Self {
        Self {
            response: ChatResponse {
                from,
                id: String::new(),
                model: String::new(),
                created: None,
                choices: Vec::new(),
                usage: None,
                rest: wye_types::Map::new(),
            },
            calls: BTreeMap::new(),
        }
    }

    /// Takes the next event.
    pub fn push(&mut self, event: StreamEvent) {
        match event {
            StreamEvent::Start { id, model, created } => {
                self.response.id = id;
                self.response.model = model;
                self.response.created = created;
            }
            StreamEvent::Delta { choice, delta } => self.delta(choice, delta),
            StreamEvent::Finish { choice, finish, stop_sequence } => {
                let open = self.choice(choice);
                open.finish = Some(finish);
                open.stop_sequence = stop_sequence;
            }
            StreamEvent::Usage(usage) => self.response.usage = Some(usage),
            StreamEvent::Error(_) | StreamEvent::End => {}
        }
    }

    /// The answer as far as it came. Blocks that stayed empty are left out, unless a seal makes them matter.
    #[must_use]
    pub fn finish(mut self) -> ChatResponse {
        for choice in &mut self.response.choices {
            choice.content.retain(|block| {
                block.signature.is_some()
                    || !matches!(&block.kind, BlockKind::Text(t) | BlockKind::Reasoning(t) | BlockKind::Refusal(t) if t.is_empty())
            });
        }
        self.response
    }

    fn choice(&mut self, index: u32) -> &mut Choice {
        let choices = &mut self.response.choices;
        let at = match choices.binary_search_by_key(&index, |c| c.index) {
            Ok(at) => at,
            Err(at) => {
                let choice = Choice {
                    index,
                    content: Vec::new(),
                    finish: None,
                    stop_sequence: None,
                    logprobs: None,
                    rest: wye_types::Map::new(),
                };
                choices.insert(at, choice);
                at
            }
        };
        &mut choices[at]
    }

    fn delta(&mut self, index: u32, delta: Delta) {
        match delta {
            Delta::ToolArguments { call, json } => {
                let at = self.calls.get(&(index, call)).copied();
                let block = at.and_then(|at| self.choice(index).content.get_mut(at));
                if let Some(Block { kind: BlockKind::ToolCall(call), .. }) = block {
                    call.arguments.push_str(&json);
                }
            }
            Delta::ToolStart { call, id, name, signature } => {
                let content = &mut self.choice(index).content;
                let at = content.len();
                let kind = BlockKind::ToolCall(ToolCall { id, name, arguments: String::new() });
                content.push(Block { signature, ..Block::new(kind) });
                self.calls.insert((index, call), at);
            }
            Delta::Logprobs(more) => merge_logprobs(&mut self.choice(index).logprobs, more),
            Delta::Text(text) => append(&mut self.choice(index).content, BlockKind::Text(text)),
            Delta::Refusal(text) => append(&mut self.choice(index).content, BlockKind::Refusal(text)),
            Delta::Reasoning(text) => append(&mut self.choice(index).content, BlockKind::Reasoning(text)),
            Delta::Signature(seal) => close(&mut self.choice(index).content, seal),
            Delta::Redacted(seal) => {
                let block = Block { signature: Some(seal), ..Block::new(BlockKind::Redacted) };
                self.choice(index).content.push(block);
            }
            Delta::Foreign(value) => {
                self.choice(index).content.push(Block::new(BlockKind::Foreign(value)));
            }
        }
    }
}

/// Adds to the block that is being written, or begins another. A sealed block is closed.
fn append(content: &mut Vec<Block>, piece: BlockKind) {
    if let Some(last) = content.last_mut().filter(|last| last.signature.is_none()) {
        match (&mut last.kind, &piece) {
            (BlockKind::Text(text), BlockKind::Text(more))
            | (BlockKind::Refusal(text), BlockKind::Refusal(more))
            | (BlockKind::Reasoning(text), BlockKind::Reasoning(more)) => return text.push_str(more),
            _ => {}
        }
    }
    content.push(Block::new(piece));
}

/// Seals the block that is being written, or one that is nothing but its seal.
fn close(content: &mut Vec<Block>, seal: Signature) {
    let open = content.last_mut().filter(|last| {
        last.signature.is_none() && matches!(last.kind, BlockKind::Text(_) | BlockKind::Reasoning(_))
    });
    if let Some(block) = open {
        block.signature = Some(seal);
        return;
    }
    let kind = if seals_text(&seal.maker) {
        BlockKind::Text(String::new())
    } else {
        BlockKind::Reasoning(String::new())
    };
    content.push(Block { signature: Some(seal), ..Block::new(kind) });
}

/// Log probabilities come token by token: arrays are joined, anything else is replaced.
fn merge_logprobs(all: &mut Option<Value>, more: Value) {
    let Some(Value::Object(old)) = all else {
        *all = Some(more);
        return;
    };
    let Value::Object(more) = more else { return };
    for (key, value) in more {
        match (old.get_mut(&key), value) {
            (Some(Value::Array(items)), Value::Array(new)) => items.extend(new),
            (Some(Value::Array(_)), Value::Null) => {}
            (_, value) => {
                old.insert(key, value);
            }
        }
    }
}

/// Takes a whole answer apart into the events that a stream of it would have been.
#[must_use]
pub fn explode(response: &ChatResponse) -> Vec<StreamEvent> {
    let mut out = vec![StreamEvent::Start {
        id: response.id.clone(),
        model: response.model.clone(),
        created: response.created,
    }];
    for choice in &response.choices {
        let index = choice.index;
        let mut call = 0;
        for block in &choice.content {
            let deltas = explode_block(block, &mut call);
            out.extend(deltas.into_iter().map(|delta| StreamEvent::Delta { choice: index, delta }));
        }
        if let Some(logprobs) = &choice.logprobs {
            out.push(StreamEvent::Delta { choice: index, delta: Delta::Logprobs(logprobs.clone()) });
        }
        if let Some(finish) = &choice.finish {
            out.push(StreamEvent::Finish {
                choice: index,
                finish: finish.clone(),
                stop_sequence: choice.stop_sequence.clone(),
            });
        }
    }
    out.extend(response.usage.map(StreamEvent::Usage));
    out.push(StreamEvent::End);
    out
}

pub(crate) fn explode_block(block: &Block, call: &mut u32) -> Vec<Delta> {
    let seal = block.signature.clone().map(Delta::Signature);
    match &block.kind {
        BlockKind::Text(text) => [Delta::Text(text.clone())].into_iter().chain(seal).collect(),
        BlockKind::Reasoning(text) => [Delta::Reasoning(text.clone())].into_iter().chain(seal).collect(),
        BlockKind::Refusal(text) => vec![Delta::Refusal(text.clone())],
        BlockKind::Redacted => block.signature.clone().map(Delta::Redacted).into_iter().collect(),
        BlockKind::ToolCall(tool) => {
            let number = *call;
            *call += 1;
            vec![
                Delta::ToolStart {
                    call: number,
                    id: tool.id.clone(),
                    name: tool.name.clone(),
                    signature: block.signature.clone(),
                },
                Delta::ToolArguments { call: number, json: tool.arguments.clone() },
            ]
        }
        BlockKind::Foreign(value) => vec![Delta::Foreign(value.clone())],
        BlockKind::Media(_) | BlockKind::ToolResult(_) => Vec::new(),
    }
}

/// Whether a seal that follows nothing belongs to text: only Google's models seal text.
pub(crate) fn seals_text(maker: &Maker) -> bool {
    *maker == Maker::Google
}
