//! Function names that a target's dialect does not allow are made legal, reversibly.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use wye_types::chat::{BlockKind, ChatRequest, Tool, ToolChoice};

/// Stands between a namespace and a function's name where the model has one name for both. No vendor allows it in a
/// name, so that it is found again.
pub(crate) const WITHIN: &str = "\u{1f}";

/// The one name for a function in a namespace.
pub(crate) fn within(namespace: &str, name: &str) -> String {
    format!("{namespace}{WITHIN}{name}")
}

/// The namespace, if there is one, and the function's own name.
pub(crate) fn split(name: &str) -> (Option<&str>, &str) {
    name.split_once(WITHIN).map_or((None, name), |(namespace, name)| (Some(namespace), name))
}

/// What a dialect allows in a function name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameRule {
    /// The longest name, in characters.
    pub max: usize,
    /// Characters allowed besides ASCII letters, digits, `_` and `-`.
    pub extra: &'static str,
    /// Whether the first character must be a letter or `_`.
    pub starts_with_letter: bool,
}

impl NameRule {
    fn allows(self, name: &str) -> bool {
        let legal = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-' || self.extra.contains(c);
        let first = name.chars().next();
        name.len() <= self.max
            && name.chars().all(legal)
            && first.is_some_and(|c| !self.starts_with_letter || c.is_ascii_alphabetic() || c == '_')
    }

    fn make_legal(self, name: &str, taken: &BTreeSet<String>) -> String {
        // A name that the model can read, where there is room for it.
        let plain = name.replacen(WITHIN, "__", 1);
        if self.allows(&plain) && !taken.contains(&plain) {
            return plain;
        }
        let word: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '_' })
            .collect();
        let start =
            if self.starts_with_letter && !word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
                "_"
            } else {
                ""
            };
        (0u32..)
            .map(|salt| {
                let tail = format!("_{:08x}", fnv1a(name, salt));
                let room = self.max.saturating_sub(tail.len() + start.len());
                let kept: String = word.chars().take(room).collect();
                format!("{start}{kept}{tail}")
            })
            .find(|legal| !taken.contains(legal))
            .unwrap_or_default()
    }
}

/// FNV-1a, 32 bits: stable across versions and machines, so that the same name always becomes the same word.
pub(crate) fn fnv1a(text: &str, salt: u32) -> u32 {
    text.bytes().fold(0x811c_9dc5 ^ salt, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// The names of one request that had to be changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameMap {
    to_legal: BTreeMap<String, String>,
    to_original: BTreeMap<String, String>,
}

impl NameMap {
    /// Collects every function name in the request that the rule does not allow.
    #[must_use]
    pub fn of(chat: &ChatRequest, rule: NameRule) -> Self {
        Self::collect(chat, rule, |name| !rule.allows(name))
    }

    /// The same for a dialect that has namespaces of its own.
    pub(crate) fn but_namespaced(chat: &ChatRequest, rule: NameRule) -> Self {
        Self::collect(chat, rule, |name| !rule.allows(name) && !name.contains(WITHIN))
    }

    /// Collects the names with a namespace, for a dialect that allows any other name.
    pub(crate) fn namespaced(chat: &ChatRequest) -> Self {
        let rule = NameRule { max: 64, extra: "", starts_with_letter: false };
        Self::collect(chat, rule, |name| name.contains(WITHIN))
    }

    fn collect(chat: &ChatRequest, rule: NameRule, changes: impl Fn(&str) -> bool) -> Self {
        let tools = chat.tools.iter().filter_map(|tool| match tool {
            Tool::Function(function) => Some(function.name.as_str()),
            Tool::Foreign(_) => None,
        });
        let blocks = chat.messages.iter().flat_map(|m| &m.content).filter_map(|block| match &block.kind {
            BlockKind::ToolCall(call) => Some(call.name.as_str()),
            BlockKind::ToolResult(result) => result.name.as_deref(),
            _ => None,
        });
        let chosen = match &chat.tool_choice {
            Some(ToolChoice::Named(name)) => Some(name.as_str()),
            _ => None,
        };
        let names: BTreeSet<&str> = tools.chain(blocks).chain(chosen).collect();
        let mut taken: BTreeSet<String> = names.iter().map(|n| (*n).to_owned()).collect();
        let mut map = Self::default();
        for name in names.into_iter().filter(|name| changes(name)) {
            let legal = rule.make_legal(name, &taken);
            taken.insert(legal.clone());
            map.to_legal.insert(name.to_owned(), legal.clone());
            map.to_original.insert(legal, name.to_owned());
        }
        map
    }

    /// The name to send.
    #[must_use]
    pub fn legal<'a>(&'a self, name: &'a str) -> &'a str {
        self.to_legal.get(name).map_or(name, String::as_str)
    }

    /// The client's own name for what came back.
    #[must_use]
    pub fn original<'a>(&'a self, name: &'a str) -> Cow<'a, str> {
        self.to_original.get(name).map_or(Cow::Borrowed(name), |n| Cow::Owned(n.clone()))
    }

    /// Whether nothing had to be changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.to_legal.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wye_types::DialectId;
    use wye_types::chat::{FunctionTool, OutputFormat, Sampling};

    use super::*;

    fn request(names: &[String]) -> ChatRequest {
        let tool =
            |name: &String| Tool::Function(FunctionTool { name: name.clone(), ..FunctionTool::default() });
        ChatRequest {
            from: DialectId::OpenAiChat,
            model: "m".to_owned(),
            messages: Vec::new(),
            tools: names.iter().map(tool).collect(),
            tool_choice: names.first().cloned().map(ToolChoice::Named),
            parallel_tool_calls: None,
            format: OutputFormat::Text,
            sampling: Sampling::default(),
            reasoning: None,
            stream: false,
            include_usage: false,
            user: None,
            rest: wye_types::Map::new(),
        }
    }

    fn rules() -> impl Strategy<Value = NameRule> {
        (16usize..70, prop_oneof![Just(""), Just("."), Just(".:")], any::<bool>())
            .prop_map(|(max, extra, starts_with_letter)| NameRule { max, extra, starts_with_letter })
    }

    /// Names that are alike, long or odd, so that what they become could collide.
    fn names() -> impl Strategy<Value = Vec<String>> {
        let name = prop_oneof!["[a-b.:/]{1,4}", "[0-9a_-]{1,3}", "\\PC{0,90}", "x{60,80}", "a_[0-9a-f]{8}"];
        prop::collection::vec(name, 0..8)
    }

    proptest! {
        #[test]
        fn every_name_becomes_legal_and_comes_back(names in names(), rule in rules()) {
            let map = NameMap::of(&request(&names), rule);
            let distinct: BTreeSet<&String> = names.iter().collect();
            let legal: BTreeSet<&str> = distinct.iter().map(|n| map.legal(n)).collect();
            prop_assert_eq!(legal.len(), distinct.len(), "two names became one");
            for name in &names {
                let legal = map.legal(name);
                prop_assert!(rule.allows(legal), "{legal:?} is not legal");
                prop_assert_eq!(map.original(legal), name.as_str());
                if rule.allows(name) {
                    prop_assert_eq!(legal, name);
                }
            }
            prop_assert_eq!(map.is_empty(), names.iter().all(|n| rule.allows(n)));
            let mut turned = names.clone();
            turned.reverse();
            prop_assert_eq!(NameMap::of(&request(&turned), rule), map, "the order of the names mattered");
        }
    }

    #[test]
    fn the_same_name_always_becomes_the_same_word() {
        let rule = NameRule { max: 64, extra: "", starts_with_letter: true };
        let map = NameMap::of(&request(&["mcp/files.read".to_owned()]), rule);
        assert_eq!(map.legal("mcp/files.read"), format!("mcp_files_read_{:08x}", fnv1a("mcp/files.read", 0)));
    }
}
