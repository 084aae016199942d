//! The dialect `openai_completions`.

pub use crate::openai_chat::OpenAiChat as OpenAiCompletions;
