//! The input items of a Responses request: every call answered, every id of the right kind, reasoning untouched.

use serde_json::Value;

use super::super::fields::{given, is_name, stranger, text};
use super::super::openai;
use super::read::{tool, unknown};
use crate::ask::Ask;
use crate::fail::{Fail, Outcome};
use crate::sign::Signer;

/// The longest id of a call.
const ID: usize = 64;

/// Items of the vendor's own tools and bookkeeping, which are taken back as they are.
const OWN: &[&str] = &[
    "apply_patch_call",
    "apply_patch_call_output",
    "code_interpreter_call",
    "compaction",
    "computer_call",
    "computer_call_output",
    "file_search_call",
    "image_generation_call",
    "local_shell_call",
    "local_shell_call_output",
    "mcp_approval_request",
    "mcp_approval_response",
    "mcp_call",
    "mcp_list_tools",
    "shell_call",
    "shell_call_output",
    "tool_search_call",
    "tool_search_output",
    "web_search_call",
];

pub(super) fn read(input: Option<&Value>, ask: &mut Ask, signer: &Signer) -> Outcome<()> {
    let items = match input {
        None => return Err(openai::missing("input")),
        Some(Value::String(text)) => {
            ask.read(text);
            ask.last_user.clone_from(text);
            return Ok(());
        }
        Some(Value::Array(items)) => items,
        Some(_) => return Err(Fail::bad("input", "Invalid type for 'input': expected a string or a list.")),
    };
    let mut reader = Reader { ask, signer, calls: Vec::new(), open: Vec::new(), results: true };
    for (i, item) in items.iter().enumerate() {
        reader.item(item, &format!("input[{i}]"), items.get(i + 1))?;
    }
    match reader.open.first() {
        None => Ok(()),
        Some(id) => Err(Fail::bad("input", format!("No tool output found for function call {id}."))),
    }
}

struct Reader<'a> {
    ask: &'a mut Ask,
    signer: &'a Signer,
    /// The ids of all calls so far.
    calls: Vec<String>,
    /// Those of them without an output.
    open: Vec<String>,
    /// The last call or output was an output: the next call begins a new round.
    results: bool,
}

impl Reader<'_> {
    fn item(&mut self, item: &Value, at: &str, next: Option<&Value>) -> Outcome<()> {
        match text(item, "type").unwrap_or("message") {
            "message" => self.message(item, at),
            "function_call" => {
                let known =
                    ["id", "type", "status", "arguments", "call_id", "name", "namespace", "created_by"];
                self.call(item, at, &known, ("fc", "arguments"))
            }
            "custom_tool_call" => {
                let known = ["id", "type", "status", "input", "call_id", "name", "namespace", "created_by"];
                self.call(item, at, &known, ("ctc", "input"))
            }
            "function_call_output" | "custom_tool_call_output" => self.output(item, at),
            "reasoning" => self.reasoning(item, at, next),
            "item_reference" => self.kept(text(item, "id").unwrap_or("")),
            "additional_tools" => {
                for (i, inner) in
                    item.get("tools").and_then(Value::as_array).into_iter().flatten().enumerate()
                {
                    tool(inner, &format!("{at}.tools[{i}]"), self.ask)?;
                }
                Ok(())
            }
            kind if OWN.contains(&kind) => {
                self.ask.read(&item.to_string());
                Ok(())
            }
            kind => Err(Fail::bad(format!("{at}.type"), format!("Invalid value: '{kind}'."))),
        }
    }

    fn known(item: &Value, at: &str, fields: &[&str]) -> Outcome<()> {
        stranger(item, fields).map_or(Ok(()), |name| Err(unknown(&format!("{at}.{name}"))))
    }

    fn id(item: &Value, at: &str, prefix: &str) -> Outcome<()> {
        match given(item, "id").map(|id| id.as_str().unwrap_or("")) {
            Some(id) if !id.starts_with(prefix) => {
                let message =
                    format!("Invalid '{at}.id': '{id}'. Expected an ID that begins with '{prefix}'.");
                Err(Fail::bad(format!("{at}.id"), message))
            }
            _ => Ok(()),
        }
    }

    fn message(&mut self, item: &Value, at: &str) -> Outcome<()> {
        Self::known(
            item,
            at,
            &[
                "id",
                "type",
                "role",
                "content",
                "status",
                "phase",
                "internal_chat_message_metadata_passthrough",
            ],
        )?;
        let role = text(item, "role").ok_or_else(|| openai::missing(&format!("{at}.role")))?;
        Self::id(item, at, "msg")?;
        match role {
            "user" | "assistant" => {
                self.ask.results.clear();
                self.results = true;
            }
            "system" | "developer" => {}
            _ => {
                let message = format!(
                    "Invalid value: '{role}'. Supported values are: 'assistant', 'system', 'developer', and 'user'."
                );
                return Err(Fail::bad(format!("{at}.role"), message));
            }
        }
        if role == "user" {
            self.ask.media.clear();
        }
        let said = self.content(given(item, "content"), &format!("{at}.content"), role == "assistant")?;
        if role == "user" {
            self.ask.last_user = said;
        }
        Ok(())
    }

    /// Reads a content and returns its text.
    fn content(&mut self, content: Option<&Value>, at: &str, assistant: bool) -> Outcome<String> {
        match content {
            Some(Value::String(text)) => {
                self.ask.read(text);
                Ok(text.clone())
            }
            Some(Value::Array(parts)) => {
                let mut all = Vec::new();
                for (j, part) in parts.iter().enumerate() {
                    all.extend(self.part(part, &format!("{at}[{j}]"), assistant)?);
                }
                Ok(all.join("\n"))
            }
            _ => Err(openai::missing(at)),
        }
    }

    fn part(&mut self, part: &Value, at: &str, assistant: bool) -> Outcome<Option<String>> {
        let said = |key: &str| text(part, key).ok_or_else(|| openai::missing(&format!("{at}.{key}")));
        let invalid = |what: &str| Fail::bad(at, format!("Invalid '{at}': {what}"));
        let text = match (text(part, "type").unwrap_or(""), assistant) {
            ("input_text", false) | ("output_text", true) => {
                Self::known(
                    part,
                    at,
                    &["type", "text", "annotations", "logprobs", "prompt_cache_breakpoint"],
                )?;
                said("text")?
            }
            ("refusal", true) => said("refusal")?,
            ("input_image", false) => {
                // A string, where chat completions have an object.
                let url = part.get("image_url").filter(|u| !u.is_null());
                match (url, given(part, "file_id").and_then(Value::as_str)) {
                    (Some(Value::String(url)), _) => match url.strip_prefix("data:") {
                        Some(data) => openai::inline("image", data, self.ask)
                            .ok_or_else(|| invalid("expected a base64-encoded data URL with an image."))?,
                        None => self.ask.see_at("image", url),
                    },
                    (None, Some(id)) => self.ask.see_at("image", id),
                    _ => {
                        let at = format!("{at}.image_url");
                        let message = format!("Invalid type for '{at}': expected an image URL as a string.");
                        return Err(Fail::bad(at, message));
                    }
                }
                return Ok(None);
            }
            ("input_file", false) => {
                let data = given(part, "file_data").and_then(Value::as_str);
                let far = ["file_id", "file_url"].iter().find_map(|k| given(part, k)).and_then(Value::as_str);
                match (data, far) {
                    (Some(data), _) => {
                        let data = data.strip_prefix("data:").unwrap_or(data);
                        openai::inline("file", data, self.ask)
                            .ok_or_else(|| invalid("'file_data' has to be a data URL."))?;
                    }
                    (None, Some(far)) => self.ask.see_at("file", far),
                    (None, None) => {
                        return Err(invalid("a file needs 'file_data', 'file_url' or 'file_id'."));
                    }
                }
                return Ok(None);
            }
            (kind, _) => {
                let supported = if assistant {
                    "'output_text' and 'refusal'"
                } else {
                    "'input_text', 'input_image', 'input_file'"
                };
                let message = format!("Invalid value: '{kind}'. Supported values are: {supported}.");
                return Err(Fail::bad(format!("{at}.type"), message));
            }
        };
        self.ask.read(text);
        Ok(Some(text.to_owned()))
    }

    fn call(&mut self, item: &Value, at: &str, known: &[&str], (prefix, args): (&str, &str)) -> Outcome<()> {
        Self::known(item, at, known)?;
        Self::id(item, at, prefix)?;
        let id = text(item, "call_id").ok_or_else(|| openai::missing(&format!("{at}.call_id")))?;
        if id.is_empty() || id.len() > ID {
            let at = format!("{at}.call_id");
            let message =
                format!("Invalid '{at}': string too long. Expected 1 to {ID} characters, got {}.", id.len());
            return Err(Fail::bad(at, message));
        }
        let name = text(item, "name").ok_or_else(|| openai::missing(&format!("{at}.name")))?;
        if !is_name(name, "", ID) {
            let at = format!("{at}.name");
            let message = format!("Invalid '{at}': string does not match pattern '^[a-zA-Z0-9_-]+$'.");
            return Err(Fail::bad(at, message));
        }
        let args = text(item, args).ok_or_else(|| {
            let at = format!("{at}.{args}");
            Fail::bad(&at, format!("Invalid type for '{at}': expected a string."))
        })?;
        if std::mem::take(&mut self.results) {
            self.ask.results.clear();
        }
        self.ask.read(name);
        self.ask.read(args);
        self.calls.push(id.to_owned());
        self.open.push(id.to_owned());
        Ok(())
    }

    fn output(&mut self, item: &Value, at: &str) -> Outcome<()> {
        Self::known(item, at, &["id", "type", "call_id", "output", "status", "name", "created_by"])?;
        let id = text(item, "call_id").ok_or_else(|| openai::missing(&format!("{at}.call_id")))?;
        if !self.calls.iter().any(|c| c == id) {
            let message = format!("No tool call found for function call output with call_id {id}.");
            return Err(Fail::bad("input", message));
        }
        self.open.retain(|o| o != id);
        let said = self.content(item.get("output"), &format!("{at}.output"), false)?;
        self.ask.results.push(said);
        self.results = true;
        Ok(())
    }

    fn reasoning(&mut self, item: &Value, at: &str, next: Option<&Value>) -> Outcome<()> {
        Self::known(item, at, &["id", "type", "summary", "content", "encrypted_content", "status"])?;
        Self::id(item, at, "rs")?;
        if !item.get("summary").is_some_and(Value::is_array) {
            return Err(openai::missing(&format!("{at}.summary")));
        }
        let id = text(item, "id").unwrap_or("");
        match given(item, "encrypted_content").map(|c| c.as_str().unwrap_or("")) {
            Some(sealed) if self.signer.stamped(sealed) => self.ask.read(sealed),
            Some(sealed) => {
                let start = crate::words::cut(sealed, 6);
                let message = format!(
                    "The encrypted content {start}... could not be verified. Reason: Encrypted content could not be \
                     decrypted or parsed."
                );
                return Err(Fail::bad(at, message));
            }
            None => self.kept(id)?,
        }
        if next.is_none_or(|n| text(n, "role").is_some_and(|r| r != "assistant")) {
            let message =
                format!("Item '{id}' of type 'reasoning' was provided without its required following item.");
            return Err(Fail::bad("input", message));
        }
        Ok(())
    }

    /// An item that is only named must have been kept.
    fn kept(&self, id: &str) -> Outcome<()> {
        if ["rs_", "msg_", "fc_"].iter().any(|prefix| self.signer.stored(prefix, id)) {
            return Ok(());
        }
        let message = format!(
            "Item with id '{id}' not found. Items are not persisted when `store` is set to false. Try again with \
             `store` set to true, or remove this item from your input."
        );
        Err(Fail::new(404, message).at("input"))
    }
}
