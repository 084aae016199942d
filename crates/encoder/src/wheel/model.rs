//! SentencePiece's model, a message of Protocol Buffers, as far as cutting texts needs it: the pieces with their scores, and
//! the table of normal forms.

/// What is needed of a model.
#[derive(Debug, PartialEq)]
pub(super) struct Model<'a> {
    /// Pieces and how likely they are, by number.
    pub(super) pieces: Vec<(&'a [u8], f32)>,
    pub(super) charsmap: &'a [u8],
}

/// A field's value.
enum Value<'a> {
    Bytes(&'a [u8]),
    Four([u8; 4]),
    /// Nothing that is needed.
    Other,
}

/// Reads a model; `None` if it is none, or has no pieces or no table.
pub(super) fn read(file: &[u8]) -> Option<Model<'_>> {
    let (mut pieces, mut charsmap) = (Vec::new(), None);
    let mut rest = file;
    while !rest.is_empty() {
        match field(&mut rest)? {
            (1, Value::Bytes(piece)) => pieces.extend(read_piece(piece)?),
            // What makes texts alike; of its fields the second is the table.
            (3, Value::Bytes(mut normal)) => {
                while !normal.is_empty() {
                    if let (2, Value::Bytes(table)) = field(&mut normal)? {
                        charsmap = Some(table);
                    }
                }
            }
            _ => {}
        }
    }
    let charsmap = charsmap?;
    (!pieces.is_empty()).then_some(Model { pieces, charsmap })
}

/// A piece and its score; one without a text is passed over.
fn read_piece(mut rest: &[u8]) -> Option<Option<(&[u8], f32)>> {
    let (mut text, mut score) = (None, 0.0);
    while !rest.is_empty() {
        match field(&mut rest)? {
            (1, Value::Bytes(bytes)) => text = Some(bytes),
            (2, Value::Four(bytes)) => score = f32::from_le_bytes(bytes),
            _ => {}
        }
    }
    Some(text.map(|text| (text, score)))
}

/// Takes a field off: its number and its value.
fn field<'a>(rest: &mut &'a [u8]) -> Option<(u64, Value<'a>)> {
    let tag = varint(rest)?;
    let value = match tag & 7 {
        0 => varint(rest).map(|_| Value::Other)?,
        1 => take(rest, 8).map(|_| Value::Other)?,
        2 => {
            let length = usize::try_from(varint(rest)?).ok()?;
            Value::Bytes(take(rest, length)?)
        }
        5 => Value::Four(*take(rest, 4)?.first_chunk()?),
        _ => return None,
    };
    Some((tag >> 3, value))
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(rest, 1)?[0];
        value |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_scores_and_table_are_found_among_other_fields() {
        let piece = |text: &[u8], score: f32| {
            let inner =
                [&[0x0A, u8::try_from(text.len()).unwrap()], text, &[0x15], &score.to_le_bytes(), &[0x18, 2]]
                    .concat();
            [&[0x0A, u8::try_from(inner.len()).unwrap()], &inner[..]].concat()
        };
        let normal = [0x0A, 4, b'n', b'f', b'k', b'c', 0x12, 2, 7, 8, 0x18, 1];
        let file =
            [&piece(b"ab", -1.5)[..], &[0x12, 2, 0x18, 3], &piece(b"c", -2.0), &[0x1A, 12], &normal].concat();
        let model = read(&file).unwrap();
        assert_eq!(model.pieces, [(&b"ab"[..], -1.5), (&b"c"[..], -2.0)]);
        assert_eq!(model.charsmap, [7, 8]);
        for length in 0..file.len() {
            assert_eq!(read(&file[..length]), None, "{length}");
        }
        assert_eq!(read(&[0xFF; 40]), None);
    }
}
