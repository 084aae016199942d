//! In which order a route's targets are tried: one function for each strategy, each a formula of the reference systems.
//!
//! **Invariants:** every target that comes in goes out once; the same rows, seed and history give the same order, however
//! the rows are arranged (but for [`Order::Listed`], whose order is the arrangement); no score is not a number.

mod adaptive;
pub(crate) mod draw;
mod learned;
mod rank;
mod school;

pub use adaptive::{Weights, consecutive_penalty};
pub use draw::draw;
pub use learned::Worth;
pub use rank::{Ask, MOST_TERMS, Mark, Order, Ranked, Row, Size, Terms, rank};
