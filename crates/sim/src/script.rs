//! The script of a fleet: which providers there are, how their models behave, and which faults strike when.
//!
//! A script is YAML (JSON is read by the same parser). Everything has a default except a provider's dialect, so the
//! smallest useful script is one provider with one model and no more.

mod fault;
mod span;

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::de::{self, Deserializer, IntoDeserializer as _, SeqAccess, Visitor};

pub use fault::{Fault, On, Rule};
pub use span::Span;

/// A whole fleet, as written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Every random draw of the fleet comes from this number.
    #[serde(default)]
    pub seed: u64,
    /// Unix seconds at which the fleet's own calendar begins; absent: the machine's. A fixed one makes `created` and
    /// reset times the same in every run.
    #[serde(default)]
    pub epoch: Option<u64>,
    /// The providers by name; the name is the first segment of their paths.
    pub providers: BTreeMap<String, Provider>,
}

/// A wire format that simulated providers speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// `POST /v1/chat/completions`.
    OpenaiChat,
    /// `POST /v1/responses` and `/v1/responses/input_tokens`.
    OpenaiResponses,
    /// `POST /v1/completions`.
    OpenaiCompletions,
    /// `POST /v1/messages`.
    #[serde(alias = "anthropic")]
    AnthropicMessages,
    /// `POST /v1beta/models/{m}:generateContent`.
    Gemini,
    /// `POST /v2/chat`.
    Cohere,
    /// `POST /api/chat`.
    Ollama,
    /// `POST /model/{m}/converse` and `/converse-stream`.
    BedrockConverse,
}

/// A vendor whose embeddings and rerank are in words of its own, though its paths are OpenAI's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vendor {
    /// `task`, `embedding_type`; `return_documents`.
    Jina,
    /// `input_type`, `output_dimension`, `output_dtype`; `top_k`.
    Voyage,
}

/// One simulated provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// What it speaks; one or several. The path says which is meant; lists of models are in the first one's words.
    #[serde(alias = "dialect", deserialize_with = "one_or_many")]
    pub dialects: Vec<Dialect>,
    /// Whose words it has for calls besides chat, where the dialect does not say.
    #[serde(default)]
    pub vendor: Option<Vendor>,
    /// The API keys it accepts; none: it is open. `ID:SECRET` or `ID:SECRET:SESSION_TOKEN` is Amazon's: calls are signed.
    #[serde(default)]
    pub keys: Vec<String>,
    /// It wants tokens, which it makes at `oauth/token` for the account of [`crate::service_account`].
    #[serde(default)]
    pub service_account: bool,
    /// What each key may use; a model's own quota is counted apart from it.
    #[serde(default)]
    pub quota: Option<Quota>,
    /// Its models by id.
    #[serde(default)]
    pub models: BTreeMap<String, Model>,
    /// When it fails; the first rule that matches a request decides.
    #[serde(default)]
    pub faults: Vec<Rule>,
    /// It cannot be reached: [`crate::FleetHandle::base_url`] names a port nobody listens on, and whoever still has
    /// the old address is cut off.
    #[serde(default)]
    pub down: bool,
}

impl Provider {
    /// What it speaks where nothing says otherwise.
    pub(crate) fn first_dialect(&self) -> Dialect {
        self.dialects.first().copied().unwrap_or(Dialect::OpenaiChat)
    }
}

fn one_or_many<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Dialect>, D::Error> {
    struct OneOrMany;

    impl<'de> Visitor<'de> for OneOrMany {
        type Value = Vec<Dialect>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a dialect or a list of dialects")
        }

        fn visit_str<E: de::Error>(self, word: &str) -> Result<Vec<Dialect>, E> {
            Ok(vec![Dialect::deserialize(word.into_deserializer())?])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<Dialect>, A::Error> {
            let mut dialects = Vec::new();
            while let Some(dialect) = items.next_element()? {
                dialects.push(dialect);
            }
            Ok(dialects)
        }
    }

    d.deserialize_any(OneOrMany)
}

/// Limits per key.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// Requests a minute.
    #[serde(default)]
    pub rpm: Option<u64>,
    /// Tokens a minute, prompt and answer together.
    #[serde(default)]
    pub tpm: Option<u64>,
    /// Requests a day.
    #[serde(default)]
    pub rpd: Option<u64>,
}

/// One simulated model.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Model {
    /// Time to the first token.
    pub ttft: Span,
    /// Tokens a second after the first; 0: as fast as the machine can.
    pub tps: f64,
    /// Each delay is stretched or shortened by up to this share, 0 to 1.
    pub jitter: f64,
    /// Chance of a right answer by category, 0 to 1, for prompts that carry `[[category=…;answer=…]]`.
    pub skill: BTreeMap<String, f64>,
    /// What it would cost; told to nobody on the wire, kept for whoever reads the script.
    pub price: Option<Price>,
    /// Context window in tokens.
    pub context: u64,
    /// Whether it thinks before it answers.
    pub reasoning: bool,
    /// Tokens of an ordinary answer.
    pub tokens: u32,
    /// What each key may use of this model.
    pub quota: Option<Quota>,
    /// One answer rendered in advance, for load: the request is hardly read and the log keeps only the count.
    pub fixed: Option<Fixed>,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            ttft: Span(Duration::ZERO),
            tps: 0.0,
            jitter: 0.0,
            skill: BTreeMap::new(),
            price: None,
            context: 128_000,
            reasoning: false,
            tokens: 40,
            quota: None,
            fixed: None,
        }
    }
}

/// Dollars per million tokens.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Of the prompt.
    pub input: f64,
    /// Of the answer.
    pub output: f64,
    /// Of prompt tokens read from the vendor's cache.
    #[serde(default)]
    pub cached: Option<f64>,
}

/// The sizes of an answer rendered in advance.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fixed {
    /// Size of the whole body when it is not streamed, at least as large as the dialect's envelope.
    pub bytes: usize,
    /// Content events of a stream, apart from the first, the last and the usage.
    pub events: usize,
    /// Size of each content event, its blank line included; the dialect's envelope at least, and exact to a few bytes.
    pub event_bytes: usize,
    /// Pause before each content event.
    pub interval: Span,
}

impl Default for Fixed {
    fn default() -> Self {
        Self { bytes: 619, events: 40, event_bytes: 254, interval: Span(Duration::ZERO) }
    }
}

/// Why a script cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptError {
    /// Line of the script, counted from 1, where that is known.
    pub line: Option<u64>,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for ScriptError {}

impl Script {
    /// Reads a script from YAML or JSON and checks that it makes sense.
    ///
    /// # Errors
    /// What serde objects to, with its line; or everything that reads well but means nothing, joined by `; `.
    pub fn from_yaml(text: &str) -> Result<Self, ScriptError> {
        let script: Self = serde_saphyr::from_str(text).map_err(|e| ScriptError {
            line: e.location().map(|l| l.line()),
            message: e.without_snippet().to_string(),
        })?;
        let problems = script.problems();
        if problems.is_empty() {
            Ok(script)
        } else {
            Err(ScriptError { line: None, message: problems.join("; ") })
        }
    }

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (name, provider) in &self.providers {
            if name.starts_with('_') || name.is_empty() || name.contains(['/', '?', '#', ' ']) {
                problems.push(format!(
                    "providers.{name}: a name is one path segment and does not begin with `_`"
                ));
            }
            if provider.dialects.is_empty() {
                problems.push(format!("providers.{name}.dialects: there has to be one"));
            }
            for (id, model) in &provider.models {
                model.problems(&format!("providers.{name}.models.{id}"), &mut problems);
            }
            let known: HashSet<&str> = provider.models.keys().map(String::as_str).collect();
            for (i, rule) in provider.faults.iter().enumerate() {
                rule.problems(&format!("providers.{name}.faults[{i}]"), &known, &mut problems);
            }
        }
        problems
    }
}

impl Model {
    fn problems(&self, path: &str, problems: &mut Vec<String>) {
        if !(0.0..=1.0).contains(&self.jitter) {
            problems.push(format!("{path}.jitter: {} is not between 0 and 1", self.jitter));
        }
        if !(self.tps.is_finite() && self.tps >= 0.0) {
            problems.push(format!("{path}.tps: {} is not a number of tokens a second", self.tps));
        }
        for (category, skill) in &self.skill {
            if !(0.0..=1.0).contains(skill) {
                problems.push(format!("{path}.skill.{category}: {skill} is not between 0 and 1"));
            }
        }
    }
}
