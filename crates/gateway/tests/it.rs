//! The real binary, run as users run it. Waits for lines and for connections, never for time.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests; what lines and connections they await is theirs to bound"
)]

mod it {
    mod admin;
    mod commands;
    mod demo;
    mod discover;
    mod encoder;
    mod heads;
    mod http;
    mod imported;
    mod memory;
    mod prices;
    mod process;
    mod quiet;
    mod records;
    mod reload;
    mod serve;
    mod state;
    mod stop;
    mod upstream;
    mod why;
}
