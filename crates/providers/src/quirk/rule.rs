//! Quirks of some of a provider's models, as data: whom they concern, and what is different.

use wye_types::chat::Effort;

use crate::spoken::matches;

/// One quirk of some models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Names of models in lower case; `*` at the beginning or the end stands for anything. A name that begins with `!`
    /// takes models out again. A vendor's folder before the name (`openai/gpt-5`) may be there or not.
    pub models: &'static [&'static str],
    /// What is different.
    pub quirk: Quirk,
}

/// What is different. All are *patchable* (they change top-level fields) except where said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quirk {
    /// These fields are refused. They are left out, with a loss where the client wrote more than the default.
    Refuses(&'static [&'static str]),
    /// These fields are refused while the model thinks.
    RefusesThinking {
        /// The fields.
        fields: &'static [&'static str],
        /// Whether the model thinks when it is not asked to.
        unasked: bool,
    },
    /// The words that `reasoning_effort` may be. Another one becomes the next stronger, else the strongest; with none
    /// to choose from the field is left out.
    Efforts(&'static [Effort]),
    /// A field goes by another name.
    Renames {
        /// The name that clients use.
        from: &'static str,
        /// The name that the provider wants.
        to: &'static str,
    },
    /// A field that is sent where a request translated from another dialect does not have it.
    Default {
        /// The field.
        field: &'static str,
        /// Its value, as JSON.
        value: &'static str,
    },
    /// Message-level: what stands as `reasoning_content` in turns of the model whose thoughts the client did not send
    /// back. Without it they are refused.
    MissingThoughts(&'static str),
}

/// The [`Rule::models`] of what holds for all.
pub const EVERY: &[&str] = &["*"];

impl Rule {
    /// Whether it is about this model.
    #[must_use]
    pub fn is_about(&self, model: &str) -> bool {
        let model = model.to_ascii_lowercase();
        let bare = model.rsplit('/').next().unwrap_or(&model);
        let fits = |pattern: &str| matches(pattern, &model) || matches(pattern, bare);
        let (mut is, mut is_not) = (false, false);
        for pattern in self.models {
            match pattern.strip_prefix('!') {
                Some(out) => is_not |= fits(out),
                None => is |= fits(pattern),
            }
        }
        is && !is_not
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_say_whom_they_are_about() {
        let rule = Rule { models: &["o3*", "gpt-5", "*-r1*", "!o3-mini"], quirk: Quirk::Refuses(&[]) };
        for model in ["o3", "o3-pro", "openai/o3", "GPT-5", "deepseek-r1-distill", "deepseek-ai/DeepSeek-R1"]
        {
            assert!(rule.is_about(model), "{model}");
        }
        for model in ["o3-mini", "openai/o3-mini", "gpt-5.1", "gpt-50", "foo3", ""] {
            assert!(!rule.is_about(model), "{model}");
        }
        assert!(Rule { models: EVERY, quirk: Quirk::Refuses(&[]) }.is_about("anything"));
    }
}
