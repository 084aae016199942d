//! What a request is, as far as its text tells without guessing: the scripts it is written in, the words of the reference
//! systems' rules, and what it needs. What it is about and how hard it is will be guessed beside this.
//!
//! **Invariants:** pure; any text is read; the work grows with the text and with nothing else.

pub mod keywords;
pub mod script;
pub mod tokens;
pub mod words;

pub use keywords::{Found, Tag, found};
pub use script::{Script, Scripts};
pub use words::Words;
