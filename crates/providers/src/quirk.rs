//! How providers' flavours of a dialect differ: named values, each either *patchable* (renames or drops a top-level
//! field of the body) or *message-level* (needs the IR).

use memchr::memmem;
use wye_wire::dialect::{ReasoningField, ToolIds, WriteOptions};

/// What a provider's flavour of its dialect wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quirks {
    /// Patchable, `openai_chat`: the key of the output limit.
    pub max_tokens_key: &'static str,
    /// Patchable, `openai_chat`: whether `stream_options` may be sent.
    pub stream_options: bool,
    /// Message-level, `openai_chat`: whether the role `developer` is known.
    pub developer_role: bool,
    /// Message-level, `openai_chat`: under which name thoughts of earlier turns are sent back.
    pub reasoning_field: ReasoningField,
    /// Message-level: shape that tool-call ids must have.
    pub tool_ids: ToolIds,
    /// `anthropic_messages`: the output limit in tokens to send where the client gave none.
    pub default_max_tokens: u64,
    /// The provider passes seals of any maker on to that maker.
    pub foreign_seals: bool,
}

/// A change of a top-level field that a body in the provider's own dialect needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// The field goes by another name; if both stand there, the new name's value stays.
    Rename {
        /// The name it may have.
        from: &'static str,
        /// The name the provider wants.
        to: &'static str,
    },
    /// The field is left out.
    Drop(&'static str),
}

/// The names under which clients of `openai_chat` give the output limit.
const MAX_TOKENS_KEYS: [&str; 2] = ["max_tokens", "max_completion_tokens"];

impl Quirks {
    /// The dialect as its home vendor speaks it to the oldest of models: what every compatible server understands.
    pub const NONE: Self = Self {
        max_tokens_key: "max_tokens",
        stream_options: true,
        developer_role: false,
        reasoning_field: ReasoningField::None,
        tool_ids: ToolIds::Any,
        default_max_tokens: 8192,
        foreign_seals: false,
    };

    /// How a request for this model is written from the IR.
    #[must_use]
    pub fn write_options(&self, model: &str) -> WriteOptions {
        WriteOptions {
            model: model.to_owned(),
            max_tokens_key: self.max_tokens_key,
            developer_role: self.developer_role,
            reasoning_field: self.reasoning_field,
            stream_options: self.stream_options,
            tool_ids: self.tool_ids,
            default_max_tokens: self.default_max_tokens,
            foreign_seals: self.foreign_seals,
        }
    }

    /// The changes of top-level fields for a body that is patched instead of rewritten. Only for `openai_chat`.
    #[must_use]
    pub fn edits(&self) -> Vec<Edit> {
        let renames = MAX_TOKENS_KEYS
            .into_iter()
            .filter(|key| *key != self.max_tokens_key)
            .map(|from| Edit::Rename { from, to: self.max_tokens_key });
        renames.chain((!self.stream_options).then_some(Edit::Drop("stream_options"))).collect()
    }

    /// Whether a body of `openai_chat` must go through the IR although the provider speaks that dialect, because
    /// something in its messages may be what the provider refuses. A cheap search of the bytes: it may say yes for a
    /// text that only mentions a field's name, which costs time but changes nothing.
    #[must_use]
    pub fn needs_messages(&self, body: &[u8]) -> bool {
        let holds = |name: &str| memmem::find(body, name.as_bytes()).is_some();
        let foreign_thoughts = match self.reasoning_field {
            ReasoningField::None => holds("\"reasoning_content\"") || holds("\"reasoning_details\""),
            ReasoningField::ReasoningContent => holds("\"reasoning_details\""),
            ReasoningField::ReasoningDetails => holds("\"reasoning_content\""),
        };
        foreign_thoughts
            || !self.developer_role && holds("\"developer\"")
            || self.tool_ids == ToolIds::Nine && (holds("\"tool_calls\"") || holds("\"tool_call_id\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::find;

    #[test]
    fn options_follow_the_quirks() {
        let mistral = find("mistral").unwrap().quirks.write_options("m");
        assert_eq!((mistral.model.as_str(), mistral.tool_ids), ("m", ToolIds::Nine));
        assert!(!mistral.stream_options);
        assert_eq!(Quirks::NONE.write_options(""), WriteOptions::default());
    }

    #[test]
    fn top_level_quirks_are_edits() {
        let rename = |from, to| Edit::Rename { from, to };
        assert_eq!(find("openai").unwrap().quirks.edits(), [rename("max_tokens", "max_completion_tokens")]);
        assert_eq!(
            find("mistral").unwrap().quirks.edits(),
            [rename("max_completion_tokens", "max_tokens"), Edit::Drop("stream_options")]
        );
    }

    #[test]
    fn message_level_quirks_ask_for_the_ir_only_where_they_bite() {
        let needs = |id: &str, body: &str| find(id).unwrap().quirks.needs_messages(body.as_bytes());
        let plain = r#"{"messages":[{"role":"user","content":"hi"}]}"#;
        let developer = r#"{"messages":[{"role":"developer","content":"hi"}]}"#;
        let calls = r#"{"messages":[{"role":"assistant","tool_calls":[{"id":"call_1"}]}]}"#;
        let thoughts = r#"{"messages":[{"role":"assistant","reasoning_content":"hm"}]}"#;
        for p in crate::PROVIDERS {
            assert!(!p.quirks.needs_messages(plain.as_bytes()), "{}", p.id);
        }
        assert!(needs("deepseek", developer) && !needs("openai", developer));
        assert!(needs("mistral", calls) && !needs("groq", calls));
        assert!(needs("groq", thoughts) && needs("openrouter", thoughts) && !needs("deepseek", thoughts));
    }
}
