//! Has the crate built anew when the console was, and lets it be built where the console was not.

use std::fs;

/// What Vite writes. It is embedded whole.
const CONSOLE: &str = "../../web/dist";

fn main() {
    // Cargo would run this, and build the crate, each time anew as long as there is no such folder. Where it cannot be
    // made, that is all that is lost.
    drop(fs::create_dir_all(CONSOLE));
    println!("cargo::rerun-if-changed={CONSOLE}");
    println!("cargo::rerun-if-changed=build.rs");
}
