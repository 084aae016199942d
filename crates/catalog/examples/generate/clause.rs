//! The match rules of genai-prices: which ids a price is for.

use regex::Regex;
use serde_json::Value;

/// A rule.
pub(crate) enum Clause {
    Equals(String),
    Starts(String),
    Ends(String),
    Contains(String),
    Regex(Regex),
    Not(Regex),
    Any(Vec<Clause>),
    All(Vec<Clause>),
}

impl Clause {
    /// Reads a rule.
    pub(crate) fn read(raw: &Value) -> Result<Self, String> {
        let text = |key: &str| raw[key].as_str().map(str::to_lowercase);
        let list = |key: &str| -> Result<Option<Vec<Self>>, String> {
            raw[key].as_array().map(|all| all.iter().map(Self::read).collect()).transpose()
        };
        if let Some(all) = list("or_")? {
            return Ok(Self::Any(all));
        }
        if let Some(all) = list("and_")? {
            return Ok(Self::All(all));
        }
        if let Some(pattern) = raw["regex"].as_str() {
            // Rust's regular expressions do not look ahead; the registry only does so to exclude.
            let negated = pattern.strip_prefix("^(?!").and_then(|rest| rest.strip_suffix(')'));
            let compile = |pattern: &str| Regex::new(pattern).map_err(|error| error.to_string());
            return match negated {
                Some(inner) => Ok(Self::Not(compile(&format!("^(?:{inner})"))?)),
                None => Ok(Self::Regex(compile(pattern)?)),
            };
        }
        let simple = text("equals")
            .map(Self::Equals)
            .or_else(|| text("starts_with").map(Self::Starts))
            .or_else(|| text("ends_with").map(Self::Ends))
            .or_else(|| text("contains").map(Self::Contains));
        simple.ok_or_else(|| format!("a match rule that is not known: {raw}"))
    }

    /// Whether the rule is for this id, which is written small.
    pub(crate) fn takes(&self, id: &str) -> bool {
        match self {
            Self::Equals(text) => id == text,
            Self::Starts(text) => id.starts_with(text),
            Self::Ends(text) => id.ends_with(text),
            Self::Contains(text) => id.contains(text),
            Self::Regex(pattern) => pattern.is_match(id),
            Self::Not(pattern) => !pattern.is_match(id),
            Self::Any(all) => all.iter().any(|one| one.takes(id)),
            Self::All(all) => all.iter().all(|one| one.takes(id)),
        }
    }
}

/// The ids that a rule names whole, as they are written.
pub(crate) fn named(raw: &Value) -> Vec<String> {
    if let Some(all) = raw["or_"].as_array() {
        return all.iter().flat_map(named).collect();
    }
    raw["equals"].as_str().map(str::to_owned).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rules_take_what_they_name() {
        let rule = |raw: Value| Clause::read(&raw).unwrap();
        let pro = rule(
            json!({"and_": [{"starts_with": "Gemini-2.5-pro"}, {"regex": "^(?!.*-[tT][tT][sS](?:$|-))"}]}),
        );
        assert!(pro.takes("gemini-2.5-pro-preview") && !pro.takes("gemini-2.5-pro-tts"));
        let dated = rule(json!({"or_": [{"equals": "gpt-5"}, {"regex": "^gpt-5-\\d{4}$"}]}));
        assert!(dated.takes("gpt-5-2026") && !dated.takes("gpt-5-mini"));
        assert!(Clause::read(&json!({"sounds_like": "x"})).is_err());
    }
}
