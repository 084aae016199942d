//! `openai_completions`: the legacy completions as OpenAI speaks them. No tools, no roles, no thoughts.

use fastrand::Rng;
use serde_json::{Value, json};

use super::fields::{given, stranger};
use super::{Event, Reading, Stamp, openai};
use crate::answer::{Answer, Finish, Said, What};
use crate::ask::Ask;
use crate::fail::{Fail, Kind, Outcome};
use crate::words;

const FIELDS: &[&str] = &[
    "best_of",
    "echo",
    "frequency_penalty",
    "logit_bias",
    "logprobs",
    "max_tokens",
    "model",
    "n",
    "presence_penalty",
    "prompt",
    "seed",
    "stop",
    "stream",
    "stream_options",
    "suffix",
    "temperature",
    "top_p",
    "user",
];

/// Tokens of an answer if the client does not say how many.
const MAX_TOKENS: u64 = 16;

pub(super) fn read(reading: &Reading<'_>) -> Outcome<Ask> {
    let body = reading.body;
    if let Some(name) = stranger(body, FIELDS) {
        let message = format!("Unrecognized request argument supplied: {name}");
        return Err(Fail::of(400, Kind::UnknownField, message));
    }
    let mut ask = Ask { n: openai::count(body, "n", 128)?.unwrap_or(1), ..Ask::default() };
    openai::within(body, &[("temperature", 0.0, 2.0), ("top_p", 0.0, 1.0)])?;
    openai::stops(body, &mut ask)?;
    ask.extras.logprobs = openai::count(body, "logprobs", 5)?;
    let most = given(body, "max_tokens").map_or(Some(MAX_TOKENS), Value::as_u64);
    ask.max_tokens = Some(most.ok_or_else(|| Fail::bad("max_tokens", "'max_tokens' has to be an integer."))?);
    prompt(given(body, "prompt"), &mut ask)?;
    openai::stream_options(reading, &mut ask)?;
    openai::too_long(reading, &ask)?;
    Ok(ask)
}

fn prompt(prompt: Option<&Value>, ask: &mut Ask) -> Outcome<()> {
    let invalid =
        || Fail::bad("prompt", "Invalid 'prompt': expected a string, a list of strings, or tokens.");
    let text = match prompt {
        None => return Err(openai::missing("prompt")),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(many)) if many.iter().all(Value::is_u64) => {
            format!("[{} tokens]", many.len())
        }
        // Each prompt is answered n times; the simulated model answers one.
        Some(Value::Array(many)) => match many.as_slice() {
            [Value::String(one)] => one.clone(),
            _ => return Err(invalid()),
        },
        Some(_) => return Err(invalid()),
    };
    ask.read(&text);
    ask.last_user = text;
    Ok(())
}

fn text_of(said: &Said) -> &str {
    match &said.what {
        What::Text(text) | What::Refusal(text) => text,
        What::Calls(_) | What::Nothing => "",
    }
}

fn finish(said: &Said) -> &'static str {
    match said.finish {
        Finish::Length => "length",
        Finish::Filter => "content_filter",
        _ => "stop",
    }
}

/// The log probabilities of a text that begins at `offset`.
fn logprobs(ask: &Ask, text: &str, mut offset: usize) -> Value {
    let Some(top) = ask.extras.logprobs else { return Value::Null };
    let (mut offsets, mut values, mut tokens, mut tops) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for piece in words::pieces(text) {
        let log = openai::logprob(piece, top);
        let others = log.get("top_logprobs").and_then(Value::as_array).into_iter().flatten();
        let others =
            others.filter_map(|o| Some((o.get("token")?.as_str()?.to_owned(), o.get("logprob")?.clone())));
        tops.push(Value::Object(others.collect()));
        values.push(log.get("logprob").cloned().unwrap_or_default());
        tokens.push(piece);
        offsets.push(offset);
        offset += piece.chars().count();
    }
    json!({ "text_offset": offsets, "token_logprobs": values, "tokens": tokens, "top_logprobs": tops })
}

fn usage(answer: &Answer) -> Value {
    let usage = answer.usage;
    json!({
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.output,
        "total_tokens": usage.prompt + usage.output,
    })
}

fn envelope(stamp: &Stamp, choices: Value) -> Value {
    let mut rng = Rng::with_seed(stamp.seed);
    json!({
        "id": format!("cmpl-{}", words::id(&mut rng, 29)),
        "object": "text_completion",
        "created": stamp.created,
        "model": stamp.model,
        "choices": choices,
    })
}

pub(super) fn plain(ask: &Ask, answer: &Answer, stamp: &Stamp) -> Value {
    let start = ask.prompt.chars().count().saturating_sub(1);
    let choices = answer.choices.iter().enumerate().map(|(i, said)| {
        let text = text_of(said);
        let logprobs = logprobs(ask, text, start);
        json!({ "text": text, "index": i, "logprobs": logprobs, "finish_reason": finish(said) })
    });
    let mut body = envelope(stamp, choices.collect());
    if let Some(map) = body.as_object_mut() {
        map.insert("usage".to_owned(), usage(answer));
    }
    body
}

pub(super) fn stream(ask: &Ask, answer: &Answer, stamp: &Stamp) -> Vec<Event> {
    let mut events = Vec::new();
    let mut push = |choices: Value, usage: Value, tokens: u64| {
        let mut chunk = envelope(stamp, choices);
        if ask.extras.include_usage
            && let Some(map) = chunk.as_object_mut()
        {
            map.insert("usage".to_owned(), usage);
        }
        events.push(Event::new(format!("data: {chunk}\n\n"), tokens));
    };
    for (i, said) in answer.choices.iter().enumerate() {
        let mut offset = ask.prompt.chars().count().saturating_sub(1);
        for piece in words::pieces(text_of(said)) {
            let logs = logprobs(ask, piece, offset);
            offset += piece.chars().count();
            let choice = json!({ "text": piece, "index": i, "logprobs": logs, "finish_reason": null });
            push(json!([choice]), Value::Null, words::tokens(piece.len()));
        }
        let last = json!({ "text": "", "index": i, "logprobs": null, "finish_reason": finish(said) });
        push(json!([last]), Value::Null, 0);
    }
    if ask.extras.include_usage {
        push(json!([]), usage(answer), 0);
    }
    events.push(Event::new("data: [DONE]\n\n".to_owned(), 0));
    events
}
