//! Reads items: the elements of a request's `input` and of an answer's `output`.
//!
//! What the model says, thinks and calls stands in items of its own; in the IR it is one turn. What an item says beside
//! its content rides in `rest`: of the block where the item is one block, under [`ITEM`] of the first block where it is a
//! message of several parts. So the writer knows where an item begins.

use serde_json::{Map, Value};
use wye_types::chat::{Block, BlockKind, Maker, Message, Role, Signature, ToolCall, ToolResult};

use super::parts;
use crate::assemble::seals_text;
use crate::dialect::RequestError;
use crate::fields::Fields;
use crate::names;
use crate::openai_chat::reasoning::maker_of;
use crate::openai_chat::tool_call::made_up;
use crate::seal;

/// Where the first block of a message keeps the message's own fields.
pub(super) const ITEM: &str = "item";

/// What stands between the pieces of thoughts that came in several parts.
pub(super) const BETWEEN: &str = "\n\n";

/// Reads the items of a request.
pub(super) fn read_input(items: Vec<Value>) -> Result<Vec<Message>, RequestError> {
    let mut messages = Vec::new();
    for (n, item) in items.into_iter().enumerate() {
        read_item(item, &format!("input[{n}]"), &mut messages)?;
    }
    Ok(messages)
}

fn read_item(item: Value, path: &str, messages: &mut Vec<Message>) -> Result<(), RequestError> {
    let whole = item.clone();
    let mut fields = Fields::at(item, path, "an item such as {\"role\": \"user\", \"content\": \"…\"}")?;
    let blocks = match kind_of(&whole) {
        Some("message") => match read_role(&mut fields)? {
            Role::Assistant => read_said(fields)?,
            role => {
                let content = parts::read_content(fields.take("content"), &fields.path_of("content"))?;
                messages.push(Message { role, content, name: None, rest: fields.rest() });
                return Ok(());
            }
        },
        Some("reasoning") => return thought_into(messages, read_thought(fields)?),
        Some("function_call") => vec![read_call(fields, "arguments", None)?],
        Some("custom_tool_call") => {
            let mut block = read_call(fields, "input", None)?;
            block.rest.insert("type".into(), "custom_tool_call".into());
            vec![block]
        }
        Some("function_call_output") => {
            messages.push(read_result(fields)?);
            return Ok(());
        }
        Some("custom_tool_call_output") => {
            let mut message = read_result(fields)?;
            message.rest.insert("type".into(), "custom_tool_call_output".into());
            messages.push(message);
            return Ok(());
        }
        Some(_) => vec![Block::new(BlockKind::Foreign(whole))],
        None => {
            let hint = "write a message ({\"role\": …, \"content\": …}) or an item with a \"type\"";
            return Err(fields.missing("type", hint));
        }
    };
    turn(messages).content.extend(blocks);
    Ok(())
}

/// The type of an item: a message needs none.
pub(super) fn kind_of(item: &Value) -> Option<&str> {
    let kind = item.get("type").and_then(Value::as_str);
    kind.or_else(|| item.get("role").map(|_| "message"))
}

/// The model's turn that is being read.
fn turn(messages: &mut Vec<Message>) -> &mut Message {
    if messages.last().is_none_or(|last| last.role != Role::Assistant) {
        let rest = Map::new();
        messages.push(Message { role: Role::Assistant, content: Vec::new(), name: None, rest });
    }
    let last = messages.len() - 1;
    &mut messages[last]
}

fn read_role(fields: &mut Fields) -> Result<Role, RequestError> {
    let hint = "write \"user\", \"assistant\", \"system\" or \"developer\"";
    match fields.required("role", hint)?.as_str() {
        "user" => Ok(Role::User),
        "assistant" => Ok(Role::Assistant),
        "system" => Ok(Role::System),
        "developer" => Ok(Role::Developer),
        other => {
            let path = fields.path_of("role");
            Err(RequestError::field(path.clone(), format!("`{path}` is \"{other}\"; {hint}")))
        }
    }
}

/// A message of the model's. One that says nothing is left out.
fn read_said(mut fields: Fields) -> Result<Vec<Block>, RequestError> {
    let mut blocks = parts::read_content(fields.take("content"), &fields.path_of("content"))?;
    if let Some(first) = blocks.first_mut() {
        first.rest.insert(ITEM.into(), Value::Object(fields.rest()));
    }
    Ok(blocks)
}

/// Thoughts, and whether their seal belongs to the text before them.
struct Thought {
    block: Block,
    of_text: bool,
}

fn read_thought(mut fields: Fields) -> Result<Thought, RequestError> {
    let sealed = fields.string("encrypted_content")?.filter(|seal| !seal.is_empty());
    let rest = fields.rest();
    let text = text_of(&rest);
    let Some(sealed) = sealed else {
        let block = Block { rest, ..Block::new(BlockKind::Reasoning(text)) };
        return Ok(Thought { block, of_text: false });
    };
    let maker = rest.get("format").and_then(Value::as_str);
    let (signature, tagged) = read_seal(&sealed, maker);
    let of_text = tagged && text.is_empty() && signature.as_ref().is_some_and(|s| seals_text(&s.maker));
    let kind =
        if text.is_empty() && signature.is_some() { BlockKind::Redacted } else { BlockKind::Reasoning(text) };
    // Another maker's thoughts were given an id by us, which means nothing to the vendor.
    let rest = if tagged { Map::new() } else { rest };
    Ok(Thought { block: Block { signature, rest, ..Block::new(kind) }, of_text })
}

/// Reads `encrypted_content`: the seal, and whether we marked it as another maker's.
pub(super) fn read_seal(data: &str, format: Option<&str>) -> (Option<Signature>, bool) {
    if data == seal::UNSEALED {
        return (None, true);
    }
    let own = format.map_or(Maker::OpenAi, |format| maker_of(Some(format)));
    let signature = seal::untag(data, own);
    let tagged = signature.data != data;
    (Some(signature), tagged)
}

fn thought_into(messages: &mut Vec<Message>, thought: Thought) -> Result<(), RequestError> {
    let content = &mut turn(messages).content;
    push_thought(content, thought);
    Ok(())
}

fn push_thought(content: &mut Vec<Block>, Thought { mut block, of_text }: Thought) {
    if of_text {
        match content.last_mut().filter(|last| last.as_text().is_some() && last.signature.is_none()) {
            Some(text) => return text.signature = block.signature,
            None => block.kind = BlockKind::Text(String::new()),
        }
    }
    content.push(block);
}

/// The words of a `reasoning` item: its summary and its raw text.
fn text_of(item: &Map<String, Value>) -> String {
    let parts = ["summary", "content"].iter().filter_map(|key| item.get(*key)?.as_array()).flatten();
    let texts: Vec<&str> = parts.filter_map(|part| part.get("text")?.as_str()).collect();
    texts.join(BETWEEN)
}

/// A call. `answer` is the answer's id and the call's number, for providers that send no id.
fn read_call(mut fields: Fields, key: &str, answer: Option<(&str, u32)>) -> Result<Block, RequestError> {
    let id = fields.string("call_id")?.filter(|id| !id.is_empty());
    let id = match (id, answer) {
        (Some(id), _) => id,
        (None, Some((answer, number))) => made_up(answer, number),
        (None, None) => {
            return Err(fields.missing("call_id", "write the id that links the call to its output"));
        }
    };
    let (mut id, signature) = seal::split_id(&id);
    if let Some((answer, number)) = answer.filter(|_| id.is_empty()) {
        id = made_up(answer, number);
    }
    let name = fields.required("name", "write the function's name")?;
    let name = match fields.string("namespace")? {
        Some(namespace) => names::within(&namespace, &name),
        None => name,
    };
    // JSON text is what everyone means, also where an object stands.
    let arguments = match fields.take(key) {
        Some(Value::String(text)) => text,
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let mut rest = fields.rest();
    rest.shift_remove("type");
    let kind = BlockKind::ToolCall(ToolCall { id, name, arguments });
    Ok(Block { kind, signature, cache: None, rest })
}

fn read_result(mut fields: Fields) -> Result<Message, RequestError> {
    let id = fields.required("call_id", "write the `call_id` of the call that this answers")?;
    let (call_id, _) = seal::split_id(&id);
    let output = fields.take("output").map(|output| match output {
        output @ (Value::String(_) | Value::Array(_)) => output,
        other => Value::String(other.to_string()),
    });
    let content = parts::read_content(output, &fields.path_of("output"))?;
    let mut rest = fields.rest();
    rest.shift_remove("type");
    let result = ToolResult { call_id, name: None, content, is_error: false };
    let content = vec![Block::new(BlockKind::ToolResult(result))];
    Ok(Message { role: Role::Tool, content, name: None, rest })
}

/// Reads an item of an answer, adding what it says to `content`. `answer` is the answer's id.
pub(super) fn read_output(
    item: Value,
    path: &str,
    answer: &str,
    content: &mut Vec<Block>,
) -> Result<(), RequestError> {
    let whole = item.clone();
    let mut fields = Fields::at(item, path, "an object with a \"type\"")?;
    match kind_of(&whole) {
        Some("message") => {
            fields.take("role");
            let mut said = read_said(fields)?;
            for block in &mut said {
                // The writer says these wherever nothing else is known.
                block.rest.retain(|key, value| {
                    !matches!(key.as_str(), "annotations" | "logprobs")
                        || value.as_array().is_none_or(|a| !a.is_empty())
                });
            }
            content.extend(said);
        }
        Some("reasoning") => push_thought(content, read_thought(fields)?),
        Some("function_call") => {
            // Only who has no id is counted out: an answer may hold very many calls.
            let named = whole.get("call_id").and_then(Value::as_str);
            let nameless = named.is_none_or(|id| seal::split_id(id).0.is_empty());
            let is_call = |block: &&Block| matches!(block.kind, BlockKind::ToolCall(_));
            let before = if nameless { content.iter().filter(is_call).count() } else { 0 };
            let number = u32::try_from(before).unwrap_or(u32::MAX);
            content.push(read_call(fields, "arguments", Some((answer, number)))?);
        }
        _ => content.push(Block::new(BlockKind::Foreign(whole))),
    }
    Ok(())
}
