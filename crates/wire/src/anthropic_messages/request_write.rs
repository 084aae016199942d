//! A provider's request, written from the IR.

use serde_json::{Map, Value, json};
use wye_types::DialectId;
use wye_types::chat::{ChatRequest, FunctionTool, OutputFormat, ThinkingBudget, Tool, ToolChoice};

use super::messages_write::Conversation;
use super::model::Model;
use super::reasoning::{self, Thinking, object};
use super::schema;
use crate::dialect::{Loss, WriteOptions, Written};
use crate::fields::merge;
use crate::names::{NameMap, NameRule};

/// What the vendor allows in a function name.
const NAMES: NameRule = NameRule { max: 64, extra: "", starts_with_letter: false };

/// Writes the request.
pub(super) fn write(chat: &ChatRequest, options: &WriteOptions) -> Written {
    let mut writer = Writer::new(chat, options);
    writer.head();
    writer.conversation();
    writer.tools();
    writer.choice();
    writer.sampling();
    writer.output();
    writer.rest();
    writer.finish()
}

/// Writes a request to count tokens, which takes only what tokens are counted of.
pub(super) fn write_count(chat: &ChatRequest, options: &WriteOptions) -> Written {
    let mut writer = Writer::new(chat, options);
    writer.head();
    writer.conversation();
    writer.tools();
    writer.choice();
    for key in ["max_tokens", "stream"] {
        writer.body.shift_remove(key);
    }
    if writer.own {
        writer.rest();
    }
    writer.finish()
}

struct Writer<'a> {
    chat: &'a ChatRequest,
    options: &'a WriteOptions,
    model: Model,
    /// Whether the request came in this dialect, so that its `rest` may be written.
    own: bool,
    names: NameMap,
    thinking: Thinking,
    body: Map<String, Value>,
    losses: Vec<Loss>,
}

impl<'a> Writer<'a> {
    fn new(chat: &'a ChatRequest, options: &'a WriteOptions) -> Self {
        Self {
            chat,
            options,
            model: Model::of(&options.model),
            own: chat.from == DialectId::AnthropicMessages,
            names: NameMap::of(chat, NAMES),
            thinking: Thinking::default(),
            body: Map::new(),
            losses: Vec::new(),
        }
    }

    fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.body.insert(key.to_owned(), value.into());
    }

    /// Model, stream, thinking, and the output limit that thinking must leave room under.
    fn head(&mut self) {
        self.set("model", self.options.model.as_str());
        if let Some(ask) = self.chat.reasoning {
            self.thinking =
                if self.own { reasoning::write_own(ask) } else { reasoning::write(ask, self.model) };
        }
        if self.thinking.is_on() {
            self.check_thinking();
        }
        let asked = self.chat.sampling.max_tokens;
        let mut limit = asked.unwrap_or(self.options.default_max_tokens);
        if self.thinking.budget >= limit {
            limit = limit.saturating_add(self.thinking.budget);
            if asked.is_some() {
                let done = format!("raised to {limit}, because thinking counts towards it");
                self.losses.push(Loss::changed("max_tokens", done));
            }
        } else if asked.is_none() {
            limit = limit.saturating_add(self.thinking.budget);
        }
        self.set("max_tokens", limit);
        if self.chat.stream {
            self.set("stream", true);
        }
        if let Some(thinking) = self.thinking.thinking.clone() {
            self.set("thinking", thinking);
        }
    }

    /// Thinking does not go together with a forced call, nor, with a budget, with an unfinished turn whose thoughts
    /// are gone.
    fn check_thinking(&mut self) {
        let asked = self.chat.reasoning.and_then(|ask| ask.budget);
        let budget = self.thinking.budget > 0 || self.own && matches!(asked, Some(ThinkingBudget::Tokens(_)));
        let forced =
            !self.own && matches!(self.chat.tool_choice, Some(ToolChoice::Required | ToolChoice::Named(_)));
        let why = if forced {
            "dropped: thinking does not go together with a forced tool call"
        } else if budget && super::messages_write::lost_thoughts(self.chat) {
            "dropped: the turn that called the tools came back without its thoughts"
        } else {
            return;
        };
        self.thinking = Thinking::default();
        let field = if self.own { "thinking" } else { "reasoning_effort" };
        self.losses.push(Loss::changed(field, why));
    }

    fn conversation(&mut self) {
        let mut conversation = Conversation::new(self.chat, self.options, &self.names);
        conversation.write();
        let (system, messages) = (conversation.system, conversation.messages);
        self.losses.append(&mut conversation.losses);
        if !system.is_empty() {
            self.set("system", super::messages_write::shortest(system));
        }
        self.set("messages", messages);
    }

    fn tools(&mut self) {
        let mut tools = Vec::with_capacity(self.chat.tools.len());
        for (n, tool) in self.chat.tools.iter().enumerate() {
            match tool {
                Tool::Function(function) => tools.push(self.function(function, n)),
                Tool::Foreign(value) if self.own => tools.push(value.clone()),
                Tool::Foreign(_) => self.losses.push(Loss::dropped(format!("tools[{n}]"))),
            }
        }
        if !tools.is_empty() {
            self.set("tools", tools);
        }
    }

    fn function(&mut self, function: &FunctionTool, n: usize) -> Value {
        let mut out = if self.own { function.rest.clone() } else { Map::new() };
        out.insert("name".into(), json!(self.names.legal(&function.name)));
        if let Some(description) = &function.description {
            out.insert("description".into(), json!(description));
        }
        let mut parameters = schema::parameters(function.parameters.as_ref());
        if self.own {
            if let Some(strict) = function.strict {
                out.insert("strict".into(), json!(strict));
            }
            parameters = function.parameters.clone().unwrap_or(parameters);
        } else if function.strict == Some(true) {
            if self.model.has_strict_tools() {
                out.insert("strict".into(), json!(true));
                if schema::tighten(&mut parameters) {
                    self.losses.push(Loss::changed(format!("tools[{n}]"), "bounds of its schema dropped"));
                }
            } else {
                let field = format!("tools[{n}].function.strict");
                self.losses.push(Loss::dropped(field));
            }
        }
        out.insert("input_schema".into(), parameters);
        if let Some(hint) = function.cache {
            out.insert("cache_control".into(), super::messages_write::cache_control(hint));
        }
        Value::Object(out)
    }

    fn choice(&mut self) {
        let has_tools = self.body.contains_key("tools");
        let parallel = self.chat.parallel_tool_calls;
        let mut choice = match &self.chat.tool_choice {
            _ if !has_tools && !self.own => return,
            Some(ToolChoice::Auto) => object(json!({"type": "auto"})),
            Some(ToolChoice::None) => object(json!({"type": "none"})),
            Some(ToolChoice::Required) => object(json!({"type": "any"})),
            Some(ToolChoice::Named(name)) => object(json!({"type": "tool", "name": self.names.legal(name)})),
            Some(ToolChoice::Foreign(value)) if self.own => object(value.clone()),
            Some(ToolChoice::Foreign(_)) => {
                self.losses.push(Loss::dropped("tool_choice"));
                return;
            }
            None if parallel == Some(false) => object(json!({"type": "auto"})),
            None => return,
        };
        let none = matches!(self.chat.tool_choice, Some(ToolChoice::None));
        if let Some(parallel) = parallel.filter(|parallel| !none && (self.own || !parallel)) {
            choice.insert("disable_parallel_tool_use".into(), json!(!parallel));
        }
        self.set("tool_choice", choice);
    }

    fn sampling(&mut self) {
        let chat = self.chat;
        let sampling = &chat.sampling;
        self.sampling_of_tokens();
        let stops: Vec<&String> =
            sampling.stop.iter().filter(|stop| self.own || !stop.trim().is_empty()).collect();
        if stops.len() < sampling.stop.len() {
            self.losses.push(Loss::changed("stop", "white space cannot end an answer there"));
        }
        if !stops.is_empty() {
            self.set("stop_sequences", json!(stops));
        }
        let unsaid = [
            ("frequency_penalty", sampling.frequency_penalty.is_some_and(|p| p != 0.0)),
            ("presence_penalty", sampling.presence_penalty.is_some_and(|p| p != 0.0)),
            ("seed", sampling.seed.is_some()),
            ("n", sampling.choices.is_some_and(|n| n > 1)),
            ("logprobs", sampling.logprobs == Some(true)),
            ("top_logprobs", sampling.top_logprobs.is_some_and(|n| n > 0)),
        ];
        self.losses.extend(unsaid.into_iter().filter(|(_, said)| *said).map(|(key, _)| Loss::dropped(key)));
        if let Some(user) = &self.chat.user {
            self.set("metadata", json!({"user_id": user}));
        }
    }

    /// Temperature, top-p and top-k, as far as the model and its thinking allow them.
    fn sampling_of_tokens(&mut self) {
        let sampling = &self.chat.sampling;
        let (mut temperature, mut top_p, mut top_k) = (sampling.temperature, sampling.top_p, sampling.top_k);
        if !self.own {
            let free = self.model.samples() && !self.thinking.is_on();
            let scaled = temperature.is_some_and(|t| t > 1.0);
            if !free {
                for (key, said) in [
                    ("temperature", temperature.is_some_and(|t| t != 1.0)),
                    ("top_p", top_p.is_some_and(|p| p < 1.0)),
                    ("top_k", top_k.is_some()),
                ] {
                    self.losses.extend(said.then(|| Loss::dropped(key)));
                }
                (temperature, top_p, top_k) = (None, None, None);
            } else if scaled {
                self.losses.push(Loss::changed("temperature", "lowered to 1, the highest there is"));
                temperature = Some(1.0);
            }
            if temperature.is_some() && top_p.is_some() && self.model.samples_one_way() {
                self.losses.extend(top_p.is_some_and(|p| p < 1.0).then(|| Loss::dropped("top_p")));
                top_p = None;
            }
        }
        if let Some(temperature) = temperature {
            self.set("temperature", json!(temperature));
        }
        if let Some(top_p) = top_p {
            self.set("top_p", json!(top_p));
        }
        if let Some(top_k) = top_k {
            self.set("top_k", top_k);
        }
    }

    /// `output_config`: the shape of the answer and the effort.
    fn output(&mut self) {
        let mut config = Map::new();
        if let Some(effort) = self.thinking.effort {
            config.insert("effort".into(), json!(effort));
        }
        match &self.chat.format {
            OutputFormat::Text => {}
            OutputFormat::JsonObject => {
                let done = "dropped: there is no JSON mode without a schema";
                self.losses.push(Loss::changed(self.format_field(), done));
            }
            OutputFormat::JsonSchema(wanted) => {
                let mut schema = wanted.schema.clone();
                if !self.own && schema::tighten(&mut schema) {
                    self.losses.push(Loss::changed(self.format_field(), "bounds of the schema dropped"));
                }
                config.insert("format".into(), json!({"type": "json_schema", "schema": schema}));
            }
        }
        if !config.is_empty() {
            self.set("output_config", config);
        }
    }

    /// The field's name in the client's dialect.
    fn format_field(&self) -> &'static str {
        match self.chat.from {
            DialectId::OpenAiChat => "response_format",
            DialectId::AnthropicMessages => "output_config.format",
            DialectId::Gemini => "generationConfig.responseMimeType",
            DialectId::OpenAiResponses => "text.format",
            DialectId::Ollama => "format",
            DialectId::BedrockConverse => "outputConfig.textFormat",
            DialectId::OpenAiCompletions | DialectId::Cohere => "response_format",
        }
    }

    /// Fields that the IR does not name: ours go back, others are a loss.
    fn rest(&mut self) {
        if !self.own {
            self.losses.extend(Loss::unsaid(self.chat));
            return;
        }
        merge(&mut self.body, &self.chat.rest);
    }

    fn finish(self) -> Written {
        Written::of(self.body, self.chat, self.losses, self.names)
    }
}
