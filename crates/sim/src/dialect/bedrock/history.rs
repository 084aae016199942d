//! The messages of a Converse request: the user first, every tool use answered, signatures intact.

use serde_json::Value;

use super::super::fields::{is_name, list, text};
use super::read::{blank, constraint};
use crate::ask::Ask;
use crate::fail::{Fail, Outcome};
use crate::sign::Signer;

pub(super) fn read(messages: &[Value], tools: bool, ask: &mut Ask, signer: &Signer) -> Outcome<()> {
    let mut reader = Reader { ask, signer, tools, uses: Vec::new(), texts: Vec::new() };
    for (i, message) in messages.iter().enumerate() {
        let user = match text(message, "role") {
            Some("user") => true,
            Some("assistant") => false,
            _ => {
                let at = format!("messages.{i}.member.role");
                return Err(constraint(&at, "Member must satisfy enum value set: [user, assistant]"));
            }
        };
        if i == 0 && !user {
            let message = "A conversation must start with a user message. Try again with a conversation that starts \
                           with a user message.";
            return Err(Fail::new(400, message));
        }
        reader.message(list(message, "content"), i, user)?;
    }
    reader.unanswered(messages.len())
}

struct Reader<'a> {
    ask: &'a mut Ask,
    signer: &'a Signer,
    /// Tools are configured.
    tools: bool,
    /// Tool uses that have no result yet.
    uses: Vec<String>,
    texts: Vec<String>,
}

impl Reader<'_> {
    fn message(&mut self, blocks: &[Value], i: usize, user: bool) -> Outcome<()> {
        if blocks.is_empty() {
            let message = format!(
                "The content field in the Message object at messages.{i} is empty. Add a ContentBlock object to the \
                 content field and try again."
            );
            return Err(Fail::new(400, message));
        }
        if !user {
            self.unanswered(i)?;
        }
        self.ask.results.clear();
        if user {
            self.ask.media.clear();
        }
        for (j, block) in blocks.iter().enumerate() {
            self.block(block, &format!("messages.{i}.content.{j}"), user)?;
        }
        let texts = std::mem::take(&mut self.texts);
        if user {
            self.unanswered(i)?;
            // The results of tools are a user's turn, but not the user's words.
            if !texts.is_empty() || self.ask.results.is_empty() {
                self.ask.last_user = texts.join("\n");
            }
        }
        Ok(())
    }

    fn unanswered(&self, i: usize) -> Outcome<()> {
        match self.uses.as_slice() {
            [] => Ok(()),
            open => Err(Fail::new(
                400,
                format!(
                    "Expected toolResult blocks at messages.{i}.content for the following Ids: {}",
                    open.join(", ")
                ),
            )),
        }
    }

    fn block(&mut self, block: &Value, at: &str, user: bool) -> Outcome<()> {
        let pair = block.as_object().filter(|m| m.len() == 1).and_then(|m| m.iter().next());
        let Some((kind, inner)) = pair else {
            return Err(constraint(at, "Member must have exactly one of the members of a ContentBlock"));
        };
        if matches!(kind.as_str(), "toolUse" | "toolResult") && !self.tools {
            let message =
                "The toolConfig field must be defined when using toolUse and toolResult content blocks.";
            return Err(Fail::new(400, message));
        }
        match (kind.as_str(), user) {
            ("text", _) => {
                let said = inner.as_str().filter(|t| !t.trim().is_empty()).ok_or_else(|| blank(at))?;
                self.ask.read(said);
                self.texts.push(said.to_owned());
                Ok(())
            }
            ("image" | "document" | "video", true) => self.media(inner, kind, at),
            ("toolUse", false) => self.tool_use(inner, at),
            ("toolResult", true) => self.result(inner, at),
            ("reasoningContent", false) => self.thought(inner, at),
            ("cachePoint" | "guardContent" | "citationsContent", _) => Ok(()),
            _ => Err(constraint(at, &format!("{kind} is not allowed in this role"))),
        }
    }

    fn media(&mut self, medium: &Value, kind: &str, at: &str) -> Outcome<()> {
        let format = text(medium, "format").unwrap_or("");
        let known: &[&str] = match kind {
            "image" => &["png", "jpeg", "gif", "webp"],
            "document" => &["pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"],
            _ => &["mkv", "mov", "mp4", "webm", "flv", "mpeg", "mpg", "wmv", "three_gp"],
        };
        if !known.contains(&format) {
            let set = format!("Member must satisfy enum value set: [{}]", known.join(", "));
            return Err(constraint(&format!("{at}.{kind}.format"), &set));
        }
        if kind == "document" && text(medium, "name").is_none_or(str::is_empty) {
            return Err(constraint(&format!("{at}.document.name"), "Member must not be null"));
        }
        let (word, mime) = match kind {
            "image" => ("image", format!("image/{format}")),
            _ => ("file", format!("application/{format}")),
        };
        let source = medium.get("source").unwrap_or(&Value::Null);
        match (text(source, "bytes"), source.pointer("/s3Location/uri").and_then(Value::as_str)) {
            (Some(data), _) => self
                .ask
                .see(word, &mime, data)
                .ok_or_else(|| constraint(&format!("{at}.{kind}.source.bytes"), "Member must be base64")),
            (None, Some(uri)) => {
                self.ask.see_at(word, uri);
                Ok(())
            }
            (None, None) => Err(constraint(&format!("{at}.{kind}.source"), "Member must not be null")),
        }
    }

    fn tool_use(&mut self, tool: &Value, at: &str) -> Outcome<()> {
        let pattern = "Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+";
        let id = text(tool, "toolUseId").filter(|id| is_name(id, "", 64));
        let id = id.ok_or_else(|| constraint(&format!("{at}.toolUse.toolUseId"), pattern))?;
        let name = text(tool, "name").filter(|name| is_name(name, "", 64));
        let name = name.ok_or_else(|| constraint(&format!("{at}.toolUse.name"), pattern))?;
        let input = tool.get("input").filter(|i| i.is_object()).ok_or_else(|| {
            let message = format!(
                "The format of the value at {at}.toolUse.input is invalid. Provide a json object for the field and try \
                 again."
            );
            Fail::new(400, message)
        })?;
        self.ask.read(name);
        self.ask.read(&input.to_string());
        self.uses.push(id.to_owned());
        Ok(())
    }

    fn result(&mut self, result: &Value, at: &str) -> Outcome<()> {
        let id = text(result, "toolUseId").unwrap_or("");
        let Some(found) = self.uses.iter().position(|u| u == id) else {
            let message = format!(
                "The number of toolResult blocks at {at} exceeds the number of toolUse blocks of previous turn."
            );
            return Err(Fail::new(400, message));
        };
        self.uses.remove(found);
        let mut all = Vec::new();
        for (k, part) in list(result, "content").iter().enumerate() {
            let at = format!("{at}.toolResult.content.{k}");
            match (text(part, "text"), part.get("json"), part.get("image")) {
                (Some(said), _, _) => all.push(said.to_owned()),
                (None, Some(json), _) if json.is_object() => all.push(json.to_string()),
                (None, None, Some(image)) => self.media(image, "image", &at)?,
                _ => return Err(constraint(&at, "Member must have exactly one of text, json, image")),
            }
        }
        let said = all.join("\n");
        self.ask.read(&said);
        self.ask.results.push(said);
        Ok(())
    }

    fn thought(&mut self, thought: &Value, at: &str) -> Outcome<()> {
        let part = |name: &str| thought.get("reasoningText").and_then(|t| text(t, name));
        match (part("text"), part("signature")) {
            (Some(said), Some(signature)) if self.signer.holds(said, signature) => {
                self.ask.read(said);
                Ok(())
            }
            _ => {
                let message = format!(
                    "The model returned the following errors: {at}: Invalid `signature` in `thinking` block"
                );
                Err(Fail::new(400, message))
            }
        }
    }
}
