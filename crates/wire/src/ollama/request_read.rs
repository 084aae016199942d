//! Reads a client's request.

use serde_json::Value;
use wye_types::Map;
use wye_types::chat::{ChatRequest, JsonSchema, OutputFormat, Sampling};

use super::{ID, message_read, think};
use crate::call_ids::link_calls;
use crate::dialect::RequestError;
use crate::fields::{Fields, whole, wrong};
use crate::openai_chat::request_read::{read_stop, read_tools};
use crate::scan::TopLevel;

pub(super) const MESSAGES_HINT: &str = "write [{\"role\": \"user\", \"content\": \"…\"}]";

/// Reads the whole request.
pub(super) fn read(body: &[u8]) -> Result<ChatRequest, RequestError> {
    // The scan words syntax errors and finds keys that stand twice.
    TopLevel::scan(body)?;
    let map: Map = serde_json::from_slice(body).map_err(|e| RequestError::syntax(e.to_string()))?;
    let mut top = Fields::top(map);
    let model = top.required("model", "write the model's or route's name")?;
    let Some(items) = top.array("messages")? else { return Err(top.missing("messages", MESSAGES_HINT)) };
    if items.is_empty() {
        return Err(RequestError::field("messages", format!("`messages` is empty; {MESSAGES_HINT}")));
    }
    let messages = items.into_iter().enumerate().map(|(n, item)| message_read::read(item, n));
    let mut messages = messages.collect::<Result<Vec<_>, _>>()?;
    link_calls(&mut messages);
    let tools = read_tools(&mut top)?;
    let stream = top.boolean("stream")?.unwrap_or(true);
    let format = read_format(&mut top)?;
    let sampling = read_sampling(&mut top)?;
    let asked = top.take("think");
    let reasoning = asked.as_ref().and_then(think::read);
    if let Some(unknown) = asked.filter(|_| reasoning.is_none()) {
        top.put("think", unknown);
    }
    Ok(ChatRequest {
        from: ID,
        model,
        messages,
        tools,
        tool_choice: None,
        parallel_tool_calls: None,
        format,
        sampling,
        reasoning,
        stream,
        include_usage: true,
        user: None,
        rest: top.rest(),
    })
}

fn read_format(top: &mut Fields) -> Result<OutputFormat, RequestError> {
    match top.take("format") {
        None => Ok(OutputFormat::Text),
        Some(Value::String(word)) if word.is_empty() => Ok(OutputFormat::Text),
        Some(Value::String(word)) if word == "json" => Ok(OutputFormat::JsonObject),
        Some(schema @ Value::Object(_)) => {
            Ok(OutputFormat::JsonSchema(JsonSchema { schema, ..JsonSchema::default() }))
        }
        Some(other) => Err(wrong("format", "\"json\" or a JSON Schema", &other)),
    }
}

/// Options that the IR does not name (`num_ctx`, `min_p` …) stay where they are.
fn read_sampling(top: &mut Fields) -> Result<Sampling, RequestError> {
    let logprobs = top.boolean("logprobs")?;
    let top_logprobs = top.small("top_logprobs")?;
    let Some(mut options) = top.object("options")? else {
        return Ok(Sampling { logprobs, top_logprobs, ..Sampling::default() });
    };
    let sampling = Sampling {
        max_tokens: take_whole(&mut options, "num_predict"),
        temperature: options.number("temperature")?,
        top_p: options.number("top_p")?,
        top_k: take_whole(&mut options, "top_k"),
        frequency_penalty: options.number("frequency_penalty")?,
        presence_penalty: options.number("presence_penalty")?,
        seed: options.integer("seed")?,
        stop: read_stop(&mut options)?,
        choices: None,
        logprobs,
        top_logprobs,
    };
    top.keep("options", options.rest());
    Ok(sampling)
}

/// A count; what is none (-1 stands for "no limit") rides along.
fn take_whole(options: &mut Fields, key: &str) -> Option<u64> {
    let value = options.take(key)?;
    let count = whole(&value);
    if count.is_none() {
        options.put(key, value);
    }
    count
}
