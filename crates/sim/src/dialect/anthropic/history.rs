//! The messages of a Messages request: roles in turn, every tool use answered in the next turn, signatures intact.

use serde_json::Value;

use super::super::Reading;
use super::super::fields::{is_name, stranger, text, text_of};
use super::read::{extra, required};
use crate::ask::Ask;
use crate::fail::{Fail, Outcome};
use crate::sign::Signer;

pub(super) fn read(messages: &[Value], ask: &mut Ask, reading: &Reading<'_>) -> Outcome<()> {
    let mut turn = Turn { signer: reading.signer, at: String::new(), uses: Vec::new(), answered: Vec::new() };
    let mut before = "";
    for (i, message) in messages.iter().enumerate() {
        if let Some(field) = stranger(message, &["role", "content"]) {
            return Err(extra(&format!("messages.{i}.{field}")));
        }
        let role = text(message, "role").unwrap_or("");
        if role == "system" && reading.betas.contains("mid-conversation-system") {
            ask.read(&text_of(message.get("content").unwrap_or(&Value::Null)));
            continue;
        }
        if role != "user" && role != "assistant" {
            return Err(Fail::new(
                400,
                format!(
                    "messages: Unexpected role \"{role}\". Allowed roles are \"user\" or \"assistant\"; the system \
                     prompt goes in the top-level `system` parameter."
                ),
            ));
        }
        if before.is_empty() && role == "assistant" {
            return Err(Fail::new(400, "messages: first message must use the \"user\" role"));
        }
        if role == before {
            return Err(Fail::new(
                400,
                format!(
                    "messages: roles must alternate between \"user\" and \"assistant\", but found \"{role}\" twice"
                ),
            ));
        }
        before = role;
        let last = i + 1 == messages.len();
        turn.at = format!("messages.{i}");
        turn.message(message, role == "user", last, ask)?;
    }
    turn.unanswered()
}

/// The state of the conversation at one message.
struct Turn<'a> {
    signer: &'a Signer,
    at: String,
    /// Tool uses of the last assistant message.
    uses: Vec<String>,
    /// Those of them that have their result.
    answered: Vec<String>,
}

impl Turn<'_> {
    fn message(&mut self, message: &Value, user: bool, last: bool, ask: &mut Ask) -> Outcome<()> {
        let whole = vec![serde_json::json!({ "type": "text", "text": message.get("content") })];
        let blocks = match message.get("content") {
            Some(Value::String(_)) => &whole,
            Some(Value::Array(blocks)) => blocks,
            _ => return Err(required(&format!("{}.content", self.at))),
        };
        if blocks.is_empty() && (user || !last) {
            return Err(Fail::new(
                400,
                format!(
                    "{}: all messages must have non-empty content except for the final assistant message",
                    self.at
                ),
            ));
        }
        if user {
            ask.results.clear();
            ask.media.clear();
        } else {
            self.uses.clear();
            self.answered.clear();
        }
        let at = self.at.clone();
        let mut texts = Vec::new();
        let mut other = false;
        for (j, block) in blocks.iter().enumerate() {
            self.at = format!("{at}.content.{j}");
            let kind = text(block, "type").ok_or_else(|| required(&format!("{}.type", self.at)))?;
            if kind == "tool_result" && other {
                return Err(Fail::new(
                    400,
                    format!("{at}: `tool_result` blocks must come before other content"),
                ));
            }
            other |= kind != "tool_result";
            if let Some(said) = self.block(block, kind, user, ask)? {
                texts.push(said);
            }
        }
        self.at = at;
        if user {
            self.unanswered()?;
            self.uses.clear();
            // The results of tools are a user's turn, but not the user's words.
            if !texts.is_empty() || ask.results.is_empty() {
                ask.last_user = texts.join("\n");
            }
        }
        Ok(())
    }

    fn unanswered(&self) -> Outcome<()> {
        match self.uses.iter().find(|id| !self.answered.contains(id)) {
            None => Ok(()),
            Some(id) => Err(Fail::new(
                400,
                format!(
                    "{}: `tool_use` ids were found without `tool_result` blocks immediately after: {id}. Each needs \
                     its result in the next message.",
                    self.at
                ),
            )),
        }
    }

    fn block(&mut self, block: &Value, kind: &str, user: bool, ask: &mut Ask) -> Outcome<Option<String>> {
        let known: &[&str] = match kind {
            "text" => &["type", "text", "cache_control", "citations"],
            "image" => &["type", "source", "cache_control"],
            "document" => &["type", "source", "title", "context", "citations", "cache_control"],
            "tool_use" => &["type", "id", "name", "input", "cache_control", "caller"],
            "tool_result" => &["type", "tool_use_id", "content", "is_error", "cache_control"],
            "thinking" => &["type", "thinking", "signature"],
            "redacted_thinking" => &["type", "data"],
            _ => {
                return Err(
                    self.fail(&format!("Input tag '{kind}' found using 'type' does not match any tag"))
                );
            }
        };
        if let Some(field) = stranger(block, known) {
            return Err(extra(&format!("{}.{kind}.{field}", self.at)));
        }
        match (kind, user) {
            ("text", _) => {
                let said = text(block, "text").unwrap_or("");
                if said.is_empty() {
                    return Err(self.fail("text content blocks must be non-empty"));
                }
                ask.read(said);
                Ok(Some(said.to_owned()))
            }
            ("image" | "document", true) => self.media(block, kind, ask).map(|()| None),
            ("tool_result", true) => self.result(block, ask).map(|()| None),
            ("tool_use", false) => self.tool_use(block, ask).map(|()| None),
            ("thinking", false) => self.thought(block, ask).map(|()| None),
            ("redacted_thinking", false) => Err(self.fail("Invalid `data` in `redacted_thinking` block")),
            _ => Err(self.fail(&format!("`{kind}` blocks are not allowed in this role"))),
        }
    }

    fn fail(&self, what: &str) -> Fail {
        Fail::new(400, format!("{}: {what}", self.at))
    }

    fn tool_use(&mut self, block: &Value, ask: &mut Ask) -> Outcome<()> {
        let id = text(block, "id").unwrap_or("");
        if !is_name(id, "", 512) {
            let at = format!("{}.tool_use.id", self.at);
            return Err(Fail::new(400, format!("{at}: String should match pattern '^[a-zA-Z0-9_-]+$'")));
        }
        if self.uses.iter().any(|other| other == id) {
            return Err(self.fail("`tool_use` ids must be unique"));
        }
        let input = block.get("input").filter(|i| i.is_object());
        let input = input.ok_or_else(|| self.fail("tool_use.input: Input should be a valid dictionary"))?;
        ask.read(text(block, "name").unwrap_or(""));
        ask.read(&input.to_string());
        self.uses.push(id.to_owned());
        Ok(())
    }

    fn result(&mut self, block: &Value, ask: &mut Ask) -> Outcome<()> {
        let id = text(block, "tool_use_id").unwrap_or("");
        if !self.uses.iter().any(|u| u == id) || self.answered.iter().any(|a| a == id) {
            return Err(self.fail(&format!(
                "unexpected `tool_use_id` found in `tool_result` blocks: {id}. Each `tool_result` needs a \
                 corresponding `tool_use` in the previous message."
            )));
        }
        self.answered.push(id.to_owned());
        let content = block.get("content").unwrap_or(&Value::Null);
        for inner in content.as_array().into_iter().flatten() {
            if matches!(text(inner, "type"), Some("image" | "document")) {
                self.media(inner, "image", ask)?;
            }
        }
        let said = text_of(content);
        ask.read(&said);
        ask.results.push(said);
        Ok(())
    }

    fn thought(&self, block: &Value, ask: &mut Ask) -> Outcome<()> {
        let (thought, signature) = (text(block, "thinking"), text(block, "signature"));
        let (Some(thought), Some(signature)) = (thought, signature) else {
            return Err(required(&format!("{}.thinking.signature", self.at)));
        };
        if !self.signer.holds(thought, signature) {
            return Err(self.fail("Invalid `signature` in `thinking` block"));
        }
        ask.read(thought);
        Ok(())
    }

    fn media(&self, block: &Value, kind: &str, ask: &mut Ask) -> Outcome<()> {
        let source = block.get("source").ok_or_else(|| required(&format!("{}.{kind}.source", self.at)))?;
        let word = if kind == "image" { "image" } else { "file" };
        match text(source, "type") {
            Some("base64") => {
                let mime = text(source, "media_type").unwrap_or("");
                let data = text(source, "data").unwrap_or("");
                ask.see(word, mime, data)
                    .ok_or_else(|| self.fail(&format!("{kind}.source.base64: invalid base64 data")))
            }
            Some("url") => {
                ask.see_at(word, text(source, "url").unwrap_or(""));
                Ok(())
            }
            Some("file") => {
                ask.see_at(word, text(source, "file_id").unwrap_or(""));
                Ok(())
            }
            Some("text") if kind == "document" => {
                ask.read(text(source, "data").unwrap_or(""));
                Ok(())
            }
            _ => Err(self.fail(&format!("{kind}.source: Input tag does not match any of the expected tags"))),
        }
    }
}
