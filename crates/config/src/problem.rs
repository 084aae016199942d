//! Something wrong with a configuration, said so that it can be put right.

use std::fmt;

/// What is wrong, where, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The place in the tree, e.g. `routes.chat.targets[1]`; empty for the whole file.
    pub path: String,
    /// The line, from 1; 0 for an item, which stands in no file.
    pub line: usize,
    /// The column in characters, from 1; 0 for an item.
    pub column: usize,
    /// What was found and what to write instead. Never holds a value of a secret or of the environment.
    pub message: String,
}

impl fmt::Display for Problem {
    /// `12:5: routes.chat: …`; put the file's name and a colon before it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "{}:{}: ", self.line, self.column)?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}
