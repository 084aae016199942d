//! Reads a client's request.

use std::collections::HashMap;

use serde_json::Value;
use wye_types::chat::{
    Block, BlockKind, ChatRequest, Effort, FunctionTool, JsonSchema, Message, OutputFormat, ReasoningAsk,
    Role, Sampling, ThinkingBudget, Tool, ToolCall, ToolChoice, ToolResult,
};
use wye_types::{DialectId, Map};

use super::{functions, parts, reasoning, tool_call};
use crate::dialect::RequestError;
use crate::fields::{Fields, wrong};
use crate::scan::TopLevel;
use crate::seal;

/// Reads the whole request.
pub(super) fn read(body: &[u8]) -> Result<ChatRequest, RequestError> {
    // The scan words syntax errors and finds keys that stand twice.
    TopLevel::scan(body)?;
    let map: Map = serde_json::from_slice(body).map_err(|e| RequestError::syntax(e.to_string()))?;
    let mut top = Fields::top(map);
    let model = top.required("model", "write the model's or route's name")?;
    let messages = read_messages(&mut top)?;
    let mut tools = read_tools(&mut top)?;
    let mut tool_choice = top.take("tool_choice").map(read_choice).transpose()?;
    if tools.is_empty() {
        (tools, tool_choice) = functions::read(&mut top, tool_choice)?;
    }
    let stream = top.boolean("stream")?.unwrap_or(false);
    let include_usage = read_stream_options(&mut top)?;
    let parallel_tool_calls = top.boolean("parallel_tool_calls")?;
    let format = read_format(&mut top)?;
    let sampling = read_sampling(&mut top)?;
    let reasoning = read_reasoning(&mut top)?;
    let user = top.string("user")?;
    Ok(ChatRequest {
        from: DialectId::OpenAiChat,
        model,
        messages,
        tools,
        tool_choice,
        parallel_tool_calls,
        format,
        sampling,
        reasoning,
        stream,
        include_usage,
        user,
        rest: top.rest(),
    })
}

fn read_messages(top: &mut Fields) -> Result<Vec<Message>, RequestError> {
    let hint = "write [{\"role\": \"user\", \"content\": \"…\"}]";
    let Some(items) = top.array("messages")? else { return Err(top.missing("messages", hint)) };
    if items.is_empty() {
        return Err(RequestError::field("messages", format!("`messages` is empty; {hint}")));
    }
    // Ids made up for the old `function_call`, whose results name the function only.
    let mut legacy = HashMap::new();
    items.into_iter().enumerate().map(|(n, item)| read_message(item, n, &mut legacy)).collect()
}

fn read_message(
    item: Value,
    n: usize,
    legacy: &mut HashMap<String, String>,
) -> Result<Message, RequestError> {
    let path = format!("messages[{n}]");
    let mut fields = Fields::at(item, path.clone(), "an object with \"role\" and \"content\"")?;
    let hint = "write \"system\", \"developer\", \"user\", \"assistant\" or \"tool\"";
    let word = fields.required("role", hint)?;
    let role = match word.as_str() {
        "system" => Role::System,
        "developer" => Role::Developer,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "tool" | "function" => Role::Tool,
        other => {
            let message = format!("`{path}.role` is \"{other}\"; {hint}");
            return Err(RequestError::field(format!("{path}.role"), message));
        }
    };
    let mut content = parts::read_content(fields.take("content"), &format!("{path}.content"))?;
    let mut name = fields.string("name")?;
    match role {
        Role::Tool => {
            let call_id = if word == "function" {
                let function = name.clone().unwrap_or_default();
                legacy.get(&function).cloned().unwrap_or(function)
            } else {
                fields.required("tool_call_id", "write the id of the call that this answers")?
            };
            let (call_id, _) = seal::split_id(&call_id);
            let result = ToolResult { call_id, name: name.take(), content, is_error: false };
            content = vec![Block::new(BlockKind::ToolResult(result))];
        }
        Role::Assistant => content = read_assistant(&mut fields, content, n, legacy)?,
        _ => {}
    }
    Ok(Message { role, content, name, rest: fields.rest() })
}

/// Puts what an assistant's message spreads over several fields in the order in which it was thought, said and done.
fn read_assistant(
    fields: &mut Fields,
    content: Vec<Block>,
    n: usize,
    legacy: &mut HashMap<String, String>,
) -> Result<Vec<Block>, RequestError> {
    let details = fields.array("reasoning_details")?.unwrap_or_default();
    let plain = match fields.string("reasoning_content")? {
        // DeepSeek wants the field back even where it is empty.
        Some(text) if text.is_empty() => {
            fields.put("reasoning_content", Value::String(text));
            fields.string("reasoning")?
        }
        Some(text) => {
            fields.take("reasoning");
            Some(text)
        }
        None => fields.string("reasoning")?,
    };
    let thoughts = reasoning::read_message(plain.as_deref(), &details);
    let mut blocks = thoughts.blocks;
    blocks.extend(content);
    if let Some(text) = fields.string("refusal")? {
        blocks.push(Block::new(BlockKind::Refusal(text)));
    }
    if let Some(seal) = thoughts.text_seal {
        match blocks.iter_mut().rfind(|b| matches!(b.kind, BlockKind::Text(_))) {
            Some(text) => text.signature = Some(seal),
            None => blocks.push(Block { signature: Some(seal), ..Block::text("") }),
        }
    }
    let path = fields.path_of("tool_calls");
    for (k, call) in fields.array("tool_calls")?.unwrap_or_default().into_iter().enumerate() {
        blocks.push(tool_call::read_call(call, &format!("{path}[{k}]"))?);
    }
    if let Some(mut call) = fields.object("function_call")? {
        let name = call.required("name", "write the function's name")?;
        let arguments = call.string("arguments")?.unwrap_or_default();
        let id = format!("call_{n}_{:08x}", crate::names::fnv1a(&name, 0));
        legacy.insert(name.clone(), id.clone());
        blocks.push(Block::new(BlockKind::ToolCall(ToolCall { id, name, arguments })));
    }
    Ok(blocks)
}

/// Takes `tools`.
pub(crate) fn read_tools(top: &mut Fields) -> Result<Vec<Tool>, RequestError> {
    let items = top.array("tools")?.unwrap_or_default();
    items.into_iter().enumerate().map(|(n, item)| read_tool(item, n)).collect()
}

fn read_tool(item: Value, n: usize) -> Result<Tool, RequestError> {
    let path = format!("tools[{n}]");
    let whole = item.clone();
    let mut fields = Fields::at(item, path, "an object with \"type\" and \"function\"")?;
    let kind = fields.string("type")?;
    if kind.as_deref().is_some_and(|kind| kind != "function") {
        return Ok(Tool::Foreign(whole));
    }
    let Some(mut function) = fields.object("function")? else {
        return Err(fields.missing("function", "write {\"name\", \"description\", \"parameters\"}"));
    };
    let cache = parts::read_cache(&mut fields);
    let name = function.required("name", "write the function's name")?;
    let description = function.string("description")?;
    let parameters = function.take("parameters");
    let strict = function.boolean("strict")?;
    let mut rest = fields.rest();
    let inner = function.rest();
    if !inner.is_empty() {
        rest.insert("function".into(), Value::Object(inner));
    }
    Ok(Tool::Function(FunctionTool { name, description, parameters, strict, cache, rest }))
}

fn read_choice(value: Value) -> Result<ToolChoice, RequestError> {
    if let Value::String(word) = &value {
        return match word.as_str() {
            "auto" => Ok(ToolChoice::Auto),
            "none" => Ok(ToolChoice::None),
            // Mistral's word is `any`.
            "required" | "any" => Ok(ToolChoice::Required),
            other => Err(RequestError::field(
                "tool_choice",
                format!("`tool_choice` is \"{other}\"; write \"auto\", \"none\", \"required\" or a function"),
            )),
        };
    }
    if !value.is_object() {
        return Err(wrong("tool_choice", "a string or an object", &value));
    }
    let kind = value.get("type").and_then(Value::as_str);
    let name = value.pointer("/function/name").and_then(Value::as_str);
    match name {
        Some(name) if kind.is_none_or(|kind| kind == "function") => Ok(ToolChoice::Named(name.to_owned())),
        _ => Ok(ToolChoice::Foreign(value)),
    }
}

/// Takes `include_usage` and leaves the other stream options where they are.
pub(crate) fn read_stream_options(top: &mut Fields) -> Result<bool, RequestError> {
    let Some(mut options) = top.object("stream_options")? else { return Ok(false) };
    let include = options.boolean("include_usage")?.unwrap_or(false);
    let rest = options.rest();
    if !rest.is_empty() {
        top.put("stream_options", Value::Object(rest));
    }
    Ok(include)
}

fn read_format(top: &mut Fields) -> Result<OutputFormat, RequestError> {
    let Some(value) = top.take("response_format") else { return Ok(OutputFormat::Text) };
    let whole = value.clone();
    let hint = "write \"text\", \"json_object\" or \"json_schema\"";
    let mut format = Fields::at(value, "response_format", "an object with a \"type\"")?;
    match format.required("type", hint)?.as_str() {
        "text" => Ok(OutputFormat::Text),
        "json_object" => Ok(OutputFormat::JsonObject),
        "json_schema" => {
            let hint = "write {\"name\": …, \"schema\": {…}}";
            let Some(mut inner) = format.object("json_schema")? else {
                return Err(format.missing("json_schema", hint));
            };
            Ok(OutputFormat::JsonSchema(JsonSchema {
                name: inner.string("name")?,
                description: inner.string("description")?,
                schema: inner.take("schema").unwrap_or_else(|| Value::Object(Map::new())),
                strict: inner.boolean("strict")?,
            }))
        }
        // A grammar or another vendor's extension.
        _ => {
            top.put("response_format", whole);
            Ok(OutputFormat::Text)
        }
    }
}

fn read_sampling(top: &mut Fields) -> Result<Sampling, RequestError> {
    let newer = top.count("max_completion_tokens")?;
    let older = top.count("max_tokens")?;
    let stop = read_stop(top)?;
    Ok(Sampling {
        max_tokens: newer.or(older),
        temperature: top.number("temperature")?,
        top_p: top.number("top_p")?,
        top_k: read_top_k(top),
        frequency_penalty: top.number("frequency_penalty")?,
        presence_penalty: top.number("presence_penalty")?,
        seed: top.integer("seed")?,
        stop,
        choices: top.small("n")?,
        logprobs: top.boolean("logprobs")?,
        top_logprobs: top.small("top_logprobs")?,
    })
}

/// Takes `stop`: a string or an array of strings.
pub(crate) fn read_stop(top: &mut Fields) -> Result<Vec<String>, RequestError> {
    let path = top.path_of("stop");
    match top.take("stop") {
        None => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(vec![text]),
        Some(Value::Array(items)) => items
            .into_iter()
            .enumerate()
            .map(|(n, item)| match item {
                Value::String(text) => Ok(text),
                other => Err(wrong(&format!("{path}[{n}]"), "a string", &other)),
            })
            .collect(),
        Some(other) => Err(wrong(&path, "a string or an array of strings", &other)),
    }
}

/// `top_k` is not OpenAI's; servers that know it take -1 for "off", which rides along.
pub(crate) fn read_top_k(top: &mut Fields) -> Option<u64> {
    let value = top.take("top_k")?;
    let count = value.as_u64();
    if count.is_none() {
        top.put("top_k", value);
    }
    count
}

fn read_reasoning(top: &mut Fields) -> Result<Option<ReasoningAsk>, RequestError> {
    let Some(value) = top.take("reasoning_effort") else {
        let reasoning = top.take("reasoning");
        let thinking = top.take("thinking");
        let ask = other_ask(reasoning.as_ref(), thinking.as_ref());
        for (key, value) in [("reasoning", reasoning), ("thinking", thinking)] {
            if let Some(value) = value {
                top.put(key, value);
            }
        }
        return Ok(ask);
    };
    let Value::String(word) = &value else {
        return Err(wrong("reasoning_effort", "a string such as \"low\"", &value));
    };
    let effort = Effort::parse(word);
    if effort.is_none() {
        // A vendor's own word (Groq's `default`) rides along.
        top.put("reasoning_effort", value);
    }
    Ok(effort.map(|effort| ReasoningAsk { effort: Some(effort), ..ReasoningAsk::default() }))
}

/// What OpenRouter's `reasoning` or the `thinking` of DeepSeek, Z.ai and Moonshot asks for. The fields themselves stay
/// in `rest`, so that their vendor gets them as they came.
pub(super) fn other_ask(reasoning: Option<&Value>, thinking: Option<&Value>) -> Option<ReasoningAsk> {
    if let Some(reasoning) = reasoning {
        let effort = reasoning.get("effort").and_then(Value::as_str).and_then(Effort::parse);
        let tokens = reasoning.get("max_tokens").and_then(Value::as_u64).map(ThinkingBudget::Tokens);
        let enabled = reasoning
            .get("enabled")
            .and_then(Value::as_bool)
            .map(|on| if on { ThinkingBudget::Adaptive } else { ThinkingBudget::Off });
        let exclude = reasoning.get("exclude").and_then(Value::as_bool).unwrap_or(false);
        let budget = if effort.is_some() { tokens } else { tokens.or(enabled) };
        return Some(ReasoningAsk { effort, budget, include: exclude.then_some(false) });
    }
    let thinking = thinking?;
    let budget = match thinking.get("type").and_then(Value::as_str)? {
        "disabled" => ThinkingBudget::Off,
        _ => thinking
            .get("budget_tokens")
            .and_then(Value::as_u64)
            .map_or(ThinkingBudget::Adaptive, ThinkingBudget::Tokens),
    };
    Some(ReasoningAsk { effort: None, budget: Some(budget), include: None })
}
