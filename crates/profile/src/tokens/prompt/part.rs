//! Parts of long texts, counted as if all before them had been: words and runs that go on from there do not begin anew, and
//! what is cut in two is counted once.

use std::ops::Range;

use super::Walk;
use super::strings::{is_between, whole_characters};
use crate::tokens::pieces::PIECE;
use crate::tokens::tally::Take;

impl<T: Take> Walk<T> {
    /// Counts pieces of a text by `take`, with what is before them to tell what they begin with.
    pub(super) fn in_pieces(&mut self, text: &[u8], take: impl Fn(&mut Self, &[u8], Range<usize>)) {
        let place = self.pieces.begin(text.len());
        while let Some(piece) = self.pieces.next(place, self.text.worth()) {
            take(self, text, piece);
        }
    }

    /// Counts a piece of a string's inside.
    pub(super) fn piece(&mut self, text: &[u8], piece: Range<usize>) {
        if let Some((before, plain)) = plain(text, &piece) {
            self.text.follow(before);
            return self.text.take_plain(plain);
        }
        let whole = self.behind(text, piece);
        self.whole_text(&text[whole]);
    }

    /// Counts a piece of JSON that a model reads as it stands.
    pub(super) fn shown_piece(&mut self, json: &[u8], piece: Range<usize>) {
        let whole = self.behind(json, piece);
        let blanks = whole.clone().filter(|at| json[*at].is_ascii_whitespace() && is_between(json, *at));
        let mut from = whole.start;
        for blank in blanks {
            self.whole_text(&json[from..blank]);
            from = blank + 1;
        }
        self.whole_text(&json[from..whole.end]);
    }

    /// Takes what stands before a piece for nothing but that. Gives the piece, moved to where characters begin.
    fn behind(&mut self, text: &[u8], piece: Range<usize>) -> Range<usize> {
        let (before, piece) = whole_characters(text, piece);
        let worth = self.text.worth();
        self.text.cut();
        self.whole_text(&text[before..piece.start]);
        self.text.set_worth(worth);
        piece
    }
}

/// A whole piece and the byte before it, if everything about it is ASCII and nothing is escaped.
fn plain<'a>(text: &'a [u8], piece: &Range<usize>) -> Option<(u8, &'a [u8])> {
    /// More than the longest escape.
    const BEFORE: usize = 16;
    let from = piece.start.checked_sub(BEFORE)?;
    let near = text.get(from..piece.end)?.first_chunk::<{ BEFORE + PIECE }>()?;
    // Without a way out of the loop compilers make a few vector instructions of it.
    let odd = near.iter().fold(0, |odd, byte| odd | byte & 0x80 | u8::from(*byte == b'\\'));
    let (before, piece) = near.split_at(BEFORE);
    (odd == 0).then(|| (before[BEFORE - 1], piece))
}
