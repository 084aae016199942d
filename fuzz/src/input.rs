//! How the bytes of an input are read: three of them steer, the others are the traffic.

use wye_types::DialectId;
use wye_types::chat::{Block, ChatRequest, Role};
use wye_wire::dialect::{PathAsk, StreamAsk, WriteOptions};

/// How many bytes steer.
pub const HEADER: usize = 3;

/// The steering bytes of a seed: its dialect, and what it is (see the targets).
#[must_use]
pub fn header(id: DialectId, kind: u8) -> [u8; HEADER] {
    let at = DialectId::ALL.into_iter().position(|other| other == id).unwrap_or(0);
    [u8::try_from(at).unwrap_or(0), 0, kind]
}

/// An input.
pub(crate) struct Input<'a> {
    /// The dialect the traffic is in.
    pub(crate) id: DialectId,
    /// The dialect it is translated into, where only one is tried.
    pub(crate) other: DialectId,
    /// What kind of traffic it is.
    pub(crate) kind: u8,
    /// How large the pieces are that it comes in.
    pub(crate) step: usize,
    /// The traffic.
    pub(crate) body: &'a [u8],
}

impl<'a> Input<'a> {
    pub(crate) fn of(data: &'a [u8]) -> Option<Self> {
        let (head, body) = data.split_at_checked(HEADER)?;
        let pick = |n: u8| DialectId::ALL[usize::from(n) % DialectId::ALL.len()];
        Some(Self {
            id: pick(head[0]),
            other: pick(head[1]),
            kind: head[2],
            step: usize::from(head[1]) + 1,
            body,
        })
    }
}

pub(crate) fn path(stream: bool) -> PathAsk {
    PathAsk { model: Some("m".to_owned()), stream, sse: true }
}

pub(crate) fn options() -> WriteOptions {
    WriteOptions { model: "m".to_owned(), ..WriteOptions::default() }
}

pub(crate) fn ask() -> StreamAsk {
    StreamAsk {
        include_usage: true,
        want_text: true,
        sse: true,
        now_s: 1_700_000_000,
        fallback_id: "id".to_owned(),
        model: "m".to_owned(),
        ..StreamAsk::default()
    }
}

/// Whether a conversation holds words besides instructions. One that does not (nothing at all, or only what one vendor
/// knows) is the other provider's to refuse.
pub(crate) fn says_something(chat: &ChatRequest) -> bool {
    let mut turns = chat.messages.iter().filter(|m| matches!(m.role, Role::User | Role::Assistant));
    turns.any(|m| m.content.iter().filter_map(Block::as_text).any(|text| !text.trim().is_empty()))
}
