//! Strategy `rules`: GopherGate's condition rules, then its patterns, then its signs of complexity (reference §2.5); and the
//! scale of its classifier, whose number another model gives.

use regex::{Regex, RegexBuilder};
use wye_profile::{Category, Found, Tag};

/// What rules read of a request.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The text of the newest user message; empty where there is none.
    pub text: &'a str,
    /// What its words say.
    pub found: Found,
    /// What it is most likely about; `None`: nobody has looked.
    pub category: Option<Category>,
    /// Tokens of the prompt, as estimated.
    pub tokens: u64,
    /// Whether it brings tools.
    pub tools: bool,
    /// Whether it holds something to see or hear.
    pub media: bool,
}

/// A rule with conditions: all that are there must hold; none holds always.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Condition {
    /// What the rule is called in explanations.
    pub id: String,
    /// One of these tags is on the request.
    pub any_of_tags: Option<Vec<Tag>>,
    /// It is most likely about one of these.
    pub category: Option<Vec<Category>>,
    /// The prompt has fewer tokens.
    pub max_input_tokens_lt: Option<u64>,
    /// It asks for reasoning, or it does not.
    pub requires_reasoning: Option<bool>,
    /// It brings tools, or none.
    pub requires_tool_calling: Option<bool>,
    /// It holds something to see or hear, or nothing.
    pub has_multimodal_input: Option<bool>,
    /// It holds always, whatever the others say.
    pub is_default_fallback: bool,
    /// The target that it names, by its place in the route, if it is there.
    pub primary: Option<usize>,
    /// The one that is meant where the first is not in the route.
    pub fallback: Option<usize>,
}

/// A rule by a pattern.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    finder: Finder,
    target: usize,
}

#[derive(Debug, Clone)]
enum Finder {
    Regex(Regex),
    Literal { text: String, case: bool },
}

impl Pattern {
    /// A pattern for a target. One with `(` or `\b` in it is a regular expression, any other is looked for as it stands.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn new(text: &str, target: usize, case_sensitive: bool) -> Result<Self, String> {
        if text.is_empty() {
            return Err("an empty pattern is found in everything".to_owned());
        }
        let finder = if text.contains('(') || text.contains(r"\b") {
            let mut builder = RegexBuilder::new(text);
            // What an operator writes must not take the memory of all.
            let built = builder.case_insensitive(!case_sensitive).size_limit(1 << 20).build();
            Finder::Regex(built.map_err(|error| error.to_string())?)
        } else if case_sensitive {
            Finder::Literal { text: text.to_owned(), case: true }
        } else {
            Finder::Literal { text: text.to_lowercase(), case: false }
        };
        Ok(Self { text: text.to_owned(), finder, target })
    }

    fn is_in(&self, text: &str, lower: &str) -> bool {
        match &self.finder {
            Finder::Regex(regex) => regex.is_match(text),
            Finder::Literal { text: wanted, case: true } => text.contains(wanted.as_str()),
            Finder::Literal { text: wanted, case: false } => lower.contains(wanted.as_str()),
        }
    }
}

/// The rules of a route.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Conditions, in order.
    pub conditions: Vec<Condition>,
    /// Patterns, in order.
    pub patterns: Vec<Pattern>,
}

/// Which target rules choose, and by which of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The target's place in the route.
    pub target: usize,
    /// Why, in a few words.
    pub reason: String,
}

impl Rules {
    /// Chooses one of so many targets: the first is meant to be the cheapest, the last the smartest. `None` without targets.
    #[must_use]
    pub fn choose(&self, facts: Facts<'_>, targets: usize) -> Option<Chosen> {
        let last = targets.checked_sub(1)?;
        let conditions = self.conditions.iter().filter(|rule| rule.holds(facts));
        let named = |rule: &Condition| rule.primary.or(rule.fallback).filter(|place| *place <= last);
        let condition =
            conditions.filter_map(|rule| Some((named(rule)?, format!("rule {}", rule.id)))).next();
        let chosen = condition.or_else(|| self.pattern(facts.text, last)).unwrap_or_else(|| {
            if last > 0 && facts.found.complex() {
                (last, "signs of complexity".to_owned())
            } else {
                (0, "no rule holds".to_owned())
            }
        });
        Some(Chosen { target: chosen.0, reason: chosen.1 })
    }

    /// Whether a condition asks what the request is about.
    #[must_use]
    pub fn reads_category(&self) -> bool {
        self.conditions.iter().any(|rule| rule.category.is_some())
    }

    fn pattern(&self, text: &str, last: usize) -> Option<(usize, String)> {
        if self.patterns.is_empty() {
            return None;
        }
        let lower = text.to_lowercase();
        let found = self.patterns.iter().find(|rule| rule.target <= last && rule.is_in(text, &lower))?;
        Some((found.target, format!("pattern {}", found.text)))
    }
}

impl Condition {
    fn holds(&self, facts: Facts<'_>) -> bool {
        let tags = |tags: &Vec<Tag>| tags.iter().any(|tag| facts.found.tag(*tag));
        let about = |wanted: &Vec<Category>| facts.category.is_some_and(|is| wanted.contains(&is));
        let is = |wanted: Option<bool>, is: bool| wanted.is_none_or(|wanted| wanted == is);
        self.is_default_fallback
            || self.any_of_tags.as_ref().is_none_or(tags)
                && self.category.as_ref().is_none_or(about)
                && self.max_input_tokens_lt.is_none_or(|most| facts.tokens < most)
                && is(self.requires_reasoning, facts.found.reasoning())
                && is(self.requires_tool_calling, facts.tools)
                && is(self.has_multimodal_input, facts.media)
    }
}

/// The scale on which a judge rates a request: as many steps as the operator says, else one for each target.
#[must_use]
pub fn scale(targets: usize, threshold: Option<usize>) -> usize {
    threshold.filter(|steps| *steps > 0).unwrap_or(targets).max(2)
}

/// The target that a rating means: shares of the scale, lowest first. A rating beyond the scale is its end.
#[must_use]
pub fn bucket(rating: usize, targets: usize, threshold: Option<usize>) -> usize {
    let scale = scale(targets, threshold);
    let rating = rating.clamp(1, scale);
    let place =
        if threshold.is_some_and(|steps| steps > 0) { rating * targets / (scale + 1) } else { rating - 1 };
    place.min(targets.saturating_sub(1))
}

/// The number in a judge's answer; `None` if it holds none, which is no rating and not the lowest one.
#[must_use]
pub fn rating(answer: &str) -> Option<usize> {
    let answer = answer.trim();
    let digits = answer.trim_start_matches(|c: char| !c.is_ascii_digit());
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    // One number: "between 3 and 7" is none.
    let (number, rest) = digits.split_at(end);
    let more = rest.chars().any(|c| c.is_ascii_digit());
    let scaled = rest.trim_start().strip_prefix('/').is_some();
    if more && !scaled { None } else { number.parse().ok() }
}

#[cfg(test)]
mod tests;
