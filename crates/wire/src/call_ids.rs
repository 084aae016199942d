//! Ids of calls for dialects that have none, or not always: made up, and linked by name and order.

use wye_types::chat::{Block, BlockKind, Message, ToolResult};

use crate::names::fnv1a;
use crate::seal;

/// The id of a call that came without one. The same call in the same place always gets the same id.
pub(crate) fn made_up_id(number: u32, salt: &str, name: &str, arguments: &str) -> String {
    format!("call_{number}_{:08x}", fnv1a(&format!("{salt}\n{name}\n{arguments}"), number))
}

/// Whether an id was made up by [`made_up_id`], so that it is not sent to the vendor.
pub(crate) fn is_made_up(id: &str) -> bool {
    let Some((number, hash)) = id.strip_prefix("call_").and_then(|rest| rest.split_once('_')) else {
        return false;
    };
    !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
        && hash.len() == 8
        && hash.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// Gives the calls of one answer ids where they have none.
pub(crate) fn number_calls(blocks: &mut [Block], salt: &str) {
    let calls = blocks.iter_mut().filter_map(|block| match &mut block.kind {
        BlockKind::ToolCall(call) => Some(call),
        _ => None,
    });
    for (number, call) in (0..).zip(calls) {
        if call.id.is_empty() {
            call.id = made_up_id(number, salt, &call.name, &call.arguments);
        }
    }
}

/// Gives the calls of a conversation ids where they have none and links results without an id to the first call of
/// the same function (of any, if they name none) that has no result yet. Seals that a client's ids carry are taken out.
pub(crate) fn link_calls(messages: &mut [Message]) {
    let mut open: Vec<(String, String)> = Vec::new();
    let mut number = 0;
    for message in messages {
        for block in &mut message.content {
            match &mut block.kind {
                BlockKind::ToolCall(call) => {
                    if call.id.is_empty() {
                        call.id = made_up_id(number, "", &call.name, &call.arguments);
                    }
                    let (id, seal) = seal::split_id(&call.id);
                    call.id = id;
                    block.signature = block.signature.take().or(seal);
                    number += 1;
                    open.push((call.id.clone(), call.name.clone()));
                }
                BlockKind::ToolResult(result) => link_result(result, &mut open, &mut number),
                _ => {}
            }
        }
    }
}

fn link_result(result: &mut ToolResult, open: &mut Vec<(String, String)>, number: &mut u32) {
    let name = result.name.as_deref();
    let (id, _) = seal::split_id(&result.call_id);
    let place = if id.is_empty() {
        open.iter().position(|(_, called)| name.is_none_or(|name| called == name))
    } else {
        open.iter().position(|(open_id, _)| *open_id == id)
    };
    result.call_id = match place {
        Some(place) => open.remove(place).0,
        None if id.is_empty() => {
            *number += 1;
            made_up_id(*number - 1, "", name.unwrap_or_default(), "")
        }
        None => id,
    };
}
