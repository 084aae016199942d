//! A provider's request, written from the IR.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use wye_types::DialectId;
use wye_types::chat::{BlockKind, ChatRequest, FunctionTool, OutputFormat, Tool, ToolChoice};

use super::blocks_write::{BlockWriter, cache_point};
use super::extras::{self, Family};
use super::messages_write;
use crate::anthropic_messages::model::Model;
use crate::anthropic_messages::{lost_thoughts, schema};
use crate::dialect::{Loss, WriteOptions, Written};
use crate::fields::merge;
use crate::names::{NameMap, NameRule};

/// What the service allows in a function name.
const NAMES: NameRule = NameRule { max: 64, extra: "", starts_with_letter: false };

/// Writes the request.
pub(super) fn write(chat: &ChatRequest, options: &WriteOptions) -> Written {
    let names = NameMap::of(chat, NAMES);
    let mut writer = Writer::new(chat, options, &names);
    writer.conversation();
    writer.tools();
    let thinks = writer.reasoning();
    writer.sampling(thinks);
    writer.format();
    writer.rest();
    writer.finish()
}

/// Writes what tokens are counted of.
pub(super) fn write_counted(chat: &ChatRequest, options: &WriteOptions) -> Written {
    let names = NameMap::of(chat, NAMES);
    let mut writer = Writer::new(chat, options, &names);
    writer.conversation();
    writer.tools();
    writer.finish()
}

struct Writer<'a> {
    chat: &'a ChatRequest,
    options: &'a WriteOptions,
    family: Family,
    /// Whether the request came in this dialect, so that its `rest` may be written.
    own: bool,
    names: &'a NameMap,
    body: Map<String, Value>,
    /// `inferenceConfig`.
    config: Map<String, Value>,
    /// `additionalModelRequestFields`.
    extra: Map<String, Value>,
    losses: Vec<Loss>,
}

impl<'a> Writer<'a> {
    fn new(chat: &'a ChatRequest, options: &'a WriteOptions, names: &'a NameMap) -> Self {
        Self {
            chat,
            options,
            family: Family::of(&options.model),
            own: chat.from == DialectId::BedrockConverse,
            names,
            body: Map::new(),
            config: Map::new(),
            extra: Map::new(),
            losses: Vec::new(),
        }
    }

    fn lose(&mut self, field: &str, said: bool) {
        self.losses.extend(said.then(|| Loss::dropped(field)));
    }

    fn conversation(&mut self) {
        let mut blocks = BlockWriter::new(self.own, self.options, self.names);
        let conversation = messages_write::write(self.chat, self.own, &mut blocks);
        self.losses.append(&mut blocks.losses);
        self.body.insert("messages".into(), Value::Array(conversation.messages));
        if !conversation.system.is_empty() {
            self.body.insert("system".into(), Value::Array(conversation.system));
        }
    }

    fn tools(&mut self) {
        let mut tools = Vec::with_capacity(self.chat.tools.len());
        for (n, tool) in self.chat.tools.iter().enumerate() {
            match tool {
                Tool::Function(function) => {
                    tools.push(self.function(function, n));
                    let hint = function.cache.filter(|_| self.own || self.family.caches());
                    tools.extend(hint.map(cache_point));
                }
                Tool::Foreign(value) if self.own => tools.push(value.clone()),
                Tool::Foreign(_) => self.losses.push(Loss::dropped(format!("tools[{n}]"))),
            }
        }
        if !self.own {
            self.complete_tools(&mut tools);
        }
        let mut config = Map::new();
        if !tools.is_empty() {
            config.insert("tools".into(), Value::Array(tools));
            if let Some(choice) = self.choice() {
                config.insert("toolChoice".into(), choice);
            }
        }
        if self.chat.parallel_tool_calls == Some(false) && !config.is_empty() {
            self.losses.push(Loss::dropped("parallel_tool_calls"));
        }
        if !config.is_empty() {
            self.body.insert("toolConfig".into(), Value::Object(config));
        }
    }

    /// The API has no word for "call none". Tools can be left out, unless the conversation holds calls: then the
    /// service demands that tools are defined.
    fn complete_tools(&mut self, tools: &mut Vec<Value>) {
        let called = self.called();
        let forbidden = matches!(self.chat.tool_choice, Some(ToolChoice::None)) && !tools.is_empty();
        if forbidden && called.is_empty() {
            tools.clear();
            self.losses.push(Loss::changed("tool_choice", "the tools were left out, so that none is called"));
        } else if forbidden {
            let done =
                "weakened to auto: the service has no word for none, and wants tools where calls were made";
            self.losses.push(Loss::changed("tool_choice", done));
        } else if tools.is_empty() && !called.is_empty() {
            self.losses
                .push(Loss::changed("tools", "those called before were defined, as the service demands"));
            tools.extend(called.into_iter().map(
                |name| json!({"toolSpec": {"name": name, "inputSchema": {"json": {"type": "object"}}}}),
            ));
        }
    }

    /// The names of the functions that the conversation calls, as they are sent.
    fn called(&self) -> Vec<&'a str> {
        let blocks = self.chat.messages.iter().flat_map(|message| &message.content);
        let names = blocks.filter_map(|block| match &block.kind {
            BlockKind::ToolCall(call) => Some(self.names.legal(&call.name)),
            _ => None,
        });
        let mut seen = BTreeSet::new();
        names.filter(|name| seen.insert(*name)).collect()
    }

    fn function(&mut self, function: &FunctionTool, n: usize) -> Value {
        let mut out = if self.own { function.rest.clone() } else { Map::new() };
        out.insert("name".into(), json!(self.names.legal(&function.name)));
        if let Some(description) = function.description.as_ref().filter(|text| self.own || !text.is_empty()) {
            out.insert("description".into(), json!(description));
        }
        let mut parameters = schema::parameters(function.parameters.as_ref());
        if self.own {
            parameters = function.parameters.clone().unwrap_or(parameters);
        }
        match function.strict {
            Some(strict) if self.own => {
                out.insert("strict".into(), json!(strict));
            }
            Some(true)
                if self.family == Family::Claude && Model::of(&self.options.model).has_strict_tools() =>
            {
                out.insert("strict".into(), json!(true));
                if schema::tighten(&mut parameters) {
                    self.losses.push(Loss::changed(format!("tools[{n}]"), "bounds of its schema dropped"));
                }
            }
            Some(true) => self.losses.push(Loss::dropped(format!("tools[{n}].function.strict"))),
            _ => {}
        }
        out.insert("inputSchema".into(), json!({ "json": parameters }));
        json!({ "toolSpec": out })
    }

    fn choice(&mut self) -> Option<Value> {
        match &self.chat.tool_choice {
            Some(ToolChoice::Auto) => Some(json!({"auto": {}})),
            Some(ToolChoice::Required) => Some(json!({"any": {}})),
            Some(ToolChoice::Named(name)) => Some(json!({"tool": {"name": self.names.legal(name)}})),
            Some(ToolChoice::Foreign(value)) if self.own => Some(value.clone()),
            Some(ToolChoice::Foreign(_)) => {
                self.losses.push(Loss::dropped("tool_choice"));
                None
            }
            Some(ToolChoice::None) | None => None,
        }
    }

    /// Writes how hard to think, and the output limit that thinking must leave room under. Gives back whether the
    /// model will think.
    fn reasoning(&mut self) -> bool {
        let sampling = &self.chat.sampling;
        let asked = sampling.max_tokens;
        let mut limit = asked;
        let mut thinks = false;
        if let Some(ask) = self.chat.reasoning {
            let limited = asked.is_some() || sampling.temperature.is_some() || sampling.top_p.is_some();
            let written = extras::write(ask, &self.options.model, self.own, limited);
            let field = if self.own { "additionalModelRequestFields" } else { "reasoning_effort" };
            if let Some(done) = written.loss {
                self.losses.push(Loss::changed(field, done));
            }
            if let Some(why) = self.must_not_think(&written) {
                self.losses.push(Loss::changed(field, why));
            } else {
                thinks = written.thinks;
                limit = self.room(asked, written.budget);
                self.extra.extend(written.fields);
            }
        }
        if let Some(limit) = limit {
            self.config.insert("maxTokens".into(), json!(limit));
        }
        thinks
    }

    /// Claude's thinking does not go together with a forced call, nor, with a budget, with an unfinished turn whose
    /// thoughts are gone.
    fn must_not_think(&self, written: &extras::Written) -> Option<&'static str> {
        let forced = matches!(self.chat.tool_choice, Some(ToolChoice::Required | ToolChoice::Named(_)));
        if self.own || self.family != Family::Claude || !written.thinks {
            None
        } else if forced {
            Some("dropped: thinking does not go together with a forced tool call")
        } else if written.budget > 0 && lost_thoughts(self.chat) {
            Some("dropped: the turn that called the tools came back without its thoughts")
        } else {
            None
        }
    }

    /// The output limit with room for a thinking budget.
    fn room(&mut self, asked: Option<u64>, budget: u64) -> Option<u64> {
        if budget == 0 || asked.is_some_and(|limit| limit > budget) {
            return asked;
        }
        let limit = asked.unwrap_or(self.options.default_max_tokens).saturating_add(budget);
        if asked.is_some() {
            let done = format!("raised to {limit}, because thinking counts towards it");
            self.losses.push(Loss::changed("max_tokens", done));
        }
        Some(limit)
    }

    fn sampling(&mut self, thinks: bool) {
        let sampling = &self.chat.sampling;
        self.sampling_of_tokens(thinks);
        let stops: Vec<&String> =
            sampling.stop.iter().filter(|stop| self.own || !stop.trim().is_empty()).collect();
        if stops.len() < sampling.stop.len() {
            self.losses.push(Loss::changed("stop", "white space cannot end an answer there"));
        }
        if !stops.is_empty() {
            self.config.insert("stopSequences".into(), json!(stops));
        }
        self.lose("frequency_penalty", sampling.frequency_penalty.is_some_and(|p| p != 0.0));
        self.lose("presence_penalty", sampling.presence_penalty.is_some_and(|p| p != 0.0));
        self.lose("seed", sampling.seed.is_some());
        self.lose("n", sampling.choices.is_some_and(|n| n > 1));
        self.lose("logprobs", sampling.logprobs == Some(true));
        self.lose("top_logprobs", sampling.top_logprobs.is_some_and(|n| n > 0));
        self.lose("user", self.chat.user.is_some());
    }

    /// Temperature, top-p and top-k, as far as the model and its thinking allow them.
    fn sampling_of_tokens(&mut self, thinks: bool) {
        let sampling = &self.chat.sampling;
        let (mut temperature, mut top_p, mut top_k) = (sampling.temperature, sampling.top_p, sampling.top_k);
        let model = Model::of(&self.options.model);
        if !self.own {
            if !model.samples() || thinks && self.family == Family::Claude {
                self.lose("temperature", temperature.is_some_and(|t| t != 1.0));
                self.lose("top_p", top_p.is_some_and(|p| p < 1.0));
                self.lose("top_k", top_k.is_some());
                (temperature, top_p, top_k) = (None, None, None);
            }
            if temperature.is_some_and(|t| t > 1.0) {
                self.losses.push(Loss::changed("temperature", "lowered to 1, the highest there is"));
                temperature = Some(1.0);
            }
            if temperature.is_some() && top_p.is_some() && model.samples_one_way() {
                self.lose("top_p", top_p.is_some_and(|p| p < 1.0));
                top_p = None;
            }
        }
        for (key, value) in [("temperature", temperature), ("topP", top_p)] {
            if let Some(value) = value {
                self.config.insert(key.into(), json!(value));
            }
        }
        if let Some(top_k) = top_k {
            match extras::write_top_k(top_k, &self.options.model, self.own) {
                Some(fields) => self.extra.extend(fields),
                None => self.losses.push(Loss::dropped("top_k")),
            }
        }
    }

    fn format(&mut self) {
        match &self.chat.format {
            OutputFormat::Text => {}
            OutputFormat::JsonObject => {
                let done = "dropped: there is no JSON mode without a schema";
                self.losses.push(Loss::changed("response_format", done));
            }
            OutputFormat::JsonSchema(wanted) => {
                let mut schema = wanted.schema.clone();
                if !self.own && schema::tighten(&mut schema) {
                    self.losses.push(Loss::changed("response_format", "bounds of the schema dropped"));
                }
                let mut inner = Map::from_iter([("schema".to_owned(), json!(schema.to_string()))]);
                for (key, text) in [("name", &wanted.name), ("description", &wanted.description)] {
                    inner.extend(text.as_ref().map(|text| (key.to_owned(), json!(text))));
                }
                let format = json!({"type": "json_schema", "structure": {"jsonSchema": inner}});
                self.body.insert("outputConfig".into(), json!({ "textFormat": format }));
            }
        }
    }

    /// Fields that the IR does not name: ours go back, others are a loss.
    fn rest(&mut self) {
        for (key, map) in
            [("inferenceConfig", &mut self.config), ("additionalModelRequestFields", &mut self.extra)]
        {
            if !map.is_empty() {
                self.body.insert(key.into(), Value::Object(std::mem::take(map)));
            }
        }
        if self.own {
            merge(&mut self.body, &self.chat.rest);
        } else {
            self.losses.extend(Loss::unsaid(self.chat));
        }
    }

    fn finish(self) -> Written {
        Written::of(self.body, self.chat, self.losses, self.names.clone())
    }
}
