//! Writing few bytes: a system call for one piece costs a good deal less than one for several, and to copy what an answer's head and
//! its short body hold costs next to nothing.

use std::cell::RefCell;
use std::io::IoSlice;

/// Bytes that are copied at most. A head is about a thousand.
const MOST: usize = 4096;

thread_local! {
    static ROOM: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Gives `write` all pieces as one, if they are more than one and short. `None`: they are not, and `write` was not called.
pub fn together<T>(pieces: &[IoSlice<'_>], write: impl FnOnce(&[u8]) -> T) -> Option<T> {
    let all = pieces.iter().fold(0_usize, |all, piece| all.saturating_add(piece.len()));
    if pieces.len() < 2 || all > MOST {
        return None;
    }
    ROOM.with(|room| {
        let mut room = room.try_borrow_mut().ok()?;
        room.clear();
        pieces.iter().for_each(|piece| room.extend_from_slice(piece));
        Some(write(&room))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_pieces_are_one() {
        let long = vec![b'x'; MOST];
        let of = |pieces: &[&[u8]]| {
            let pieces: Vec<IoSlice<'_>> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
            together(&pieces, <[u8]>::to_vec)
        };
        assert_eq!(of(&[b"head", b"", b"body"]).as_deref(), Some(&b"headbody"[..]));
        assert_eq!(of(&[b"a", b"b"]).as_deref(), Some(&b"ab"[..]), "nothing stays from before");
        assert_eq!(of(&[&long[1..], b"b"]).map(|all| all.len()), Some(MOST));
        assert_eq!(of(&[&long, b"b"]), None);
        assert_eq!(of(&[b"alone"]), None);
        assert_eq!(of(&[]), None);
    }
}
