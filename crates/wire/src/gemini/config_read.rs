//! Reads `generationConfig`: sampling, the shape of the answer, thinking.

use serde_json::Value;
use wye_types::Map;
use wye_types::chat::{Effort, JsonSchema, OutputFormat, ReasoningAsk, Sampling, ThinkingBudget};

use super::fields::Fields;
use super::schema::to_json_schema;
use crate::dialect::RequestError;

/// What `generationConfig` says.
#[derive(Default)]
pub(super) struct Config {
    pub(super) sampling: Sampling,
    pub(super) format: OutputFormat,
    pub(super) reasoning: Option<ReasoningAsk>,
    /// What the IR does not name, by full path (`generationConfig.speechConfig`).
    pub(super) rest: Map,
}

pub(super) fn read_config(top: &mut Fields) -> Result<Config, RequestError> {
    let Some(mut fields) = top.object("generationConfig")? else { return Ok(Config::default()) };
    fields.spelt_once()?;
    let mut out = Config { sampling: read_sampling(&mut fields)?, ..Config::default() };
    out.format = read_format(&mut fields, &mut out.rest)?;
    if let Some(thinking) = fields.object("thinkingConfig")? {
        out.reasoning = read_thinking(thinking, &mut out.rest)?;
    }
    for (key, value) in fields.rest() {
        out.rest.insert(format!("generationConfig.{key}"), value);
    }
    Ok(out)
}

fn read_sampling(fields: &mut Fields) -> Result<Sampling, RequestError> {
    let small = |n: Option<u64>| n.and_then(|n| u32::try_from(n).ok());
    let stop_path = fields.at("stopSequences");
    let stop = fields.array("stopSequences")?.unwrap_or_default();
    let stop = stop.into_iter().enumerate().map(|(n, text)| match text {
        Value::String(text) => Ok(text),
        other => Err(super::fields::wrong(&format!("{stop_path}[{n}]"), "a string", &other)),
    });
    Ok(Sampling {
        stop: stop.collect::<Result<_, _>>()?,
        max_tokens: fields.count("maxOutputTokens")?,
        temperature: fields.float("temperature")?,
        top_p: fields.float("topP")?,
        top_k: fields.count("topK")?,
        frequency_penalty: fields.float("frequencyPenalty")?,
        presence_penalty: fields.float("presencePenalty")?,
        seed: fields.integer("seed")?,
        choices: small(fields.count("candidateCount")?),
        logprobs: fields.boolean("responseLogprobs")?,
        top_logprobs: small(fields.count("logprobs")?),
    })
}

fn read_format(fields: &mut Fields, rest: &mut Map) -> Result<OutputFormat, RequestError> {
    let mime = fields.string("responseMimeType")?;
    let json_schema = fields.take("responseJsonSchema");
    let google_schema = fields.take("responseSchema");
    if mime.as_deref().is_none_or(|mime| mime != "application/json") {
        // Plain text, or an enumeration (`text/x.enum`) that only Google knows.
        let others = [
            ("responseMimeType", mime.map(Value::String)),
            ("responseSchema", google_schema),
            ("responseJsonSchema", json_schema),
        ];
        for (key, value) in others {
            if let Some(value) = value {
                rest.insert(format!("generationConfig.{key}"), value);
            }
        }
        return Ok(OutputFormat::Text);
    }
    Ok(match json_schema.or_else(|| google_schema.map(to_json_schema)) {
        Some(schema) => OutputFormat::JsonSchema(JsonSchema { schema, ..JsonSchema::default() }),
        None => OutputFormat::JsonObject,
    })
}

fn read_thinking(mut fields: Fields, rest: &mut Map) -> Result<Option<ReasoningAsk>, RequestError> {
    let level = fields.string("thinkingLevel")?;
    let effort = level.as_deref().and_then(Effort::parse);
    if let (Some(level), None) = (level, effort) {
        rest.insert("generationConfig.thinkingConfig.thinkingLevel".to_owned(), Value::String(level));
    }
    let budget = fields.integer("thinkingBudget")?.map(|tokens| match u64::try_from(tokens) {
        Ok(0) => ThinkingBudget::Off,
        Ok(tokens) => ThinkingBudget::Tokens(tokens),
        Err(_) => ThinkingBudget::Adaptive,
    });
    let include = fields.boolean("includeThoughts")?;
    for (key, value) in fields.rest() {
        rest.insert(format!("generationConfig.thinkingConfig.{key}"), value);
    }
    let ask = ReasoningAsk { effort, budget, include };
    Ok((ask != ReasoningAsk::default()).then_some(ask))
}
