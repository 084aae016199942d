//! The vector of each piece, in six bits a number: the values of a row are steps between a least and a greatest one, which
//! pieces share in groups. Packed as they are here, 128,000 pieces take 49 MB instead of 262.

use crate::encoder::DIMS;
use crate::file::{BadEncoder, Reader, Writer};

/// Groups: a piece belongs to that of its number modulo this.
pub(crate) const GROUPS: usize = 17;
/// The greatest step.
pub(crate) const MOST: u8 = 63;
/// A quarter of a row.
const PART: usize = DIMS / 4;
/// Bytes of a packed row.
const ROW: usize = 3 * PART;

/// Vectors of pieces.
#[derive(Debug)]
pub(crate) struct Table {
    /// Where the rows stand in the file.
    rows: std::ops::Range<usize>,
    /// The width of a step, and the least value, of each group.
    scale: Vec<f32>,
    least: Vec<f32>,
}

impl Table {
    /// Writes what [`Self::read`] reads.
    pub(crate) fn write<'r>(
        writer: &mut Writer,
        rows: impl Iterator<Item = &'r [u8; DIMS]>,
        (scale, least): (&[f32], &[f32]),
    ) {
        let mut packed = Vec::new();
        for row in rows {
            // Three of four values take the low bits, the fourth what is left above them.
            for (part, shift) in [(0, 0), (1, 2), (2, 4)] {
                packed.extend((0..PART).map(|at| {
                    let above = row[3 * PART + at] >> shift & 3;
                    row[part * PART + at] & MOST | above << 6
                }));
            }
        }
        writer.part(&packed);
        writer.floats(scale);
        writer.floats(least);
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, BadEncoder> {
        let table = Self { rows: reader.range()?, scale: reader.floats()?, least: reader.floats()? };
        let whole = table.rows.len().is_multiple_of(ROW) && !table.rows.is_empty();
        let groups = table.scale.len() == GROUPS && table.least.len() == GROUPS;
        let finite = table.scale.iter().chain(&table.least).all(|value| value.is_finite());
        if whole && groups && finite { Ok(table) } else { Err(BadEncoder::Senseless("vectors of pieces")) }
    }

    /// How many pieces have a vector.
    pub(crate) const fn len(&self) -> usize {
        (self.rows.end - self.rows.start) / ROW
    }

    /// The vector of a piece; that of no piece is nought.
    pub(crate) fn vector(&self, file: &[u8], piece: u32, out: &mut [f32; DIMS]) {
        let piece = piece as usize;
        let start = self.rows.start + piece * ROW;
        let row = file.get(start..start + ROW).filter(|_| start + ROW <= self.rows.end);
        let row: Option<&[u8; ROW]> = row.and_then(|row| row.try_into().ok());
        let group = piece % GROUPS;
        let (Some(row), Some(scale), Some(least)) = (row, self.scale.get(group), self.least.get(group))
        else {
            out.fill(0.0);
            return;
        };
        for at in 0..PART {
            let (a, b, c) = (row[at], row[PART + at], row[2 * PART + at]);
            let d = a >> 6 | (b >> 6) << 2 | (c >> 6) << 4;
            for (part, step) in [a & MOST, b & MOST, c & MOST, d].into_iter().enumerate() {
                // Two roundings, as the package has them.
                out[part * PART + at] = f32::from(step) * scale + least;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_they_were() {
        let rows: Vec<[u8; DIMS]> = (0..20_u8)
            .map(|row| std::array::from_fn(|at| ((at * 7 + usize::from(row) * 13) % 64) as u8))
            .collect();
        let scale: Vec<f32> = (0..17_u8).map(|group| 0.5 + f32::from(group)).collect();
        let least: Vec<f32> = (0..17_u8).map(|group| -f32::from(group)).collect();
        let mut writer = Writer::default();
        Table::write(&mut writer, rows.iter(), (&scale, &least));
        let file = writer.finish();
        let table = Table::read(&mut Reader::open(&file).unwrap()).unwrap();
        assert_eq!(table.len(), 20);
        let mut out = [0.0; DIMS];
        for (piece, row) in rows.iter().enumerate() {
            table.vector(&file, u32::try_from(piece).unwrap(), &mut out);
            let group = piece % GROUPS;
            for at in 0..DIMS {
                assert!(
                    (out[at] - (f32::from(row[at]) * scale[group] + least[group])).abs() < 1e-6,
                    "{piece} {at}"
                );
            }
        }
        table.vector(&file, 20, &mut out);
        assert_eq!(out, [0.0; DIMS], "there is no such piece");
        table.vector(&file, u32::MAX, &mut out);
    }
}
