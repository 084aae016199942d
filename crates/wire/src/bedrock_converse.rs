//! The dialect `bedrock_converse`.

pub use crate::openai_chat::OpenAiChat as BedrockConverse;
