//! Log probabilities in the older shape (`tokens`, `token_logprobs`, `top_logprobs`, `text_offset`) and the chat's
//! (`content`), which is the IR's.

use serde_json::{Value, json};
use wye_types::Map;

/// Reads the older shape into the chat's. Some servers send the chat's here too.
pub(super) fn read(logprobs: &Value) -> Option<Value> {
    if logprobs.get("content").is_some_and(Value::is_array) {
        return Some(logprobs.clone());
    }
    let list = |key: &str| logprobs.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let (values, tops) = (list("token_logprobs"), list("top_logprobs"));
    let tokens = list("tokens").iter().enumerate().map(|(n, token)| {
        let mut out = entry(token, values.get(n).unwrap_or(&Value::Null));
        let mut top: Vec<(&String, &Value)> =
            tops.get(n).and_then(Value::as_object).into_iter().flatten().collect();
        top.sort_by(|(_, a), (_, b)| {
            b.as_f64().unwrap_or(f64::MIN).total_cmp(&a.as_f64().unwrap_or(f64::MIN))
        });
        out["top_logprobs"] = top.into_iter().map(|(token, value)| entry(&json!(token), value)).collect();
        out
    });
    let content: Vec<Value> = tokens.collect();
    (!content.is_empty()).then(|| json!({"content": content, "refusal": null}))
}

fn entry(token: &Value, logprob: &Value) -> Value {
    let bytes = token.as_str().map(str::as_bytes);
    json!({"token": token, "logprob": logprob, "bytes": bytes})
}

/// Writes the chat's shape in the older one. `offset`: characters of the answer before; moved on by these tokens'.
pub(super) fn write(logprobs: &Value, offset: &mut usize) -> Value {
    let (mut tokens, mut values, mut tops, mut offsets) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for entry in logprobs.get("content").and_then(Value::as_array).into_iter().flatten() {
        let token = entry.get("token").and_then(Value::as_str).unwrap_or("");
        tokens.push(json!(token));
        values.push(entry.get("logprob").cloned().unwrap_or_default());
        let top: Map = entry
            .get("top_logprobs")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|top| Some((top.get("token")?.as_str()?.to_owned(), top.get("logprob")?.clone())))
            .collect();
        tops.push(if top.is_empty() { Value::Null } else { Value::Object(top) });
        offsets.push(json!(*offset));
        *offset += token.chars().count();
    }
    json!({"tokens": tokens, "token_logprobs": values, "top_logprobs": tops, "text_offset": offsets})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_older_shape_goes_both_ways() {
        let older = json!({
            "tokens": ["é", " b"],
            "token_logprobs": [-0.5, -1.0],
            "top_logprobs": [{"é": -0.5, "x": -2.0}, null],
            "text_offset": [0, 1],
        });
        let chat = read(&older).unwrap();
        assert_eq!(chat["content"][0]["bytes"], json!([195, 169]));
        assert_eq!(chat["content"][0]["top_logprobs"][1]["token"], "x");
        let mut offset = 0;
        assert_eq!(write(&chat, &mut offset), older);
        assert_eq!(offset, 3);
        assert_eq!(read(&chat), Some(chat));
        assert_eq!(read(&json!({})), None);
    }
}
