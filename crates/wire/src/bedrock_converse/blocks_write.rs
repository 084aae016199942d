//! Content blocks, written for the provider.

use serde_json::{Map, Value, json};
use wye_types::chat::{Block, BlockKind, CacheHint, Maker, MediaKind, Role, ToolResult};

use super::blocks_read::write_redacted;
use super::extras::Family;
use super::media::{self, Names};
use crate::anthropic_messages::{arguments, legal_id};
use crate::dialect::{Loss, WriteOptions};
use crate::names::{NameMap, fnv1a};

/// The longest id of a call.
const MOST_ID: usize = 64;

/// What writing blocks depends on, and what it leaves behind.
pub(super) struct BlockWriter<'a> {
    /// Whether the request came in this dialect.
    own: bool,
    options: &'a WriteOptions,
    family: Family,
    names: &'a NameMap,
    documents: Names,
    /// What could not be said.
    pub(super) losses: Vec<Loss>,
}

impl<'a> BlockWriter<'a> {
    pub(super) fn new(own: bool, options: &'a WriteOptions, names: &'a NameMap) -> Self {
        let family = Family::of(&options.model);
        Self { own, options, family, names, documents: Names::default(), losses: Vec::new() }
    }

    /// Writes a block and the cache point behind it, or nothing and a loss. `place` names it in the client's words.
    pub(super) fn write(&mut self, block: &Block, role: Role, place: &str, out: &mut Vec<Value>) {
        let Some(written) = self.block(block, role, place) else { return };
        out.push(written);
        if let Some(hint) = block.cache.filter(|_| self.own || self.family.caches()) {
            out.push(cache_point(hint));
        }
    }

    fn block(&mut self, block: &Block, role: Role, place: &str) -> Option<Value> {
        let rest = if self.own { block.rest.clone() } else { Map::new() };
        match &block.kind {
            BlockKind::Text(text) | BlockKind::Refusal(text) => {
                if let Some(whole) =
                    ["json", "citationsContent"].into_iter().find(|key| rest.contains_key(*key))
                {
                    return Some(json!({ whole: rest[whole] }));
                }
                // The service refuses blank texts; other dialects' clients send them.
                (self.own || !text.trim().is_empty()).then(|| json!({ "text": text }))
            }
            BlockKind::Reasoning(text) => {
                let mut inner = object(json!({ "text": text }));
                match self.seal(block) {
                    Some(seal) => inner.insert("signature".into(), json!(seal)),
                    // Models of other makers think without seals.
                    None if self.own && block.signature.is_none() && self.family != Family::Claude => None,
                    None => return self.lost(place, "dropped: thoughts without this vendor's seal"),
                };
                inner.extend(rest);
                Some(json!({"reasoningContent": {"reasoningText": inner}}))
            }
            BlockKind::Redacted => match block.signature.as_ref().filter(|_| self.seal(block).is_some()) {
                Some(seal) => Some(json!({"reasoningContent": {"redactedContent": write_redacted(seal)}})),
                None => self.lost(place, "dropped: thoughts without this vendor's seal"),
            },
            BlockKind::ToolCall(call) => {
                let input = arguments(&call.arguments).unwrap_or_else(|text| {
                    let done = "sent as {\"_raw\": …}, because the arguments are not a JSON object";
                    self.losses.push(Loss::changed(place, done));
                    json!({ "_raw": text })
                });
                let (id, name) = (self.id(&call.id), self.names.legal(&call.name));
                let mut inner = object(json!({"toolUseId": id, "name": name, "input": input}));
                inner.extend(rest);
                Some(json!({ "toolUse": inner }))
            }
            BlockKind::ToolResult(result) => {
                let mut inner = self.result(result, place);
                inner.extend(rest);
                Some(json!({ "toolResult": inner }))
            }
            BlockKind::Media(media) => {
                // Only a user's turn and a tool's result may hold any, but for the answers of models that paint.
                let written = match role {
                    Role::Assistant if !self.own => Err("dropped: the service takes media from users only"),
                    _ => media::write(media, self.own, &mut self.documents),
                };
                match written {
                    Ok(Value::Object(mut outer)) => {
                        for inner in outer.values_mut().filter_map(Value::as_object_mut) {
                            inner.extend(rest.clone());
                        }
                        Some(Value::Object(outer))
                    }
                    Ok(_) => None,
                    Err(why) => self.lost(place, why),
                }
            }
            BlockKind::Foreign(value) if self.own => Some(value.clone()),
            BlockKind::Foreign(_) => self.lost(place, "dropped"),
        }
    }

    fn lost(&mut self, place: &str, done: &'static str) -> Option<Value> {
        self.losses.push(Loss::changed(place, done));
        None
    }

    /// The block's seal, if this model may have it.
    fn seal<'b>(&self, block: &'b Block) -> Option<&'b str> {
        let anthropic =
            |maker: &Maker| *maker == Maker::Anthropic && (self.own || self.family.may_be_claude());
        let seal = block.signature.as_ref();
        seal.filter(|seal| anthropic(&seal.maker) || self.options.foreign_seals)
            .map(|seal| seal.data.as_str())
    }

    fn result(&mut self, result: &ToolResult, place: &str) -> Map<String, Value> {
        let mut content = Vec::with_capacity(result.content.len());
        for (n, block) in result.content.iter().enumerate() {
            let place = format!("{place}.content[{n}]");
            let sound = matches!(&block.kind, BlockKind::Media(media) if media.kind == MediaKind::Audio);
            if sound && !self.own {
                self.lost(&place, "dropped: a tool's result takes no sound");
                continue;
            }
            self.write(block, Role::Tool, &place, &mut content);
        }
        let mut out = object(json!({"toolUseId": self.id(&result.call_id), "content": content}));
        if result.is_error {
            out.insert("status".into(), json!("error"));
        }
        out
    }

    /// A call's id in the shape that the service takes; the same for a call and its result.
    fn id(&self, id: &str) -> String {
        let legal = legal_id(id, self.options.tool_ids);
        if legal.len() > MOST_ID {
            return format!("call_{:08x}{:08x}", fnv1a(id, 0), fnv1a(id, 1));
        }
        legal
    }
}

/// Writes a cache point.
pub(super) fn cache_point(hint: CacheHint) -> Value {
    match hint {
        CacheHint::Short => json!({"cachePoint": {"type": "default"}}),
        CacheHint::Long => json!({"cachePoint": {"type": "default", "ttl": "1h"}}),
    }
}

fn object(value: Value) -> Map<String, Value> {
    crate::anthropic_messages::reasoning::object(value)
}
