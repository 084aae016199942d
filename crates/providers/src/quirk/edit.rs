//! What of a body's top level must change for a provider.

use wye_types::chat::Effort;

use super::Quirks;
use super::rule::Quirk;

/// A change of a top-level field that a body in the provider's own dialect needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// The field goes by another name; if both stand there, the new name's value stays.
    Rename {
        /// The name it may have.
        from: &'static str,
        /// The name the provider wants.
        to: &'static str,
    },
    /// The field is left out.
    Drop {
        /// The field.
        field: &'static str,
        /// Whether the client loses something by it.
        loss: bool,
    },
    /// The field gets this value, a piece of JSON.
    Set {
        /// The field.
        field: &'static str,
        /// Its value.
        value: String,
        /// Whether the client loses something by it.
        loss: bool,
    },
}

/// A body as far as edits depend on it.
#[derive(Clone, Copy)]
pub struct Body<'a> {
    /// The model's name at the provider.
    pub model: &'a str,
    /// The raw value of a top-level field, `null` included.
    pub field: &'a dyn Fn(&str) -> Option<&'a [u8]>,
    /// Whether it was translated from another dialect.
    pub translated: bool,
}

/// The names under which clients of `openai_chat` give the output limit.
const MAX_TOKENS_KEYS: [&str; 2] = ["max_tokens", "max_completion_tokens"];

/// Values that say no more than leaving the field out does.
const DEFAULTS: [(&str, &[&str]); 12] = [
    ("temperature", &["1", "1.0"]),
    ("top_p", &["1", "1.0"]),
    ("n", &["1"]),
    ("presence_penalty", &["0", "0.0"]),
    ("frequency_penalty", &["0", "0.0"]),
    ("logprobs", &["false"]),
    ("top_logprobs", &["0"]),
    ("logit_bias", &["{}"]),
    ("stop", &["[]"]),
    ("parallel_tool_calls", &["true"]),
    ("store", &["false"]),
    ("service_tier", &["\"auto\"", "\"default\""]),
];

/// Fields that tell the vendor something and change nothing in the answer.
const SILENT: [&str; 6] =
    ["stream_options", "user", "store", "metadata", "prompt_cache_key", "safety_identifier"];

impl Quirks {
    /// The changes of top-level fields that a body needs. Only for `openai_chat`.
    #[must_use]
    pub fn edits(&self, body: Body<'_>) -> Vec<Edit> {
        let stands = |key: &str| (body.field)(key).is_some();
        let mut edits = Vec::new();
        for from in MAX_TOKENS_KEYS.into_iter().filter(|key| *key != self.max_tokens_key && stands(key)) {
            edits.push(Edit::Rename { from, to: self.max_tokens_key });
        }
        if !self.stream_options && stands("stream_options") {
            edits.push(Edit::Drop { field: "stream_options", loss: false });
        }
        let mut effort_known = false;
        for rule in self.rules {
            // Fields are looked for before models: most bodies have none that a rule is about.
            match rule.quirk {
                Quirk::Refuses(fields) | Quirk::RefusesThinking { fields, .. } => {
                    let found: Vec<Edit> = fields.iter().filter_map(|field| body.drop(field)).collect();
                    let holds = match rule.quirk {
                        Quirk::RefusesThinking { unasked, .. } => {
                            !found.is_empty()
                                && body.thinks(self.sent_effort(body.model, body.word()), unasked)
                        }
                        _ => !found.is_empty(),
                    };
                    if holds && rule.is_about(body.model) {
                        edits.extend(found);
                    }
                }
                Quirk::Efforts(words) => {
                    if !effort_known && stands("reasoning_effort") && rule.is_about(body.model) {
                        effort_known = true;
                        edits.extend(body.effort(words));
                    }
                }
                Quirk::Renames { from, to } => {
                    if stands(from) && rule.is_about(body.model) {
                        edits.push(Edit::Rename { from, to });
                    }
                }
                Quirk::Default { field, value } => {
                    if body.translated && !stands(field) && rule.is_about(body.model) {
                        edits.push(Edit::Set { field, value: value.to_owned(), loss: false });
                    }
                }
                Quirk::MissingThoughts(_) => {}
            }
        }
        edits
    }

    /// The effort that a model is told in the end, where the body asks for one.
    pub(super) fn sent_effort(&self, model: &str, asked: Option<Effort>) -> Option<Effort> {
        let asked = asked?;
        let words = self.rules.iter().find_map(|rule| match rule.quirk {
            Quirk::Efforts(words) if rule.is_about(model) => Some(words),
            _ => None,
        });
        match words.map(|words| word_for(words, Some(asked))) {
            None | Some(Word::Stays) => Some(asked),
            Some(Word::Goes { .. }) => None,
            Some(Word::Becomes(word)) => Some(word),
        }
    }
}

impl Body<'_> {
    /// Leaves a field out, if it is there.
    pub(super) fn drop(&self, field: &'static str) -> Option<Edit> {
        let raw = (self.field)(field)?;
        let usual = DEFAULTS.iter().find(|(name, _)| *name == field).map_or(&[][..], |(_, values)| values);
        let says_nothing = raw == b"null" || usual.iter().any(|value| value.as_bytes() == raw);
        Some(Edit::Drop { field, loss: !says_nothing && !SILENT.contains(&field) })
    }

    fn word(&self) -> Option<Effort> {
        Effort::parse(std::str::from_utf8((self.field)("reasoning_effort")?).ok()?.trim_matches('"'))
    }

    /// Whether the model will think, as far as the body says. `sent`: the effort that it is told.
    fn thinks(&self, sent: Option<Effort>, unasked: bool) -> bool {
        let switch = (self.field)("thinking").filter(|raw| *raw != b"null");
        let off = switch.is_some_and(|raw| memchr::memmem::find(raw, b"\"disabled\"").is_some());
        match (sent, switch) {
            _ if off => false,
            (Some(word), _) => word != Effort::None,
            (None, Some(_)) => true,
            (None, None) => unasked,
        }
    }

    fn effort(&self, words: &[Effort]) -> Option<Edit> {
        const FIELD: &str = "reasoning_effort";
        match word_for(words, self.word()) {
            Word::Stays => None,
            // A `null` asks for nothing.
            Word::Goes { .. } if (self.field)(FIELD) == Some(b"null") => self.drop(FIELD),
            Word::Goes { loss } => Some(Edit::Drop { field: FIELD, loss }),
            Word::Becomes(word) => {
                Some(Edit::Set { field: FIELD, value: format!("\"{}\"", word.name()), loss: true })
            }
        }
    }
}

/// What becomes of the word for an effort.
pub(super) enum Word {
    /// The model knows it.
    Stays,
    /// It is left out.
    Goes {
        /// Whether the client loses something by it.
        loss: bool,
    },
    /// The next that the model knows.
    Becomes(Effort),
}

/// What becomes of an effort where only these words are known. `asked` is `None` for a vendor's own word.
pub(super) fn word_for(words: &[Effort], asked: Option<Effort>) -> Word {
    let Some(asked) = asked else {
        // Nothing to choose from: also a vendor's own word is refused.
        return if words.is_empty() { Word::Goes { loss: true } } else { Word::Stays };
    };
    if words.contains(&asked) {
        return Word::Stays;
    }
    let mut able: Vec<Effort> = words.iter().copied().filter(|word| *word != Effort::None).collect();
    able.sort_unstable();
    match able.iter().find(|word| **word > asked).or(able.last()) {
        Some(word) => Word::Becomes(*word),
        // What cannot be asked to think either never does, or always as it likes.
        None => Word::Goes { loss: words.is_empty() && asked != Effort::None },
    }
}
