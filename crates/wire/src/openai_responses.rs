//! The dialect `openai_responses`.

pub use crate::openai_chat::OpenAiChat as OpenAiResponses;
