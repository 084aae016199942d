//! Puts thoughts together again that a client got in pieces.
//!
//! Clients of this dialect keep the pieces of a stream as parts, or even turns, of their own. Google does not mind, but
//! another maker's seal stands for the whole of a thought: piecewise it would not hold.

use wye_types::chat::{Block, BlockKind, Maker, Message, Role};

/// Joins each thought that another maker sealed with the unsealed pieces right before it.
pub(super) fn join(messages: &mut Vec<Message>) {
    let mut joined = false;
    for n in 0..messages.len() {
        let mut k = 0;
        while k < messages[n].content.len() {
            if is_foreign(&messages[n].content[k]) {
                let pieces = take_before(messages, n, &mut k);
                if let (false, BlockKind::Reasoning(text)) =
                    (pieces.is_empty(), &mut messages[n].content[k].kind)
                {
                    text.insert_str(0, &pieces);
                    joined = true;
                }
            }
            k += 1;
        }
    }
    if joined {
        messages.retain(|message| !message.content.is_empty());
    }
}

fn is_foreign(block: &Block) -> bool {
    matches!(block.kind, BlockKind::Reasoning(_))
        && block.signature.as_ref().is_some_and(|seal| seal.maker != Maker::Google)
}

/// Takes the unsealed pieces before block `k` of message `n`, also from the model's turns before it.
fn take_before(messages: &mut [Message], n: usize, k: &mut usize) -> String {
    let mut text = String::new();
    while *k > 0 {
        let Some(piece) = piece(&messages[n].content[*k - 1]) else { return text };
        text.insert_str(0, piece);
        *k -= 1;
        messages[n].content.remove(*k);
    }
    for message in messages[..n].iter_mut().rev() {
        if message.role != Role::Assistant {
            break;
        }
        while let Some(piece) = message.content.last().and_then(piece) {
            text.insert_str(0, piece);
            message.content.pop();
        }
        if !message.content.is_empty() {
            break;
        }
    }
    text
}

fn piece(block: &Block) -> Option<&str> {
    match &block.kind {
        BlockKind::Reasoning(text) if block.signature.is_none() => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use wye_types::chat::Signature;

    use super::*;

    fn thought(text: &str, maker: Option<Maker>) -> Block {
        let signature = maker.map(|maker| Signature { maker, data: "s".to_owned() });
        Block { signature, ..Block::new(BlockKind::Reasoning(text.to_owned())) }
    }

    fn turn(role: Role, content: Vec<Block>) -> Message {
        Message { content, ..Message::text(role, "") }
    }

    #[test]
    fn pieces_before_a_foreign_seal_are_one_thought() {
        let mut messages = vec![
            Message::text(Role::User, "x"),
            turn(Role::Assistant, vec![thought("a", Some(Maker::Google)), thought("b", None)]),
            turn(Role::Assistant, vec![thought("c", None)]),
            turn(Role::Assistant, vec![thought("", Some(Maker::Anthropic)), Block::text("t")]),
        ];
        join(&mut messages);
        assert_eq!(
            messages[1..],
            [
                turn(Role::Assistant, vec![thought("a", Some(Maker::Google))]),
                turn(Role::Assistant, vec![thought("bc", Some(Maker::Anthropic)), Block::text("t")]),
            ]
        );
    }

    #[test]
    fn googles_own_pieces_stay_as_they_are() {
        let mut messages =
            vec![turn(Role::Assistant, vec![thought("a", None), thought("", Some(Maker::Google))])];
        let before = messages.clone();
        join(&mut messages);
        assert_eq!(messages, before);
    }
}
