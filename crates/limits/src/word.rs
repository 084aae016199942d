//! What a vendor said of a limit, as it is kept over a restart.

/// A vendor's word that still holds. Times are Unix milliseconds, so that another process's clock can hold them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Word {
    /// The limit it is about.
    pub limit: u64,
    /// What was left of it at `at_ms`.
    pub left: u64,
    /// How much comes back evenly from `at_ms` to `until_ms`; otherwise all of it comes back at once at the end.
    pub grows: u64,
    /// When that was left.
    pub at_ms: u64,
    /// When the vendor said it.
    pub heard_ms: u64,
    /// Until when it holds.
    pub until_ms: u64,
}
