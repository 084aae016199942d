//! The crate from outside: an example of each gateway, bad files, and what must hold for any.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod it {
    mod bad;
    mod example;
    mod property;
    mod tables;
}
