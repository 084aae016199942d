//! What a request is, as far as its text tells without guessing: the scripts it is written in, the words of the reference
//! systems' rules, and what it needs; and what it is about and how hard it is, guessed from its letters by heads that were
//! trained.
//!
//! **Invariants:** pure; any text is read; the work grows with the text and with nothing else.

pub mod category;
pub mod heads;
pub mod keywords;
pub mod plain;
pub mod profile;
pub mod script;
pub mod tokens;
pub mod words;

pub use category::Category;
pub use heads::{Heads, Scores};
pub use keywords::{Found, Tag, found};
pub use profile::{Forced, Profile};
pub use script::{Script, Scripts};
pub use words::Words;
