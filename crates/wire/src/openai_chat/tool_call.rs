//! Calls of functions in messages, and the ids that link them to their results.

use serde_json::{Value, json};
use wye_types::Map;
use wye_types::chat::{Block, BlockKind, Maker, Signature, ToolCall};

use crate::dialect::{RequestError, ToolIds};
use crate::fields::Fields;
use crate::names::fnv1a;
use crate::seal;

/// Reads one element of `tool_calls`. An empty or missing id stays empty.
pub(crate) fn read_call(value: Value, path: &str) -> Result<Block, RequestError> {
    let whole = value.clone();
    let mut fields = Fields::at(value, path, "an object with \"id\" and \"function\"")?;
    let kind = fields.string("type")?;
    let Some(mut function) = fields.object("function")? else {
        return match kind.as_deref() {
            None | Some("function") => Err(fields.missing("function", "write {\"name\", \"arguments\"}")),
            Some(_) => Ok(Block::new(BlockKind::Foreign(whole))),
        };
    };
    let (id, mut signature) = seal::split_id(&fields.string("id")?.unwrap_or_default());
    if let Some(extra) = fields.take("extra_content") {
        signature = read_extra(&extra).or(signature);
        if let Some(extra) = without_seal(extra) {
            fields.put("extra_content", extra);
        }
    }
    let name = function.required("name", "write the function's name")?;
    // Some clients send the arguments as an object; JSON text is what everyone means.
    let arguments = match function.take("arguments") {
        Some(Value::String(text)) => text,
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let mut rest = fields.rest();
    let inner = function.rest();
    if !inner.is_empty() {
        rest.insert("function".into(), Value::Object(inner));
    }
    let kind = BlockKind::ToolCall(ToolCall { id, name, arguments });
    Ok(Block { kind, signature, cache: None, rest })
}

/// The seal in `extra_content`: `{<maker>: {thought_signature}}`.
pub(super) fn read_extra(extra: &Value) -> Option<Signature> {
    extra.as_object()?.iter().find_map(|(maker, fields)| {
        let data = fields.get("thought_signature")?.as_str()?;
        Some(Signature { maker: Maker::parse(maker), data: data.to_owned() })
    })
}

fn without_seal(mut extra: Value) -> Option<Value> {
    let object = extra.as_object_mut()?;
    for fields in object.values_mut() {
        if let Some(fields) = fields.as_object_mut() {
            fields.shift_remove("thought_signature");
        }
    }
    object.retain(|_, fields| fields.as_object().is_none_or(|f| !f.is_empty()));
    (!object.is_empty()).then_some(extra)
}

/// Writes `extra_content` for a seal.
pub(super) fn write_extra(seal: &Signature) -> Value {
    let mut extra = Map::new();
    extra.insert(seal.maker.name().to_owned(), json!({"thought_signature": seal.data}));
    Value::Object(extra)
}

/// Writes one element of `tool_calls`, without a seal. `rest` is the block's, if it is of this dialect.
pub(super) fn write_call(id: &str, name: &str, arguments: &str, rest: Option<&Map>) -> Map {
    let mut function = Map::new();
    function.insert("name".into(), json!(name));
    function.insert("arguments".into(), json!(if arguments.is_empty() { "{}" } else { arguments }));
    let mut call = Map::new();
    call.insert("id".into(), json!(id));
    call.insert("type".into(), json!("function"));
    for (key, value) in rest.into_iter().flatten() {
        match (key.as_str(), value) {
            ("function", Value::Object(inner)) => function.extend(inner.clone()),
            _ => {
                call.entry(key).or_insert_with(|| value.clone());
            }
        }
    }
    call.insert("function".into(), Value::Object(function));
    call
}

/// The id for a call whose provider sent none: the same whenever the same answer is read.
pub(crate) fn made_up(answer: &str, call: u32) -> String {
    format!("call_{call}_{:08x}", fnv1a(answer, call))
}

/// An id of the shape the provider wants; the same for a call and its result.
pub(crate) fn legal_id(id: &str, rule: ToolIds) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric();
    match rule {
        ToolIds::Any
            if !id.is_empty() && id.len() <= 40 && id.bytes().all(|b| plain(b) || b"_-".contains(&b)) =>
        {
            id.to_owned()
        }
        ToolIds::Any => format!("call_{:08x}{:08x}", fnv1a(id, 0), fnv1a(id, 1)),
        ToolIds::Nine if id.len() == 9 && id.bytes().all(plain) => id.to_owned(),
        ToolIds::Nine => format!("{:08x}{:x}", fnv1a(id, 0), fnv1a(id, 1) & 0xf),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_in_a_field_wins_over_the_one_in_the_id() {
        let id = seal::id_with_seal("c1", Some(&Signature { maker: Maker::Google, data: "old".into() }));
        let extra = json!({"google": {"thought_signature": "new", "x": 1}});
        let value =
            json!({"id": id, "function": {"name": "f", "arguments": {"a": 1}}, "extra_content": extra});
        let block = read_call(value, "p").unwrap();
        assert_eq!(block.signature, Some(Signature { maker: Maker::Google, data: "new".into() }));
        assert_eq!(block.rest["extra_content"], json!({"google": {"x": 1}}));
        let BlockKind::ToolCall(call) = block.kind else { panic!() };
        assert_eq!((call.id.as_str(), call.arguments.as_str()), ("c1", "{\"a\":1}"));
    }

    #[test]
    fn illegal_ids_become_legal_and_stay_the_same() {
        let long = "x".repeat(41);
        for (id, rule) in [(long.as_str(), ToolIds::Any), ("a b", ToolIds::Any), ("toolu_1", ToolIds::Nine)] {
            let legal = legal_id(id, rule);
            assert_ne!(legal, id);
            assert_eq!(legal_id(&legal, rule), legal);
            assert_eq!(legal_id(id, rule), legal);
        }
        assert_eq!(legal_id("toolu_1", ToolIds::Any), "toolu_1");
    }
}
