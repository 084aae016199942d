//! Checks a generateContent request and says what the model understands.

use serde_json::Value;

use super::super::Reading;
use super::super::fields::{given, is_name, list, text};
use super::history;
use crate::ask::{Ask, Choice, Format, Tool};
use crate::fail::{Fail, Kind, Outcome};
use crate::words;

const FIELDS: &[&str] = &[
    "contents",
    "systemInstruction",
    "generationConfig",
    "tools",
    "toolConfig",
    "safetySettings",
    "cachedContent",
    "labels",
    "model",
    "store",
    "serviceTier",
    "modelArmorConfig",
];

const CONFIG: &[&str] = &[
    "temperature",
    "topP",
    "topK",
    "candidateCount",
    "maxOutputTokens",
    "stopSequences",
    "seed",
    "presencePenalty",
    "frequencyPenalty",
    "responseMimeType",
    "responseSchema",
    "responseJsonSchema",
    "responseModalities",
    "responseLogprobs",
    "logprobs",
    "thinkingConfig",
    "speechConfig",
    "imageConfig",
    "mediaResolution",
    "enableEnhancedCivicAnswers",
    "audioTimestamp",
];

/// What the OpenAPI kind of schema knows; the JSON schema fields take everything.
const SCHEMA: &[&str] = &[
    "type",
    "format",
    "title",
    "description",
    "nullable",
    "enum",
    "maxItems",
    "minItems",
    "properties",
    "required",
    "minProperties",
    "maxProperties",
    "minLength",
    "maxLength",
    "pattern",
    "example",
    "anyOf",
    "propertyOrdering",
    "default",
    "items",
    "minimum",
    "maximum",
];

pub(in crate::dialect) fn read(reading: &Reading<'_>) -> Outcome<Ask> {
    let body = reading.body;
    known(body, FIELDS, "")?;
    let mut ask = Ask { n: 1, parallel: true, think: true, ..Ask::default() };
    if let Some(config) = field(body, "generationConfig") {
        generation(config, &mut ask)?;
    }
    tools(body, &mut ask)?;
    for part in field(body, "systemInstruction").map_or(&[][..], |s| list(s, "parts")) {
        ask.read(text(part, "text").unwrap_or(""));
    }
    let contents = list(body, "contents");
    if contents.is_empty() {
        let message = "* GenerateContentRequest.contents: contents is not specified";
        return Err(Fail::bad("contents", message));
    }
    history::read(contents, &mut ask, reading)?;
    let (prompt, limit) = (words::tokens(ask.prompt.len()), reading.model.context);
    if prompt > limit {
        let message = format!(
            "The input token count ({prompt}) exceeds the maximum number of tokens allowed ({limit})."
        );
        return Err(Fail::of(400, Kind::TooLong, message));
    }
    Ok(ask)
}

/// A field in camel or snake case; proto JSON takes both.
pub(super) fn field<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    given(value, name).or_else(|| given(value, &snake(name)))
}

fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

/// Refuses fields that proto JSON would not know.
pub(super) fn known(object: &Value, fields: &[&str], at: &str) -> Outcome<()> {
    let strange = object.as_object().into_iter().flat_map(|o| o.keys());
    let mut strange = strange.filter(|k| !fields.iter().any(|f| f == k || snake(f) == **k));
    match strange.next() {
        None => Ok(()),
        Some(name) => {
            let place = if at.is_empty() { String::new() } else { format!(" at '{at}'") };
            let message =
                format!("Invalid JSON payload received. Unknown name \"{name}\"{place}: Cannot find field.");
            Err(Fail::of(400, Kind::UnknownField, message).at(at))
        }
    }
}

fn generation(config: &Value, ask: &mut Ask) -> Outcome<()> {
    known(config, CONFIG, "generation_config")?;
    if let Some(temperature) = field(config, "temperature").and_then(Value::as_f64)
        && !(0.0..=2.0).contains(&temperature)
    {
        let message =
            "* GenerateContentRequest.generation_config.temperature: must be in the range [0.0, 2.0]";
        return Err(Fail::bad("generation_config.temperature", message));
    }
    ask.max_tokens = field(config, "maxOutputTokens").and_then(Value::as_u64).filter(|n| *n > 0);
    let n = field(config, "candidateCount").and_then(Value::as_u64).unwrap_or(1);
    ask.n = u32::try_from(n).ok().filter(|n| (1..=8).contains(n)).ok_or_else(|| {
        Fail::bad("generation_config.candidate_count", "candidateCount must be between 1 and 8")
    })?;
    let stops = field(config, "stopSequences").and_then(Value::as_array);
    ask.stop.extend(stops.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
    let mime = field(config, "responseMimeType").and_then(Value::as_str);
    let plain = field(config, "responseSchema");
    if let Some(schema) = plain {
        schema_known(schema, "generation_config.response_schema")?;
    }
    let schema = plain.or_else(|| field(config, "responseJsonSchema"));
    if schema.is_some() && mime.is_none_or(|m| m == "text/plain") {
        let message = "Function calling or a response schema needs responseMimeType 'application/json'";
        return Err(Fail::bad("generation_config.response_mime_type", message));
    }
    ask.format = match schema {
        Some(schema) => Format::Schema(schema.clone()),
        None if mime == Some("application/json") => Format::Json,
        None => Format::Text,
    };
    if let Some(thinking) = field(config, "thinkingConfig") {
        let fields = &["includeThoughts", "thinkingBudget", "thinkingLevel"];
        known(thinking, fields, "generation_config.thinking_config")?;
        ask.show_thoughts = field(thinking, "includeThoughts").and_then(Value::as_bool).unwrap_or(false);
        ask.think = field(thinking, "thinkingBudget").and_then(Value::as_i64) != Some(0);
    }
    Ok(())
}

fn schema_known(schema: &Value, at: &str) -> Outcome<()> {
    known(schema, SCHEMA, at)?;
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        schema_known(property, &format!("{at}.properties[{name}]"))?;
    }
    if let Some(items) = schema.get("items") {
        schema_known(items, &format!("{at}.items"))?;
    }
    for (i, option) in list(schema, "anyOf").iter().enumerate() {
        schema_known(option, &format!("{at}.any_of[{i}]"))?;
    }
    if schema.get("type").is_some_and(|t| !t.is_string()) {
        let message = format!("Invalid JSON payload received. Proto field at '{at}.type' is not repeating.");
        return Err(Fail::of(400, Kind::UnknownField, message).at(at));
    }
    Ok(())
}

fn tools(body: &Value, ask: &mut Ask) -> Outcome<()> {
    for (i, tool) in list(body, "tools").iter().enumerate() {
        ask.read(&tool.to_string());
        let declarations = field(tool, "functionDeclarations").and_then(Value::as_array);
        for (j, function) in declarations.into_iter().flatten().enumerate() {
            let at = format!("tools[{i}].function_declarations[{j}]");
            let fields = &[
                "name",
                "description",
                "parameters",
                "parametersJsonSchema",
                "response",
                "responseJsonSchema",
                "behavior",
            ];
            known(function, fields, &at)?;
            let name = text(function, "name").unwrap_or("");
            let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
            if !(starts && is_name(name, ".:", 64)) {
                let message = format!("* GenerateContentRequest.{at}.name: Invalid function name.");
                return Err(Fail::bad(format!("{at}.name"), message));
            }
            if let Some(schema) = given(function, "parameters") {
                schema_known(schema, &format!("{at}.parameters"))?;
            }
            let schema = given(function, "parameters").or_else(|| field(function, "parametersJsonSchema"));
            let schema = schema.cloned().unwrap_or(Value::Null);
            let about = text(function, "description").unwrap_or("").to_owned();
            ask.tools.push(Tool { name: name.to_owned(), about, schema });
        }
    }
    let calling = field(body, "toolConfig").and_then(|c| field(c, "functionCallingConfig"));
    let Some(calling) = calling else { return Ok(()) };
    let allowed = field(calling, "allowedFunctionNames").and_then(Value::as_array);
    let allowed: Vec<&str> = allowed.into_iter().flatten().filter_map(Value::as_str).collect();
    if let Some(name) = allowed.iter().find(|name| !ask.tools.iter().any(|t| t.name == **name)) {
        let message = format!("allowed_function_names: `{name}` is not a declared function");
        return Err(Fail::bad("tool_config.function_calling_config.allowed_function_names", message));
    }
    ask.choice = match (text(calling, "mode").unwrap_or("AUTO").to_uppercase().as_str(), allowed.as_slice()) {
        ("AUTO" | "MODE_UNSPECIFIED", []) => Choice::Auto,
        ("NONE", _) => Choice::Never,
        ("ANY" | "VALIDATED", [only]) => Choice::Only((*only).to_owned()),
        ("ANY", _) => Choice::Any,
        ("VALIDATED", _) => Choice::Auto,
        _ => {
            let message = "Allowed function names should be set only when the function calling mode is ANY.";
            return Err(Fail::bad("tool_config.function_calling_config", message));
        }
    };
    Ok(())
}
