//! The fleet over real sockets: a raw HTTP client, one module a subject.
#![expect(clippy::unwrap_used, reason = "tests")]

mod it {
    mod anthropic;
    mod bedrock;
    mod client;
    mod cohere;
    mod completions;
    mod faults;
    mod gemini;
    mod ollama;
    mod openai;
    mod recordings;
    mod responses;
    mod scripts;
    mod services;
}
