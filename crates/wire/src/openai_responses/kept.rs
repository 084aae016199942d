//! What is kept of a response and its request, and how a later request goes on from them.
//!
//! Items keep the bytes in which they came. Only instructions are not carried over, as the vendor has it.

use std::ops::Range;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::output::item_id;
use crate::patch::{Patch, json_string};
use crate::scan::TopLevel;

/// A request's input that goes on from earlier ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Continued {
    /// The whole conversation, a JSON array.
    pub input: String,
    /// The same without earlier thoughts that bear no seal, where there are some: their vendor refuses those that it does
    /// not keep itself.
    pub sealed: Option<String>,
}

/// The conversation of a request: what earlier ones said and were answered (`input` and response, oldest first), then its
/// own `input`, if it has one.
#[must_use]
pub fn continued(earlier: &[(&[u8], &[u8])], own: Option<&[u8]>) -> Continued {
    let mut items: Vec<(String, bool)> = Vec::new();
    for (input, response) in earlier {
        items.extend(inputs(input).into_iter().map(|item| (item, false)));
        items.extend(outputs(response));
    }
    items.extend(own.map(inputs).unwrap_or_default().into_iter().map(|item| (item, false)));
    let array = |keep: &dyn Fn(bool) -> bool| {
        let kept: Vec<&str> =
            items.iter().filter(|(_, bare)| keep(*bare)).map(|(item, _)| item.as_str()).collect();
        format!("[{}]", kept.join(","))
    };
    let sealed = items.iter().any(|(_, bare)| *bare).then(|| array(&|bare| !bare));
    Continued { input: array(&|_| true), sealed }
}

/// The items of an `input`.
fn inputs(input: &[u8]) -> Vec<String> {
    if input.starts_with(b"\"") {
        let text = String::from_utf8_lossy(input);
        return vec![format!("{{\"type\":\"message\",\"role\":\"user\",\"content\":{text}}}")];
    }
    let items = serde_json::from_slice::<Vec<&RawValue>>(input).unwrap_or_default();
    items.into_iter().map(|item| item.get().to_owned()).collect()
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow, default)]
    output: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Option<std::borrow::Cow<'a, str>>,
    #[serde(default)]
    encrypted_content: Option<serde::de::IgnoredAny>,
}

/// The items of a response, and which of them are thoughts without a seal.
fn outputs(response: &[u8]) -> Vec<(String, bool)> {
    let answer = serde_json::from_slice::<Answer<'_>>(response);
    let items = answer.map(|answer| answer.output).unwrap_or_default();
    let bare = |raw: &str| {
        serde_json::from_str::<Item<'_>>(raw)
            .is_ok_and(|item| item.kind.as_deref() == Some("reasoning") && item.encrypted_content.is_none())
    };
    items.into_iter().map(|item| (item.get().to_owned(), bare(item.get()))).collect()
}

/// Where the response stands in a piece of a stream that ends it well. `piece` holds whole events.
#[must_use]
pub fn last_response(piece: &[u8]) -> Option<Range<usize>> {
    const ENDS: [&str; 2] = ["response.completed", "response.incomplete"];
    if !ENDS.iter().any(|end| memchr::memmem::find(piece, end.as_bytes()).is_some()) {
        return None;
    }
    let mut at = 0;
    for line in piece.split_inclusive(|byte| *byte == b'\n') {
        let start = at;
        at += line.len();
        let Some(data) = line.strip_prefix(b"data:") else { continue };
        let Ok(top) = TopLevel::scan(data) else { continue };
        let kind = top.get::<String>(data, "type", "a string").ok().flatten();
        if kind.is_some_and(|kind| ENDS.contains(&kind.as_str()))
            && let Some(span) = top.span("response")
        {
            let data = start + "data:".len();
            return Some(data + span.start..data + span.end);
        }
    }
    None
}

/// What identifies a response, and whether its vendor says that it keeps it. `None` if it is none.
#[must_use]
pub fn named(response: &[u8]) -> Option<(String, bool)> {
    let top = TopLevel::scan(response).ok()?;
    top.span("output")?;
    let id = top.get::<String>(response, "id", "a string").ok()??;
    Some((id, top.raw(response, "store") == Some(b"true")))
}

/// A kept response as its client is shown it.
#[must_use]
pub fn shown(response: &[u8], previous: Option<&str>) -> Vec<u8> {
    let Ok(top) = TopLevel::scan(response) else { return response.to_vec() };
    let mut patch = Patch::new();
    patch.set("store", "true");
    if let Some(previous) = previous {
        patch.set("previous_response_id", json_string(previous));
    }
    patch.apply(response, &top)
}

/// A relayed response that goes on from another one, as its client is told: a provider that was sent the whole conversation
/// knows nothing of that. `None`: it says so itself.
#[must_use]
pub fn following(response: &[u8], previous: &str) -> Option<Vec<u8>> {
    let top = TopLevel::scan(response).ok()?;
    let told = top.get::<String>(response, "previous_response_id", "a string").ok().flatten();
    (told.as_deref() != Some(previous)).then(|| shown(response, Some(previous)))
}

/// The same for the data of an event of a stream.
pub(super) fn event_following(data: &[u8], previous: &str) -> Option<Vec<u8>> {
    let top = TopLevel::scan(data).ok()?;
    let response = following(top.raw(data, "response")?, previous)?;
    let mut patch = Patch::new();
    patch.set("response", String::from_utf8(response).ok()?);
    Some(patch.apply(data, &top))
}

/// The items of an `input` as a list shows them: each with an id, which is the same whenever they are listed.
#[must_use]
pub fn listed(input: &[u8], response_id: &str) -> Vec<Value> {
    let items = inputs(input).into_iter().enumerate().filter_map(|(place, item)| {
        let Ok(Value::Object(mut item)) = serde_json::from_str(&item) else { return None };
        item.entry("type").or_insert_with(|| json!("message"));
        if item.get("type").and_then(Value::as_str) == Some("message") {
            item.entry("status").or_insert_with(|| json!("completed"));
            let text = item.get("content").and_then(Value::as_str).map(str::to_owned);
            let said = item.get("role").and_then(Value::as_str) == Some("assistant");
            if let Some(text) = text {
                let kind = if said { "output_text" } else { "input_text" };
                let mut part = json!({"type": kind, "text": text});
                if said {
                    part["annotations"] = json!([]);
                }
                item.insert("content".into(), json!([part]));
            }
        }
        if item.get("id").is_none_or(|id| !id.is_string()) {
            let kind = item.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
            item.insert("id".into(), json!(item_id(&kind, &format!("{response_id} input"), place)));
        }
        Some(Value::Object(item))
    });
    items.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_is_put_together_in_order() {
        let answer = br#"{"output":[{"type":"reasoning","summary":[]},{"type":"message","id":"m"}]}"#;
        let sealed = br#"{"output":[{"type":"reasoning","encrypted_content":"x"}]}"#;
        let earlier: [(&[u8], &[u8]); 2] =
            [(b"\"a\\n\"", answer), (br#"[{"role":"user","content":"b"}]"#, sealed)];
        let all = continued(&earlier, Some(b"\"c\""));
        let said = r#"{"type":"message","role":"user","content":"a\n"}"#;
        let rest = r#"{"type":"message","id":"m"},{"role":"user","content":"b"},{"type":"reasoning","encrypted_content":"x"},{"type":"message","role":"user","content":"c"}"#;
        assert_eq!(all.input, format!(r#"[{said},{{"type":"reasoning","summary":[]}},{rest}]"#));
        assert_eq!(all.sealed.unwrap(), format!("[{said},{rest}]"));
        assert_eq!(continued(&[], None), Continued { input: "[]".to_owned(), sealed: None });
    }

    #[test]
    fn the_last_response_is_found_among_events() {
        let piece = "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"response.completed\"}\n\n\
                     event: response.completed\ndata: {\"type\": \"response.completed\", \"response\": {\"id\":\"r\",\"output\":[],\"store\":true}}\n\n";
        let span = last_response(piece.as_bytes()).unwrap();
        assert_eq!(named(&piece.as_bytes()[span]), Some(("r".to_owned(), true)));
        let cut = piece.find("event: response.completed").unwrap();
        assert_eq!(last_response(&piece.as_bytes()[..cut]), None);
        assert_eq!(named(b"{\"error\":{}}"), None);
        assert_eq!(named(b"no"), None);
    }

    #[test]
    fn a_relayed_response_names_what_it_follows() {
        let told = br#"{"id":"b","output":[],"previous_response_id":"a"}"#;
        assert_eq!(following(told, "a"), None);
        let silent = br#"{"id":"b","output":[],"store":false,"previous_response_id":null}"#;
        let patched = br#"{"id":"b","output":[],"store":true,"previous_response_id":"a"}"#;
        assert_eq!(following(silent, "a").unwrap(), patched);
        let event = br#"{"type":"response.created","response":{"id":"b","output":[]}}"#;
        let event: Value = serde_json::from_slice(&event_following(event, "a").unwrap()).unwrap();
        assert_eq!(event["response"], json!({"id":"b","output":[],"store":true,"previous_response_id":"a"}));
        assert_eq!(event_following(br#"{"type":"response.output_text.delta","delta":"x"}"#, "a"), None);
    }

    #[test]
    fn listed_items_have_ids_that_stay() {
        let input = br#"[{"role":"user","content":"hi"},{"type":"function_call_output","call_id":"c","output":"x"},{"id":"own","role":"assistant","content":"no"}]"#;
        let (first, again) = (listed(input, "resp_1"), listed(input, "resp_1"));
        assert_eq!(first, again);
        assert_eq!(first[0]["content"][0]["text"], "hi");
        assert_eq!(first[2]["id"], "own");
        assert_ne!(first[0]["id"], listed(input, "resp_2")[0]["id"]);
        assert_eq!(listed(b"\"text\"", "r")[0]["role"], "user");
        assert_eq!(listed(b"7", "r"), Vec::<Value>::new());
    }
}
