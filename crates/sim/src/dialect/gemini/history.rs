//! The contents of a generateContent request: every function call answered in the next turn, signatures intact.

use serde_json::Value;

use super::super::Reading;
use super::super::fields::{list, text};
use super::read::{field, known};
use crate::ask::Ask;
use crate::fail::{Fail, Outcome};
use crate::sign::Signer;

const PART: &[&str] = &[
    "text",
    "inlineData",
    "fileData",
    "functionCall",
    "functionResponse",
    "thought",
    "thoughtSignature",
    "executableCode",
    "codeExecutionResult",
    "videoMetadata",
    "mediaResolution",
];

/// What the vendor takes in place of a signature for calls that no thinking model made.
const NO_SIGNATURE: &str = "skip_thought_signature_validator";

pub(super) fn read(contents: &[Value], ask: &mut Ask, reading: &Reading<'_>) -> Outcome<()> {
    let now = contents.iter().rposition(speaks).unwrap_or(0);
    // Names of the calls of the content before.
    let mut calls: Vec<String> = Vec::new();
    for (i, content) in contents.iter().enumerate() {
        let at = format!("contents[{i}]");
        known(content, &["role", "parts"], &at)?;
        let role = text(content, "role").unwrap_or("user");
        if !matches!(role, "user" | "model" | "function") {
            return Err(Fail::bad(at, "Please use a valid role: user, model."));
        }
        let parts = list(content, "parts");
        if parts.is_empty() {
            let message = format!("* GenerateContentRequest.{at}.parts: contents.parts must not be empty.");
            return Err(Fail::bad(at, message));
        }
        let answers: Vec<&Value> = parts.iter().filter_map(|p| field(p, "functionResponse")).collect();
        answered(&calls, &answers)?;
        let made: Vec<String> = parts
            .iter()
            .filter_map(|p| field(p, "functionCall"))
            .map(|c| text(c, "name").unwrap_or("").to_owned())
            .collect();
        if role == "model" {
            let thinks = reading.model.reasoning && i > now;
            signatures(parts, thinks, &at, reading.signer)?;
            ask.results.clear();
        }
        calls = made;
        contents_of(parts, role, &at, ask)?;
    }
    if calls.is_empty() { Ok(()) } else { answered(&calls, &[]) }
}

/// Whether a content is the user speaking, and not only answers to function calls.
fn speaks(content: &Value) -> bool {
    text(content, "role").unwrap_or("user") == "user"
        && list(content, "parts").iter().any(|p| field(p, "functionResponse").is_none())
}

fn answered(calls: &[String], answers: &[&Value]) -> Outcome<()> {
    if calls.len() != answers.len() {
        let message = "Please ensure that the number of function response parts is equal to the number of function \
                       call parts of the function call turn.";
        return Err(Fail::bad("contents", message));
    }
    let mut open: Vec<&str> = calls.iter().map(String::as_str).collect();
    for answer in answers {
        let name = text(answer, "name").unwrap_or("");
        let Some(at) = open.iter().position(|c| *c == name) else {
            let message =
                format!("Function response `{name}` has no function call of that name in the turn before.");
            return Err(Fail::bad("contents", message));
        };
        open.remove(at);
    }
    Ok(())
}

/// Signatures have to be our own; in the current turn a thinking model's first call has to have one.
fn signatures(parts: &[Value], thinks: bool, at: &str, signer: &Signer) -> Outcome<()> {
    let mut first = true;
    for (j, part) in parts.iter().enumerate() {
        let signature = field(part, "thoughtSignature").and_then(Value::as_str);
        if let Some(signature) = signature
            && signature != NO_SIGNATURE
            && !signer.stamped(signature)
        {
            return Err(Fail::bad(format!("{at}.parts[{j}]"), "Thought signature is not valid."));
        }
        let Some(call) = field(part, "functionCall") else { continue };
        if thinks && first && signature.is_none() {
            let name = text(call, "name").unwrap_or("");
            let message = format!(
                "Function call is missing a thought_signature in functionCall parts: function call `{name}`, {at}, \
                 position {j}."
            );
            return Err(Fail::bad(format!("{at}.parts[{j}]"), message));
        }
        first = false;
    }
    Ok(())
}

fn contents_of(parts: &[Value], role: &str, at: &str, ask: &mut Ask) -> Outcome<()> {
    let mut said = Vec::new();
    let mut results = Vec::new();
    if role != "model" {
        ask.media.clear();
    }
    for (j, part) in parts.iter().enumerate() {
        let at = format!("{at}.parts[{j}]");
        known(part, PART, &at)?;
        if let Some(text) = text(part, "text") {
            ask.read(text);
            said.push(text);
        }
        media(part, &at, ask)?;
        if let Some(call) = field(part, "functionCall") {
            known(call, &["id", "name", "args"], &format!("{at}.function_call"))?;
            if call.get("args").is_some_and(|a| !a.is_object()) {
                let message = format!("Invalid value at '{at}.function_call.args': not an object");
                return Err(Fail::bad(at, message));
            }
            ask.read(&call.to_string());
        }
        if let Some(answer) = field(part, "functionResponse") {
            let fields = &["id", "name", "response", "parts", "willContinue", "scheduling"];
            known(answer, fields, &format!("{at}.function_response"))?;
            let response = answer.get("response").filter(|r| r.is_object());
            let message = format!("Invalid value at '{at}.function_response.response': not an object");
            let response = response.ok_or_else(|| Fail::bad(&at, message))?.to_string();
            ask.read(&response);
            results.push(response);
        }
    }
    if role != "model" {
        ask.results = results;
        if !said.is_empty() || ask.results.is_empty() {
            ask.last_user = said.join("\n");
        }
    }
    Ok(())
}

fn media(part: &Value, at: &str, ask: &mut Ask) -> Outcome<()> {
    let mime = |data: &Value| field(data, "mimeType").and_then(Value::as_str).unwrap_or("").to_owned();
    let kind = |mime: &str| match mime.split('/').next() {
        Some("image") => "image",
        Some("audio") => "audio",
        Some("video") => "video",
        _ => "file",
    };
    if let Some(data) = field(part, "inlineData") {
        known(data, &["mimeType", "data", "displayName"], &format!("{at}.inline_data"))?;
        let mime = mime(data);
        let message =
            format!("Invalid value at '{at}.inline_data.data' (TYPE_BYTES), Base64 decoding failed");
        // Either alphabet of base64, as Google takes it.
        let standard = text(data, "data").unwrap_or("").replace('-', "+").replace('_', "/");
        ask.see(kind(&mime), &mime, &standard).ok_or_else(|| Fail::bad(at, message))?;
    }
    if let Some(file) = field(part, "fileData") {
        let uri = field(file, "fileUri").and_then(Value::as_str).unwrap_or("");
        ask.see_at(kind(&mime(file)), uri);
    }
    Ok(())
}
