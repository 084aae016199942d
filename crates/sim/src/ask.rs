//! What a simulated model understands of a request, whatever dialect it came in.

use serde_json::Value;

/// A request as the model sees it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ask {
    /// Everything the model reads, in order; its length is the prompt's size and its start is what a vendor caches.
    pub(crate) prompt: String,
    /// The text of the last user message.
    pub(crate) last_user: String,
    /// The results of the tools, if the last turn brought any.
    pub(crate) results: Vec<String>,
    /// Pictures, sounds and files, described.
    pub(crate) media: Vec<String>,
    /// The tools on offer.
    pub(crate) tools: Vec<Tool>,
    /// Whether they may, must or must not be called.
    pub(crate) choice: Choice,
    /// Whether more than one call at once is allowed.
    pub(crate) parallel: bool,
    /// What shape the answer has to have.
    pub(crate) format: Format,
    /// The answer, thinking included, must not be longer than this many tokens.
    pub(crate) max_tokens: Option<u64>,
    /// Texts that end the answer.
    pub(crate) stop: Vec<String>,
    /// Thinking is wanted.
    pub(crate) think: bool,
    /// The thoughts may be shown.
    pub(crate) show_thoughts: bool,
    /// How many answers.
    pub(crate) n: u32,
    /// What chat completions clients may ask for besides.
    pub(crate) extras: Extras,
    /// What Responses clients may ask for besides.
    pub(crate) responses: Responses,
    /// The prompt is marked for the vendor's cache.
    pub(crate) cache_marks: bool,
}

/// What Responses clients may ask for besides.
#[derive(Debug, Clone, Default)]
pub(crate) struct Responses {
    /// What the vendor repeats of the request in its answer.
    pub(crate) echo: serde_json::Map<String, Value>,
    /// Thoughts are to come encrypted, so that they can be sent back.
    pub(crate) encrypted: bool,
    /// The vendor keeps the answer, so that its items can be named later.
    pub(crate) stored: bool,
    /// The response that the request goes on from.
    pub(crate) previous: Option<String>,
}

/// What shape an answer has to have.
#[derive(Debug, Clone, Default)]
pub(crate) enum Format {
    #[default]
    Text,
    /// Any JSON object.
    Json,
    /// An instance of this schema.
    Schema(Value),
}

/// What chat completions clients may ask for besides.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Extras {
    /// Alternatives per token, if log probabilities are wanted.
    pub(crate) logprobs: Option<u32>,
    /// Usage belongs at the end of the stream.
    pub(crate) include_usage: bool,
    /// Pad the stream's chunks.
    pub(crate) obfuscate: bool,
}

/// A tool on offer.
#[derive(Debug, Clone)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) about: String,
    pub(crate) schema: Value,
}

/// Whether tools may, must or must not be called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Choice {
    #[default]
    Auto,
    Never,
    Any,
    Only(String),
}

impl Ask {
    /// Adds to what the model reads.
    pub(crate) fn read(&mut self, text: &str) {
        self.prompt.push_str(text);
        self.prompt.push('\n');
    }

    /// Adds an inline medium; `None` if `base64` is not base64.
    pub(crate) fn see(&mut self, kind: &str, mime: &str, base64: &str) -> Option<()> {
        use base64::Engine as _;
        let bytes = base64::engine::general_purpose::STANDARD.decode(base64).ok()?;
        self.media.push(format!("{kind} {mime} of {} bytes", bytes.len()));
        self.read(&format!("[{kind} {mime}]"));
        Some(())
    }

    /// Adds a medium that is somewhere else.
    pub(crate) fn see_at(&mut self, kind: &str, url: &str) {
        self.media.push(format!("{kind} at {url}"));
        self.read(&format!("[{kind} {url}]"));
    }

    /// The other pairs of the `[[name=value;…]]` mark that begins with `name`, and its value.
    pub(crate) fn mark_with(&self, name: &str) -> Option<(&str, Vec<(&str, &str)>)> {
        let start = self.last_user.find(&format!("[[{name}="))?;
        let inside = self.last_user.get(start + 2..)?;
        let mut pairs = inside.get(..inside.find("]]")?)?.split(';').filter_map(|p| p.split_once('='));
        let (_, value) = pairs.next()?;
        Some((value.trim(), pairs.map(|(k, v)| (k.trim(), v.trim())).collect()))
    }

    /// The value of a `[[name=value]]` mark in the last user message; `[[name]]` has the empty value.
    pub(crate) fn mark(&self, name: &str) -> Option<&str> {
        mark(&self.last_user, name)
    }
}

fn mark<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = text;
    while let Some(at) = rest.find("[[") {
        rest = rest.get(at + 2..)?;
        let inside = rest.get(..rest.find("]]")?)?;
        for pair in inside.split(';') {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            if key.trim() == name {
                return Some(value.trim());
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::mark;

    #[test]
    fn marks_are_found() {
        let text = "Count [[tokens=200]] please [[category=code;answer=42]] [[refuse]]";
        assert_eq!(mark(text, "tokens"), Some("200"));
        assert_eq!(mark(text, "answer"), Some("42"));
        assert_eq!(mark(text, "refuse"), Some(""));
        assert_eq!(mark(text, "reason"), None);
        assert_eq!(mark("[[open", "open"), None);
    }
}
