//! A provider's request, written from the IR.

use serde_json::{Map, Value, json};
use wye_types::DialectId;
use wye_types::chat::{
    ChatRequest, FunctionTool, OutputFormat, ReasoningAsk, ThinkingBudget, Tool, ToolChoice,
};

use super::content_write::MessageWriter;
use crate::anthropic_messages::reasoning::budget_of;
use crate::anthropic_messages::schema::parameters;
use crate::dialect::{Loss, WriteOptions, Written};
use crate::fields::merge;
use crate::names::{NameMap, NameRule};

/// What the vendor allows in a function name.
const NAMES: NameRule = NameRule { max: 64, extra: "", starts_with_letter: true };

/// The largest `p`: the vendor's range ends below 1.
const MOST_P: f64 = 0.99;

/// How many stop texts there may be.
const MOST_STOPS: usize = 5;

/// Writes the request.
pub(super) fn write(chat: &ChatRequest, options: &WriteOptions) -> Written {
    let own = chat.from == DialectId::Cohere;
    let names = NameMap::of(chat, NAMES);
    let mut writer = Writer { chat, own, names: &names, body: Map::new(), losses: Vec::new() };
    writer.set("model", options.model.as_str());
    writer.set("stream", chat.stream);
    writer.conversation(options);
    writer.tools();
    writer.sampling();
    writer.format();
    writer.thinking();
    writer.rest();
    let Writer { body, losses, .. } = writer;
    Written::of(body, chat, losses, names)
}

struct Writer<'a> {
    chat: &'a ChatRequest,
    /// Whether the request came in this dialect, so that its `rest` may be written.
    own: bool,
    names: &'a NameMap,
    body: Map<String, Value>,
    losses: Vec<Loss>,
}

impl Writer<'_> {
    fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.body.insert(key.to_owned(), value.into());
    }

    fn lose(&mut self, field: &str, said: bool) {
        self.losses.extend(said.then(|| Loss::dropped(field)));
    }

    fn conversation(&mut self, options: &WriteOptions) {
        let mut writer = MessageWriter {
            own: self.own,
            options,
            names: self.names,
            messages: Vec::new(),
            losses: std::mem::take(&mut self.losses),
        };
        for (n, message) in self.chat.messages.iter().enumerate() {
            writer.write(message, &format!("messages[{n}]"));
        }
        let MessageWriter { messages, losses, .. } = writer;
        self.losses = losses;
        self.set("messages", messages);
    }

    /// There is no word for "call this one": the others are left out and a call is demanded.
    fn tools(&mut self) {
        let chosen = match &self.chat.tool_choice {
            Some(ToolChoice::Named(name)) => Some(name),
            _ => None,
        };
        let mut tools = Vec::with_capacity(self.chat.tools.len());
        let mut strict = Vec::with_capacity(self.chat.tools.len());
        for (n, tool) in self.chat.tools.iter().enumerate() {
            match tool {
                Tool::Function(function) if chosen.is_none_or(|name| *name == function.name) => {
                    tools.push(self.function(function));
                    strict.push(function.strict == Some(true));
                }
                Tool::Function(_) => {}
                Tool::Foreign(value) if self.own => tools.push(value.clone()),
                Tool::Foreign(_) => self.losses.push(Loss::dropped(format!("tools[{n}]"))),
            }
        }
        if tools.is_empty() {
            return;
        }
        if tools.len() < self.chat.tools.len() && chosen.is_some() {
            let done = "the other tools were left out, so that this one is called";
            self.losses.push(Loss::changed("tool_choice", done));
        }
        self.set("tools", tools);
        if !strict.is_empty() && strict.iter().all(|strict| *strict) {
            self.set("strict_tools", true);
        } else {
            let some = strict.contains(&true);
            self.losses.extend(some.then(|| Loss::changed("tools", "strict for all or none; dropped")));
        }
        match &self.chat.tool_choice {
            Some(ToolChoice::Required | ToolChoice::Named(_)) => self.set("tool_choice", "REQUIRED"),
            Some(ToolChoice::None) => self.set("tool_choice", "NONE"),
            Some(ToolChoice::Foreign(value)) if self.own => self.set("tool_choice", value.clone()),
            Some(ToolChoice::Foreign(_)) => self.losses.push(Loss::dropped("tool_choice")),
            Some(ToolChoice::Auto) | None => {}
        }
        self.lose("parallel_tool_calls", self.chat.parallel_tool_calls == Some(false));
    }

    fn function(&self, function: &FunctionTool) -> Value {
        let mut inner = Map::from_iter([("name".to_owned(), json!(self.names.legal(&function.name)))]);
        inner.extend(function.description.as_ref().map(|text| ("description".to_owned(), json!(text))));
        let given = function.parameters.clone().filter(|_| self.own);
        if function.parameters.is_some() || !self.own {
            let wanted = given.unwrap_or_else(|| parameters(function.parameters.as_ref()));
            inner.insert("parameters".into(), wanted);
        }
        let mut out = Map::from_iter([
            ("type".to_owned(), json!("function")),
            ("function".to_owned(), Value::Object(inner)),
        ]);
        if self.own {
            merge(&mut out, &function.rest);
        }
        Value::Object(out)
    }

    fn sampling(&mut self) {
        let sampling = &self.chat.sampling;
        let (mut p, mut stop) = (sampling.top_p, sampling.stop.clone());
        let (mut frequency, mut presence) = (sampling.frequency_penalty, sampling.presence_penalty);
        if !self.own {
            p = p.map(|p| p.min(MOST_P));
            frequency = self.within(frequency, "frequency_penalty");
            presence = self.within(presence, "presence_penalty");
            if stop.len() > MOST_STOPS {
                stop.truncate(MOST_STOPS);
                self.losses.push(Loss::changed("stop", format!("cut to the first {MOST_STOPS}")));
            }
        }
        let numbers = [
            ("temperature", sampling.temperature),
            ("p", p),
            ("frequency_penalty", frequency),
            ("presence_penalty", presence),
        ];
        for (key, value) in numbers {
            if let Some(value) = value {
                self.set(key, json!(value));
            }
        }
        for (key, value) in [("max_tokens", sampling.max_tokens), ("k", sampling.top_k)] {
            if let Some(value) = value {
                self.set(key, value);
            }
        }
        if let Some(seed) = sampling.seed {
            self.set("seed", seed);
        }
        if let Some(logprobs) = sampling.logprobs.filter(|logprobs| self.own || *logprobs) {
            self.set("logprobs", logprobs);
        }
        if !stop.is_empty() {
            self.set("stop_sequences", json!(stop));
        }
        self.lose("n", sampling.choices.is_some_and(|n| n > 1));
        self.lose("top_logprobs", sampling.top_logprobs.is_some_and(|n| n > 0));
        self.lose("user", self.chat.user.is_some());
    }

    /// The vendor's penalties go from 0 to 1.
    fn within(&mut self, penalty: Option<f64>, field: &str) -> Option<f64> {
        let penalty = penalty?;
        let legal = penalty.clamp(0.0, 1.0);
        if (legal - penalty).abs() > f64::EPSILON {
            self.losses.push(Loss::changed(field, format!("moved to {legal}, the nearest there is")));
        }
        Some(legal)
    }

    fn format(&mut self) {
        match &self.chat.format {
            OutputFormat::Text => {}
            OutputFormat::JsonObject => self.set("response_format", json!({"type": "json_object"})),
            OutputFormat::JsonSchema(wanted) => {
                self.set("response_format", json!({"type": "json_object", "json_schema": wanted.schema}));
            }
        }
    }

    fn thinking(&mut self) {
        let Some(ask) = self.chat.reasoning else { return };
        if let Some(thinking) = thinking_of(ask) {
            self.set("thinking", thinking);
        }
    }

    /// Fields that the IR does not name: ours go back, others are a loss.
    fn rest(&mut self) {
        if self.own {
            merge(&mut self.body, &self.chat.rest);
        } else {
            self.losses.extend(self.chat.unsaid().map(Loss::dropped));
        }
    }
}

/// `thinking`. A named effort becomes the budget that Anthropic's dialect has for it.
fn thinking_of(ask: ReasoningAsk) -> Option<Value> {
    if !ask.wants_thinking() {
        return (ask.effort.is_some() || ask.budget.is_some()).then(|| json!({"type": "disabled"}));
    }
    let tokens = match (ask.budget, ask.effort) {
        (Some(ThinkingBudget::Tokens(n)), _) => Some(n),
        (_, Some(effort)) => Some(budget_of(effort)),
        _ => None,
    };
    Some(match tokens {
        Some(tokens) => json!({"type": "enabled", "token_budget": tokens}),
        None => json!({"type": "enabled"}),
    })
}
