//! The dialect `ollama`.

pub use crate::openai_chat::OpenAiChat as Ollama;
