//! A whole answer, and why it ended.

use serde_json::Value;

use super::Block;
use crate::{DialectId, Map, Usage};

/// A whole answer.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatResponse {
    /// The dialect this was read from; owner of every `rest` and foreign block below.
    pub from: DialectId,
    /// The vendor's id of the answer.
    pub id: String,
    /// The model that answered, as the vendor names it.
    pub model: String,
    /// Unix seconds, where the dialect carries them.
    pub created: Option<i64>,
    /// The answers; one unless more were asked for.
    pub choices: Vec<Choice>,
    /// What it used, where reported.
    pub usage: Option<Usage>,
    /// Top-level fields that the IR does not name.
    pub rest: Map,
}

/// One of the answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// Its place among the answers.
    pub index: u32,
    /// What it says, in order.
    pub content: Vec<Block>,
    /// Why it ended.
    pub finish: Option<Finish>,
    /// The stop text that ended it, where the dialect tells.
    pub stop_sequence: Option<String>,
    /// Token log probabilities, in OpenAI's shape (`{content: […], refusal: …}`).
    pub logprobs: Option<Value>,
    /// Fields that the IR does not name.
    pub rest: Map,
}

/// Why an answer ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finish {
    /// It was complete.
    Stop,
    /// A stop text was met.
    StopSequence,
    /// The limit of output tokens was met.
    Length,
    /// It calls tools.
    ToolCalls,
    /// The vendor's filter ended or blocked it.
    ContentFilter,
    /// The model declined.
    Refusal,
    /// The vendor paused a long turn; the client may send it back to go on.
    Pause,
    /// Another word of the dialect's own.
    Other(String),
}

impl Finish {
    /// Whether the vendor or the model said no: an answer, even if nothing else was said.
    #[must_use]
    pub const fn declines(&self) -> bool {
        matches!(self, Self::ContentFilter | Self::Refusal)
    }

    /// Whether the end alone is an answer, even if nothing was said: a no, or a limit of tokens that went into thoughts
    /// which nobody is shown. Asked elsewhere, the request would end the same way.
    #[must_use]
    pub const fn is_answer(&self) -> bool {
        self.declines() || matches!(self, Self::Length)
    }
}
