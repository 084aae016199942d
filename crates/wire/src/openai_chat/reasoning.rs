//! Thoughts and their seals in messages of OpenAI's shape.
//!
//! The plain text of thoughts stands in `reasoning_content` or `reasoning`. Seals stand in `reasoning_details`, an
//! array whose entries carry a `format` that names the maker. A seal on text or on a call has no place of its own:
//! the former becomes an encrypted entry with the id [`TEXT_SEAL`], the latter rides in the call (see `tool_call`).

use serde_json::{Value, json};
use wye_types::Map;
use wye_types::chat::{Block, BlockKind, Maker, Signature};

/// The id of an entry that seals the message's text instead of thoughts.
pub(crate) const TEXT_SEAL: &str = "wye_text";

/// The `format` of a maker's seals.
pub(crate) fn format_of(maker: &Maker) -> &str {
    match maker {
        Maker::Anthropic => "anthropic-claude-v1",
        Maker::Google => "google-gemini-v1",
        Maker::OpenAi => "openai-responses-v1",
        Maker::Other(format) => format,
    }
}

/// Whose seals a `format` names. Versions differ, makers do not.
pub(crate) fn maker_of(format: Option<&str>) -> Maker {
    match format {
        Some(f) if f.starts_with("anthropic-") => Maker::Anthropic,
        Some(f) if f.starts_with("google-") => Maker::Google,
        Some(f) if f.starts_with("openai-") => Maker::OpenAi,
        Some(f) => Maker::Other(f.to_owned()),
        None => Maker::Other("unknown".to_owned()),
    }
}

/// One entry of `reasoning_details`, read.
#[derive(Debug)]
pub(crate) enum Detail {
    /// Thoughts (or a summary of them), with the seal that closes them, if it came along.
    Text { text: String, seal: Option<Signature> },
    /// Sealed thoughts.
    Sealed(Signature),
    /// A seal on the message's text.
    TextSeal(Signature),
}

/// Reads one entry. `None` if it holds nothing.
pub(crate) fn read_detail(entry: &Value) -> Option<Detail> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or("");
    let maker = || maker_of(entry.get("format").and_then(Value::as_str));
    let seal = |data: &str| (!data.is_empty()).then(|| Signature { maker: maker(), data: data.to_owned() });
    if text("type") == "reasoning.encrypted" {
        let seal = seal(text("data"))?;
        return Some(if text("id") == TEXT_SEAL { Detail::TextSeal(seal) } else { Detail::Sealed(seal) });
    }
    let words = if text("type") == "reasoning.summary" { text("summary") } else { text("text") };
    let seal = seal(text("signature"));
    (!words.is_empty() || seal.is_some()).then(|| Detail::Text { text: words.to_owned(), seal })
}

/// Thoughts of a whole message: blocks, and the seal on its text.
#[derive(Debug, Default)]
pub(crate) struct Thoughts {
    pub(crate) blocks: Vec<Block>,
    pub(crate) text_seal: Option<Signature>,
}

/// Reads the thoughts of a message. Details say more than the plain text and win where both are there.
pub(crate) fn read_message(plain: Option<&str>, details: &[Value]) -> Thoughts {
    let mut thoughts = Thoughts::default();
    let mut index = None;
    for entry in details {
        let place = entry.get("index").and_then(Value::as_u64);
        match read_detail(entry) {
            Some(Detail::Text { text, seal }) => {
                // Clients that collect a stream's entries keep the pieces of one block side by side.
                let open = thoughts.blocks.last_mut().filter(|last| {
                    last.signature.is_none()
                        && matches!(last.kind, BlockKind::Reasoning(_))
                        && (text.is_empty() || (place.is_some() && place == index))
                });
                match open {
                    Some(Block { kind: BlockKind::Reasoning(words), signature, .. }) => {
                        words.push_str(&text);
                        *signature = seal;
                    }
                    _ => thoughts.blocks.push(Block {
                        signature: seal,
                        rest: rest_of(entry),
                        ..Block::new(BlockKind::Reasoning(text))
                    }),
                }
            }
            Some(Detail::Sealed(seal)) => thoughts.blocks.push(Block {
                signature: Some(seal),
                rest: rest_of(entry),
                ..Block::new(BlockKind::Redacted)
            }),
            Some(Detail::TextSeal(seal)) => thoughts.text_seal = Some(seal),
            None => {}
        }
        index = place;
    }
    let has_text =
        thoughts.blocks.iter().any(|b| matches!(&b.kind, BlockKind::Reasoning(t) if !t.is_empty()));
    if let Some(text) = plain.filter(|text| !text.is_empty() && !has_text) {
        match thoughts.blocks.first_mut() {
            Some(Block { kind: BlockKind::Reasoning(words), .. }) => text.clone_into(words),
            _ => thoughts.blocks.insert(0, Block::new(BlockKind::Reasoning(text.to_owned()))),
        }
    }
    thoughts
}

fn rest_of(entry: &Value) -> Map {
    let mut rest = entry.as_object().cloned().unwrap_or_default();
    for key in ["text", "summary", "signature", "data"] {
        rest.shift_remove(key);
    }
    rest
}

/// Writes the entry of a block of thoughts. `index` counts the entries; `own` tells that the block's `rest` is of this
/// dialect.
pub(crate) fn write_detail(block: &Block, index: usize, own: bool) -> Option<Value> {
    let mut entry = Map::new();
    let kept = if own { Some(&block.rest) } else { None };
    let kind = kept.and_then(|rest| rest.get("type")).and_then(Value::as_str);
    match &block.kind {
        BlockKind::Reasoning(text) if kind == Some("reasoning.summary") => {
            entry.insert("type".into(), json!("reasoning.summary"));
            entry.insert("summary".into(), json!(text));
        }
        BlockKind::Reasoning(text) => {
            entry.insert("type".into(), json!("reasoning.text"));
            entry.insert("text".into(), json!(text));
            if let Some(seal) = &block.signature {
                entry.insert("signature".into(), json!(seal.data));
            }
        }
        BlockKind::Redacted => {
            entry.insert("type".into(), json!("reasoning.encrypted"));
            entry.insert("data".into(), json!(block.signature.as_ref()?.data));
        }
        _ => return None,
    }
    for (key, value) in kept.into_iter().flatten() {
        entry.entry(key).or_insert_with(|| value.clone());
    }
    if let Some(seal) = &block.signature {
        entry.entry("format").or_insert_with(|| json!(format_of(&seal.maker)));
    }
    entry.entry("index").or_insert_with(|| json!(index));
    Some(Value::Object(entry))
}

/// Writes the entry that seals a message's text.
pub(crate) fn write_text_seal(seal: &Signature, index: usize) -> Value {
    json!({
        "type": "reasoning.encrypted",
        "id": TEXT_SEAL,
        "data": seal.data,
        "format": format_of(&seal.maker),
        "index": index,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_one_block_are_put_together_and_seals_close_them() {
        let details = [
            json!({"type": "reasoning.text", "text": "a", "index": 0}),
            json!({"type": "reasoning.text", "text": "b", "index": 0}),
            json!({"type": "reasoning.text", "signature": "s", "format": "anthropic-claude-v1", "index": 0}),
            json!({"type": "reasoning.encrypted", "data": "d", "format": "google-gemini-v1", "index": 1}),
        ];
        let thoughts = read_message(Some("ab"), &details);
        let [text, sealed] = thoughts.blocks.as_slice() else { panic!("{thoughts:?}") };
        assert_eq!(text.kind, BlockKind::Reasoning("ab".into()));
        assert_eq!(text.signature, Some(Signature { maker: Maker::Anthropic, data: "s".into() }));
        assert_eq!(sealed.signature, Some(Signature { maker: Maker::Google, data: "d".into() }));
    }

    #[test]
    fn plain_text_fills_in_where_details_have_none() {
        let sealed = [json!({"type": "reasoning.encrypted", "data": "d", "format": "openai-responses-v1"})];
        let thoughts = read_message(Some("plain"), &sealed);
        assert_eq!(thoughts.blocks[0].kind, BlockKind::Reasoning("plain".into()));
        assert_eq!(thoughts.blocks[1].kind, BlockKind::Redacted);
        let signed = [json!({"type": "reasoning.text", "signature": "s", "format": "anthropic-claude-v1"})];
        let thoughts = read_message(Some("plain"), &signed);
        assert_eq!(thoughts.blocks.len(), 1);
        assert_eq!(thoughts.blocks[0].kind, BlockKind::Reasoning("plain".into()));
    }

    #[test]
    fn makers_and_formats_go_both_ways() {
        for maker in [Maker::Anthropic, Maker::Google, Maker::OpenAi, Maker::Other("xai-responses-v1".into())]
        {
            assert_eq!(maker_of(Some(format_of(&maker))), maker);
        }
    }
}
