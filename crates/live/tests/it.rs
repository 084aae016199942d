//! What is known of models once a configuration is loaded.
#![expect(clippy::unwrap_used, reason = "tests")]

mod it {
    mod known;
}
