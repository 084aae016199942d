//! The canonical chat model (IR): what a request or an answer means, whatever dialect it came in.
//!
//! Every dialect is read into these types and written from them; dialects never meet pairwise. A field that the IR
//! does not name rides along in `rest` and is written back only by the dialect it came from (`from`).

use serde_json::Value;

use crate::{DialectId, Map};

mod answer;
mod media;
mod seal;

pub use answer::{ChatResponse, Choice, Finish};
pub use media::{Media, MediaKind, Source};
pub use seal::{Maker, Signature};

/// A request for a chat answer.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatRequest {
    /// The dialect this was read from; owner of every `rest` and [`BlockKind::Foreign`] below.
    pub from: DialectId,
    /// The model as the client named it (body or path).
    pub model: String,
    /// The conversation, system messages included, in order.
    pub messages: Vec<Message>,
    /// Tools the model may call.
    pub tools: Vec<Tool>,
    /// Which of them it may, must or must not call.
    pub tool_choice: Option<ToolChoice>,
    /// Whether several calls may stand in one answer. `None`: the vendor's default.
    pub parallel_tool_calls: Option<bool>,
    /// The shape of the answer.
    pub format: OutputFormat,
    /// Sampling and length.
    pub sampling: Sampling,
    /// How hard to think, if the request says.
    pub reasoning: Option<ReasoningAsk>,
    /// Whether the answer is to be streamed.
    pub stream: bool,
    /// Whether a stream is to end with usage (`stream_options.include_usage`); other dialects always send it.
    pub include_usage: bool,
    /// The caller's end user (`user`, `metadata.user_id`).
    pub user: Option<String>,
    /// Top-level fields that the IR does not name.
    pub rest: Map,
}

impl ChatRequest {
    /// Top-level fields of `rest` that a writer of another dialect leaves unsaid. Fields that the IR also understands
    /// (an aggregator's `reasoning`, a vendor's `thinking`) ride along for their own vendor and are no loss, nor are
    /// wishes that are fulfilled everywhere (`store: false`).
    pub fn unsaid(&self) -> impl Iterator<Item = &str> {
        use DialectId::{OpenAiChat, OpenAiResponses};
        let (from, thinks, calls) = (self.from, self.reasoning.is_some(), !self.tools.is_empty());
        let said = move |key: &str, value: &Value| match (from, key) {
            (OpenAiChat | OpenAiResponses, "reasoning") | (OpenAiChat, "thinking") => thinks,
            // The older words for tools and the choice among them.
            (OpenAiChat, "functions" | "function_call") => calls,
            (OpenAiChat | OpenAiResponses, "store") | (OpenAiResponses, "background") => *value == false,
            (OpenAiResponses, "truncation") => *value == "disabled",
            // What these ask for comes along with the answer or with a tool that is named in its own right.
            (OpenAiResponses, "include" | "stream_options") => true,
            _ => false,
        };
        self.rest.iter().filter(move |(key, value)| !said(key, value)).map(|(key, _)| key.as_str())
    }
}

/// Sampling and length limits. `None`: not said.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sampling {
    /// Upper bound of output tokens.
    pub max_tokens: Option<u64>,
    /// Temperature, in the dialect's own scale (OpenAI and Gemini 0–2, Anthropic 0–1).
    pub temperature: Option<f64>,
    /// Nucleus sampling.
    pub top_p: Option<f64>,
    /// Top-k sampling.
    pub top_k: Option<u64>,
    /// Penalty by frequency.
    pub frequency_penalty: Option<f64>,
    /// Penalty by presence.
    pub presence_penalty: Option<f64>,
    /// Seed for repeatable sampling.
    pub seed: Option<i64>,
    /// Texts that end the answer.
    pub stop: Vec<String>,
    /// How many answers are wanted (`n`, `candidateCount`).
    pub choices: Option<u32>,
    /// Whether token log probabilities are wanted.
    pub logprobs: Option<bool>,
    /// How many alternatives per token.
    pub top_logprobs: Option<u32>,
}

/// How hard the model should think.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReasoningAsk {
    /// A named effort (`reasoning_effort`, `thinkingLevel`, `output_config.effort`).
    pub effort: Option<Effort>,
    /// A budget in tokens (`thinking.budget_tokens`, `thinkingBudget`).
    pub budget: Option<ThinkingBudget>,
    /// Whether thoughts are wanted in the answer (`includeThoughts`).
    pub include: Option<bool>,
}

impl ReasoningAsk {
    /// Whether this asks the model to think at all (so that a stream may stay silent for long).
    #[must_use]
    pub fn wants_thinking(&self) -> bool {
        !matches!(self.effort, Some(Effort::None))
            && !matches!(self.budget, Some(ThinkingBudget::Off))
            && (self.effort.is_some() || self.budget.is_some())
    }
}

/// Named efforts, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are the vendors' own and say it all")]
pub enum Effort {
    None,
    Minimal,
    Low,
    Medium,
    High,
    XHigh,
    Max,
}

impl Effort {
    const NAMES: [(Self, &'static str); 7] = [
        (Self::None, "none"),
        (Self::Minimal, "minimal"),
        (Self::Low, "low"),
        (Self::Medium, "medium"),
        (Self::High, "high"),
        (Self::XHigh, "xhigh"),
        (Self::Max, "max"),
    ];

    /// The name as vendors write it, lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(e, _)| *e == self).map_or("medium", |(_, n)| n)
    }

    /// Reads a name in any case (Gemini writes upper case).
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, n)| n.eq_ignore_ascii_case(name)).map(|(e, _)| *e)
    }
}

/// A thinking budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThinkingBudget {
    /// Do not think (`thinking.type: disabled`, `thinkingBudget: 0`).
    Off,
    /// As much as the model sees fit (`adaptive`, `-1`).
    Adaptive,
    /// At most so many tokens.
    Tokens(u64),
}

/// The shape the answer must have.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum OutputFormat {
    /// Free text.
    #[default]
    Text,
    /// Some JSON object, no schema.
    JsonObject,
    /// JSON that fits a schema.
    JsonSchema(JsonSchema),
}

/// A JSON Schema the answer must fit.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JsonSchema {
    /// OpenAI demands a name; other dialects have none.
    pub name: Option<String>,
    /// What it describes.
    pub description: Option<String>,
    /// The schema, in JSON Schema's words (Gemini's upper-case types are lowered when read).
    pub schema: Value,
    /// Whether the vendor must enforce it.
    pub strict: Option<bool>,
}

/// A tool the model may call.
#[derive(Debug, Clone, PartialEq)]
pub enum Tool {
    /// A function of the client's.
    Function(FunctionTool),
    /// A built-in tool of the vendor's, verbatim; written only by the dialect it came from.
    Foreign(Value),
}

/// A function of the client's.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FunctionTool {
    /// Its name, as the client wrote it.
    pub name: String,
    /// What it does.
    pub description: Option<String>,
    /// JSON Schema of its arguments.
    pub parameters: Option<Value>,
    /// Whether arguments must fit the schema exactly.
    pub strict: Option<bool>,
    /// Where a prompt cache may end.
    pub cache: Option<CacheHint>,
    /// Fields that the IR does not name.
    pub rest: Map,
}

/// Which tools may be called.
#[derive(Debug, Clone, PartialEq)]
pub enum ToolChoice {
    /// The model decides.
    Auto,
    /// None.
    None,
    /// At least one.
    Required,
    /// Exactly this function.
    Named(String),
    /// Something only the dialect it came from understands (allowed subsets, built-in tools), verbatim.
    Foreign(Value),
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Instructions above everything.
    System,
    /// Instructions of the developer (OpenAI's newer name); other dialects know only `System`.
    Developer,
    /// The user.
    User,
    /// The model.
    Assistant,
    /// Results of tools. Holds only [`BlockKind::ToolResult`] blocks.
    Tool,
}

/// One turn of the conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said, in order.
    pub content: Vec<Block>,
    /// The speaker's name, where the dialect has one.
    pub name: Option<String>,
    /// Fields that the IR does not name.
    pub rest: Map,
}

impl Message {
    /// A message of one text block.
    #[must_use]
    pub fn text(role: Role, text: impl Into<String>) -> Self {
        Self { role, content: vec![Block::text(text)], name: None, rest: Map::new() }
    }
}

/// One piece of a message or answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// A vendor's seal on it (thinking signature, thought signature, encrypted content). Never edited.
    pub signature: Option<Signature>,
    /// Where a prompt cache may end.
    pub cache: Option<CacheHint>,
    /// Fields that the IR does not name.
    pub rest: Map,
}

impl Block {
    /// A block with nothing but its kind.
    #[must_use]
    pub fn new(kind: BlockKind) -> Self {
        Self { kind, signature: None, cache: None, rest: Map::new() }
    }

    /// A text block.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::new(BlockKind::Text(text.into()))
    }

    /// The text, if it is a text block.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            BlockKind::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// The kinds of block.
#[derive(Debug, Clone, PartialEq)]
pub enum BlockKind {
    /// Text.
    Text(String),
    /// The model declines, in its words.
    Refusal(String),
    /// An image, sound, film or document.
    Media(Media),
    /// The model's thoughts in clear. May be empty where only the signature matters: it must still be kept.
    Reasoning(String),
    /// Thoughts the vendor sealed: the block's [`Signature`] is the whole content.
    Redacted,
    /// The model calls a function.
    ToolCall(ToolCall),
    /// What the function answered.
    ToolResult(ToolResult),
    /// A block only the dialect it came from understands, verbatim.
    Foreign(Value),
}

/// A call of a function by the model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolCall {
    /// Links the call to its result. Made up where the dialect has none (older Gemini).
    pub id: String,
    /// The function's name, as the client knows it.
    pub name: String,
    /// The arguments: JSON text as the model wrote it, not necessarily valid.
    pub arguments: String,
}

/// The answer of a function.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolResult {
    /// The id of the call it answers.
    pub call_id: String,
    /// The function's name, where the dialect carries it; writers that need it look it up in the conversation.
    pub name: Option<String>,
    /// What it returned.
    pub content: Vec<Block>,
    /// Whether it failed.
    pub is_error: bool,
}

/// A place where a prompt cache may end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheHint {
    /// Five minutes, or the vendor's default.
    Short,
    /// One hour.
    Long,
}
