//! NumPy's files, as far as the package uses them: rows of bytes or of 32-bit numbers.

/// What such files begin with.
const MAGIC: &[u8] = b"\x93NUMPY";

/// What an array holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Values {
    /// `u8`.
    Bytes(Vec<u8>),
    /// `f32`, of the smaller end first.
    Floats(Vec<f32>),
}

/// Values, row by row, and how many there are in each direction.
pub(super) type Array = (Values, Vec<usize>);

/// Reads an array; `None` if it is no array, or one of something else.
pub(super) fn read(file: &[u8]) -> Option<Array> {
    let (version, rest) = file.strip_prefix(MAGIC)?.split_first_chunk::<2>()?;
    // The length of the head has two bytes in the first version and four in the later ones.
    let (length, rest) = if version[0] == 1 {
        let (length, rest) = rest.split_first_chunk()?;
        (usize::from(u16::from_le_bytes(*length)), rest)
    } else {
        let (length, rest) = rest.split_first_chunk()?;
        (usize::try_from(u32::from_le_bytes(*length)).ok()?, rest)
    };
    let (head, values) = rest.split_at_checked(length)?;
    let head = std::str::from_utf8(head).ok()?;
    let field = |name: &str| Some(head.split_once(name)?.1.trim_start_matches([':', ' ']));
    if !field("'fortran_order'")?.starts_with("False") {
        return None;
    }
    let inside = field("'shape'")?.strip_prefix('(')?.split_once(')')?.0;
    let sides = inside.split(',').map(str::trim).filter(|side| !side.is_empty());
    let shape = sides.map(|side| side.parse().ok()).collect::<Option<Vec<usize>>>()?;
    let count = shape.iter().try_fold(1_usize, |count, side| count.checked_mul(*side))?;
    let kind = field("'descr'")?.strip_prefix('\'')?.split_once('\'')?.0;
    let values = match kind {
        "|u1" if values.len() == count => Values::Bytes(values.to_vec()),
        "<f4" if values.len() == count.checked_mul(4)? => {
            Values::Floats(values.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
        }
        _ => return None,
    };
    Some((values, shape))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(head: &str, values: &[u8]) -> Vec<u8> {
        let length = u16::try_from(head.len()).unwrap().to_le_bytes();
        [MAGIC, &[1, 0], &length, head.as_bytes(), values].concat()
    }

    #[test]
    fn arrays_are_read_and_others_refused() {
        let floats = file(
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }  \n",
            &[0, 0, 128, 63, 0, 0, 0, 192],
        );
        assert_eq!(read(&floats), Some((Values::Floats(vec![1.0, -2.0]), vec![2, 1])));
        let bytes = file("{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }\n", &[1, 2, 3]);
        assert_eq!(read(&bytes), Some((Values::Bytes(vec![1, 2, 3]), vec![3])));
        for length in 0..bytes.len() {
            assert_eq!(read(&bytes[..length]), None, "{length}");
        }
        for other in [
            "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }",
            "{'descr': '|u1', 'fortran_order': True, 'shape': (8,), }",
            "{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999, 99999999999), }",
            "{'descr': '|u1', 'fortran_order': False, 'shape': (-8,), }",
            "{}",
        ] {
            assert_eq!(read(&file(other, &[0; 8])), None, "{other}");
        }
    }
}
