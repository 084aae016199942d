//! Matrices of whole numbers from -127 to 127 with one scale, which is what the model's are, and the one heavy thing that is
//! done with them. They are kept as bytes, so that all of them fit into a processor's caches, and made numbers in registers.

use fearless_simd::{Level, Simd, SimdBase, SimdFloat, dispatch, f32x16};

use crate::file::{BadEncoder, Reader, Writer};

/// Columns that are worked out together.
const WIDE: usize = 16;

/// A matrix, its columns in strips of [`WIDE`] of which each stands row after row.
#[derive(Debug)]
pub(crate) struct Matrix {
    rows: usize,
    strips: Vec<Vec<[i8; WIDE]>>,
    scale: f32,
}

impl Matrix {
    /// Writes what [`Self::read`] reads: a matrix row by row.
    pub(crate) fn write(writer: &mut Writer, values: &[i8], columns: usize, scale: f32) {
        let strips = (0..columns).step_by(WIDE).flat_map(|strip| {
            values.chunks_exact(columns).flat_map(move |row| row.iter().skip(strip).take(WIDE))
        });
        let bytes: Vec<u8> = strips.map(|value| value.cast_unsigned()).collect();
        writer.part(&bytes);
        writer.floats(&[scale]);
    }

    /// A matrix of so many rows and columns.
    pub(crate) fn read(reader: &mut Reader<'_>, rows: usize, columns: usize) -> Result<Self, BadEncoder> {
        let bytes = reader.part()?;
        let scale = reader.floats()?.first().copied().filter(|scale| scale.is_finite());
        let scale = scale.filter(|_| bytes.len() == rows * columns && columns.is_multiple_of(WIDE));
        let scale = scale.ok_or(BadEncoder::Senseless("matrices"))?;
        let strip = |bytes: &[u8]| {
            let rows = bytes.as_chunks::<WIDE>().0.iter();
            rows.map(|row| row.map(u8::cast_signed)).collect()
        };
        Ok(Self { rows, strips: bytes.chunks_exact(rows * WIDE).map(strip).collect(), scale })
    }

    /// Multiplies `count` rows with it. Row `n` begins at `n * stride` of `input`, so that rows may overlap: a window that
    /// moves over tokens is a row for each place. `each` is told every result: its row, its column and its value.
    pub(crate) fn multiply(
        &self,
        level: Level,
        (input, stride, count): (&[f32], usize, usize),
        mut each: impl FnMut(usize, usize, &[f32; WIDE]),
    ) {
        let mut out = [[0.0; WIDE]; MOST];
        for (strip, column) in self.strips.iter().zip((0..).step_by(WIDE)) {
            let mut done = 0;
            while done < count {
                let from = input.get(done * stride..).unwrap_or_default();
                let more =
                    dispatch!(level, simd => some(simd, strip, (from, stride, count - done), &mut out));
                for (row, values) in (done..).zip(&mut out[..more]) {
                    for value in &mut *values {
                        *value *= self.scale;
                    }
                    each(row, column, values);
                }
                done += more;
            }
        }
    }

    /// Multiplies one row with it and adds what comes out to `out`.
    pub(crate) fn add_to(&self, level: Level, input: &[f32], out: &mut [f32]) {
        let input = input.get(..self.rows).unwrap_or_default();
        self.multiply(level, (input, 0, 1), |_, column, values| {
            for (out, value) in out.iter_mut().skip(column).zip(values) {
                *out += value;
            }
        });
    }
}

/// The most rows that are worked out together.
const MOST: usize = 12;

/// Multiplies as many of the rows as go at once with a strip, and gives how many that were.
#[inline(always)]
fn some<S: Simd>(
    simd: S,
    strip: &[[i8; WIDE]],
    (from, stride, count): (&[f32], usize, usize),
    out: &mut [[f32; WIDE]; MOST],
) -> usize {
    // As many sums as there are registers for, and enough of them that no addition waits for the one before.
    if S::f32s::LEN >= WIDE && count >= MOST {
        return tile::<S, MOST>(simd, strip, (from, stride), out);
    }
    match count {
        6.. => tile::<S, 6>(simd, strip, (from, stride), out),
        4.. => tile::<S, 4>(simd, strip, (from, stride), out),
        3 => tile::<S, 3>(simd, strip, (from, stride), out),
        2 => tile::<S, 2>(simd, strip, (from, stride), out),
        _ => tile::<S, 1>(simd, strip, (from, stride), out),
    }
}

#[inline(always)]
fn tile<S: Simd, const ROWS: usize>(
    simd: S,
    strip: &[[i8; WIDE]],
    (from, stride): (&[f32], usize),
    out: &mut [[f32; WIDE]; MOST],
) -> usize {
    let rows: [&[f32]; ROWS] =
        std::array::from_fn(|row| from.get(row * stride..row * stride + strip.len()).unwrap_or_default());
    // Checked once here instead of at every step.
    if rows.iter().any(|row| row.len() != strip.len()) {
        return ROWS;
    }
    let mut sums = [f32x16::splat(simd, 0.0); ROWS];
    for (at, weights) in strip.iter().enumerate() {
        let weights = f32x16::from_slice(simd, &weights.map(f32::from));
        for row in 0..ROWS {
            sums[row] = f32x16::splat(simd, rows[row][at]).mul_add(weights, sums[row]);
        }
    }
    for (sum, out) in sums.iter().zip(out) {
        sum.store_slice(out);
    }
    ROWS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_what_they_are_by_the_book() {
        let (rows, columns) = (40, 48);
        let value = |at: usize| i8::try_from((at * 37 % 255) as i64 - 127).unwrap();
        let values: Vec<i8> = (0..rows * columns).map(value).collect();
        let mut writer = Writer::default();
        Matrix::write(&mut writer, &values, columns, 0.25);
        let file = writer.finish();
        let matrix = Matrix::read(&mut Reader::open(&file).unwrap(), rows, columns).unwrap();
        for count in 0..30 {
            // Windows that overlap.
            let stride = 8;
            let input: Vec<f32> = (0..count * stride + rows).map(|at| (at * 11 % 17) as f32 - 8.0).collect();
            let mut out = vec![f32::NAN; count * columns];
            matrix.multiply(Level::new(), (&input, stride, count), |row, column, values| {
                out[row * columns + column..][..WIDE].copy_from_slice(values);
            });
            for row in 0..count {
                for column in 0..columns {
                    let sum: f32 = (0..rows)
                        .map(|at| input[row * stride + at] * f32::from(values[at * columns + column]))
                        .sum();
                    assert!(
                        (out[row * columns + column] - sum * 0.25).abs() < 1e-2,
                        "{count} {row} {column}"
                    );
                }
            }
        }
        assert!(Matrix::read(&mut Reader::open(&file).unwrap(), rows, columns - 16).is_err());
    }
}
