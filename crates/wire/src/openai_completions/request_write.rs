//! Writes a provider's request.

use serde_json::json;
use wye_types::Map;
use wye_types::chat::{ChatRequest, OutputFormat, ToolChoice};

use super::{ID, prompt};
use crate::dialect::{Loss, WriteOptions, Written};
use crate::names::NameMap;

/// More stop texts than these are refused by OpenAI.
const MAX_STOPS: usize = 4;

/// More alternatives per token than these are refused by OpenAI.
const MAX_LOGPROBS: u32 = 5;

/// The limit for a chat that names none: the vendor would end the answer after 16 tokens. Leaves room for a prompt in the
/// 4,096 tokens of its smallest model.
const MAX_TOKENS: u64 = 1024;

/// Writes the whole request.
pub(super) fn write(chat: &ChatRequest, options: &WriteOptions) -> Written {
    let mut losses = Vec::new();
    let mut body = Map::new();
    let own = chat.from == ID;
    body.insert("model".into(), json!(options.model));
    let prompt = prompt::write(chat, &mut losses);
    body.insert("prompt".into(), json!(prompt.text));
    note_unsaid(chat, &mut losses);
    write_sampling(chat, own, &mut body, &mut losses);
    write_stop(chat, prompt.labelled, own, &mut body, &mut losses);
    if let Some(user) = &chat.user {
        body.insert("user".into(), json!(user));
    }
    if own {
        for (key, value) in &chat.rest {
            body.entry(key).or_insert_with(|| value.clone());
        }
    } else {
        losses.extend(Loss::unsaid(chat));
    }
    if chat.stream {
        body.insert("stream".into(), json!(true));
        if options.stream_options {
            // Usage is always asked for: the ledger needs it. The relay hides it from clients that did not ask.
            let asked = body.entry("stream_options").or_insert_with(|| json!({}));
            if !asked.is_object() {
                *asked = json!({});
            }
            asked["include_usage"] = json!(true);
        } else {
            body.shift_remove("stream_options");
        }
    }
    Written::of(body, chat, losses, NameMap::default())
}

/// What a completion has no place for.
fn note_unsaid(chat: &ChatRequest, losses: &mut Vec<Loss>) {
    if !chat.tools.is_empty() {
        losses.push(Loss::dropped("tools"));
        if !matches!(chat.tool_choice, None | Some(ToolChoice::Auto | ToolChoice::None)) {
            losses.push(Loss::dropped("tool_choice"));
        }
    }
    if chat.format != OutputFormat::Text {
        losses.push(Loss::dropped("response_format"));
    }
    if chat.reasoning.is_some_and(|ask| ask.wants_thinking()) {
        losses.push(Loss::dropped("reasoning"));
    }
}

fn write_sampling(chat: &ChatRequest, own: bool, body: &mut Map, losses: &mut Vec<Loss>) {
    let s = &chat.sampling;
    let mut max_tokens = s.max_tokens;
    if max_tokens.is_none() && !own {
        max_tokens = Some(MAX_TOKENS);
        losses.push(Loss::changed("max_tokens", "1024, as this API would end the answer after 16 tokens"));
    }
    let mut logprobs = (s.logprobs == Some(true)).then(|| s.top_logprobs.unwrap_or(0));
    if !own && logprobs.is_some_and(|n| n > MAX_LOGPROBS) {
        logprobs = Some(MAX_LOGPROBS);
        losses.push(Loss::changed("top_logprobs", "5, the most that can be asked for"));
    }
    if s.top_k.is_some() && !own {
        losses.push(Loss::dropped("top_k"));
    }
    let fields = [
        ("max_tokens", max_tokens.map(|n| json!(n))),
        ("temperature", s.temperature.map(|n| json!(n))),
        ("top_p", s.top_p.map(|n| json!(n))),
        ("top_k", s.top_k.filter(|_| own).map(|n| json!(n))),
        ("frequency_penalty", s.frequency_penalty.map(|n| json!(n))),
        ("presence_penalty", s.presence_penalty.map(|n| json!(n))),
        ("seed", s.seed.map(|n| json!(n))),
        ("n", s.choices.map(|n| json!(n))),
        ("logprobs", logprobs.map(|n| json!(n))),
    ];
    for (key, value) in fields {
        if let Some(value) = value {
            body.insert(key.to_owned(), value);
        }
    }
}

fn write_stop(chat: &ChatRequest, labelled: bool, own: bool, body: &mut Map, losses: &mut Vec<Loss>) {
    let mut stop = chat.sampling.stop.clone();
    if !own && stop.len() > MAX_STOPS {
        stop.truncate(MAX_STOPS);
        losses.push(Loss::changed("stop", "only the first 4 are sent"));
    }
    if labelled && stop.len() < MAX_STOPS {
        stop.push(prompt::NEXT_TURN.to_owned());
    }
    if !stop.is_empty() {
        body.insert("stop".into(), json!(stop));
    }
}
