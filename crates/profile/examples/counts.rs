//! What `scripts/fit-tokens` fits coefficients to: reads texts, each behind its length in four bytes, and writes their sums.
#![expect(clippy::expect_used, reason = "a tool")]

use std::io::{Read as _, Write as _, stdin, stdout};

use wye_profile::tokens::Counts;

fn main() {
    let mut input = Vec::new();
    stdin().read_to_end(&mut input).expect("standard input can be read");
    let (mut rest, mut out) = (input.as_slice(), Vec::new());
    while let Some((length, more)) = rest.split_first_chunk() {
        let (text, more) = more.split_at(u32::from_le_bytes(*length) as usize);
        out.extend(Counts::of(text).named().flat_map(|(_, count)| count.to_le_bytes()));
        rest = more;
    }
    stdout().write_all(&out).expect("standard output can be written");
}
