//! Resolved configuration to Live, the state one request holds.
