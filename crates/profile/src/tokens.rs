//! Tokens of a text, estimated without a tokeniser: sums of what tokenisers split at, times coefficients that were fitted
//! to the real tokenisers (`docs/token-estimates.md`). Tokenisers cost a microsecond where this costs a nanosecond, and
//! megabytes of vocabulary.

mod coefficients;
mod counts;
mod family;
mod image;
mod letters;
mod pieces;
mod prompt;
mod reader;
mod size;
mod tally;
mod weighed;

pub use counts::Counts;
pub use family::Family;
pub use image::{Picture, Vision};
pub use prompt::Prompt;
pub use reader::Reader;
pub use size::size;
