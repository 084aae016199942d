//! What a request needs of a model, as far as that can be known without guessing. Bytes are looked at first: what they
//! cannot mean need not be parsed.

use memchr::memmem;
use wye_types::DialectId;
use wye_types::chat::{BlockKind, ChatRequest, MediaKind, Role};
use wye_types::record::decision::Traits;

use crate::parse::Request;

/// Where each dialect says what shape its answer is to have.
const fn format_fields(dialect: DialectId) -> &'static [&'static str] {
    match dialect {
        DialectId::OpenAiResponses => &["text"],
        DialectId::Gemini => &["generationConfig", "generation_config"],
        DialectId::AnthropicMessages => &["output_config", "output_format"],
        DialectId::Ollama => &["format"],
        _ => &["response_format"],
    }
}

/// What a request needs. Whether it goes on from the results of tools only `deeper` looks tell.
pub(crate) fn needs(request: &Request, deeper: bool) -> Traits {
    let head = &request.head;
    let formats = format_fields(request.dialect.id()).iter();
    let format = formats.filter_map(|field| head.top.raw(&request.bytes, field)).next().unwrap_or_default();
    let says = |word: &str| memmem::find(format, word.as_bytes()).is_some();
    let schema = says("schema") || says("Schema") || format.first() == Some(&b'{') && says("properties");
    let has = |word: &str| memmem::find(&request.bytes, word.as_bytes()).is_some();
    Traits::default()
        .and_if(head.tools, Traits::TOOLS)
        .and_if(head.wants_thinking, Traits::THINKING)
        .and_if(schema, Traits::SCHEMA)
        .and_if(schema || says("json"), Traits::JSON)
        .and(if head.top.may_hold_media() { media(request) } else { Traits::default() })
        .and_if(deeper && has("tool") && in_tool_loop(request), Traits::TOOL_LOOP)
}

/// What is to be seen or heard in it. What cannot be read will be refused later, and in better words.
fn media(request: &Request) -> Traits {
    let Ok(chat) = request.chat() else { return Traits::default() };
    let blocks = chat.messages.iter().flat_map(|message| &message.content);
    let all = blocks.flat_map(|block| match &block.kind {
        BlockKind::ToolResult(result) => result.content.iter().collect::<Vec<_>>(),
        _ => vec![block],
    });
    all.fold(Traits::default(), |traits, block| match &block.kind {
        BlockKind::Media(media) => {
            let is = |kind| media.kind == kind;
            traits
                .and_if(is(MediaKind::Image), Traits::IMAGES)
                .and_if(is(MediaKind::Audio), Traits::AUDIO)
                .and_if(is(MediaKind::File), Traits::FILES)
        }
        _ => traits,
    })
}

/// Whether it goes on from the results of tools.
fn in_tool_loop(request: &Request) -> bool {
    let Ok(chat) = request.chat() else { return false };
    chat.messages.last().is_some_and(|last| {
        last.role == Role::Tool
            || last.content.iter().any(|block| matches!(block.kind, BlockKind::ToolResult(_)))
    })
}

/// The text of the newest message of the user; empty where there is none.
pub(crate) fn newest_text(chat: &ChatRequest) -> String {
    newest_parts(chat).join("\n")
}

/// The same in its parts, as they stand in the request.
pub(super) fn newest_parts(chat: &ChatRequest) -> Vec<&str> {
    let users = chat.messages.iter().rev().filter(|message| message.role == Role::User);
    let mut texts = users.map(|message| {
        let texts = message.content.iter().filter_map(|block| match &block.kind {
            BlockKind::Text(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect::<Vec<_>>()
    });
    // Results of tools stand in messages of the user in some dialects; they are no words of the user's.
    texts.find(|parts| parts.len() > 1 || parts.iter().any(|part| !part.is_empty())).unwrap_or_default()
}
