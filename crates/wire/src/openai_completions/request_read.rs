//! Reads a client's request: its head, and the whole of it.

use serde_json::Value;
use wye_types::Map;
use wye_types::chat::{ChatRequest, Message, OutputFormat, Role, Sampling};

use super::ID;
use crate::dialect::RequestError;
use crate::fields::{Fields, wrong};
use crate::openai_chat::request_read::{read_stop, read_stream_options, read_top_k};
use crate::openai_chat::scan::{include_usage, is_empty_array};
use crate::scan::{Head, TopLevel, kind_of};

const HINT: &str = "write the text that the model is to continue";

/// Reads what routing needs. Several prompts, and prompts of tokens, are for a provider of this dialect to judge.
pub(super) fn head(body: &[u8]) -> Result<Head, RequestError> {
    let top = TopLevel::scan(body)?;
    let model: String = top.get(body, "model", "a string")?.ok_or_else(|| {
        RequestError::field("model", "`model` is missing; write the model's or route's name")
    })?;
    match top.raw(body, "prompt") {
        None => return Err(RequestError::field("prompt", format!("`prompt` is missing; {HINT}"))),
        Some(raw) if is_empty_array(raw) => return Err(empty()),
        Some([b'"' | b'[', ..]) => {}
        Some(raw) => {
            let message = format!("`prompt` must be a string or an array, not {}; {HINT}", kind_of(raw));
            return Err(RequestError::field("prompt", message));
        }
    }
    let stream = top.get(body, "stream", "true or false")?.unwrap_or(false);
    let include_usage = include_usage(&top, body)?;
    let max_tokens = top.get(body, "max_tokens", "a whole number, 0 or more")?;
    Ok(Head { model, stream, include_usage, wants_thinking: false, tools: false, max_tokens, top })
}

/// Reads the whole request.
pub(super) fn read(body: &[u8]) -> Result<ChatRequest, RequestError> {
    // The scan words syntax errors and finds keys that stand twice.
    TopLevel::scan(body)?;
    let map: Map = serde_json::from_slice(body).map_err(|e| RequestError::syntax(e.to_string()))?;
    let mut top = Fields::top(map);
    let model = top.required("model", "write the model's or route's name")?;
    let prompt = read_prompt(top.take("prompt"))?;
    let stream = top.boolean("stream")?.unwrap_or(false);
    let include_usage = read_stream_options(&mut top)?;
    let sampling = read_sampling(&mut top)?;
    let user = top.string("user")?;
    drop_defaults(&mut top);
    Ok(ChatRequest {
        from: ID,
        model,
        messages: vec![Message::text(Role::User, prompt)],
        tools: Vec::new(),
        tool_choice: None,
        parallel_tool_calls: None,
        format: OutputFormat::Text,
        sampling,
        reasoning: None,
        stream,
        include_usage,
        user,
        rest: top.rest(),
    })
}

/// Some clients always send these. As defaults they are no loss where they cannot be said.
fn drop_defaults(top: &mut Fields) {
    for (key, default) in [("echo", Value::Bool(false)), ("best_of", Value::from(1))] {
        if let Some(value) = top.take(key).filter(|value| *value != default) {
            top.put(key, value);
        }
    }
}

/// The one text that a chat can hold.
fn read_prompt(prompt: Option<Value>) -> Result<String, RequestError> {
    let Some(prompt) = prompt else {
        return Err(RequestError::field("prompt", format!("`prompt` is missing; {HINT}")));
    };
    let mut prompts = match prompt {
        Value::String(text) => return Ok(text),
        Value::Array(prompts) => prompts,
        other => return Err(wrong("prompt", "a string or an array", &other)),
    };
    let several = prompts.len() > 1;
    match prompts.pop() {
        None => Err(empty()),
        Some(Value::Number(_) | Value::Array(_)) => Err(RequestError::field(
            "prompt",
            "`prompt` holds tokens, which this target does not take; send the text, or name a model whose provider \
             serves /v1/completions",
        )),
        Some(Value::String(_)) if several => Err(RequestError::field(
            "prompt",
            "`prompt` holds several prompts, and this target takes one a request; send them one by one, or name a \
             model whose provider serves /v1/completions",
        )),
        Some(Value::String(text)) => Ok(text),
        Some(other) => Err(wrong("prompt[0]", "a string", &other)),
    }
}

fn empty() -> RequestError {
    RequestError::field("prompt", format!("`prompt` is empty; {HINT}"))
}

fn read_sampling(top: &mut Fields) -> Result<Sampling, RequestError> {
    let top_logprobs = top.small("logprobs")?;
    Ok(Sampling {
        max_tokens: top.count("max_tokens")?,
        temperature: top.number("temperature")?,
        top_p: top.number("top_p")?,
        top_k: read_top_k(top),
        frequency_penalty: top.number("frequency_penalty")?,
        presence_penalty: top.number("presence_penalty")?,
        seed: top.integer("seed")?,
        stop: read_stop(top)?,
        choices: top.small("n")?,
        logprobs: top_logprobs.map(|_| true),
        top_logprobs,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(prompt: &str) -> String {
        let body = format!("{{\"model\":\"m\",\"prompt\":{prompt}}}");
        let error = read(body.as_bytes()).unwrap_err();
        assert_eq!(error.param.as_deref(), Some("prompt"), "{}", error.message);
        error.message
    }

    #[test]
    fn what_a_chat_cannot_hold_is_refused_with_the_reason() {
        assert!(refused("[\"a\",\"b\"]").contains("several prompts"));
        assert!(refused("[1,2]").contains("tokens"));
        assert!(refused("[[1],[2]]").contains("tokens"));
        assert!(refused("[]").contains("empty"));
        assert!(refused("null").contains("missing"));
        assert!(refused("7").contains("must be a string"));
    }

    #[test]
    fn what_a_chat_cannot_hold_may_still_be_relayed() {
        for prompt in ["[\"a\",\"b\"]", "[1,2]", "[[1],[2]]", "\"\""] {
            let body = format!("{{\"model\":\"m\",\"prompt\":{prompt},\"stream\":true,\"max_tokens\":3}}");
            let head = head(body.as_bytes()).unwrap();
            assert_eq!((head.model.as_str(), head.stream, head.max_tokens), ("m", true, Some(3)));
        }
        for prompt in ["[ ]", "null", "7", "{}"] {
            let body = format!("{{\"model\":\"m\",\"prompt\":{prompt}}}");
            assert_eq!(head(body.as_bytes()).unwrap_err().param.as_deref(), Some("prompt"), "{prompt}");
        }
    }

    #[test]
    fn one_prompt_may_stand_in_an_array() {
        let chat =
            read(br#"{"model":"m","prompt":["a"],"logprobs":0,"suffix":"z","echo":false,"best_of":2}"#)
                .unwrap();
        assert_eq!(chat.messages, [Message::text(Role::User, "a")]);
        assert_eq!((chat.sampling.logprobs, chat.sampling.top_logprobs), (Some(true), Some(0)));
        assert_eq!(chat.rest.keys().collect::<Vec<_>>(), ["suffix", "best_of"]);
    }
}
