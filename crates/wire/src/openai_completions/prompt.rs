//! A conversation as a text that the model is to continue.
//!
//! A lone message of the user's is the prompt as it is. Anything else is written in plain words, a blank line between
//! turns: what the system says first stands at the top without a label, then every turn as `User: …`, `Assistant: …`,
//! `System: …` or `Tool: …`, and `Assistant:` at the end, so that the model answers. If the conversation already ends
//! with words of the model's, they are the end, so that it goes on with them.

use wye_types::chat::{Block, BlockKind, ChatRequest, Message, Role, Source};

use crate::dialect::Loss;

/// Ends the answer of a model that would go on with the next turn by itself.
pub(super) const NEXT_TURN: &str = "\nUser:";

/// A conversation as a prompt.
pub(super) struct Prompt {
    /// The text.
    pub(super) text: String,
    /// Whether turns are labelled in it.
    pub(super) labelled: bool,
}

/// Writes the conversation and notes what cannot be said.
pub(super) fn write(chat: &ChatRequest, losses: &mut Vec<Loss>) -> Prompt {
    if let [message @ Message { role: Role::User, .. }] = chat.messages.as_slice() {
        return Prompt { text: words(0, message, losses), labelled: false };
    }
    let mut turns: Vec<(Option<&str>, String)> = Vec::with_capacity(chat.messages.len());
    for (n, message) in chat.messages.iter().enumerate() {
        let text = words(n, message, losses);
        let label = match message.role {
            Role::System | Role::Developer if turns.iter().all(|(label, _)| label.is_none()) => None,
            Role::System | Role::Developer => Some("System"),
            Role::User => Some("User"),
            Role::Assistant => Some("Assistant"),
            Role::Tool => Some("Tool"),
        };
        if !text.is_empty() {
            turns.push((label, text));
        }
    }
    let goes_on = matches!(turns.last(), Some((Some("Assistant"), _)));
    let mut text = String::new();
    for (label, said) in turns {
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        if let Some(label) = label {
            text.push_str(label);
            text.push_str(": ");
        }
        text.push_str(&said);
    }
    if !goes_on {
        text.push_str(if text.is_empty() { "Assistant:" } else { "\n\nAssistant:" });
    }
    Prompt { text, labelled: true }
}

/// What a message says in words. Thoughts are left out, as vendors leave them out of earlier turns.
fn words(n: usize, message: &Message, losses: &mut Vec<Loss>) -> String {
    let mut said = Vec::new();
    for (k, block) in message.content.iter().enumerate() {
        let path = format!("messages[{n}].content[{k}]");
        match &block.kind {
            BlockKind::ToolResult(result) => {
                losses.push(Loss::changed(&path, "written as plain text"));
                for (j, block) in result.content.iter().enumerate() {
                    said.extend(text_of(block, &format!("{path}.content[{j}]"), losses));
                }
            }
            _ => said.extend(text_of(block, &path, losses)),
        }
    }
    // What the model said in one turn had nothing between its pieces.
    said.join(if message.role == Role::Assistant { "" } else { "\n" })
}

fn text_of<'a>(block: &'a Block, path: &str, losses: &mut Vec<Loss>) -> Option<&'a str> {
    match &block.kind {
        BlockKind::Text(text) | BlockKind::Refusal(text) => Some(text),
        BlockKind::Media(media) => match &media.source {
            Source::Text(text) => Some(text),
            _ => {
                losses.push(Loss::changed(path, "dropped; a prompt holds text only"));
                None
            }
        },
        BlockKind::Reasoning(_) | BlockKind::Redacted => None,
        BlockKind::ToolCall(_) | BlockKind::ToolResult(_) | BlockKind::Foreign(_) => {
            losses.push(Loss::dropped(path));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::{Dialect as _, PathAsk};
    use crate::openai_chat::OpenAiChat;

    fn prompt(messages: &str) -> (String, Vec<String>) {
        let body = format!("{{\"model\":\"m\",\"messages\":{messages}}}");
        let chat = OpenAiChat.read_request(body.as_bytes(), &PathAsk::default()).unwrap();
        let mut losses = Vec::new();
        let prompt = write(&chat, &mut losses);
        (prompt.text, losses.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_lone_message_of_the_users_is_the_prompt() {
        assert_eq!(prompt(r#"[{"role":"user","content":"Once upon"}]"#).0, "Once upon");
    }

    #[test]
    fn a_conversation_is_written_in_plain_words() {
        let (text, losses) = prompt(
            r#"[{"role":"system","content":"Be brief."},{"role":"user","content":"Weather?"},
                {"role":"assistant","content":null,"tool_calls":[{"id":"c","function":{"name":"f","arguments":"{}"}}]},
                {"role":"tool","tool_call_id":"c","content":"rain"},
                {"role":"system","content":"Be kind."},{"role":"user","content":"And now?"}]"#,
        );
        assert_eq!(
            text,
            "Be brief.\n\nUser: Weather?\n\nTool: rain\n\nSystem: Be kind.\n\nUser: And now?\n\nAssistant:"
        );
        assert_eq!(
            losses,
            ["messages[2].content[0]: dropped", "messages[3].content[0]: written as plain text"]
        );
    }

    #[test]
    fn words_of_the_models_at_the_end_are_gone_on_with() {
        let (text, _) =
            prompt(r#"[{"role":"user","content":"Rhyme"},{"role":"assistant","content":"Roses are"}]"#);
        assert_eq!(text, "User: Rhyme\n\nAssistant: Roses are");
    }
}
