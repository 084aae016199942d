//! Ids of files and batches where calls and answers name them: opened on the way there, sealed on the way back.

use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Map, Value};
use wye_types::error::GatewayError;
use wye_types::{Code, Kind};

use super::seal::{Held, IdSeal};
use super::way::{climbs, named};
use crate::pipeline::Inbound;

/// What stands in ids and query values as it is.
pub(crate) const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Fields of answers that are ids.
const IDS: [&str; 6] = ["id", "first_id", "last_id", "input_file_id", "output_file_id", "error_file_id"];
/// Parameters of lists that are ids.
const CURSORS: [&str; 4] = ["after", "before", "after_id", "before_id"];

/// What a call has told of where it must go.
pub(super) struct Known<'a> {
    inbound: &'a Inbound,
    ids: &'a IdSeal,
    kind: Kind,
    /// What holds the thing it names.
    pub(super) held: Option<Held>,
    /// The provider it asks for.
    pub(super) provider: Option<String>,
}

impl<'a> Known<'a> {
    pub(super) fn new(inbound: &'a Inbound, ids: &'a IdSeal, kind: Kind) -> Self {
        Self { inbound, ids, kind, held: None, provider: named(inbound).map(str::to_owned) }
    }

    /// The path below files or batches as the provider knows it.
    pub(super) fn path(&mut self, rest: &str) -> Result<String, GatewayError> {
        if rest.is_empty() || rest == "/" {
            return Ok(String::new());
        }
        if climbs(rest) {
            return Err(self.nothing(rest));
        }
        let (id, behind) = match rest[1..].split_once('/') {
            None => (&rest[1..], String::new()),
            Some((id, behind)) => (id, format!("/{behind}")),
        };
        let id = percent_decode_str(id).decode_utf8_lossy().into_owned();
        let id = self.open(&id)?;
        Ok(format!("/{}{behind}", utf8_percent_encode(&id, PLAIN)))
    }

    /// The query as the provider knows it. `provider` is for us.
    pub(super) fn query(&mut self, query: &str) -> Result<String, GatewayError> {
        let mut kept = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let text = || percent_decode_str(&value.replace('+', " ")).decode_utf8_lossy().into_owned();
            if name == "provider" {
                self.provider = Some(text());
            } else if CURSORS.contains(&name) {
                let id = self.open(&text())?;
                kept.push(format!("{name}={}", utf8_percent_encode(&id, PLAIN)));
            } else {
                kept.push(pair.to_owned());
            }
        }
        Ok(kept.join("&"))
    }

    /// A batch that is to be made, with its file as the provider knows it.
    pub(super) fn batch(&mut self, body: &Bytes) -> Result<Bytes, GatewayError> {
        let bad = |message: &str| {
            Err(GatewayError::new(Code::CallerInvalidRequest, message).param("input_file_id"))
        };
        let mut batch: Map<String, Value> = serde_json::from_slice(body).map_err(|error| {
            GatewayError::new(Code::CallerInvalidJson, format!("the body is not a JSON object: {error}"))
        })?;
        let Some(Value::String(file)) = batch.get("input_file_id") else {
            return bad("`input_file_id` is missing; name a file that was uploaded with purpose `batch`");
        };
        let Some(held) = self.ids.open(&self.inbound.caller, file) else {
            return bad(
                "`input_file_id` is no file of yours here; upload it to /v1/files of this gateway, and write the id that \
                 you get",
            );
        };
        batch.insert("input_file_id".to_owned(), Value::String(held.id.clone()));
        self.held = Some(held);
        Ok(Value::Object(batch).to_string().into())
    }

    /// Opens an id, which says where the call goes.
    fn open(&mut self, sealed: &str) -> Result<String, GatewayError> {
        let held = self.ids.open(&self.inbound.caller, sealed).ok_or_else(|| self.nothing(sealed))?;
        let id = held.id.clone();
        self.held = Some(held);
        Ok(id)
    }

    fn nothing(&self, id: &str) -> GatewayError {
        let message = format!(
            "there is no `{}` among your {}; ids are those that this gateway told you, others are of no use here",
            id.trim_start_matches('/'),
            self.kind
        );
        GatewayError::new(Code::CallerNotFound, message)
    }
}

/// An answer with its ids sealed; `None` if it is no JSON object.
pub(super) fn sealed(answer: &[u8], seal: &dyn Fn(&str) -> String) -> Option<Vec<u8>> {
    let mut answer: Map<String, Value> = serde_json::from_slice(answer).ok()?;
    if let Some(Value::Array(items)) = answer.get_mut("data") {
        items.iter_mut().filter_map(Value::as_object_mut).for_each(|item| seal_object(item, seal));
    }
    seal_object(&mut answer, seal);
    serde_json::to_vec(&answer).ok()
}

fn seal_object(object: &mut Map<String, Value>, seal: &dyn Fn(&str) -> String) {
    for key in IDS {
        if let Some(Value::String(id)) = object.get_mut(key)
            && !id.is_empty()
        {
            *id = seal(id);
        }
    }
    // Anthropic's SDKs fetch results from the address that a batch names; one without a host is the gateway's.
    if let Some(Value::String(id)) = object.get("id").cloned()
        && let Some(Value::String(url)) = object.get_mut("results_url")
    {
        *url = format!("/v1/messages/batches/{id}/results");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn through(answer: &Value) -> Value {
        let sealed = sealed(answer.to_string().as_bytes(), &|id| format!("s({id})")).unwrap();
        serde_json::from_slice(&sealed).unwrap()
    }

    #[test]
    fn ids_are_sealed_wherever_answers_name_them_and_nothing_else_is_touched() {
        // Recordings `openai/files_batches__files_batches__01` and `anthropic/…__01`, and a list.
        let file = json!({"object": "file", "id": "file-5", "purpose": "batch", "bytes": 446});
        assert_eq!(
            through(&file),
            json!({"object": "file", "id": "s(file-5)", "purpose": "batch", "bytes": 446})
        );
        let batch =
            json!({"id": "b", "input_file_id": "f", "output_file_id": null, "metadata": {"id": "mine"}});
        assert_eq!(
            through(&batch),
            json!({"id": "s(b)", "input_file_id": "s(f)", "output_file_id": null, "metadata": {"id": "mine"}})
        );
        let list =
            json!({"data": [{"id": "a"}, {"id": "b"}], "first_id": "a", "last_id": "b", "has_more": true});
        assert_eq!(
            through(&list),
            json!({"data": [{"id": "s(a)"}, {"id": "s(b)"}], "first_id": "s(a)", "last_id": "s(b)", "has_more": true})
        );
        let ended =
            json!({"id": "m", "results_url": "https://api.anthropic.com/v1/messages/batches/m/results"});
        assert_eq!(through(&ended)["results_url"], "/v1/messages/batches/s(m)/results");
        let running = json!({"id": "m", "results_url": null});
        assert_eq!(through(&running), json!({"id": "s(m)", "results_url": null}));
        assert!(sealed(b"[1]", &|id| id.to_owned()).is_none());
    }
}
