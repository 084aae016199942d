//! Writes `generationConfig` and `toolConfig`.
//!
//! Effort and budget: Gemini 3 and later take a level (`minimal` to `high`), earlier models a budget in tokens.
//! An effort becomes a budget by this table: none 0, minimal 1024, low 2048, medium 8192, high 16384, xhigh and max
//! 24576 (what every Gemini 2.5 model takes). A model that cannot stop thinking (the Pro ones) gets the least it can.

use serde_json::{Value, json};
use wye_types::chat::{ChatRequest, Effort, OutputFormat, ReasoningAsk, ThinkingBudget, ToolChoice};
use wye_types::{DialectId, Map};

use crate::dialect::Loss;
use crate::names::NameMap;

/// Most stop texts that Google takes.
const MAX_STOPS: usize = 5;

pub(super) fn write_config(chat: &ChatRequest, model: &str, losses: &mut Vec<Loss>) -> Map {
    let own = chat.from == DialectId::Gemini;
    let mut config = Map::new();
    write_sampling(chat, &mut config, losses);
    match &chat.format {
        OutputFormat::Text => {}
        OutputFormat::JsonObject => set(&mut config, "responseMimeType", Some("application/json")),
        OutputFormat::JsonSchema(schema) => {
            set(&mut config, "responseMimeType", Some("application/json"));
            set(&mut config, "responseJsonSchema", Some(&schema.schema));
        }
    }
    if let Some(ask) = chat.reasoning {
        let thinking = if own { own_thinking(ask) } else { thinking(ask, model, losses) };
        if !thinking.is_empty() {
            config.insert("thinkingConfig".to_owned(), Value::Object(thinking));
        }
    }
    config
}

fn write_sampling(chat: &ChatRequest, config: &mut Map, losses: &mut Vec<Loss>) {
    let sampling = &chat.sampling;
    set(config, "maxOutputTokens", sampling.max_tokens);
    set(config, "temperature", sampling.temperature);
    set(config, "topP", sampling.top_p);
    set(config, "topK", sampling.top_k);
    set(config, "frequencyPenalty", sampling.frequency_penalty);
    set(config, "presencePenalty", sampling.presence_penalty);
    set(config, "seed", sampling.seed);
    set(config, "candidateCount", sampling.choices);
    set(config, "responseLogprobs", sampling.logprobs);
    set(config, "logprobs", sampling.top_logprobs.filter(|n| *n > 0 || chat.from == DialectId::Gemini));
    let mut stop = sampling.stop.as_slice();
    if stop.len() > MAX_STOPS && chat.from != DialectId::Gemini {
        losses.push(Loss::changed("stop", "only the first 5 sent"));
        stop = &stop[..MAX_STOPS];
    }
    set(config, "stopSequences", (!stop.is_empty()).then_some(stop));
}

/// What the client of this dialect said, as it said it.
fn own_thinking(ask: ReasoningAsk) -> Map {
    let mut out = Map::new();
    set(&mut out, "thinkingLevel", ask.effort.map(Effort::name));
    set(&mut out, "thinkingBudget", ask.budget.map(budget_number));
    set(&mut out, "includeThoughts", ask.include);
    out
}

fn budget_number(budget: ThinkingBudget) -> i64 {
    match budget {
        ThinkingBudget::Off => 0,
        ThinkingBudget::Adaptive => -1,
        ThinkingBudget::Tokens(tokens) => i64::try_from(tokens).unwrap_or(i64::MAX),
    }
}

fn thinking(ask: ReasoningAsk, model: &str, losses: &mut Vec<Loss>) -> Map {
    let mut out = Map::new();
    let off = ask.budget == Some(ThinkingBudget::Off) || ask.effort == Some(Effort::None);
    if generation(model) >= 3 {
        let effort = if off { Some(Effort::None) } else { ask.effort };
        match (effort, ask.budget) {
            (Some(effort), _) => set(&mut out, "thinkingLevel", Some(level(effort, model, losses).name())),
            (None, Some(ThinkingBudget::Tokens(tokens))) => set(&mut out, "thinkingBudget", Some(tokens)),
            _ => {}
        }
    } else if off && model.contains("pro") {
        losses.push(Loss::changed("reasoning", "least thinking: this model cannot stop thinking"));
        set(&mut out, "thinkingBudget", Some(128));
    } else {
        let by_effort = ask.effort.map(budget_of);
        let budget = match ask.budget {
            Some(ThinkingBudget::Adaptive) => by_effort.or(Some(-1)),
            Some(budget) => Some(budget_number(budget)),
            None => by_effort,
        };
        set(&mut out, "thinkingBudget", if off { Some(0) } else { budget });
    }
    // Who asks for thinking elsewhere gets to see it; here one has to say so.
    set(&mut out, "includeThoughts", ask.include.or(ask.wants_thinking().then_some(true)));
    out
}

fn budget_of(effort: Effort) -> i64 {
    match effort {
        Effort::None => 0,
        Effort::Minimal => 1024,
        Effort::Low => 2048,
        Effort::Medium => 8192,
        Effort::High => 16384,
        Effort::XHigh | Effort::Max => 24576,
    }
}

fn level(effort: Effort, model: &str, losses: &mut Vec<Loss>) -> Effort {
    let pro = model.contains("pro");
    let (level, done) = match effort {
        Effort::None if pro => (Effort::Low, "low: this model cannot stop thinking"),
        Effort::None => (Effort::Minimal, "minimal: this model cannot stop thinking"),
        Effort::Minimal if pro => (Effort::Low, "low: the least this model knows"),
        Effort::XHigh | Effort::Max => (Effort::High, "high: the most this model knows"),
        same => return same,
    };
    losses.push(Loss::changed("reasoning", done));
    level
}

/// The generation of a Gemini model by its name; 0 if the name does not tell.
pub(super) fn generation(model: &str) -> u32 {
    let Some((_, after)) = model.rsplit_once("gemini-") else { return 0 };
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

/// `toolConfig.functionCallingConfig`.
pub(super) fn write_choice(chat: &ChatRequest, names: &NameMap, losses: &mut Vec<Loss>) -> Option<Value> {
    Some(match chat.tool_choice.as_ref()? {
        ToolChoice::Auto => json!({"mode": "AUTO"}),
        ToolChoice::None => json!({"mode": "NONE"}),
        ToolChoice::Required => json!({"mode": "ANY"}),
        ToolChoice::Named(name) => json!({"mode": "ANY", "allowedFunctionNames": [names.legal(name)]}),
        ToolChoice::Foreign(value) if chat.from == DialectId::Gemini => value.clone(),
        ToolChoice::Foreign(_) => {
            losses.push(Loss::dropped("tool_choice"));
            return None;
        }
    })
}

fn set(map: &mut Map, key: &str, value: Option<impl serde::Serialize>) {
    if let Some(value) = value.and_then(|value| serde_json::to_value(value).ok()) {
        map.insert(key.to_owned(), value);
    }
}
