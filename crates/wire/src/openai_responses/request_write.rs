//! Writes a provider's request.

use serde_json::{Value, json};
use wye_types::Map;
use wye_types::chat::{ChatRequest, FunctionTool, OutputFormat, ReasoningAsk, Tool, ToolChoice};

use super::items_write::{Conversation, Items};
use super::{ID, LOGPROBS, namespace};
use crate::dialect::{Loss, WriteOptions, Written};
use crate::fields::merge;
use crate::names::NameMap;
use crate::openai_chat::request_write::{NAMES, schema_fields};
use crate::openai_chat::{shared, thinking};

/// Asks that sealed thoughts be sent along, so that they can come back.
const SEALS: &str = "reasoning.encrypted_content";

/// The vendor refuses smaller limits.
const LEAST_TOKENS: u64 = 16;

/// What the endpoint that counts tokens takes.
const COUNTED: [&str; 11] = [
    "model",
    "input",
    "instructions",
    "tools",
    "tool_choice",
    "text",
    "reasoning",
    "parallel_tool_calls",
    "truncation",
    "conversation",
    "previous_response_id",
];

/// Writes the whole request.
pub(super) fn write(chat: &ChatRequest, options: &WriteOptions) -> Written {
    let mut writer = Writer::new(chat, options);
    writer.conversation();
    writer.tools();
    writer.text();
    writer.sampling();
    writer.reasoning();
    writer.rest();
    writer.finish()
}

/// Writes a request to count tokens, which takes only what tokens are counted of.
pub(super) fn write_count(chat: &ChatRequest, options: &WriteOptions) -> Written {
    let mut writer = Writer::new(chat, options);
    writer.conversation();
    writer.tools();
    writer.text();
    writer.reasoning();
    if writer.own {
        writer.rest();
    }
    writer.body.retain(|key, _| COUNTED.contains(&key.as_str()));
    writer.finish()
}

struct Writer<'a> {
    chat: &'a ChatRequest,
    options: &'a WriteOptions,
    /// Whether the request came in this dialect, so that its `rest` may be written.
    own: bool,
    names: NameMap,
    body: Map,
    losses: Vec<Loss>,
}

impl<'a> Writer<'a> {
    fn new(chat: &'a ChatRequest, options: &'a WriteOptions) -> Self {
        let names = NameMap::but_namespaced(chat, NAMES);
        let body = Map::from_iter([("model".to_owned(), json!(options.model))]);
        Self { chat, options, own: chat.from == ID, names, body, losses: Vec::new() }
    }

    fn set(&mut self, key: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.body.insert(key.to_owned(), value.into());
        }
    }

    fn conversation(&mut self) {
        let items = Items::new(self.chat, self.options, &self.names, &mut self.losses);
        let Conversation { input, instructions } = items.write(&self.chat.messages);
        self.set("instructions", instructions);
        if !input.is_empty() || !self.own {
            self.set("input", Some(input));
        }
    }

    fn tools(&mut self) {
        let mut tools = Vec::new();
        for (n, tool) in self.chat.tools.iter().enumerate() {
            if let Some(written) = namespace::write(tool).filter(|_| self.own) {
                tools.extend(written);
                continue;
            }
            match tool {
                Tool::Function(function) => tools.push(self.function(function)),
                Tool::Foreign(value) if self.own => tools.push(value.clone()),
                Tool::Foreign(_) => self.losses.push(Loss::dropped(format!("tools[{n}]"))),
            }
        }
        // Without tools both fields below are refused.
        let none = tools.is_empty() && !self.own;
        self.set("tools", (!tools.is_empty()).then_some(tools));
        let choice = match &self.chat.tool_choice {
            None => None,
            Some(ToolChoice::Auto) => Some(json!("auto")),
            Some(ToolChoice::None) => Some(json!("none")),
            Some(ToolChoice::Required) => Some(json!("required")),
            Some(ToolChoice::Named(name)) => {
                let mut choice = Map::from_iter([("type".to_owned(), json!("function"))]);
                choice.extend(namespace::fields_of(self.names.legal(name)));
                Some(Value::Object(choice))
            }
            Some(ToolChoice::Foreign(value)) if self.own => Some(value.clone()),
            Some(ToolChoice::Foreign(_)) => {
                self.losses.push(Loss::dropped("tool_choice"));
                None
            }
        };
        self.set("tool_choice", choice.filter(|_| !none));
        self.set("parallel_tool_calls", self.chat.parallel_tool_calls.filter(|_| !none));
    }

    fn function(&self, tool: &FunctionTool) -> Value {
        let mut out = Map::from_iter([
            ("type".to_owned(), json!("function")),
            ("name".to_owned(), json!(self.names.legal(&tool.name))),
        ]);
        if let Some(description) = &tool.description {
            out.insert("description".into(), json!(description));
        }
        match &tool.parameters {
            Some(parameters) => {
                out.insert("parameters".into(), parameters.clone());
            }
            // The vendor demands the field.
            None if !self.own => {
                out.insert("parameters".into(), json!({"type": "object", "properties": {}}));
            }
            None => {}
        }
        // Here alone a function is strict unless the request says otherwise.
        if let Some(strict) = tool.strict.or((!self.own).then_some(false)) {
            out.insert("strict".into(), json!(strict));
        }
        if self.own {
            out.extend(tool.rest.clone());
        }
        Value::Object(out)
    }

    fn text(&mut self) {
        let format = match &self.chat.format {
            OutputFormat::Text => return,
            OutputFormat::JsonObject => json!({"type": "json_object"}),
            OutputFormat::JsonSchema(schema) => {
                let mut format = Map::from_iter([("type".to_owned(), json!("json_schema"))]);
                format.extend(schema_fields(schema));
                Value::Object(format)
            }
        };
        self.set("text", Some(json!({"format": format})));
    }

    fn sampling(&mut self) {
        let s = &self.chat.sampling;
        let mut limit = s.max_tokens;
        if let Some(tokens) = limit.filter(|n| *n < LEAST_TOKENS && !self.own) {
            let done = format!("raised from {tokens} to {LEAST_TOKENS}, the least that is allowed");
            self.losses.push(Loss::changed("max_tokens", done));
            limit = Some(LEAST_TOKENS);
        }
        self.set("max_output_tokens", limit);
        self.set("temperature", s.temperature);
        self.set("top_p", s.top_p);
        self.set("top_logprobs", s.top_logprobs);
        if self.own {
            self.set("frequency_penalty", s.frequency_penalty);
            self.set("presence_penalty", s.presence_penalty);
            return;
        }
        if s.logprobs == Some(true) {
            self.include(LOGPROBS);
        }
        let unsaid = [
            ("stop", !s.stop.is_empty()),
            ("seed", s.seed.is_some()),
            ("n", s.choices.is_some_and(|n| n > 1)),
            ("top_k", s.top_k.is_some()),
            ("frequency_penalty", s.frequency_penalty.is_some_and(|p| p != 0.0)),
            ("presence_penalty", s.presence_penalty.is_some_and(|p| p != 0.0)),
        ];
        self.losses.extend(unsaid.into_iter().filter(|(_, said)| *said).map(|(key, _)| Loss::dropped(key)));
    }

    fn include(&mut self, what: &str) {
        let all = self.body.entry("include").or_insert_with(|| json!([]));
        if let Value::Array(all) = all {
            all.push(json!(what));
        }
    }

    fn reasoning(&mut self) {
        let Some(ask) = self.chat.reasoning else { return };
        let mut out = Map::new();
        if let Some(effort) = thinking::effort(ask, self.own) {
            out.insert("effort".into(), json!(effort.name()));
        }
        if !self.own {
            if shows_thoughts(ask) {
                out.insert("summary".into(), json!("auto"));
            }
            if ask.wants_thinking() {
                self.include(SEALS);
            }
        }
        self.set("reasoning", (!out.is_empty()).then_some(out));
    }

    /// Fields that the IR does not name: ours go back, others are a loss.
    fn rest(&mut self) {
        if !self.own {
            // Nothing is kept here or there: a client of another dialect has no words to take a conversation up.
            self.set("store", Some(false));
            shared::write(self.chat, &mut self.body, &mut self.losses);
        }
        self.set("user", self.chat.user.clone());
        self.set("stream", self.chat.stream.then_some(true));
        if !self.own {
            return;
        }
        merge(&mut self.body, &self.chat.rest);
    }

    fn finish(self) -> Written {
        Written::of(self.body, self.chat, self.losses, self.names)
    }
}

/// Whether thoughts are to be seen in the answer. Only where the client says so: the vendor refuses to show them to
/// accounts that it has not verified.
fn shows_thoughts(ask: ReasoningAsk) -> bool {
    ask.include == Some(true) && ask.wants_thinking()
}
