//! The fleet over real sockets: a raw HTTP client, one module a subject.
#![expect(clippy::unwrap_used, reason = "tests")]

mod it {
    mod anthropic;
    mod client;
    mod faults;
    mod gemini;
    mod openai;
    mod recordings;
    mod scripts;
}
