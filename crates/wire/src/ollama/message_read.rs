//! Reads messages; the model's are the same in a client's turns and a provider's answer.

use serde_json::Value;
use wye_types::chat::{Block, BlockKind, Media, MediaKind, Message, Role, Source, ToolResult};

use crate::dialect::RequestError;
use crate::fields::{Fields, wrong};
use crate::openai_chat::{reasoning, tool_call};
use crate::seal;

/// Reads one message of a conversation. Calls without an id get none yet: see [`crate::call_ids`].
pub(super) fn read(item: Value, n: usize) -> Result<Message, RequestError> {
    let path = format!("messages[{n}]");
    let mut fields = Fields::at(item, path.clone(), "an object with \"role\" and \"content\"")?;
    let hint = "write \"system\", \"user\", \"assistant\" or \"tool\"";
    let word = fields.required("role", hint)?;
    let role = match word.to_ascii_lowercase().as_str() {
        "system" => Role::System,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "tool" => Role::Tool,
        _ => {
            let message = format!("`{path}.role` is \"{word}\"; {hint}");
            return Err(RequestError::field(format!("{path}.role"), message));
        }
    };
    let content = match role {
        Role::Assistant => read_turn(&mut fields)?,
        Role::Tool => vec![read_result(&mut fields)?],
        _ => read_said(&mut fields)?,
    };
    Ok(Message { role, content, name: None, rest: fields.rest() })
}

/// A turn of the model's, in the order in which it was thought, said and done.
pub(super) fn read_turn(fields: &mut Fields) -> Result<Vec<Block>, RequestError> {
    let details = fields.array("reasoning_details")?.unwrap_or_default();
    let plain = fields.string("thinking")?;
    let thoughts = reasoning::read_message(plain.as_deref(), &details);
    let mut blocks = thoughts.blocks;
    for block in &mut blocks {
        block.rest.clear();
    }
    blocks.extend(read_said(fields)?);
    if let Some(seal) = thoughts.text_seal {
        match blocks.iter_mut().rfind(|b| b.as_text().is_some()) {
            Some(text) => text.signature = Some(seal),
            None => blocks.push(Block { signature: Some(seal), ..Block::text("") }),
        }
    }
    let path = fields.path_of("tool_calls");
    for (k, call) in fields.array("tool_calls")?.unwrap_or_default().into_iter().enumerate() {
        // Not documented, but sent by many; it stays with this dialect.
        let kind = call.get("type").cloned();
        let mut block = tool_call::read_call(call, &format!("{path}[{k}]"))?;
        if let (Some(kind), BlockKind::ToolCall(_)) = (kind, &block.kind) {
            block.rest.insert("type".into(), kind);
        }
        blocks.push(block);
    }
    Ok(blocks)
}

/// The text and, after it, the images.
fn read_said(fields: &mut Fields) -> Result<Vec<Block>, RequestError> {
    let text = fields.string("content")?.filter(|text| !text.is_empty());
    let mut blocks: Vec<Block> = text.map(Block::text).into_iter().collect();
    let path = fields.path_of("images");
    for (k, image) in fields.array("images")?.unwrap_or_default().into_iter().enumerate() {
        let Value::String(data) = image else {
            return Err(wrong(&format!("{path}[{k}]"), "an image in base64", &image));
        };
        let mime = Some(image_type(&data).to_owned());
        let source = Source::Base64(data);
        let media = Media { kind: MediaKind::Image, source, mime, name: None, detail: None };
        blocks.push(Block::new(BlockKind::Media(media)));
    }
    Ok(blocks)
}

/// What an image is, from how its bytes begin: Ollama's carry no type.
fn image_type(base64: &str) -> &'static str {
    let kinds =
        [("/9j/", "image/jpeg"), ("R0lGOD", "image/gif"), ("UklGR", "image/webp"), ("Qk", "image/bmp")];
    kinds.iter().find(|(start, _)| base64.starts_with(start)).map_or("image/png", |(_, mime)| mime)
}

fn read_result(fields: &mut Fields) -> Result<Block, RequestError> {
    let id = fields.string("tool_call_id")?.unwrap_or_default();
    let (call_id, _) = seal::split_id(&id);
    let name = fields.string("tool_name")?;
    let content = read_said(fields)?;
    Ok(Block::new(BlockKind::ToolResult(ToolResult { call_id, name, content, is_error: false })))
}
