//! The dialect `cohere`.

pub use crate::openai_chat::OpenAiChat as Cohere;
