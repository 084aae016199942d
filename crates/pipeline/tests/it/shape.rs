//! The shape of answers as official clients need it, checked without the readers of `wye-wire`.

use serde_json::Value;
use wye_types::DialectId;

use crate::house::Ask;

/// What is wrong with a whole answer, or with a stream.
pub(crate) fn problems(ask: &Ask, body: &str) -> Vec<String> {
    let choices = ask.body.get("n").and_then(Value::as_u64).unwrap_or(1);
    let mut wants = Wants { choices, missing: Vec::new() };
    match (ask.dialect, ask.stream()) {
        (DialectId::OpenAiChat, false) => wants.completion(&json(body)),
        (DialectId::OpenAiChat, true) => wants.chunks(body),
        (DialectId::AnthropicMessages, false) => wants.message(&json(body)),
        (DialectId::AnthropicMessages, true) => wants.message_events(body),
        (DialectId::OpenAiResponses, false) => wants.response(&json(body)),
        (DialectId::OpenAiResponses, true) => wants.response_events(body),
        (DialectId::OpenAiCompletions, false) => wants.text_completion(&json(body)),
        (DialectId::OpenAiCompletions, true) => wants.text_chunks(body),
        (DialectId::Cohere | DialectId::Ollama | DialectId::BedrockConverse, _) => {
            wants.that(false, "no captured client speaks this");
        }
        (DialectId::Gemini, false) => wants.generated(&json(body)),
        (DialectId::Gemini, true) => wants.generated_chunks(body),
    }
    wants.missing
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

struct Wants {
    /// How many answers were asked for.
    choices: u64,
    missing: Vec<String>,
}

impl Wants {
    fn that(&mut self, holds: bool, what: &str) {
        if !holds {
            self.missing.push(what.to_owned());
        }
    }

    fn equal(&mut self, at: &Value, pointer: &str, wanted: &str) {
        let found = at.pointer(pointer);
        self.that(
            found.and_then(Value::as_str) == Some(wanted),
            &format!("{pointer} is {found:?}, not {wanted}"),
        );
    }

    fn one_of(&mut self, at: &Value, pointer: &str, words: &[&str]) {
        let found = at.pointer(pointer).and_then(Value::as_str).unwrap_or("");
        self.that(words.contains(&found), &format!("{pointer} is {found:?}, none of {words:?}"));
    }

    fn number(&mut self, at: &Value, pointer: &str) {
        self.that(at.pointer(pointer).is_some_and(Value::is_u64), &format!("{pointer} is no number"));
    }

    fn text(&mut self, at: &Value, pointer: &str) {
        let found = at.pointer(pointer).and_then(Value::as_str);
        self.that(found.is_some_and(|t| !t.is_empty()), &format!("{pointer} is no text"));
    }

    fn completion(&mut self, body: &Value) {
        self.equal(body, "/object", "chat.completion");
        self.text(body, "/id");
        self.text(body, "/model");
        self.number(body, "/created");
        self.number(body, "/choices/0/index");
        self.equal(body, "/choices/0/message/role", "assistant");
        self.that(body.pointer("/choices/0/message/content").is_some(), "message.content is absent");
        self.one_of(body, "/choices/0/finish_reason", &["stop", "length", "tool_calls"]);
        for name in ["prompt_tokens", "completion_tokens", "total_tokens"] {
            self.number(body, &format!("/usage/{name}"));
        }
        let calls = body.pointer("/choices/0/message/tool_calls").and_then(Value::as_array);
        for call in calls.into_iter().flatten() {
            self.text(call, "/id");
            self.equal(call, "/type", "function");
            self.text(call, "/function/name");
            let arguments = call.pointer("/function/arguments").and_then(Value::as_str).unwrap_or("");
            self.that(json(arguments).is_object(), "arguments are no JSON object");
        }
    }

    fn chunks(&mut self, body: &str) {
        self.that(body.ends_with("data: [DONE]\n\n"), "no [DONE] at the end");
        let lines: Vec<&str> = body.split("\n\n").filter_map(|e| e.strip_prefix("data: ")).collect();
        let chunks: Vec<Value> = lines.iter().filter(|l| **l != "[DONE]").map(|l| json(l)).collect();
        let mut finished = 0;
        for chunk in &chunks {
            self.equal(chunk, "/object", "chat.completion.chunk");
            self.text(chunk, "/id");
            self.text(chunk, "/model");
            self.number(chunk, "/created");
            self.that(chunk["choices"].is_array(), "a chunk has no choices");
            if chunk.pointer("/choices/0/finish_reason").is_some_and(|f| !f.is_null()) {
                finished += 1;
            }
        }
        self.that((1..=self.choices).contains(&finished), &format!("{finished} finish reasons"));
        let first = chunks.first().cloned().unwrap_or_default();
        self.equal(&first, "/choices/0/delta/role", "assistant");
    }

    fn message(&mut self, body: &Value) {
        self.equal(body, "/type", "message");
        self.equal(body, "/role", "assistant");
        self.text(body, "/id");
        self.text(body, "/model");
        self.one_of(body, "/stop_reason", &["end_turn", "max_tokens", "tool_use", "stop_sequence"]);
        self.that(body.get("stop_sequence").is_some(), "stop_sequence is absent");
        self.number(body, "/usage/input_tokens");
        self.number(body, "/usage/output_tokens");
        let content = body["content"].as_array().cloned().unwrap_or_default();
        self.that(!content.is_empty(), "content is empty");
        for block in &content {
            self.one_of(block, "/type", &["text", "thinking", "redacted_thinking", "tool_use"]);
            if block["type"] == "tool_use" {
                self.text(block, "/id");
                self.text(block, "/name");
                self.that(block["input"].is_object(), "input is no object");
            }
        }
    }

    fn message_events(&mut self, body: &str) {
        let mut names = Vec::new();
        for event in body.split("\n\n").filter(|e| !e.is_empty()) {
            let name = event.lines().find_map(|l| l.strip_prefix("event: ")).unwrap_or("");
            let data = json(event.lines().find_map(|l| l.strip_prefix("data: ")).unwrap_or(""));
            self.equal(&data, "/type", name);
            if name == "message_start" {
                self.text(&data, "/message/id");
                self.number(&data, "/message/usage/input_tokens");
            }
            if name == "message_delta" {
                self.text(&data, "/delta/stop_reason");
                self.number(&data, "/usage/output_tokens");
            }
            names.push(name);
        }
        names.retain(|name| *name != "ping");
        self.that(names.first() == Some(&"message_start"), "no message_start");
        self.that(names.ends_with(&["message_delta", "message_stop"]), "no message_delta and message_stop");
        let mut open = false;
        for name in names {
            let fits = match name {
                "content_block_start" => !open,
                "content_block_delta" | "content_block_stop" => open,
                _ => true,
            };
            self.that(fits, "blocks overlap");
            open = matches!(name, "content_block_start" | "content_block_delta");
        }
    }

    fn response(&mut self, body: &Value) {
        self.equal(body, "/object", "response");
        self.text(body, "/id");
        self.text(body, "/model");
        self.number(body, "/created_at");
        self.one_of(body, "/status", &["completed", "incomplete"]);
        for name in ["input_tokens", "output_tokens", "total_tokens"] {
            self.number(body, &format!("/usage/{name}"));
        }
        let output = body["output"].as_array().cloned().unwrap_or_default();
        self.that(!output.is_empty(), "output is empty");
        for item in &output {
            self.text(item, "/id");
            match item["type"].as_str() {
                Some("message") => {
                    self.equal(item, "/role", "assistant");
                    self.equal(item, "/content/0/type", "output_text");
                    self.that(item["content"][0]["text"].is_string(), "a message has no text");
                    self.that(item["content"][0]["annotations"].is_array(), "a text has no annotations");
                }
                Some("function_call") => {
                    self.text(item, "/call_id");
                    self.text(item, "/name");
                    let arguments = item["arguments"].as_str().unwrap_or("");
                    self.that(json(arguments).is_object(), "arguments are no JSON object");
                }
                Some("reasoning") => self.that(item["summary"].is_array(), "reasoning has no summary"),
                other => self.that(false, &format!("an item is {other:?}")),
            }
        }
    }

    fn response_events(&mut self, body: &str) {
        let mut names = Vec::new();
        let mut last = Value::Null;
        for (place, event) in body.split("\n\n").filter(|e| !e.is_empty()).enumerate() {
            let name = event.lines().find_map(|l| l.strip_prefix("event: ")).unwrap_or("");
            last = json(event.lines().find_map(|l| l.strip_prefix("data: ")).unwrap_or(""));
            self.equal(&last, "/type", name);
            self.that(last["sequence_number"] == place, &format!("{name} is not number {place}"));
            names.push(name);
        }
        self.that(names.first() == Some(&"response.created"), "no response.created");
        let end = names.last().copied().unwrap_or("");
        self.that(matches!(end, "response.completed" | "response.incomplete"), &format!("ends with {end}"));
        let count = |wanted: &str| names.iter().filter(|name| **name == wanted).count();
        let (added, done) = (count("response.output_item.added"), count("response.output_item.done"));
        self.that(added > 0 && added == done, &format!("{added} items begin and {done} end"));
        self.response(&last["response"]);
    }

    fn text_completion(&mut self, body: &Value) {
        self.equal(body, "/object", "text_completion");
        self.text(body, "/id");
        self.text(body, "/model");
        self.number(body, "/created");
        self.number(body, "/choices/0/index");
        self.that(body.pointer("/choices/0/text").is_some_and(Value::is_string), "text is absent");
        self.one_of(body, "/choices/0/finish_reason", &["stop", "length"]);
        for name in ["prompt_tokens", "completion_tokens", "total_tokens"] {
            self.number(body, &format!("/usage/{name}"));
        }
    }

    fn text_chunks(&mut self, body: &str) {
        self.that(body.ends_with("data: [DONE]\n\n"), "no [DONE] at the end");
        let lines = body.split("\n\n").filter_map(|e| e.strip_prefix("data: ")).filter(|l| *l != "[DONE]");
        let mut finished = 0;
        for chunk in lines.map(json) {
            self.equal(&chunk, "/object", "text_completion");
            self.text(&chunk, "/id");
            if chunk.pointer("/choices/0/finish_reason").is_some_and(|f| !f.is_null()) {
                finished += 1;
            }
        }
        self.that((1..=self.choices).contains(&finished), &format!("{finished} finish reasons"));
    }

    fn generated(&mut self, body: &Value) {
        self.equal(body, "/candidates/0/content/role", "model");
        let parts = body.pointer("/candidates/0/content/parts").and_then(Value::as_array);
        self.that(parts.is_some_and(|p| !p.is_empty()), "no parts");
        self.one_of(body, "/candidates/0/finishReason", &["STOP", "MAX_TOKENS"]);
        self.number(body, "/usageMetadata/promptTokenCount");
        self.number(body, "/usageMetadata/totalTokenCount");
        self.text(body, "/modelVersion");
        for part in parts.into_iter().flatten() {
            let call = part.get("functionCall");
            self.that(call.is_none_or(|c| c["name"].is_string() && c["args"].is_object()), "a call is odd");
            self.that(call.is_some() || part["text"].is_string(), "a part is neither text nor call");
        }
    }

    fn generated_chunks(&mut self, body: &str) {
        let events = body.split("\r\n\r\n").filter(|e| !e.is_empty());
        let chunks: Vec<Value> = events.map(|e| e.strip_prefix("data: ").map_or(Value::Null, json)).collect();
        self.that(chunks.iter().all(Value::is_object), "an event is no `data: {…}`");
        let last = chunks.last().cloned().unwrap_or_default();
        self.one_of(&last, "/candidates/0/finishReason", &["STOP", "MAX_TOKENS"]);
        self.number(&last, "/usageMetadata/totalTokenCount");
        let finished = chunks.iter().filter(|c| c.pointer("/candidates/0/finishReason").is_some()).count();
        self.that(finished == 1, &format!("{finished} finish reasons"));
    }
}
