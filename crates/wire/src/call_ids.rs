//! Ids of calls for dialects that have none, or not always: made up, and linked by name and order.

use std::collections::{BTreeMap, VecDeque};

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
    let mut open = Unanswered::default();
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
                    open.push(&call.id, &call.name);
                }
                BlockKind::ToolResult(result) => link_result(result, &mut open, &mut number),
                _ => {}
            }
        }
    }
}

fn link_result(result: &mut ToolResult, open: &mut Unanswered, number: &mut u32) {
    let name = result.name.as_deref();
    let (id, _) = seal::split_id(&result.call_id);
    result.call_id = if !id.is_empty() {
        open.answer(&id);
        id
    } else if let Some(id) = open.next(name) {
        id
    } else {
        *number += 1;
        made_up_id(*number - 1, "", name.unwrap_or_default(), "")
    };
}

/// The calls that have no result yet. Each is found without a look at the others: a conversation may hold very many.
#[derive(Debug, Default)]
struct Unanswered {
    /// The ids of all calls; `None` once they have a result.
    ids: Vec<Option<String>>,
    /// Places in `ids`, in order: of all calls, of a function's, of an id's. Those with a result are passed over.
    all: VecDeque<usize>,
    of_function: BTreeMap<String, VecDeque<usize>>,
    of_id: BTreeMap<String, VecDeque<usize>>,
}

impl Unanswered {
    fn push(&mut self, id: &str, function: &str) {
        let place = self.ids.len();
        self.ids.push(Some(id.to_owned()));
        self.all.push_back(place);
        self.of_function.entry(function.to_owned()).or_default().push_back(place);
        self.of_id.entry(id.to_owned()).or_default().push_back(place);
    }

    /// The first call with this id has its result.
    fn answer(&mut self, id: &str) {
        if let Some(places) = self.of_id.get_mut(id) {
            first(&mut self.ids, places);
        }
    }

    /// The first call of a function, or of any; it has its result now.
    fn next(&mut self, function: Option<&str>) -> Option<String> {
        let places = match function {
            Some(function) => self.of_function.get_mut(function)?,
            None => &mut self.all,
        };
        first(&mut self.ids, places)
    }
}

fn first(ids: &mut [Option<String>], places: &mut VecDeque<usize>) -> Option<String> {
    while let Some(place) = places.pop_front() {
        if let Some(id) = ids.get_mut(place).and_then(Option::take) {
            return Some(id);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use wye_types::Map;
    use wye_types::chat::{Role, ToolCall};

    use super::*;

    fn call(id: &str, name: &str) -> Block {
        let arguments = String::new();
        Block::new(BlockKind::ToolCall(ToolCall { id: id.into(), name: name.into(), arguments }))
    }

    fn result(id: &str, name: Option<&str>) -> Block {
        let result = ToolResult {
            call_id: id.into(),
            name: name.map(str::to_owned),
            content: Vec::new(),
            is_error: false,
        };
        Block::new(BlockKind::ToolResult(result))
    }

    /// The ids of the calls that the results answer.
    fn linked(content: Vec<Block>) -> Vec<String> {
        let mut messages = [Message { role: Role::User, content, name: None, rest: Map::new() }];
        link_calls(&mut messages);
        let [message] = messages;
        let ids = message.content.into_iter().filter_map(|block| match block.kind {
            BlockKind::ToolResult(result) => Some(result.call_id),
            _ => None,
        });
        ids.collect()
    }

    #[test]
    fn results_go_to_the_first_call_that_waits_for_one() {
        let content = vec![
            call("1", "f"),
            call("2", "g"),
            call("3", "f"),
            call("4", "h"),
            result("2", None),
            result("", Some("f")),
            result("", None),
            result("", Some("g")),
            result("", None),
            result("x", None),
        ];
        let ids = linked(content);
        assert_eq!(ids[..3], ["2", "1", "3"]);
        assert!(is_made_up(&ids[3]), "{ids:?}");
        assert_eq!(ids[4..], ["4", "x"]);
    }

    /// With a look at every open call for each result, this would take minutes.
    #[test]
    fn many_calls_and_results_take_no_longer_each() {
        let calls = (0..100_000).map(|n| call(&n.to_string(), "f"));
        let results = (0..100_000).map(|_| result("", None));
        let unknown = (0..100_000).map(|_| result("x", None));
        let ids = linked(calls.chain(unknown).chain(results).collect());
        assert_eq!(ids.last().map(String::as_str), Some("99999"));
    }
}
