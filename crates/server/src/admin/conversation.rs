//! A request as the conversation it was: what was kept of its bodies, read into turns that are the same for every dialect.
//!
//! Nothing here fails for what a body looks like: it may be cut, redacted, or never have been what it claims. What cannot be
//! read is shown as it is.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use wye_store::log::{Body, Entry, Kept};
use wye_types::chat::{
    Block, BlockKind, ChatRequest, ChatResponse, Media, MediaKind, Message, Role, Source, Tool,
};
use wye_types::{DialectId, Kind, RequestId};
use wye_wire::dialect::{PathAsk, dialect};

use super::endpoint::Call;
use super::input::Json;
use super::problem::Problem;

#[cfg(test)]
mod tests;

/// The most bytes of an image that are sent along to be shown; of larger ones their size is told.
const SHOWN: usize = 256 << 10;

/// A request as the conversation it was.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Conversation {
    /// Whether its bodies were kept; else everything here is empty.
    kept: bool,
    /// How to have them kept, where they were not.
    hint: Option<&'static str>,
    /// Whether there was more of the bodies than was kept.
    cut: bool,
    /// What was said: the request's messages, then the answer.
    turns: Vec<Turn>,
    /// Tools that the model could call.
    tools: Vec<ToolOffered>,
}

/// What one of them said.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(super) struct Turn {
    /// `system`, `user`, `assistant` or `tool`.
    role: &'static str,
    /// Whether it is of the answer, not of the request.
    answer: bool,
    /// What was said, in order.
    parts: Vec<Part>,
}

/// A piece of what was said. What a kind does not have is absent.
#[derive(Debug, Default, PartialEq, Serialize, ToSchema)]
pub(super) struct Part {
    /// `text`, `reasoning`, `image`, `audio`, `video`, `file`, `tool_call`, `tool_result`, `refusal`, or `other`: what is none
    /// of these, or could not be read.
    kind: &'static str,
    /// The text; of media, their address where they have one; of thoughts that the vendor sealed, nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// The name of the function, or of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The arguments of a call: JSON as the model wrote it, not necessarily valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    arguments: Option<String>,
    /// What links a call and its result.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// Whether the result says that the function failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<bool>,
    /// The MIME type of media.
    #[serde(skip_serializing_if = "Option::is_none")]
    media_type: Option<String>,
    /// A small image, to be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    data_url: Option<String>,
    /// How many bytes media have, where they were sent along.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
}

/// A tool that the model could call.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(super) struct ToolOffered {
    /// Its name.
    name: String,
    /// What it does, in the client's words.
    description: Option<String>,
}

pub(super) async fn show_conversation(call: Call, (): ()) -> Result<Json<Conversation>, Problem> {
    let missing = || Problem::missing("request", call.param("id"));
    let id = RequestId::parse(call.param("id")).ok_or_else(missing)?;
    let db = &call.admin.db;
    let entry = Entry::whole(db, id).await?.ok_or_else(missing)?;
    let Some(kept) = Body::of(db, id).await? else {
        let hint = "the bodies of this request were not kept, or are kept no longer; the setting `log.bodies` (off, \
                    errors, all, or a share of all) says of which requests they are";
        let (turns, tools) = (Vec::new(), Vec::new());
        return Ok(Json(Conversation { kept: false, hint: Some(hint), cut: false, turns, tools }));
    };
    Ok(Json(read(&entry, &kept)))
}

/// Reads what was kept.
fn read(entry: &Entry, kept: &Kept) -> Conversation {
    // Other kinds of call have words of their own, which are no conversation.
    let spoken = entry.dialect.parse::<DialectId>().ok().filter(|_| entry.kind == Kind::Chat);
    let path = PathAsk { model: Some(entry.asked.clone()), ..PathAsk::default() };
    let asked = spoken.and_then(|id| dialect(id).read_request(kept.request.as_bytes(), &path).ok());
    let answered = spoken.and_then(|id| dialect(id).read_response(kept.response.as_bytes()).ok());
    let (mut turns, tools) = match asked {
        Some(chat) => request(chat),
        None => (unread("user", false, &kept.request), Vec::new()),
    };
    turns.extend(match answered.filter(|answer| !answer.choices.is_empty()) {
        Some(answer) => response(answer),
        None => unread("assistant", true, &kept.response),
    });
    Conversation { kept: true, hint: None, cut: kept.cut, turns, tools }
}

/// A body that could not be read; nothing of an empty one.
fn unread(role: &'static str, answer: bool, body: &str) -> Vec<Turn> {
    if body.is_empty() {
        return Vec::new();
    }
    vec![Turn { role, answer, parts: vec![Part::of("other", body)] }]
}

fn request(chat: ChatRequest) -> (Vec<Turn>, Vec<ToolOffered>) {
    let turn = |Message { role, content, .. }: Message| Turn {
        role: match role {
            Role::System | Role::Developer => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
            Role::Tool => "tool",
        },
        answer: false,
        parts: content.into_iter().flat_map(parts).collect(),
    };
    let tool = |tool| match tool {
        Tool::Function(function) => ToolOffered { name: function.name, description: function.description },
        Tool::Foreign(value) => {
            let word = |key: &str| Some(value.get(key)?.as_str()?.to_owned());
            // A vendor's own tool has a type; a name only where it can be several.
            ToolOffered {
                name: word("name").or_else(|| word("type")).unwrap_or_else(|| value.to_string()),
                description: word("description"),
            }
        }
    };
    (chat.messages.into_iter().map(turn).collect(), chat.tools.into_iter().map(tool).collect())
}

fn response(answer: ChatResponse) -> Vec<Turn> {
    let turn = |content: Vec<Block>| Turn {
        role: "assistant",
        answer: true,
        parts: content.into_iter().flat_map(parts).collect(),
    };
    answer.choices.into_iter().map(|choice| turn(choice.content)).collect()
}

/// What a block says: one part, but for a result that has more in it than text.
fn parts(block: Block) -> Vec<Part> {
    let one = match block.kind {
        BlockKind::Text(text) => Part::of("text", text),
        BlockKind::Refusal(text) => Part::of("refusal", text),
        BlockKind::Reasoning(text) => Part::of("reasoning", text),
        BlockKind::Redacted => Part { kind: "reasoning", ..Part::default() },
        BlockKind::Media(media) => of_media(media),
        BlockKind::ToolCall(call) => Part {
            kind: "tool_call",
            name: Some(call.name),
            arguments: Some(call.arguments),
            id: Some(call.id),
            ..Part::default()
        },
        BlockKind::ToolResult(result) => {
            let (texts, others): (Vec<Block>, Vec<Block>) =
                result.content.into_iter().partition(|block| block.as_text().is_some());
            let text: Vec<&str> = texts.iter().filter_map(Block::as_text).collect();
            let told = Part {
                kind: "tool_result",
                text: Some(text.join("\n")),
                name: result.name,
                id: Some(result.call_id),
                failed: Some(result.is_error),
                ..Part::default()
            };
            return std::iter::once(told).chain(others.into_iter().flat_map(parts)).collect();
        }
        BlockKind::Foreign(value) => Part::of("other", shown(&value)),
    };
    vec![one]
}

/// JSON for people.
fn shown(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}

fn of_media(media: Media) -> Part {
    let kind = match media.kind {
        MediaKind::Image => "image",
        MediaKind::Audio => "audio",
        MediaKind::Video => "video",
        MediaKind::File => "file",
    };
    let part = Part { kind, name: media.name, media_type: media.mime, ..Part::default() };
    match media.source {
        Source::Url(text) | Source::FileId(text) | Source::Text(text) => Part { text: Some(text), ..part },
        Source::Base64(data) => {
            let of = |letters: usize| letters / 4 * 3 + letters % 4 * 3 / 4;
            let bytes = of(data.trim_end_matches('=').len());
            // What was left out of what is kept is told there in words: how many letters it had.
            let whole = data.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte));
            let mime = part.media_type.as_deref().filter(|mime| mime.starts_with("image/"));
            let data_url = mime
                .filter(|_| kind == "image" && whole && bytes <= SHOWN)
                .map(|mime| format!("data:{mime};base64,{data}"));
            if whole {
                return Part { data_url, bytes: Some(bytes as u64), ..part };
            }
            let letters = data.strip_prefix('(').and_then(|rest| rest.split(' ').next()?.parse().ok());
            Part { bytes: letters.map(|letters| of(letters) as u64), text: Some(data), ..part }
        }
    }
}

impl Part {
    fn of(kind: &'static str, text: impl Into<String>) -> Self {
        Self { kind, text: Some(text.into()), ..Self::default() }
    }
}
