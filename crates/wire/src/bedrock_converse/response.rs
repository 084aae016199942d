//! Whole answers, both ways.

use serde_json::{Map, Value, json};
use wye_types::DialectId;
use wye_types::chat::{Block, BlockKind, ChatResponse, Choice, Finish, Maker, Signature};

use super::{blocks_read, error, finish, media, usage};
use crate::anthropic_messages::arguments;
use crate::dialect::{ReadError, RequestError};
use crate::fields::{Fields, missing};
use crate::seal;
use crate::written;

/// Where a reason that the IR shares with another is kept.
const REASON: &str = "stopReason";

/// The signature of another dialect's thoughts that nobody sealed. Claude refuses thoughts without a seal of its own;
/// by this mark [`crate::seal::marks_in`] sees that a conversation which comes back holds some.
pub(super) const UNSEALED: &str = "";

/// Reads a provider's answer.
pub(super) fn read(body: &[u8]) -> Result<ChatResponse, ReadError> {
    let tree: Value = serde_json::from_slice(body)
        .map_err(|error| ReadError::Malformed(format!("the answer is not JSON: {error}")))?;
    if error::is_error(&tree) {
        return Err(ReadError::Upstream(Box::new(error::read_tree(200, &tree, None))));
    }
    read_tree(tree).map_err(|error| ReadError::Malformed(error.message))
}

fn read_tree(tree: Value) -> Result<ChatResponse, RequestError> {
    let mut fields = Fields::of(tree, "")?;
    let output = fields.object("output")?;
    let Some(mut output) = output else { return Err(missing("output", "it holds the message")) };
    let Some(mut message) = output.object("message")? else {
        return Err(missing("output.message", "it holds the content"));
    };
    let content = blocks_read::content(message.take("content"), "output.message.content")?;
    let reason = fields.string(REASON)?;
    let finish = reason.as_deref().map(finish::read);
    let mut rest = Map::new();
    if let (Some(reason), Some(finish)) = (&reason, &finish)
        && finish::write(finish, true) != reason
    {
        rest.insert(REASON.into(), json!(reason));
    }
    let counts = fields.take("usage");
    let usage = counts.as_ref().map(usage::read);
    if let Some(Value::Object(mut left)) = counts {
        left.retain(|key, _| !usage::KNOWN.contains(&key.as_str()));
        fields.keep("usage", left);
    }
    // SDKs' own addition.
    fields.take("$metadata");
    let rest_of_answer = fields.rest();
    // Claude's stop text, for those who ask for it by `additionalModelResponseFieldPaths`.
    let stopped =
        rest_of_answer.get("additionalModelResponseFields").and_then(|more| more.get("stop_sequence"));
    let stop_sequence = stopped.and_then(Value::as_str).map(str::to_owned);
    let choice = Choice { index: 0, content, finish, stop_sequence, logprobs: None, rest };
    Ok(ChatResponse {
        from: DialectId::BedrockConverse,
        // Both stand in a header and in the path, if anywhere.
        id: String::new(),
        model: String::new(),
        created: None,
        choices: vec![choice],
        usage,
        rest: rest_of_answer,
    })
}

/// Writes an answer for the client. Of several answers the first is written: the dialect has room for one.
pub(super) fn write(chat: &ChatResponse) -> Vec<u8> {
    let own = chat.from == DialectId::BedrockConverse;
    let choice = chat.choices.first();
    let mut content = Vec::new();
    for block in choice.map(|choice| choice.content.as_slice()).unwrap_or_default() {
        write_block(block, own, &mut content);
    }
    let refused = choice.is_some_and(|c| c.content.iter().any(|b| matches!(b.kind, BlockKind::Refusal(_))));
    let reason = choice.and_then(|choice| choice.finish.as_ref()).map(|finish| match finish {
        Finish::Stop if refused => "content_filtered",
        finish => finish::write(finish, own),
    });
    let exact = choice.and_then(|choice| choice.rest.get(REASON)).filter(|_| own);
    let mut out = Map::new();
    out.insert("output".into(), json!({"message": {"role": "assistant", "content": content}}));
    if let Some(reason) = exact.cloned().or(reason.map(Value::from)) {
        out.insert(REASON.into(), reason);
    }
    let mut counts = usage::write(&chat.usage.unwrap_or_default());
    if own {
        for (key, value) in &chat.rest {
            match (key.as_str(), value) {
                ("usage", Value::Object(left)) => counts.extend(left.clone()),
                _ => {
                    out.insert(key.clone(), value.clone());
                }
            }
        }
    }
    out.insert("usage".into(), Value::Object(counts));
    // Clients with strict types want it; how long a provider took, it does not say.
    out.entry("metrics").or_insert_with(|| json!({"latencyMs": 0}));
    written::object(out)
}

/// Writes a block as the client sees it: every maker's seal is kept, marked with whose it is.
fn write_block(block: &Block, own: bool, out: &mut Vec<Value>) {
    let seal = block.signature.as_ref();
    let rest = if own { block.rest.clone() } else { Map::new() };
    let whole = ["json", "citationsContent"].into_iter().find(|key| rest.contains_key(*key));
    match &block.kind {
        BlockKind::Text(_) if whole.is_some() => out.extend(whole.map(|key| json!({ key: rest[key] }))),
        BlockKind::Text(text) | BlockKind::Refusal(text) => out.push(json!({ "text": text })),
        BlockKind::Reasoning(text) => {
            let mut inner = Map::from_iter([("text".to_owned(), json!(text))]);
            if let Some(mark) = seal.map(marked).or((!own).then(|| UNSEALED.to_owned())) {
                inner.insert("signature".into(), json!(mark));
            }
            inner.extend(rest);
            out.push(json!({"reasoningContent": {"reasoningText": inner}}));
        }
        BlockKind::Redacted => out.extend(seal.map(redacted)),
        BlockKind::ToolCall(call) => {
            let input = arguments(&call.arguments).unwrap_or_else(|text| json!({ "_raw": text }));
            let id = seal::id_with_seal(&call.id, seal);
            let call = json!({"toolUseId": id, "name": call.name, "input": input});
            let mut call = crate::anthropic_messages::reasoning::object(call);
            call.extend(rest);
            out.push(json!({ "toolUse": call }));
        }
        BlockKind::Media(media) => out.extend(media::write(media, own, &mut media::Names::default())),
        BlockKind::Foreign(value) if own => out.push(value.clone()),
        BlockKind::Foreign(_) | BlockKind::ToolResult(_) => {}
    }
    if matches!(block.kind, BlockKind::Text(_) | BlockKind::Refusal(_) | BlockKind::Media(_)) {
        // A text block has no place for a seal; it follows in a block that clients send back untouched.
        out.extend(seal.map(redacted));
    }
}

/// A seal that stands alone.
pub(super) fn redacted(seal: &Signature) -> Value {
    json!({"reasoningContent": {"redactedContent": blocks_read::write_redacted(seal)}})
}

/// A seal as this dialect's clients carry it.
pub(super) fn marked(seal: &Signature) -> String {
    seal::tag(seal, &Maker::Anthropic)
}
