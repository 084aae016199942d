//! The binary `wye`.
fn main() {}
