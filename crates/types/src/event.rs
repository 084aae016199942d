//! The canonical stream: what happens while an answer is being written.
//!
//! A whole answer and its stream mean the same: folding the events of a stream gives the [`ChatResponse`] that the
//! same model would have sent at once. `wye-wire` proves it for every dialect.
//!
//! [`ChatResponse`]: crate::chat::ChatResponse

use serde_json::Value;

use crate::Usage;
use crate::chat::{Finish, Signature};
use crate::error::UpstreamError;

/// One step of a stream.
#[derive(Debug, Clone, PartialEq)]
pub enum StreamEvent {
    /// The answer begins. At most once, before everything else but [`StreamEvent::Error`].
    Start {
        /// The vendor's id of the answer.
        id: String,
        /// The model that answers, as the vendor names it.
        model: String,
        /// Unix seconds, where the dialect carries them.
        created: Option<i64>,
    },
    /// A piece of one of the answers.
    Delta {
        /// Which answer, from 0.
        choice: u32,
        /// The piece.
        delta: Delta,
    },
    /// One of the answers ended.
    Finish {
        /// Which answer, from 0.
        choice: u32,
        /// Why.
        finish: Finish,
        /// The stop text that ended it, where the dialect tells.
        stop_sequence: Option<String>,
    },
    /// Counts so far. May come several times; the last one holds.
    Usage(Usage),
    /// The provider broke off with an error. Nothing follows.
    Error(UpstreamError),
    /// The stream ended as its dialect says it should. A stream that just stops does not send this.
    End,
}

/// A piece of an answer. Pieces of the same kind that follow each other belong to the same block.
#[derive(Debug, Clone, PartialEq)]
pub enum Delta {
    /// More text.
    Text(String),
    /// More of a refusal.
    Refusal(String),
    /// More thoughts.
    Reasoning(String),
    /// The vendor's seal on the block that is being written: it closes a run of thoughts, or stands alone where the
    /// dialect seals an answer's text.
    Signature(Signature),
    /// A whole block of sealed thoughts.
    Redacted(Signature),
    /// A call begins. Calls are numbered from 0 in the order in which they begin.
    ToolStart {
        /// The call's number within the answer.
        call: u32,
        /// Links the call to its result; never empty.
        id: String,
        /// The function's name.
        name: String,
        /// The vendor's seal on the call (Gemini's thought signature).
        signature: Option<Signature>,
    },
    /// More of a call's arguments (JSON text, cut anywhere).
    ToolArguments {
        /// The call's number within the answer.
        call: u32,
        /// The piece.
        json: String,
    },
    /// Log probabilities of the tokens just sent, in OpenAI's shape.
    Logprobs(Value),
    /// A whole block only the dialect it came from understands (built-in tool use, generated media), verbatim.
    Foreign(Value),
}

impl Delta {
    /// Whether a person or program waiting for the answer would call this content. Seals alone are not.
    #[must_use]
    pub fn is_content(&self) -> bool {
        match self {
            Self::Text(s) | Self::Refusal(s) | Self::Reasoning(s) => !s.is_empty(),
            Self::Redacted(_) | Self::ToolStart { .. } | Self::Foreign(_) => true,
            Self::ToolArguments { json, .. } => !json.is_empty(),
            Self::Signature(_) | Self::Logprobs(_) => false,
        }
    }
}
