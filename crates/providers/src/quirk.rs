//! How providers' flavours of a dialect differ: named values, each either *patchable* (renames, changes or drops a
//! top-level field of the body) or *message-level* (needs the IR).

use memchr::memmem;
use wye_wire::dialect::{ReasoningField, ThinkingField, ToolIds, Turns, WriteOptions};
use wye_wire::openai_chat::turns_of;

use crate::Counting;

pub mod edit;
mod responses;
pub mod rule;

pub use edit::{Body, Edit};
pub use rule::{EVERY, Quirk, Rule};

/// Whether a body holds words by which quirks go. Its quotes are passed only once, and not by them
/// ([`wye_wire::seal::marks_beside`]).
#[derive(Debug, Clone, Copy, Default)]
pub struct Words {
    /// What all names of thoughts and of the wish for them begin with.
    thoughts: bool,
    developer: bool,
}

impl Words {
    /// Looks at what stands behind a quote.
    pub fn look(&mut self, text: &[u8]) {
        match text.first() {
            Some(b'r') => self.thoughts |= text.starts_with(b"reasoning"),
            Some(b'd') => self.developer |= text.starts_with(b"developer\""),
            _ => {}
        }
    }
}

/// What a provider's flavour of its dialect wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quirks {
    /// Patchable, `openai_chat`: the key of the output limit.
    pub max_tokens_key: &'static str,
    /// Patchable, `openai_chat`: whether `stream_options` may be sent.
    pub stream_options: bool,
    /// Message-level, `openai_chat`: whether the role `developer` is known.
    pub developer_role: bool,
    /// Message-level, `openai_chat`: whether messages may carry a `name`.
    pub message_names: bool,
    /// Message-level, `openai_chat`: under which name thoughts of earlier turns are sent back.
    pub reasoning_field: ReasoningField,
    /// Message-level, `openai_chat`: how the wish to think is said.
    pub thinking: ThinkingField,
    /// Message-level: shape that tool-call ids must have.
    pub tool_ids: ToolIds,
    /// Message-level, `openai_chat`: in which order roles may follow each other.
    pub turns: Turns,
    /// `anthropic_messages`: the output limit in tokens to send where the client gave none.
    pub default_max_tokens: u64,
    /// How it counts what its limit headers leave unsaid.
    pub counting: Counting,
    /// The provider passes seals of any maker on to that maker.
    pub foreign_seals: bool,
    /// `openai_chat`, and as far as it has the fields `openai_responses`: what some models, or all, want differently.
    pub rules: &'static [Rule],
}

impl Quirks {
    /// The dialect as its home vendor speaks it to the oldest of models: what every compatible server understands.
    pub const NONE: Self = Self {
        max_tokens_key: "max_tokens",
        stream_options: true,
        developer_role: false,
        message_names: true,
        reasoning_field: ReasoningField::None,
        thinking: ThinkingField::Effort,
        tool_ids: ToolIds::Any,
        turns: Turns::Any,
        default_max_tokens: 8192,
        counting: Counting::UNKNOWN,
        foreign_seals: false,
        rules: &[],
    };

    /// How a request for this model is written from the IR.
    #[must_use]
    pub fn write_options(&self, model: &str) -> WriteOptions {
        WriteOptions {
            model: model.to_owned(),
            max_tokens_key: self.max_tokens_key,
            developer_role: self.developer_role,
            message_names: self.message_names,
            reasoning_field: self.reasoning_field,
            missing_thoughts: self.missing_thoughts(model),
            thinking: self.thinking,
            turns: self.turns,
            stream_options: self.stream_options,
            tool_ids: self.tool_ids,
            default_max_tokens: self.default_max_tokens,
            foreign_seals: self.foreign_seals,
        }
    }

    fn missing_thoughts(&self, model: &str) -> Option<&'static str> {
        self.rules.iter().find_map(|rule| match rule.quirk {
            Quirk::MissingThoughts(text) if rule.is_about(model) => Some(text),
            _ => None,
        })
    }

    /// Whether a body of `openai_chat` must go through the IR although the provider speaks that dialect, because
    /// something in its messages may be what the provider refuses. Mostly a cheap search of the bytes: it may say yes
    /// for a text that only mentions a field's name, which costs time but changes nothing. `words`: what looked behind all
    /// of its quotes.
    #[must_use]
    pub fn needs_messages(&self, model: &str, body: &[u8], words: Words) -> bool {
        let thinks = words.thoughts;
        let holds = |name: &str| memmem::find(body, name.as_bytes()).is_some();
        let foreign_thoughts = thinks
            && match self.reasoning_field {
                ReasoningField::None => {
                    holds("\"reasoning_content\"") || holds("\"reasoning_details\"") || holds("\"reasoning\"")
                }
                ReasoningField::ReasoningContent => holds("\"reasoning_details\""),
                ReasoningField::Reasoning => holds("\"reasoning_content\"") || holds("\"reasoning_details\""),
                ReasoningField::ReasoningDetails => holds("\"reasoning_content\""),
            };
        let other_wish = thinks
            && match self.thinking {
                ThinkingField::Effort | ThinkingField::Reasoning => false,
                ThinkingField::Switch { effort: true } => holds("\"reasoning_effort\"") && holds("\"none\""),
                ThinkingField::Switch { effort: false } | ThinkingField::Budget => {
                    holds("\"reasoning_effort\"")
                }
            };
        foreign_thoughts
            || other_wish
            || !self.developer_role && words.developer
            || self.tool_ids == ToolIds::Nine && (holds("\"tool_calls\"") || holds("\"tool_call_id\""))
            || self.refuses_turns(model, body)
    }

    fn refuses_turns(&self, model: &str, body: &[u8]) -> bool {
        let thoughts = self.missing_thoughts(model).is_some();
        if self.turns == Turns::Any && self.message_names && !thoughts {
            return false;
        }
        let turns = turns_of(body);
        !self.message_names && turns.iter().any(|turn| turn.named)
            || thoughts && turns.iter().any(|turn| turn.role == "assistant" && !turn.thoughts)
            || !self.turns.fit(&turns)
    }
}

#[cfg(test)]
mod tests;
